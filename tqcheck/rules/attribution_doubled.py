"""One statement is attributed twice to the same source.

*…, the newspaper said, according to the newspaper, which said …*: the engine repeats an attribution when it moves a clause, or translates
the reporting verb and the preposition of one source twice. Keep one attribution.

An attribution is a reporting verb with a source (*the newspaper said*, *wrote Reuters*) or a preposition with one (*according to the
newspaper*, *a lap szerint*). Two of them count when they stand side by side, nothing but commas and small words between them, and name
the same source. Verbs, prepositions and source nouns are in `data/attributions.tsv`, by language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
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
    Example("Podul este închis, [[a declarat poliția, potrivit poliției]].", lang="ro"),
    Example("A híd zárva van, [[közölte a rendőrség, a rendőrség szerint]].", lang="hu"),
    Example("Silta on kiinni, [[poliisi kertoi, poliisin mukaan]].", lang="fi"),
    Example("Мостът е затворен, [[съобщи вестникът, според вестника]].", lang="bg"),
    Example("Most je zatvoren, [[objavio je list, prema listu]].", lang="hr"),
    Example("Most jest zamknięty, [[podała gazeta, jak podała gazeta]].", lang="pl"),
    Example("पुल बंद है, [[पुलिस ने कहा, पुलिस के अनुसार]]।", lang="hi"),
    Example("الجسر مغلق، [[قالت الشرطة، وفقا للشرطة]].", lang="ar"),
    Example("大桥关闭，[[警方说，据警方]]。", lang="zh"),
    Example("橋は閉鎖された、[[警察は述べた、警察によると]]。", lang="ja"),
    Example("다리가 폐쇄됐다고 [[경찰은 밝혔다, 경찰에 따르면]].", lang="ko"),
]
GOOD = [
    "It was damaged, the newspaper said. According to the newspaper, it came from Ukraine.",
    "The minister said, according to Reuters, that the deal is off.",
    "“The deal is off,” the spokesman said, adding that he said so before.",
    "The agency said the ministry reported it.",
    "The ministry said, the minister said, that it was late.",
    Example("Podul este închis, a declarat primarul, potrivit primăriei.", lang="ro"),
    Example("A híd zárva van, közölte a miniszter, a lap szerint.", lang="hu"),
    Example("警察は述べた。警察によると、橋は閉鎖された。", lang="ja"),
    Example("Der Vertrag ist tot, sagte der Sprecher laut der Zeitung.", lang="de"),
    Example("L'accord est mort, a déclaré le ministre, selon le journal.", lang="fr"),
    Example("Dohoda padla, uvedla agentura podle ministerstva.", lang="cs"),
    Example("Угоду скасовано, повідомив міністр, за даними агентства.", lang="uk"),
    Example("他住在 Bora Bora 酒店，警方说。", lang="zh"),
]
MISSED = ["The paper, quoting itself, [[wrote that it wrote]] so."]


class _Clause(NamedTuple):
    start: int
    end: int
    source: str  # folded stem of the source; "" for *which said*


class _Patterns(NamedTuple):
    clause: regex.Pattern[str]
    trigger: frozenset[str]  # first words of verbs and prepositions; empty where words are not separated


_KINDS = ("verb", "preposition", "postposition", "outlet", "pronoun", "relative", "filler", "particle")
_WORDS = re.compile(r"\w+")
_GAP = regex.compile(r"[\s,;–—،؛、，-]{0,4}")
_GLUED = regex.compile(r" [\p{Arabic}\p{Hebrew}]$")  # *according to* that is written together with its noun
_PREFIXED = regex.compile(r"^(?:ال|لل|ل|ה|ל)(?=\p{L}{3})")  # the article and *according to* in Arabic and Hebrew
_ARTICLE_BEHIND = frozenset({"bg"})  # the article at the noun's end changes as a case would: *вестникът*, *вестника*
_STEM = 4  # letters that two cases of one source share at least
_ENDING = 2  # letters that their endings have at most; one where nouns have no cases


def check(article: AnnotatedArticle) -> Iterator[Mark]:
    """Yield a finding for each run of adjoining attributions to one source."""
    patterns = _patterns(article.language.tag)
    if patterns is None:
        return
    ending = _ENDING if article.language.inflects_names or article.language.tag in _ARTICLE_BEHIND else 1
    for sentence in article.sentences:
        text = article.text[sentence.start : sentence.end]
        if patterns.trigger and sum(word in patterns.trigger for word in _WORDS.findall(text.lower())) < 2:
            continue
        clauses = [_clause(match, sentence.start) for match in patterns.clause.finditer(text)]
        for run in _runs(clauses, article.text):
            yield from _doubled(run, article.text, ending)


def _clause(match: regex.Match[str], offset: int) -> _Clause:
    source = next((value for name, value in match.groupdict().items() if value and name.startswith("source")), "")
    return _Clause(match.start() + offset, match.end() + offset, _stem(source))


def _stem(source: str) -> str:
    """The last word of a source's name, which is the one that counts."""
    return _PREFIXED.sub("", fold(source.rsplit(maxsplit=1)[-1])) if source else ""


