"""A term of the source has one translation in some articles and another one in others.

*Wärmepumpe* for *heat pump* in nine articles, and *Heizpumpe* throughout the tenth: each article is consistent, the feed is not. Decide on
one, and put it into the glossary: then `glossary-mismatch` watches over it.

Only articles count that translate the term in three sentences, in the same way in most of them: what `term-variant` calls the established
translation. One is marked when more articles have another, unless the two words are derived from each other, or both stand in those
sentences anyhow (two words of one phrase). The rule needs the source and a sentence model. On probation, as `term-variant` is: a term may
mean two things in two articles.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from tqcheck import tables
from tqcheck.annotate import AnnotatedArticle
from tqcheck.article import Article, Row, Severity
from tqcheck.feed import MOST_RELATED, FeedExample, FeedMark, Kept, PlainPlace, edition, first_rows, here, named, plain, there
from tqcheck.rules.term_variant import are_derived, translated_terms

SEVERITY = Severity.MINOR
MQM = "terminology/inconsistent-use-of-terminology"
NEEDS_VECTORS = True
PREVIEW = True
_PUMP = "The heat pump is new. A heat pump saves power. The house has a garden. They sold the heat pump."
_PUMPS = {
    "de": "Die {0} ist neu. Eine {0} spart Strom. Das Haus hat einen Garten. Sie verkauften die {0}.",
    "nl": "De {0} is nieuw. Een {0} bespaart stroom. Het huis heeft een tuin. Ze verkochten de {0}.",
    "sv": "En {0} är ny. En {0} sparar ström. Huset har en trädgård. De sålde en {0}.",
}


def _feed(lang: str, *words: str) -> FeedExample:
    texts = [_PUMPS[lang].format(word.strip("[]")) for word in words]
    marked = [text.replace(word.strip("[]"), word, 1) if word.startswith("[[") else text for text, word in zip(texts, words, strict=True)]
    articles = tuple(
        Article(f"a{number}", text=text, lang=lang, source_lang="en", source_text=_PUMP) for number, text in enumerate(marked, 1)
    )
    return FeedExample("\n\n".join(f"{one.id}: {one.text}" for one in articles), lang=lang, articles=articles, bundled=True)


def _votes(text: str, *words: str) -> FeedExample:
    """*Elections* that are called by their kind."""
    source = "The elections were close. All elections are expensive. The sky is blue. Nobody won the elections."
    articles = tuple(
        Article(f"a{number}", text=text.format(word), lang="de", source_lang="en", source_text=source)
        for number, word in enumerate(words, 1)
    )
    return FeedExample("\n\n".join(f"{one.id}: {one.text}" for one in articles), lang="de", articles=articles, bundled=True)


BAD = [
    _feed("de", "Wärmepumpe", "[[Heizpumpe]]", "Wärmepumpe"),
    _feed("nl", "warmtepomp", "warmtepomp", "[[verwarmingspomp]]"),
    _feed("sv", "värmepump", "värmepump", "[[luftvärmare]]"),
]
GOOD = [
    _feed("de", "Wärmepumpe", "Wärmepumpe", "Wärmepumpe"),
    _feed("nl", "warmtepomp", "warmtepompen", "warmtepomp"),
    _feed("de", "Wärmepumpe", "Heizpumpe"),  # one against one
    _votes(
        "Die {0} waren knapp. Alle {0} sind teuer. Der Himmel ist blau. Niemand gewann die {0}.", "Senatswahlen", "Neuwahlen", "Neuwahlen"
    ),
]
MISSED: list[FeedExample] = []

_MIN_ARTICLES = 2  # that have the established translation
_MIN_PAIRS = 3  # sentences of an article in which the term must stand
_MOST_PLACES = 5
_HEAD = 5  # letters at the end of two compounds


def record(article: AnnotatedArticle, score: float) -> Iterator[Kept]:
    """Keep the established translation of each term."""
    del score
    for found in translated_terms(article, _MIN_PAIRS):
        places = [plain(article.place(*span)) for span in found.places[:_MOST_PLACES]]
        source = tables.language(article.source_lang or "").tag
        yield Kept(f"{edition(article)}\t{source}\t{' '.join(found.lemmata)}", [found.lemma, found.term, places, found.beside])


class _Use(NamedTuple):
    """A term's translation in an article."""

    article: str
    lemma: str
    term: str
    places: list[PlainPlace]
    beside: list[str]


def check(rows: Iterator[Row]) -> Iterator[FeedMark]:
    """Yield one finding for each article that translates a term otherwise than most articles do."""
    group = first_rows(rows)
    lang = group[0].key.split("\t")[0]
    by_lemma: dict[str, list[_Use]] = defaultdict(list)
    for row in group:
        use = _Use(row.article, *row.read())
        by_lemma[use.lemma].append(use)
    main, *others = sorted(by_lemma, key=lambda lemma: (-len(by_lemma[lemma]), lemma))
    most = by_lemma[main]
    for lemma in others:
        if len(most) < max(_MIN_ARTICLES, len(by_lemma[lemma]) + 1) or are_derived(main, lemma, lang):
            continue
        for use in by_lemma[lemma]:
            if not _is_other_part(use, most) and not _differs_in_more(use, most[0]):
                yield _mark(use, most, len(group) - 1)


def _is_other_part(use: _Use, most: list[_Use]) -> bool:
    """Whether the two are two words of one phrase: most articles, or this one, have both."""
    return most[0].lemma in use.beside or 2 * sum(use.lemma in one.beside for one in most) >= len(most)


def _differs_in_more(use: _Use, other: _Use) -> bool:
    """*Senatswahlen* and *Neuwahlen* for *elections*: two compounds with one head, of which the term is but that."""
    one, two = (places[0][-1].lower()[-_HEAD:] for places in (use.places, other.places))
    return " " not in use.term and one == two


def _mark(use: _Use, most: list[_Use], others: int) -> FeedMark:
    form, surface = most[0].places[0][-1], use.places[0][-1]
    count = f"{len(most)} of {others} other articles have “{form}”: {named(one.article for one in most)}"
    message = f"“{surface}” here for “{use.term}” of the source; {count}."
    related = (*map(here, use.places[1:]), *(there(one.places[0], one.article) for one in most[:MOST_RELATED]))
    return FeedMark(use.article, here(use.places[0]), message, None, 0.5, related, about=use.term.casefold())
