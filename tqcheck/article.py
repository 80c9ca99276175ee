"""The records that travel down the line: Article in, Finding and Report out.

All are frozen. Offsets are code points into the field as it stood in the input; text is never altered.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Any, Literal, NamedTuple, Self

_LINE = re.compile(r":\d+(:\d+)?\Z")  # behind the file's name
_COMMANDING = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u2028-\u202e\u2066-\u2069\ud800-\udfff\U000e0000-\U000e007f]")

FieldName = Literal["title", "text", "segments"]


class Severity(StrEnum):
    """MQM severities, in rising order."""

    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for minor, 1 for major, 2 for critical: strings would sort the other way round."""
        return list(Severity).index(self)


@dataclass(frozen=True)
class Origin:
    """Where a person finds a segment of an article: its line in the file, and the unit that holds it.

    `codes` are the offsets in the segment at which inline codes stood that are no text: who changes the segment must keep them.
    """

    line: int | None = None
    unit: str | None = None
    codes: tuple[int, ...] = ()


@dataclass(frozen=True)
class Article:
    """One translated article, as it was read.

    Exactly one of `text` and `segments` holds the body. `source_segments` and `reference_segments` are parallel to
    `segments`. `extra` keeps the input's unknown keys. `origin` says where a person finds the article (FILE:LINE), and
    `segment_origins`, empty or parallel to `segments`, where each segment stands in the same file.
    """

    id: str
    text: str | None = None
    segments: tuple[str, ...] | None = None
    title: str | None = None
    lang: str | None = None
    source_lang: str | None = None
    source_title: str | None = None
    source_text: str | None = None
    source_segments: tuple[str, ...] | None = None
    reference_text: str | None = None
    reference_segments: tuple[str, ...] | None = None
    url: str | None = None
    published: str | None = None
    system: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)
    origin: str = ""
    segment_origins: tuple[Origin, ...] = ()

    @classmethod
    def from_row(cls, row: Mapping[str, Any], *, origin: str = "", segment_origins: tuple[Origin, ...] = ()) -> Self:
        """Make an article from a row whose keys are named as in the JSON format; unknown keys go to `extra`.

        A missing `id` becomes `origin`. Raises ValueError, with the key and the remedy, when the row is not an article.
        """
        known = {key: _value(key, row[key]) for key in ARTICLE_KEYS if row.get(key) is not None}
        extra = {key: value for key, value in row.items() if key not in ARTICLE_KEYS}
        article_id = known.pop("id", None)
        article = cls(
            id=origin if article_id in (None, "") else article_id, extra=extra, origin=origin, segment_origins=segment_origins, **known
        )
        article._validate()
        return article

    def in_languages(self, lang: str | None, source_lang: str | None) -> Self:
        """The article with these languages where it does not say its own."""
        return replace(self, lang=self.lang or lang, source_lang=self.source_lang or source_lang)

    def where(self, segment: int | None = None) -> str:
        """Where a person mends the article, or one of its segments: `feed.xlf:120 (unit u7)`."""
        if segment is None or not 0 <= segment < len(self.segment_origins):
            return self.origin or self.id
        origin = self.segment_origins[segment]
        file = _LINE.sub("", self.origin)
        line = f"{file}:{origin.line}" if origin.line else self.origin
        return f"{line} (unit {origin.unit})" if origin.unit else line

    def _validate(self) -> None:
        if self.text is None and self.segments is None:
            raise ValueError("has neither 'text' nor 'segments': give one of them (--columns maps other names)")
        if self.text is not None and self.segments is not None:
            raise ValueError("has both 'text' and 'segments': give one of them")
        if not (self.text or "").strip() and not any(segment.strip() for segment in self.segments or ()):
            raise ValueError("has an empty text: there is nothing to check")
        for name in ("source_segments", "reference_segments"):
            parallel = getattr(self, name)
            if parallel is not None and len(parallel) != len(self.segments or ()):
                raise ValueError(f"'{name}' has {len(parallel)} entries, 'segments' has {len(self.segments or ())}: they must be parallel")
        self._refuse_unspeakable()

    def _refuse_unspeakable(self) -> None:
        for name in ARTICLE_KEYS:
            _refuse_unspeakable(name, getattr(self, name))
        _refuse_unspeakable("an unknown key", tuple(_texts_in(dict(self.extra))))


ARTICLE_KEYS = tuple(f.name for f in fields(Article) if f.name not in {"extra", "origin", "segment_origins"})
LIST_KEYS = ("segments", "source_segments", "reference_segments")
PAIR_KEYS = {"source": "source_segments", "target": "segments", "reference": "reference_segments"}


