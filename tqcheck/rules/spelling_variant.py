"""One word is spelled in two ways that are both right: *armored* here, *armoured* there.

American and British spelling, German before and after the reform, Portuguese of Lisbon and of São Paulo: each is right, and an article
keeps to one. The engine learnt from both. The rarer form is marked, or the later one if both are as frequent.

The pairs are in `data/spelling-variants.tsv`, by language; besides, a word with and without a hyphen (*contra-baixo*, *contrabaixo*).
Names and quotations keep their own spelling.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple

import regex

from tqcheck import tables
from tqcheck.annotate import AnnotatedArticle
from tqcheck.article import Example, Mark, Severity

SEVERITY = Severity.MINOR
MQM = "style/inconsistent-style"
BAD = [
    "The armored car stood by two others, all armored, and an [[armoured]] train.",
    "They organise it. He will organise more, as they [[organized]] before.",
    "The centre is in the [[center]] of the city centre.",
    Example("Das Foto und noch ein Foto zeigen das [[Photo]] von damals.", lang="de"),
    Example("Er sagt, dass er kommt, und dass sie weiß, [[daß]] er bleibt.", lang="de"),
    Example("O projeto é um bom projeto, e cada [[projecto]] custa.", lang="pt"),
    Example("O contrabaixo falta; quem tem um [[contra-baixo]]?", lang="pt"),
    Example("Новий проєкт і ще один проєкт; цей [[проект]] довгий.", lang="uk"),
    Example("Filozofie a ještě jedna filozofie; [[filosofie]] je krásná.", lang="cs"),
]
GOOD = [
    "The armored car stood by the armory. The colour of the harbour is grey.",
    "The labour market is small, said the US Department of Labor. The Kennedy Center is the centre of it.",
    'He wrote: "The color is gray." The colour is grey.',
    "The program runs on a computer; the programme of the party does not. He has to license it; he has a licence.",
    "They re-form the line after the reform and re-sign before they resign.",
    Example("Das Foto ist groß. Die Masse der Maße.", lang="de"),
    Example("O projeto de fato, o facto do projeto.", lang="pt"),
    Example("L'événement a eu lieu, et la clé est là.", lang="fr"),
]
MISSED = ["The armored car is in good [[colour]]."]

_WORD = regex.compile(r"\p{L}[\p{L}\p{M}]*+(?:-[\p{L}\p{M}]++){0,99}+")
_PREFIXES = frozenset({"re", "co", "un", "pre", "de"})  # re-form is not reform
_HYPHENATED = 7  # letters of a word from which a hyphen makes no other word of it


class _Spelling(NamedTuple):
    word: str
    side: int
    other: str


class _Use(NamedTuple):
    start: int
    end: int
    spelling: _Spelling


@cache
def _spellings(lang: str) -> Mapping[str, _Spelling]:
    found: dict[str, _Spelling] = {}
    for row in tables.table("spelling-variants"):
        if row["lang"] == lang:
            found[row["one"]] = _Spelling(row["word"], 0, row["other"])
            found[row["other"]] = _Spelling(row["word"], 1, row["one"])
    return found


def check(article: AnnotatedArticle) -> Iterator[Mark]:
    """Yield one finding for each word in two spellings, at the first place of the rarer one."""
    text = article.text.lower()
    if len(text) != len(article.text) or not article.language.spaced:
        return  # a letter whose small form is two characters: places would be wrong
    words = set(_WORD.findall(text))
    spellings = dict(_candidates(words, article.language.tag))
    sides: dict[str, set[int]] = defaultdict(set)
    for spelling in spellings.values():
        sides[spelling.word].add(spelling.side)
    doubtful = {word for word, both in sides.items() if len(both) == 2}
    if not doubtful:
        return
    uses: dict[str, list[_Use]] = defaultdict(list)
    for match in _WORD.finditer(text):
        use = spellings.get(match.group())
        if use and use.word in doubtful and not _is_exempt(article, *match.span()):
            uses[use.word].append(_Use(*match.span(), use))
    for found in uses.values():
        yield from _minority(article, found)


def _candidates(words: set[str], lang: str) -> Iterator[tuple[str, _Spelling]]:
    table = _spellings(lang)
    for word in words & table.keys():
        yield word, table[word]
    for word in words:
        if "-" in word and (joined := word.replace("-", "")) in words and len(joined) >= _HYPHENATED and word.count("-") == 1:
            head, tail = word.split("-")
            if len(head) > 1 and len(tail) > 1 and head not in _PREFIXES and word not in table and joined not in table:
                yield word, _Spelling(joined, 1, joined)
                yield joined, _Spelling(joined, 0, word)


def _is_exempt(article: AnnotatedArticle, start: int, end: int) -> bool:
    """Whether a word belongs to a name or stands in a quotation."""
    surface = article.text[start:end]
    if surface[0].isupper() and not article.language.noun_capitals and (surface.isupper() or not article.starts_sentence(start)):
        return True
    return article.in_quotation(start)


def _minority(article: AnnotatedArticle, uses: list[_Use]) -> Iterator[Mark]:
    sides = [[use for use in uses if use.spelling.side == side] for side in (0, 1)]
    if not all(sides):
        return
    main, minor = sorted(sides, key=lambda side: (-len(side), side[0].start))
    first, *rest = minor
    surface = article.text[first.start : first.end]
    elsewhere = article.text[main[0].start : main[0].end]
    other = elsewhere if elsewhere.lower() == first.spelling.other else first.spelling.other
    better = other[0].upper() + other[1:] if surface[0].isupper() else other
    message = f"“{surface}” here, but “{elsewhere}” elsewhere: two spellings of one word."
    related = ((main[0].start, main[0].end), *((use.start, use.end) for use in rest))
    yield Mark(first.start, first.end, message, suggestion=better, confidence=0.8, related=related)
