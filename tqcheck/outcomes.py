"""Reports kept between runs (cache.py): what an article came to, known again by all that made it.

The key is a digest of the article, of the options, of the model, of every source file of tqcheck and of every table, of Python and the
libraries, and of what was to be measured. It is not the article's place in the feed: one that has moved is known again. Baselines come
after the cache. A report on which a rule crashed is not kept.

What is kept is JSON, without what the article itself says; it is taken only when every value has the type that it must have.
"""

from __future__ import annotations

import hashlib
import json
import sys
import unicodedata
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from functools import cache, lru_cache
from importlib import metadata, resources
from importlib.resources.abc import Traversable
from typing import Any, NoReturn, TypeVar

import tqcheck
from tqcheck import origin, tables
from tqcheck.article import (
    ARTICLE_KEYS,
    Article,
    Finding,
    Gate,
    LeftOut,
    Penalty,
    Place,
    Problem,
    Report,
    Row,
    RuleGate,
    SegmentReport,
    Severity,
    Similarities,
)
from tqcheck.cache import Cache
from tqcheck.config import Options
from tqcheck.embed import Vectors
from tqcheck.glossary import Glossary

MOST_LETTERS = 64 << 20  # of a report: no more is unpacked
KNOWN = Problem("", "is known already")  # what travels down the line in place of an article that need not be checked
_LIBRARIES = ("anyascii", "ftfy", "langdetect", "numpy", "regex", "simplemma")  # whose next version may find something else
_CONTENT_KEYS = tuple(key for key in ARTICLE_KEYS if key != "id")

Made = TypeVar("Made")
Outcomes = Iterator[Report | Problem]
Checking = Callable[[Iterable[Article | Problem]], Outcomes]


def remembered(articles: Iterable[Article | Problem], checking: Checking, store: Cache, keys: Keys, options: Options) -> Outcomes:
    """What `checking` makes of a stream of articles, in order; it is given only those whose report is not kept.

    `checking` gives one outcome for each article, in order, and hands on problems. It may read ahead.
    """
    waiting: deque[tuple[bytes | None, Report | None]] = deque()
    has_defaults = bool(options.lang or options.source_lang)

    def unknown() -> Iterator[Article | Problem]:
        for article in articles:
            if not isinstance(article, Article):
                waiting.append((None, None))
                yield article
                continue
            given = article.in_languages(options.lang, options.source_lang) if has_defaults else article
            key = keys.of(given)
            content = store.get(key)
            report = unpacked(content, given) if content is not None else None
            waiting.append((key, report))
            yield article if report is None else KNOWN

    return _merged(checking(unknown()), waiting, store)


def _merged(outcomes: Outcomes, waiting: deque[tuple[bytes | None, Report | None]], store: Cache) -> Outcomes:
    try:
        for outcome in outcomes:
            key, known = waiting.popleft()
            if known is None and key is not None and isinstance(outcome, Report) and not outcome.problems:
                store.put(key, packed(outcome))
            yield known or outcome
    finally:
        store.close()


# -- keys ---------------------------------------------------------------------------------------------------------------


class Keys:
    """The keys of a run's articles."""

    def __init__(self, options: Options, vectors: Vectors | None, *, measure: bool) -> None:
        """`measure`: whether similarities are filled in."""
        plain = replace(options, jobs=1, cache=None, baseline=None, columns={}, lang=None, source_lang=None, glossary=Glossary())
        model = (vectors.identity, vectors.thresholds) if vectors else None
        outside = [(rule.id, rule.version) for rule in options.known_rules().values()]
        self._run = _digest(repr((plain, options.glossary.concepts, outside, model, measure)), environment())
        # The place of an article matters only where the options ask for it.
        self._by_id = any(entry.article for entry in options.suppress)
        self._by_file = any(entry.feed for entry in options.suppress) or any(feed.files for feed in options.feed)

    def of(self, article: Article) -> bytes:
        """The key of an article, whose languages are filled in from the options."""
        content = [type(article).__name__, *(getattr(article, key) for key in _CONTENT_KEYS)]
        if self._by_id or article.id != article.origin:
            content.append(article.id)
        if self._by_file:
            file = origin.parse(article.origin).file
            content += [file, origin.relative(file)]
        return b"r" + _digest(json.dumps(content), self._run)