@dataclass(frozen=True)
class SentencePair(Article):
    """A sentence with its source, its reference, or both, as `tqcheck score` reads them: an article of one segment, which may be blank."""

    @classmethod
    def from_row(cls, row: Mapping[str, Any], *, origin: str = "", segment_origins: tuple[Origin, ...] = ()) -> Self:
        """Make a pair from a row with the keys "source", "target", "reference". Raises ValueError when the row is no such thing."""
        for key in PAIR_KEYS:
            if not isinstance(row.get(key, ""), str | None):
                raise ValueError(f"'{key}' must be a string, not {type(row[key]).__name__}")  # noqa: TRY004 - one kind for all
        if row.get("target") is None:
            raise ValueError("has no 'target': give the translation under this name (--columns maps other names)")
        if row.get("source") is None and row.get("reference") is None:
            raise ValueError("has neither 'source' nor 'reference': there is nothing to compare the translation with")
        lists = {ours: [row[key]] for key, ours in PAIR_KEYS.items() if row.get(key) is not None}
        return super().from_row(
            {key: value for key, value in row.items() if key not in PAIR_KEYS} | lists, origin=origin, segment_origins=segment_origins
        )

    def _validate(self) -> None:
        self._refuse_unspeakable()  # an empty translation is a translation: the worst


def _value(key: str, value: Any) -> Any:  # noqa: ANN401 - a JSON value may be anything
    if key in LIST_KEYS:
        if isinstance(value, str) or not hasattr(value, "__iter__") or isinstance(value, Mapping):
            raise ValueError(f"'{key}' must be a list of strings, not {type(value).__name__}")
        entries = tuple(value)
        for index, entry in enumerate(entries):
            if not isinstance(entry, str):
                raise ValueError(f"'{key}[{index}]' must be a string, not {type(entry).__name__}")  # noqa: TRY004 - one kind for all
        return entries
    if key == "id" and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise ValueError(f"'{key}' must be a string, not {type(value).__name__}")  # noqa: TRY004 - one kind for all
    return value


def _refuse_unspeakable(name: str, value: str | tuple[str, ...] | None) -> None:
    """Refuse what no text holds and no file can carry: lone surrogates (half of a character) and NUL."""
    for text in value if isinstance(value, tuple) else (value or "",):
        if "\x00" in text:
            raise ValueError(f"'{name}' holds a NUL character at {text.index(chr(0))}: remove it")
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise ValueError(
                f"'{name}' holds a lone surrogate (U+{ord(text[error.start]):04X}) at {error.start}: the file was cut or encoded wrongly"
            ) from None


