"""One statement is attributed twice to the same source.

*…, the newspaper said, according to the newspaper, which said …*: the engine repeats an attribution when it moves a clause, or translates
the reporting verb and the preposition of one source twice. Keep one attribution.

An attribution is a reporting verb with a source (*the newspaper said*, *wrote Reuters*) or a preposition with one (*according to the
newspaper*). Two of them count when they stand side by side, nothing but commas and small words between them, and name the same
source. Verbs, prepositions and source nouns are in `data/attributions.tsv`, by language.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import regex

from tqcheck import tables
from tqcheck.annotate import AnnotatedArticle
from tqcheck.article import Example, Mark, Severity
from tqcheck.names import fold

SEVERITY = Severity.MAJOR
MQM = "accuracy/addition"
BAD = [
    "It was damaged, [[the newspaper said, according to the newspaper, which said]] it came from Ukraine.",
    "The deal is off, [[the agency reported, the agency said]].",
    "The deal is off, [[Reuters reported, according to Reuters]].",
    "The bridge is closed, [[he said, he said]].",
    Example("Der Vertrag ist tot, [[sagte der Sprecher, laut dem Sprecher]].", lang="de"),
    Example("L'accord est mort, [[a déclaré le ministère, selon le ministère]].", lang="fr"),
    Example("La porte était fermée, [[a indiqué le chauffeur, selon le chauffeur]].", lang="fr"),
    Example("Dohoda padla, [[uvedla agentura, podle agentury]].", lang="cs"),
    Example("Угоду скасовано, [[повідомило агентство, за даними агентства]].", lang="uk"),
]
GOOD = [
    "It was damaged, the newspaper said. According to the newspaper, it came from Ukraine.",
    "The minister said, according to Reuters, that the deal is off.",
    "“The deal is off,” the spokesman said, adding that he said so before.",
    "The agency said the ministry reported it.",
    Example("Der Vertrag ist tot, sagte der Sprecher laut der Zeitung.", lang="de"),
    Example("L'accord est mort, a déclaré le ministre, selon le journal.", lang="fr"),
    Example("Dohoda padla, uvedla agentura podle ministerstva.", lang="cs"),
    Example("Угоду скасовано, повідомив міністр, за даними агентства.", lang="uk"),
]
MISSED = ["The paper, quoting itself, [[wrote that it wrote]] so."]


class _Clause(NamedTuple):
    start: int
    end: int
    source: str  # folded stem of the source; "" for *which said*


class _Patterns(NamedTuple):
    clause: regex.Pattern[str]
    trigger: frozenset[str]  # first words of verbs and prepositions; empty where words are not separated


_WORDS = re.compile(r"\w+")
_GAP = regex.compile(r"[\s,;–—-]{0,4}")


def check(article: AnnotatedArticle) -> Iterator[Mark]:
    """Yield a finding for each run of adjoining attributions to one source."""
    patterns = _patterns(article.language.tag)
    if patterns is None:
        return
    for sentence in article.sentences:
        text = article.text[sentence.start : sentence.end]
        if patterns.trigger and sum(word in patterns.trigger for word in _WORDS.findall(text.lower())) < 2:
            continue
        clauses = [_clause(match, sentence.start) for match in patterns.clause.finditer(text)]
        for run in _runs(clauses, article.text):
            yield from _doubled(run, article.text)


def _clause(match: regex.Match[str], offset: int) -> _Clause:
    source = next((value for name, value in match.groupdict().items() if value and name.startswith("source")), "")
    return _Clause(match.start() + offset, match.end() + offset, _stem(source))


def _stem(source: str) -> str:
    """Enough of a source's name to know it again in another case: *agentura*, *agentury*."""
    word = fold(source.rsplit(maxsplit=1)[-1]) if source else ""
    return word[: max(4, len(word) - 2)] if len(word) > 5 else word


def _runs(clauses: list[_Clause], text: str) -> Iterator[list[_Clause]]:
    run: list[_Clause] = []
    for clause in clauses:
        if run and not _GAP.fullmatch(text[run[-1].end : clause.start]):
            yield run
            run = []
        run.append(clause)
    if run:
        yield run


def _doubled(run: list[_Clause], text: str) -> Iterator[Mark]:
    """The stretch from the first to the last clause that name one source; a *which said* after it belongs to it."""
    sources = [clause.source for clause in run]
    counts = Counter(sources)
    doubled = [index for index, source in enumerate(sources) if source and counts[source] > 1]
    if not doubled:
        return
    first, last = doubled[0], doubled[-1]
    while last + 1 < len(run) and not run[last + 1].source:
        last += 1
    start, end = run[first].start, run[last].end
    yield Mark(start, end, f"“{text[start:end]}” attributes one statement more than once: keep one attribution.", confidence=0.92)


@cache
def _patterns(lang: str) -> _Patterns | None:
    words: dict[str, list[str]] = {"verb": [], "preposition": [], "outlet": [], "pronoun": [], "relative": [], "filler": []}
    for row in tables.table("attributions"):
        if row["lang"] == lang:
            words[row["kind"]].append(row["entry"])
    if not words["verb"] and not words["preposition"]:
        return None
    spaced = tables.language(lang).spaced
    blank, edge = (r"[ \u00a0]", r"(?![\p{L}\p{M}])") if spaced else ("", "")

    def any_of(kind: str) -> str:
        entries = sorted(words[kind], key=lambda entry: (-len(entry), entry))
        return rf"(?:{'|'.join(map(regex.escape, entries))}){edge}" if entries else r"(?!)"

    small = rf"(?:[\p{{L}}\p{{M}}’']{{1,4}}{blank}){{0,2}}" if spaced else ""
    name = r"\p{Lu}[\p{L}\p{M}]+"
    noun = r"[\p{L}\p{M}]{5,}" if spaced else r"(?!)"
    source = rf"(?:{any_of('outlet')}|{any_of('pronoun')}|(?-i:{name})|{noun})(?:{blank}(?-i:{name})){{0,2}}"
    verb = rf"(?:{any_of('filler')}{blank})?{any_of('verb')}" if words["filler"] else any_of("verb")
    clauses = (
        rf"{any_of('relative')}{blank}{verb}",
        rf"{any_of('preposition')}{blank}?{small}(?P<source1>{source})",
        rf"{verb}{blank}{small}(?P<source2>{source})",
        rf"{small}(?P<source3>{source}){blank}{verb}",
    )
    clause = regex.compile(rf"(?<![\p{{L}}\p{{M}}])(?:{'|'.join(clauses)})", regex.IGNORECASE)
    first_words = (_WORDS.findall(entry.lower())[:1] for kind in ("verb", "preposition") for entry in words[kind])
    return _Patterns(clause, frozenset(word for found in first_words for word in found) if spaced else frozenset())