@cache
def environment() -> bytes:
    """A digest of what runs: tqcheck's sources and tables, Python and the libraries that rules ask."""
    digest = hashlib.sha256(program())
    versions = [f"{name} {metadata.version(name)}" for name in _LIBRARIES]
    digest.update(repr((tqcheck.__version__, tables.digest(), sys.version_info, unicodedata.unidata_version, versions)).encode())
    return digest.digest()


@cache
def program() -> bytes:
    """A digest of every source file of tqcheck."""
    digest = hashlib.sha256()
    for name, source in sorted(_sources(resources.files("tqcheck"))):
        digest.update(f"{name}\0{len(source)}\0".encode() + source)
    return digest.digest()


def _sources(folder: Traversable, path: str = "") -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _sources(entry, f"{path}{entry.name}/")
        elif entry.name.endswith(".py"):
            yield f"{path}{entry.name}", entry.read_bytes()


def _digest(text: str, before: bytes) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), key=before[:64], digest_size=20).digest()


# -- a report as bytes --------------------------------------------------------------------------------------------------


def packed(report: Report) -> bytes:
    """A report without problems, without its article. Surfaces and lines that stand in the article are not repeated."""
    article, gate, points = report.article, report.gate, report.penalty
    row = [
        report.lang,
        report.source_lang,
        report.words,
        report.score,
        report.verdict,
        [points.minor, points.major, points.critical, points.per_1000_words, dict(points.weights)],
        [report.similarity.headline_body, report.similarity.source_target, report.similarity.redundancy],
        [_finding_row(article, finding) for finding in report.findings],
        _segment_columns(article, report.segments),
        report.signature,
        [gate.fail_on, gate.fail_under, {rule: asdict(own) for rule, own in gate.rules.items()}],
        list(report.rules_not_run),
        report.suppressed,
        list(report.limits),
        [[left.rule, str(left.severity), left.count] for left in report.left_out],
        list(_kept_rows(report.rows)),
    ]
    return zlib.compress(json.dumps(row, separators=(",", ":")).encode(), 1)


def unpacked(content: bytes, article: Article) -> Report | None:
    """The report on an article; None when the content is no report on it."""
    try:
        unpacker = zlib.decompressobj()
        text = unpacker.decompress(content, MOST_LETTERS)
        if not unpacker.eof:
            return None
        return _report(_DECODER.decode(text.decode()), article)
    except (ValueError, TypeError, KeyError, RecursionError, zlib.error):  # whatever someone has put there
        return None


def _refuse(name: str) -> NoReturn:
    raise ValueError(name)


_DECODER = json.JSONDecoder(parse_constant=_refuse)


def _slice(article: Article, field: str, segment: int | None, start: int, end: int) -> str:
    if field == "segments":
        text = (article.segments or ())[segment] if segment is not None else ""
    else:
        text = (article.title if field == "title" else article.text) or ""
    return text[start:end]


def _place_row(article: Article, place: Place | Finding | SegmentReport, text: str) -> list[Any]:
    is_there = text == _slice(article, place.field, place.segment, place.start, place.end)
    return [place.field, place.segment, place.start, place.end, None if is_there else text]


def _finding_row(article: Article, finding: Finding) -> list[Any]:
    return [
        *_place_row(article, finding, finding.surface),
        finding.rule,
        str(finding.severity),
        finding.mqm,
        finding.message,
        finding.suggestion,
        finding.similarity,
        finding.confidence,
        [_place_row(article, place, place.surface) for place in finding.related],
    ]