def _texts_in(value: object) -> Iterator[str]:
    """All texts in a JSON value, the names of its keys too. Values of other kinds are written as text by who writes them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, entry in value.items():
            yield from (str(key), *_texts_in(entry))
    elif isinstance(value, (list, tuple)):
        for entry in value:
            yield from _texts_in(entry)


@dataclass(frozen=True)
class Problem:
    """Something that could not be checked: a broken row, an unreadable file, a rule that crashed. Makes the exit code 2."""

    where: str  # FILE:LINE, or the article's id
    reason: str  # what is wrong, and what to do
    rule: str | None = None  # the rule that crashed, if one did

    def __str__(self) -> str:
        """One line for standard error."""
        return f"{self.where}: {f'rule {self.rule}: ' if self.rule else ''}{self.reason}"

    @classmethod
    def of_crash(cls, where: str, error: Exception, rule: str) -> Self:
        """A rule that crashed, or that found no memory."""
        if isinstance(error, MemoryError):
            return cls(where, "ran out of memory: the article is too long for it: split it", rule)
        return cls(where, f"crashed: {type(error).__name__}: {error}: please report it", rule)


@dataclass(frozen=True)
class Mark:
    """What a rule yields: a stretch of the annotated article's `text`, and what is wrong with it, in an editor's words.

    `start`, `end` and `related` are code points of `AnnotatedArticle.text`; the pipeline turns a mark into a Finding.
    """

    start: int
    end: int
    message: str
    suggestion: str | None = None  # what should stand there; None when only a person can tell
    similarity: float | None = None  # the cosine that decided, in [-1, 1]
    confidence: float = 0.9  # the rule's estimate that an editor would agree, in [0, 1]
    related: tuple[tuple[int, int], ...] = ()  # the other places it is about
    severity: Severity | None = None  # None: the rule's own SEVERITY


def spoken(message: str) -> str:
    r"""A message as it may be said anywhere: the controls in words that it quotes stand there as `\u{hex}`.

    These are line ends too, bidi controls, tags and halves of characters; not the joiners with which Persian and Hindi are written.
    """
    if message.isprintable():
        return message
    return _COMMANDING.sub(lambda found: f"\\u{{{ord(found.group()):x}}}", message)


@dataclass(frozen=True)
class Example:
    """A text that shows a rule at work: its documentation and its test.

    `[[ ]]` marks, in `text` or `title`, the exact characters that a finding must cover. `same` lists texts that mean the same
    to the stand-in model that examples run with; any other two texts mean different things to it. `prefer` is the house style:
    a form, and those it replaces. `glossary` is one as CSV, with its header.
    """

    text: str
    lang: str = "en"
    title: str | None = None
    source_lang: str | None = None
    source_text: str | None = None
    source_title: str | None = None
    same: tuple[str, ...] = ()
    bundled: bool = False  # judged by the bundled model and not by the stand-in
    prefer: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    glossary: str = ""


@dataclass(frozen=True)
class Place:
    """A stretch of one field of an article: `surface` is exactly field[start:end]."""

    field: FieldName
    segment: int | None
    start: int
    end: int
    surface: str


@dataclass(frozen=True)
class OtherPlace(Place):
    """A stretch of another article: only findings of feed rules have such places, in `related`."""

    article: str = ""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong at one place of one article. The field names are those of the JSON format."""

    article: str
    rule: str
    severity: Severity
    mqm: str
    field: FieldName
    segment: int | None
    start: int
    end: int
    surface: str
    message: str
    suggestion: str | None
    similarity: float | None
    confidence: float
    related: tuple[Place, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The finding as the JSON format has it."""
        # vars, and not asdict, which copies every value: all are flat, and this is what the process that writes does most
        return vars(self) | {"severity": str(self.severity), "related": [dict(vars(place)) for place in self.related]}

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        from tqcheck.report.html import finding_fragment

        return finding_fragment(self)


FINDING_KEYS = tuple(f.name for f in fields(Finding))


@dataclass(frozen=True)
class LeftOut:
    """Findings of a rule in an article over the limit: they are counted and weigh, and are not in the report."""

    rule: str
    severity: Severity
    count: int


@dataclass(frozen=True)
class SegmentReport:
    """One line or segment of the article with what was measured on it. Similarities are cosines rounded to 3 decimals."""

    field: FieldName
    segment: int | None
    start: int
    end: int
    zone: str  # headline, dateline, caption, body
    text: str
    source: str | None = None  # its source segment, where one is aligned
    similarity: float | None = None  # to its source
    adequacy: float | None = None  # in [0, 1]; None until it is measured
    headline_similarity: float | None = None  # to the headline; None for the headline itself and without vectors
    repeats: float | None = None  # the highest similarity to any other line of the article


@dataclass(frozen=True)
class Penalty:
    """How the score came about: findings by severity, their weights, and the weighted sum per 1000 words."""

    minor: int
    major: int
    critical: int
    per_1000_words: float
    weights: Mapping[str, float] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Similarities:
    """Cosines of sentence vectors, rounded to 3 decimals; None where there is nothing to compare or no model."""

    headline_body: float | None = None
    source_target: float | None = None
    redundancy: float | None = None


@dataclass(frozen=True)
class RuleGate:
    """How a rule is gated differently from the others."""

    fail_on: str | None = None  # minor, major, critical, never; None: as the others
    max_findings: int = 0  # so many findings in one article are let pass


@dataclass(frozen=True)
class Gate:
    """What makes an article fail."""

    fail_on: str = "minor"  # the severity from which a finding does; "never" for none
    fail_under: float | None = None  # the score below which an article does
    rules: Mapping[str, RuleGate] = field(default_factory=dict, hash=False)

    @property
    def is_open(self) -> bool:
        """Whether nothing can fail, so that a verdict would say nothing."""
        levels = {self.fail_on, *(rule.fail_on or self.fail_on for rule in self.rules.values())}
        return levels == {"never"} and self.fail_under is None

    def failing(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        """The findings of an article that make it fail."""
        grave = [finding for finding in findings if self._is_grave(finding)]
        counts = Counter(finding.rule for finding in grave)
        return tuple(finding for finding in grave if counts[finding.rule] > self._of(finding.rule).max_findings)

    def verdict(self, findings: Iterable[Finding], score: float) -> Literal["pass", "fail"]:
        """Judge an article by its findings and its score."""
        too_low = self.fail_under is not None and score < self.fail_under
        return "fail" if too_low or self.failing(findings) else "pass"

    def __str__(self) -> str:
        """As a report names it: `major, score 60`."""
        return self.fail_on if self.fail_under is None else f"{self.fail_on}, score {self.fail_under:g}"

    def _is_grave(self, finding: Finding) -> bool:
        level = self._of(finding.rule).fail_on or self.fail_on
        return level != "never" and finding.severity.rank >= Severity(level).rank

    def _of(self, rule: str) -> RuleGate:
        return self.rules.get(rule, RuleGate())


class Row(NamedTuple):
    """What a feed rule keeps of an article: looked at together with all rows of the same rule and key."""

    rule: str
    key: str
    order: str  # rows of one key are looked at in this order, then in that of their articles
    article: str
    content: str  # JSON, the rule's own

    def read(self) -> Any:  # noqa: ANN401 - any JSON value
        """What the rule wrote."""
        return json.loads(self.content)


@dataclass(frozen=True)
class Report:
    """All that tqcheck has to say of one article."""

    article: Article
    lang: str  # BCP 47; "und" when unknown
    source_lang: str | None
    words: int
    score: float  # 0 to 100; 100 for no finding
    verdict: Literal["pass", "fail"]
    penalty: Penalty
    similarity: Similarities
    findings: tuple[Finding, ...]
    segments: tuple[SegmentReport, ...]
    signature: str
    gate: Gate = Gate()
    rules_not_run: tuple[str, ...] = ()  # selected rules that need vectors, when there is no model
    problems: tuple[Problem, ...] = ()  # rules that crashed on this article, or took too long
    limits: tuple[str, ...] = ()  # what was not compared because the article is so long: rule, what, and how much of it was
    left_out: tuple[LeftOut, ...] = ()  # findings over the limit of a rule in an article; they weigh
    suppressed: int = 0  # findings that the configuration takes away; they do not weigh
    accepted: int = 0  # findings that the baseline takes away; they do not weigh either
    rows: tuple[Row, ...] = ()  # what feed rules keep of the article, when they were asked for (feed.py)

    @property
    def count(self) -> int:
        """The number of all findings that weigh, reported or left out."""
        return len(self.findings) + sum(left.count for left in self.left_out)

    @property
    def gated(self) -> bool:
        """Whether the run had a gate, so that the verdict says something."""
        return not self.gate.is_open

    @property
    def adequacy(self) -> float | None:
        """The mean adequacy of the lines that have a source, in [0, 1]; None when none has been measured."""
        values = [segment.adequacy for segment in self.segments if segment.adequacy is not None]
        return round(sum(values) / len(values), 3) if values else None

    def finding_dicts(self) -> list[dict[str, Any]]:
        """The findings as the JSON formats have them; one in a segment that has its own place in the file also names that."""
        origins = self.article.segment_origins
        return [
            finding.as_dict() | ({"origin": self.article.where(finding.segment)} if origins and finding.segment is not None else {})
            for finding in self.findings
        ]

    def as_dict(self) -> dict[str, Any]:
        """The report as the JSON format has it."""
        return {
            "article": self.article.id,
            "lang": self.lang,
            "source_lang": self.source_lang,
            "words": self.words,
            "score": self.score,
            "verdict": self.verdict,
            "penalty": {
                "minor": self.penalty.minor,
                "major": self.penalty.major,
                "critical": self.penalty.critical,
                "per_1000_words": self.penalty.per_1000_words,
                "weights": dict(self.penalty.weights),
            },
            "similarity": dict(vars(self.similarity)),
            "adequacy": self.adequacy,
            "findings": self.finding_dicts(),
            "limits": list(self.limits),
            "left_out": [dict(vars(left)) | {"severity": str(left.severity)} for left in self.left_out],
            "segments": [dict(vars(segment)) for segment in self.segments],
            "rules_not_run": list(self.rules_not_run),
            "suppressed": self.suppressed,
            "accepted": self.accepted,
            "errors": [{"rule": problem.rule, "message": problem.reason} for problem in self.problems],
            "signature": self.signature,
        }

    def _repr_html_(self) -> str:
        """What a notebook shows: the marked article."""
        from tqcheck.report.html import article_fragment

        return article_fragment(self)


@dataclass(frozen=True)
class FeedReport(Report):
    """What feed rules found in one article: its own report, with score and verdict of its own, came before and stands.

    `verdict` is that of these findings alone, which weigh in no score.
    """