def _is_one(first: str, second: str, ending: int) -> bool:
    """Whether two sources are one in two cases: *agentura*, *agentury*; *poliția*, *poliției*."""
    if first == second:
        return True
    shared = next((i for i, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), min(len(first), len(second)))
    if shared < _STEM or max(len(first), len(second)) - shared > ending:
        return False
    return len(first) > _STEM < len(second) or shared == min(len(first), len(second))  # *list*, *listu*


def _runs(clauses: list[_Clause], text: str) -> Iterator[list[_Clause]]:
    run: list[_Clause] = []
    for clause in clauses:
        if run and not _GAP.fullmatch(text[run[-1].end : clause.start]):
            yield run
            run = []
        run.append(clause)
    if run:
        yield run


def _doubled(run: list[_Clause], text: str, ending: int) -> Iterator[Mark]:
    """The stretch from the first to the last clause that name one source; a *which said* after it belongs to it."""
    named = [(index, clause.source) for index, clause in enumerate(run) if clause.source]
    doubled = sorted({index for one, other in pairwise(named) if _is_one(one[1], other[1], ending) for index in (one[0], other[0])})
    if not doubled:
        return
    first, last = doubled[0], doubled[-1]
    while last + 1 < len(run) and not run[last + 1].source:
        last += 1
    start, end = run[first].start, run[last].end
    yield Mark(start, end, f"“{text[start:end]}” attributes one statement more than once: keep one attribution.", confidence=0.92)


@cache
def _patterns(lang: str) -> _Patterns | None:
    words: dict[str, list[str]] = {kind: [] for kind in _KINDS}
    for row in tables.table("attributions"):
        if row["lang"] == lang:
            words[row["kind"]].append(row["entry"])
    if not words["verb"]:
        return None
    spaced = tables.language(lang).spaced
    blank, edge = (r"[ \u00a0]", r"(?![\p{L}\p{M}])") if spaced else (r"[ \u00a0]?", "")
    if edge and words["particle"]:
        edge = rf"(?:{edge}|(?={tables.alternation(words['particle'] + words['postposition'])}))"

    def any_of(kind: str) -> str:
        entries = sorted(words[kind], key=lambda entry: (-len(entry), entry))
        return rf"(?:{'|'.join(regex.escape(entry) + ('' if _GLUED.search(entry) else edge) for entry in entries)})" if entries else r"(?!)"

    small = rf"(?:[\p{{L}}\p{{M}}’']{{1,4}}{blank}){{0,2}}" if spaced else ""
    name = r"\p{Lu}[\p{L}\p{M}]+"
    noun = r"[\p{L}\p{M}]{5,}" if spaced else r"(?!)"
    source = rf"(?:{any_of('outlet')}|{any_of('pronoun')}|(?-i:{name})|{noun})(?:[ \u00a0](?-i:{name})){{0,2}}"
    verb = rf"(?:{any_of('filler')}{blank})?{any_of('verb')}" if words["filler"] else any_of("verb")
    particle = rf"(?:{blank}?(?:{tables.alternation(words['particle'])}))?" if words["particle"] else ""
    clauses = (
        rf"{any_of('relative')}{blank}{verb}",
        rf"{any_of('preposition')}(?:{blank})?{small}(?P<source1>{source})",
        rf"{verb}{blank}{small}(?P<source2>{source})",
        rf"{small}(?P<source3>{source}){particle}{blank}{verb}",
        *([rf"{small}(?P<source4>{source})(?:{blank})?{any_of('postposition')}"] if words["postposition"] else []),
    )
    clause = regex.compile(rf"(?<![\p{{L}}\p{{M}}])(?:{'|'.join(clauses)})", regex.IGNORECASE)
    separate = spaced and not words["particle"]  # words of their own, so that the first one of an entry can be looked up
    first_words = (_WORDS.findall(entry.lower())[:1] for kind in ("verb", "preposition", "postposition") for entry in words[kind])
    return _Patterns(clause, frozenset(word for found in first_words for word in found) if separate else frozenset())
