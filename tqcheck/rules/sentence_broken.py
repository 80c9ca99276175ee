"""A sentence is a fragment: torn from its sentence, or cut off.

*… said the governor, Vyacheslav Gladkov. , which entered its territory from Ukraine*: an attribution was moved into the middle of a
sentence, and what came after it was left hanging. Or the text stops in the middle. Join the pieces, or restore what is missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import regex

from tqcheck import tables
from tqcheck.annotate import AnnotatedArticle, Line, is_abbreviation
from tqcheck.article import Example, Mark, Severity

SEVERITY = Severity.MAJOR
MQM = "linguistic-conventions/grammar"
BAD = [
    "It fought the troops, said the governor. [[, which entered its territory from Ukraine]]. Russia denied it.",
    "The troops were beaten back. [[which entered the region from the north]]. Russia denied it.",
    "They ate. [[A further 2,600 hectares in the district, which.]] The rest is safe.",
    "The talks went on for hours.\n\nNobody spoke.\n\nIn the end they agreed.\n\n[[They signed it on Monday in the presence of the]]",
    Example("Mluvili.\n\nPršelo.\n\nDohodli se.\n\n[[Smlouvu podepsali v pondělí v poledne na radnici a]]", lang="cs"),
    Example("Er kämpfte gegen die Truppen, sagte der Gouverneur. [[, die aus der Ukraine kamen]]. Moskau schwieg.", lang="de"),
    Example("Il combattait les troupes, a dit le gouverneur. [[, qui venaient d'Ukraine]]. Moscou se tait.", lang="fr"),
    Example("Bojoval s vojáky, řekl gubernátor. [[, kteří přišli z Ukrajiny]]. Moskva mlčí.", lang="cs"),
]
GOOD = [
    "It fought the troops, which came from Ukraine, said the governor. Russia denied it.",
    "He paid approx. five dollars to Yahoo! in the U.S. and left. iPhone sales fell.",
    "“Stop!” he cried. “who are you?” they asked ... and then he left.",
    "They talked.\n\nNobody left.\n\nIt rained.\n\n“We have been here for a very long time,” said she",
    "What to bring\n\nbread and butter\n\nTea is served at five o'clock in the garden behind the house.",
    Example("Това беше през 1953 г., но САЩ казват друго. Гости дойдоха.", lang="bg"),
    Example("Er zahlte ca. fünf Euro bzw. nichts. Am 3. Mai kam er.", lang="de"),
    Example("Il a payé env. cinq euros. M. de Villiers est venu.", lang="fr"),
    Example("Zaplatil cca. pět korun. Dne 3. května přišel.", lang="cs"),
    Example("Взяв речі (напр. жилет і шолом для поїздки). Потім поїхав.", lang="uk"),
    Example("Glazba je glasna (engl. loud music here). Ljudi plešu.", lang="hr"),
]
MISSED = ["The minister said that the. Then he left for [[Paris, where]]."]

_TORN = regex.compile(r"(?<=[\p{L}\p{M}\p{Nd})\"”»]\.[ \u00a0]),[ \u00a0]\p{Ll}[^.!?…\n]{3,300}")
_LOWER_START = regex.compile(r"(?<=\p{Ll}{4}\.[ \u00a0])(?<!\.\p{L}+\.[ \u00a0])\p{Ll}[\p{Ll}\p{M}]+[ \u00a0][^.!?…\n]{8,300}")
_TERMINAL = regex.compile(r"[.!?…。！？؟।۔][\p{Pe}\p{Pf}\p{Pi}\"'”’»\s]*$")
_LONGEST_RELATIVE = 30
_SAID_IT = regex.compile(r"[,.!?…]?[”“\"»],? \S+(?: \S+){0,2}$")  # *“…,” he said*
_SHORT = 4  # letters of a small word
_LAST_WORD = regex.compile(r"(?<![\p{L}\p{M}])[\p{L}\p{M}]++$")


def check(article: AnnotatedArticle, *, min_words_cut_off: int = 8, min_lines: int = 4) -> Iterator[Mark]:
    """Yield a finding for each fragment.

    Args:
        article: the article.
        min_words_cut_off: a last line that stops without a full stop and is shorter is taken for a signature or heading.
        min_lines: lines of body, all of them ended by a full stop, that an article must have before its last is called cut off.
    """
    text = article.text
    for match in _TORN.finditer(text):
        yield Mark(match.start(), _trimmed(text, *match.span()), "This clause was torn from the sentence it belongs to.", confidence=0.9)
    for match in _LOWER_START.finditer(text):
        before = text[max(0, match.start() - 40) : match.start()].rstrip(" \u00a0.").split()[-1].lstrip("([„“«\"'")
        if not is_abbreviation(before, article.language.tag) and not article.in_quotation(match.start()):
            end = _trimmed(text, *match.span())
            yield Mark(match.start(), end, "A sentence begins in lower case here: it was torn from another.", confidence=0.8)
    yield from _left_hanging(article)
    yield from _cut_off(article, min_words_cut_off, min_lines)


def _trimmed(text: str, start: int, end: int) -> int:
    return start + len(text[start:end].rstrip())


def _left_hanging(article: AnnotatedArticle) -> Iterator[Mark]:
    """Find *… in the district, which.*: a sentence that ends where its clause begins."""
    pattern = _hanging(article.language.tag)
    if pattern is None:
        return
    for sentence in article.sentences:
        if pattern.search(article.text, max(sentence.start, sentence.end - _LONGEST_RELATIVE), sentence.end):
            yield Mark(sentence.start, sentence.end, "The sentence breaks off where a clause begins.", confidence=0.85)


@cache
def _hanging(lang: str) -> regex.Pattern[str] | None:
    relatives = tables.entries("attributions", lang, "relative")
    return regex.compile(rf",\s(?:{tables.alternation(relatives)})[.…]?$") if relatives else None


def _cut_off(article: AnnotatedArticle, min_words: int, min_lines: int) -> Iterator[Mark]:
    """The last line of the body stops in the middle, while all others end as sentences do."""
    if len(article.body) < min_lines:
        return
    *others, last = article.body
    if _stops_in_the_middle(last, article.language, min_words) and all(
        _TERMINAL.search(line.text) for line in others if len(line.text.split()) >= min_words
    ):
        yield Mark(last.start, last.end, "The text stops in the middle of a sentence here.", confidence=0.7)


def _stops_in_the_middle(line: Line, language: tables.Language, min_words: int) -> bool:
    """Whether it ends with a comma, an article or a word like *of*; a missing full stop alone is common in what people write."""
    if len(line.text.split()) < min_words or _SAID_IT.search(line.text):
        return False
    last = _LAST_WORD.search(line.text)
    return line.text.endswith((",", "،")) or (last is not None and last.group().lower() in language.articles | _small_words(language.tag))


@cache
def _small_words(lang: str) -> frozenset[str]:
    """*of*, *and*, *který*: words after which a sentence goes on; the longer ones may be adverbs, at home at its end."""
    short = (word for word in tables.entries("function-words", lang) if len(word) <= _SHORT)
    return tables.language(lang).name_links.union(short)
