"""One name stands in two forms in different articles of the feed.

*Kyiv* in most articles and *Kiev* in two; *Volodymyr Zelensky* here and *Volodymyr Zelenskyy* there; *Hamáček* without its accents: the
engine transliterates each article for itself, and a search for one form misses the others. Use one form in the whole feed. The form that
most articles have is suggested, or the house's where it has decided (`prefer`, `style`). Where as many articles have the one as the other,
nothing is suggested but the recommended form of a place; the finding is then on the form that is less like the source's, or has fewer
accents.

Of 150 findings that were read on the articles of ../shared/eval/dev, joined to one feed for each pair of languages, 148 were one name in
two forms; the other two stand in reported speech, where the form may be meant. On human translations all of 22 were.

What two articles call alike need not be one thing, so more is asked for than within an article (`name-variant`). Names are one when they
are forms of one place (`data/place-names.tsv`); when first name and surname, or title and surname, stand side by side and differ only as
transliteration systems do; or, with a source, when the source has the very same name behind them: there first names may differ, too
(*Volodymyr*, *Vladimir*), and a surname may stand alone. Only articles in one language are compared, and editions (pt-BR, pt-PT) each for
itself. In languages that inflect names a difference in the ending means nothing, and each case is counted for itself.

An article that has both forms itself is left to `name-variant`, and so are forms that the house style replaces. In quotations and in the
names of papers (*Kiev Courier*) an old form is right.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

import regex

from tqcheck import lemmas, renderings, tables
from tqcheck.annotate import AnnotatedArticle
from tqcheck.article import Article, Row, Severity
from tqcheck.feed import MOST_RELATED, FeedExample, FeedMark, Kept, edition, first_rows, here, named, plain, there
from tqcheck.names import Mention, fold, transliteration_key
from tqcheck.renamed import counterparts, is_other_name, source_to_compare
from tqcheck.spellings import first_names, is_excused, is_respelt, is_spoken, place_pairs, side_by_side

SEVERITY = Severity.MINOR
MQM = "style/inconsistent-style"


def _feed(lang: str, *texts: str, source_lang: str | None = None, sources: tuple[str, ...] = ()) -> FeedExample:
    articles = tuple(
        Article(f"a{number}", text=text, lang=lang, source_lang=source_lang, source_text=sources[number - 1] if sources else None)
        for number, text in enumerate(texts, 1)
    )
    shown = (f"{one.id}: {one.text}{f' (source: {one.source_text})' if one.source_text else ''}" for one in articles)
    return FeedExample("\n\n".join(shown), lang=lang, articles=articles)


BAD = [
    _feed("en", "He left Kyiv on Monday.", "The train from [[Kiev]] was late.", "In Kyiv it rained."),
    _feed("en", "They met Volodymyr Zelensky there.", "Nobody saw Volodymyr [[Zelenskyy]] there.", "And Volodymyr Zelensky left."),
    _feed("de", "Dort sprach Andriy Cherniak zur Presse.", "Nun sprach Andriy Cherniak.", "Dort sprach Andriy [[Chernyak]] zu uns."),
    _feed("pl", "Tramwaj jedzie przez Lwów.", "Padało w [[Lvivie]].", "Nad Lwowem świeci."),
    _feed("fr", "Ici parle Pedro Sánchez.", "Ici parle Pedro [[Sanchez]].", "Là parle Pedro Sánchez."),
    _feed("ja", "彼はキーウに行った。", "[[キエフ]]からの列車は遅れた。", "キーウは静かだった。"),
    _feed(
        "en",
        "There spoke Volodymyr Marchenko.",
        "Here spoke [[Vladimir]] Marchenko.",
        "Here spoke Volodymyr Marchenko again.",
        source_lang="uk",
        sources=("Там говорив Володимир Марченко.", "Тут говорив Володимир Марченко.", "Тут знову говорив Володимир Марченко."),
    ),
    _feed(
        "en",
        "A visit to Hrádek ends.",
        "A road to [[Hradek]] is closed.",
        "A walk from Hrádek begins.",
        source_lang="cs",
        sources=("Návštěva obce Hrádek končí.", "Silnice na Hrádek je zavřená.", "Výlet z obce Hrádek začíná."),
    ),
]
GOOD = [
    _feed("en", "He left Kyiv on Monday.", "“Kiev is ours,” he shouted.", "The Kiev Courier is sold in Lviv."),
    _feed("en", "They met Boris Johnson there.", "They met Boris Johnston there.", "He flew to Austria.", "He flew to Australia."),
    _feed("en", "He is in Iran.", "He is in Iraq.", "They called Sergei Ryabkov.", "They called Sergey Lavrov."),
    _feed("en", "There is Dustin Hoffman.", "There is Reinhold Hoffmann.", "Nobody saw Zelensky.", "Nobody saw Zelenskyy."),
    _feed("en", "In the Shaanxi Province it rains.", "In the Shanxi Province it rains."),
    _feed("cs", "Ten potkal Vladimira Putina.", "Tam byl Vladimir Putin.", "Jel do Prahy.", "Byl v Praze."),
    _feed("fi", "Siellä puhui Vladimir Putin.", "Hän tapasi Vladimir Putinin.", "Hän asuu Euroopan etelässä.", "Hän lensi Eurooppaan."),
    _feed(
        "en",
        "There spoke Petr Novak.",
        "There spoke Petra Novak.",
        source_lang="cs",
        sources=("Tam mluvil Petr Novák.", "Tam mluvila Petra Nováková."),
    ),
]
MISSED = [
    _feed("en", "Today Zelensky spoke.", "Here Zelensky spoke.", "There [[Zelenskyy]] spoke."),  # one word, and no source to tell who it is
]

_MIN_LETTERS = 4  # of a surname, and of a name that stands alone
_MIN_FIRST = 3  # of what stands before it
_MOST_PLACES = 5  # of a name in one article
_PLACE, _PERSON, _SOURCE_NAME, _SOURCE_WORD = "place", "person", "source-name", "source-word"
_SURE = {_PLACE: 0.95, _SOURCE_NAME: 0.9, _PERSON: 0.85, _SOURCE_WORD: 0.85}
_RANK = {kind: str(number) for number, kind in enumerate(_SURE)}
_BLANKS = {" ", "\u00a0"}
_APOSTROPHES = str.maketrans("’ʼ`", "'''")
_INNER_CAPITAL = regex.compile(r"\p{Ll}\p{Lu}|\p{Lu}{2}")
_PLAIN = regex.compile(r"[A-Za-z' -]")

Spans = list[tuple[int, int]]
Found = dict[tuple[str, str], dict[str, Spans]]  # (kind, key) -> form -> where it stands


# -- one article ------------------------------------------------------------------------------------------------------


def record(article: AnnotatedArticle, score: float) -> Iterator[Kept]:
    """Keep the names of an article that could be told to be the same in another one."""
    del score
    found: Found = defaultdict(lambda: defaultdict(list))
    _add_places(article, found)
    _add_people(article, found)
    _add_of_the_source(article, found)
    decided = {other: form for form, others in article.preferred.items() for other in others}
    meeting = edition(article)
    for (kind, key), forms in found.items():
        for form, spans in forms.items():
            places = [plain(article.place(*span)) for span in spans[:_MOST_PLACES]]
            house = _house_form(form, article.preferred, decided)
            yield Kept(f"{meeting}\t{kind}\t{key}", [form, places, _likeness(form, article.source), house])


def _add_places(article: AnnotatedArticle, found: Found) -> None:
    pattern, names, prefers = _place_forms(article.language.tag)
    for match in pattern.finditer(article.text) if pattern else ():
        span = match.span(match.lastgroup or 0)
        if not is_excused(article, *span):
            form = names[match.lastgroup or ""]
            for prefer in prefers[form]:
                found[_PLACE, prefer][form].append(span)


@cache
def _place_forms(lang: str) -> tuple[regex.Pattern[str] | None, dict[str, str], dict[str, tuple[str, ...]]]:
    """The forms of places: a pattern, the form that each of its groups stands for, and the recommended forms for each."""
    _, pattern, names = place_pairs(lang)
    prefers: dict[str, set[str]] = defaultdict(set)
    for row in tables.table("place-names"):
        if row["lang"] == lang and row["note"] != "co-use":
            for form in (row["prefer"], row["variant"]):
                prefers[form].add(row["prefer"])
    return pattern, names, {form: tuple(sorted(several)) for form, several in prefers.items()}


def _add_people(article: AnnotatedArticle, found: Found) -> None:
    for first, last in _full_names(article):
        key = f"{transliteration_key(first.form)} {transliteration_key(last.form)}"
        found[_PERSON, key][f"{first.form} {last.form}"].append((first.start, last.end))


def _full_names(article: AnnotatedArticle) -> Iterator[tuple[Mention, Mention]]:
    """Two capitalised words side by side, the first of which is not only capitalised because a sentence starts there."""
    for first, last in pairwise(article.names):
        if not _are_side_by_side(article.text, first, last) or len(first.form) < _MIN_FIRST or len(last.form) < _MIN_LETTERS:
            continue
        if any(_INNER_CAPITAL.search(mention.form) for mention in (first, last)):
            continue  # capitals for emphasis, acronyms, brands
        if first.sentence_initial and fold(first.form) not in _given_names():
            continue
        if not is_spoken(article, last):
            yield first, last


def _are_side_by_side(text: str, first: Mention, last: Mention) -> bool:
    return last.start - first.end == 1 and text[first.end] in _BLANKS


@cache
def _given_names() -> frozenset[str]:
    return frozenset(map(fold, renderings.given_names())) | frozenset(first_names())


def _add_of_the_source(article: AnnotatedArticle, found: Found) -> None:
    """Names by what stands behind them in the source, letter by letter."""
    source = source_to_compare(article)
    if source is None:
        return
    behind = {mention.start: name for name, mention in counterparts(article, source)}
    within: set[int] = set()
    for first, last in pairwise(article.names):
        if first.start in behind and last.start in behind and _are_side_by_side(article.text, first, last):
            name = f"{behind[first.start]} {behind[last.start]}"
            if name in article.source and not is_spoken(article, last):
                within |= {first.start, last.start}
                found[_SOURCE_NAME, f"{source.tag}\t{name}"][f"{first.form} {last.form}"].append((first.start, last.end))
    for mention in article.names:
        if mention.start in behind and mention.start not in within and _may_stand_alone(article, mention):
            key = f"{source.tag}\t{behind[mention.start]}\t{transliteration_key(mention.form)}"
            found[_SOURCE_WORD, key][mention.form].append((mention.start, mention.end))


def _may_stand_alone(article: AnnotatedArticle, mention: Mention) -> bool:
    """Whether a word is a name by itself: no first name, no part of a longer one, no ordinary word."""
    if fold(mention.form) in _given_names() or mention.after or _INNER_CAPITAL.search(mention.form):
        return False
    return not lemmas.is_listed(mention.form.lower(), article.lang) and not is_spoken(article, mention)


def _likeness(form: str, source: str) -> int:
    """How many words of a form the source has with these very letters."""
    return sum(word in source for word in form.split(" ")) if source else 0


def _house_form(form: str, preferred: Any, decided: dict[str, str]) -> str | None:  # noqa: ANN401 - a mapping of forms
    """The form that the house has decided on for this one, also for a word of it; None where it has not decided."""
    words = [decided.get(word, word if word in preferred else None) for word in (form, *form.split(" "))]
    if words[0] is not None:
        return words[0]
    if not any(words):
        return None
    return " ".join(word or own for word, own in zip(words[1:], form.split(" "), strict=True))


# -- the feed -----------------------------------------------------------------------------------------------------------


class _Use(NamedTuple):
    """A form in an article."""

    article: str
    form: str
    places: list[Any]
    likeness: int
    house: str | None


def check(rows: Iterator[Row]) -> Iterator[FeedMark]:
    """Yield one finding for each article that has another form of a name than most articles."""
    group = first_rows(rows)
    lang, kind, key = group[0].key.split("\t", 2)
    uses = [_Use(row.article, *row.read()) for row in group]
    by_form: dict[str, list[_Use]] = defaultdict(list)
    for use in uses:
        by_form[use.form.translate(_APOSTROPHES)].append(use)
    forms_of = Counter(article for article, _ in {(use.article, form) for form, several in by_form.items() for use in several})
    main, *others = sorted(by_form, key=lambda form: _rank(by_form[form], is_recommended=kind == _PLACE and form == key))
    for form in others:
        if _is_one_name(main, form, kind, tables.language(lang)):
            for use in by_form[form]:
                if forms_of[use.article] == 1 and use.house is None:
                    is_most = len(by_form[main]) > len(by_form[form]) or (kind == _PLACE and main == key)
                    yield _mark(use, by_form[main], kind, len(forms_of), is_most=is_most)


def _rank(uses: list[_Use], *, is_recommended: bool) -> tuple[Any, ...]:
    """What sorts the form that is to be used first."""
    form = uses[0].form
    likeness = sum(use.likeness for use in uses)
    return (-len(uses), not is_recommended, -likeness, -len(_PLAIN.sub("", form)), form)


def _is_one_name(one: str, other: str, kind: str, language: tables.Language) -> bool:
    if kind == _PLACE:
        return True
    words = [(a, b) for a, b in zip(one.split(" "), other.split(" "), strict=True) if a != b]
    if any(frozenset(pair) in side_by_side(language.tag) for pair in words):
        return False
    if all(fold(a) == fold(b) and a.lower() == b.lower() for a, b in words):
        return False  # *Afro-Américain*, *Afro-américain*
    if kind == _SOURCE_NAME:
        return all(is_other_name(a, b, language) or _is_respelling(a, b, language) for a, b in words)
    return all(_is_respelling(a, b, language) for a, b in words)


def _is_respelling(one: str, other: str, language: tables.Language) -> bool:
    if transliteration_key(one) != transliteration_key(other) or (language.tones and fold(one) == fold(other)):
        return False
    return not language.inflects_names or is_respelt(one, other, "sound")


def _mark(use: _Use, main: list[_Use], kind: str, articles: int, *, is_most: bool) -> FeedMark:
    """The finding on an article. Nothing is suggested where as many articles have the one form as the other."""
    place, *more = _odd_words(use, main[0].form)
    surface, form = place[-1], _odd_words(main[0], use.form)[0][-1]
    verb = "writes" if len(main) == 1 else "write"
    share = (
        f"{len(main)} of {articles - 1} other articles of the feed that name it {verb}"
        if articles > 2
        else "another article of the feed writes"
    )
    message = f"“{surface}” here; {share} “{form}”: {named(one.article for one in main)}."
    related = (*map(here, more), *(there(_odd_words(one, use.form)[0], one.article) for one in main[:MOST_RELATED]))
    house = main[0].house
    suggestion = None if not is_most else main[0].form if kind == _PLACE else form
    if house and house != main[0].form:
        suggestion = _unlike(house, use.form)
    return FeedMark(
        use.article, here(place), message, suggestion, confidence=_SURE[kind], related=related, rank=_RANK[kind], about=fold(surface)
    )


def _odd_words(use: _Use, other: str) -> list[Any]:
    """The places of a form, without the words that another form has, too: of *Pedro Sanchez* the surname, beside *Pedro Sánchez*."""
    own, words = use.form.split(" "), other.split(" ")
    if len(own) != len(words) or len(own) == 1:
        return use.places
    first = 0 if own[0] != words[0] else len(own[0]) + 1
    after = 0 if own[-1] != words[-1] else len(own[-1]) + 1
    return [
        [field, segment, start + first, end - after, surface[first : len(surface) - after]]
        for field, segment, start, end, surface in use.places
    ]


def _unlike(house: str, form: str) -> str:
    """The words of the house's form that a form does not have."""
    words = [a for a, b in zip(house.split(" "), form.split(" "), strict=False) if a != b]
    return " ".join(words) or house