def _segment_columns(article: Article, segments: Iterable[SegmentReport]) -> list[Any]:
    """The lines, field by field: one that says nothing of any line, as most do, is null."""
    rows = [_segment_row(article, segment) for segment in segments]
    return [None if set(column) == {None} else column for column in map(list, zip(*rows, strict=True))]


def _segment_row(article: Article, segment: SegmentReport) -> list[Any]:
    measured = [segment.similarity, segment.adequacy, segment.headline_similarity, segment.repeats]
    source = 0 if segment.source is not None and segment.source == _given_source(article, segment.segment) else segment.source
    return [*_place_row(article, segment, segment.text), segment.zone, source, *measured]


def _kept_rows(rows: Iterable[Row]) -> Iterator[list[str | None]]:
    """What feed rules keep; null is what the row before has, too: a story has thirty keys and one content."""
    before: Sequence[str | None] = (None,) * len(Row._fields)
    for row in rows:
        yield [None if own == last else own for own, last in zip(row, before, strict=True)]
        before = row


def _given_source(article: Article, segment: int | None) -> str | None:
    return article.source_segments[segment] if article.source_segments and segment is not None else article.source_title


_Kinds = tuple[type, ...]
_TEXT: _Kinds = (str,)
_MAYBE_TEXT: _Kinds = (str, type(None))
_WHOLE: _Kinds = (int,)
_NUMBER: _Kinds = (float, int)
_MAYBE_NUMBER: _Kinds = (float, int, type(None))
_MAYBE_WHOLE: _Kinds = (int, type(None))
_LIST: _Kinds = (list,)
_TABLE: _Kinds = (dict,)

_REPORT = (_TEXT, _MAYBE_TEXT, _WHOLE, _NUMBER, _TEXT, _LIST, _LIST, _LIST, _LIST, _TEXT, _LIST, _LIST, _WHOLE, _LIST, _LIST, _LIST)
_PLACE = (_TEXT, _MAYBE_WHOLE, _WHOLE, _WHOLE, _MAYBE_TEXT)
_FINDING = (*_PLACE, _TEXT, _TEXT, _TEXT, _TEXT, _MAYBE_TEXT, _MAYBE_NUMBER, _NUMBER, _LIST)
_LINE = tuple(map(frozenset, (*_PLACE, _TEXT, (str, int, type(None)), *[_MAYBE_NUMBER] * 4)))


def _row(row: Any, kinds: tuple[_Kinds, ...]) -> list[Any]:  # noqa: ANN401
    if type(row) is not list or not _fits(tuple(map(type, row)), kinds):
        raise TypeError
    return row


@lru_cache(maxsize=4096)  # a feed has rows of a few shapes
def _fits(types: tuple[type, ...], kinds: tuple[_Kinds, ...]) -> bool:
    return len(types) == len(kinds) and all(one in kind for one, kind in zip(types, kinds, strict=True))


def _made(record: type[Made], values: dict[str, Any]) -> Made:
    """A frozen record of all its fields, as its __init__ makes it, in a third of the time: most of what a known article costs."""
    made = object.__new__(record)
    made.__dict__.update(values)
    return made


def _report(value: Any, article: Article) -> Report:  # noqa: ANN401
    row = _row(value, _REPORT)
    minor, major, critical, per_1000, weights = _row(row[5], (_WHOLE, _WHOLE, _WHOLE, _NUMBER, _TABLE))
    _row(list(weights.values()), (_NUMBER,) * len(weights))
    if row[4] not in {"pass", "fail"}:
        raise ValueError(row[4])
    return _made(
        Report,
        {
            "article": article,
            "lang": row[0],
            "source_lang": row[1],
            "words": row[2],
            "score": row[3],
            "verdict": row[4],
            "penalty": Penalty(minor, major, critical, per_1000, weights),
            "similarity": Similarities(*_row(row[6], (_MAYBE_NUMBER,) * 3)),
            "findings": tuple(_finding(article, one) for one in row[7]),
            "segments": _segments(article, row[8]),
            "signature": row[9],
            "gate": _gate(row[10]),
            "rules_not_run": tuple(_row(row[11], (_TEXT,) * len(row[11]))),
            "problems": (),
            "limits": tuple(_row(row[13], (_TEXT,) * len(row[13]))),
            "left_out": tuple(_left_out(one) for one in row[14]),
            "suppressed": row[12],
            "accepted": 0,
            "rows": tuple(_rows(row[15])),
        },
    )


def _rows(values: list[Any]) -> Iterator[Row]:
    before = [""] * len(Row._fields)
    for value in values:
        row = _row(value, (_MAYBE_TEXT,) * len(Row._fields))
        before = [last if own is None else own for own, last in zip(row, before, strict=True)]
        yield Row(*before)


def _left_out(value: Any) -> LeftOut:  # noqa: ANN401
    rule, severity, count = _row(value, (_TEXT, _TEXT, _WHOLE))
    return LeftOut(rule, Severity(severity), count)


def _gate(value: Any) -> Gate:  # noqa: ANN401
    fail_on, fail_under, rules = _row(value, (_TEXT, _MAYBE_NUMBER, _TABLE))
    if fail_on != "never":
        Severity(fail_on)
    own = {}
    for rule, given in rules.items():
        level, most = _row([given["fail_on"], given["max_findings"]], (_MAYBE_TEXT, _WHOLE))
        if level not in {None, "never"}:
            Severity(level)
        own[rule] = RuleGate(level, most)
    return Gate(fail_on, fail_under, own)


def _place(article: Article, row: Sequence[Any]) -> tuple[Any, int | None, int, int, str]:
    field, segment, start, end, text = row
    if field not in {"title", "text", "segments"} or not 0 <= start <= end or not 0 <= (segment or 0) < len(article.segments or " "):
        raise ValueError(row)
    return field, segment, start, end, _slice(article, field, segment, start, end) if text is None else text


def _finding(article: Article, value: Any) -> Finding:  # noqa: ANN401
    row = _row(value, _FINDING)
    field, segment, start, end, surface = _place(article, row[:5])
    rule, severity, mqm, message, suggestion, similarity, confidence, related = row[5:]
    return _made(
        Finding,
        {
            "article": article.id,
            "rule": rule,
            "severity": Severity(severity),
            "mqm": mqm,
            "field": field,
            "segment": segment,
            "start": start,
            "end": end,
            "surface": surface,
            "message": message,
            "suggestion": suggestion,
            "similarity": similarity,
            "confidence": confidence,
            "related": tuple(Place(*_place(article, _row(one, _PLACE))) for one in related),
        },
    )


def _segments(article: Article, columns: list[Any]) -> tuple[SegmentReport, ...]:
    if not columns:
        return ()
    number = len(_row(columns, (_LIST, *[(list, type(None))] * (len(_LINE) - 1)))[0])
    full = [[None] * number if column is None else column for column in columns]
    if any(not set(map(type, column)) <= kinds for column, kinds in zip(full, _LINE, strict=True)):
        raise TypeError
    return tuple(_segment(article, line) for line in zip(*full, strict=True))


def _segment(article: Article, line: tuple[Any, ...]) -> SegmentReport:
    field, segment, start, end, text = _place(article, line[:5])
    source = _given_source(article, segment) if line[6] == 0 else line[6]
    if type(source) is int:
        raise TypeError(source)
    return _made(
        SegmentReport,
        {
            "field": field,
            "segment": segment,
            "start": start,
            "end": end,
            "zone": line[5],
            "text": text,
            "source": source,
            "similarity": line[7],
            "adequacy": line[8],
            "headline_similarity": line[9],
            "repeats": line[10],
        },
    )
