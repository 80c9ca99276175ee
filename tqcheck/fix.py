"""Applies what the rules suggest, in an article's own fields: what `tqcheck fix` writes.

A fix is safe when it cannot change what the article says; each rule says so of its own suggestions (`FIX`, see `rules`). Others are made
only when they are asked for. A fix may uncover another (a line that repeats the headline behind a line of advertising), so the article is
checked and fixed again until nothing is left to do: to fix it once more changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import regex

from tqcheck import pipeline
from tqcheck.article import Article, FieldName, Finding, Place, Problem, Report
from tqcheck.pipeline import Checker
from tqcheck.rules import Rule

if TYPE_CHECKING:
    from tqcheck.annotate import AnnotatedArticle
    from tqcheck.baseline import Baseline
    from tqcheck.config import Options

MOST_ROUNDS = 50  # each shortens what is left to do; an article that needs more is going in circles
UNITS = frozenset({"xliff", "tmx", "po"})  # formats in which an empty segment is one that nobody has translated

Key = tuple[FieldName, int | None]  # a field of an article; the segment when it is one of the segments

_BLANKS = " \t\u00a0"
_UNSEEN = regex.compile(r"[\uFEFF\u200B\u00AD]+")
_MARKUP_OF_MARKDOWN = frozenset({"markup-left", "chat-left"})


@dataclass(frozen=True)
class Edit:
    """`text` takes the place of a stretch of a field as it stood in the input, in code points."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Fix:
    """What was done for a finding: `before` became `after`. The places are those of the field as it stood in the input."""

    article: str
    rule: str
    field: FieldName
    segment: int | None
    start: int
    end: int
    before: str
    after: str
    safety: str  # safe, unsafe


@dataclass(frozen=True)
class Left:
    """A finding that is still there, and why it was not fixed. Its place is that in the field as it now stands."""

    finding: Finding
    reason: str
    safety: str | None = None  # of the fix that there would be


@dataclass(frozen=True)
class FixedArticle:
    """An article as it was and as it is now, and how one became the other."""

    before: Article
    after: Article
    edits: Mapping[Key, tuple[Edit, ...]]
    fixes: tuple[Fix, ...] = ()
    left: tuple[Left, ...] = ()
    problems: tuple[Problem, ...] = ()

    def undone(self, why: str) -> FixedArticle:
        """The article as it was, when the file that holds it cannot take its fixes."""
        return replace(self, after=self.before, edits={}, fixes=(), left=tuple(Left(left.finding, why, left.safety) for left in self.left))


class Letters:
    """A field that is being edited, and where each of its characters stood in the input."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._length = len(text)
        self._from = list(range(len(text)))  # -1 for a character that was written here

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Where a stretch stood, or, where nothing of it did, what stands around it."""
        stood = [at for at in self._from[start:end] if at >= 0]
        if stood:
            return stood[0], stood[-1] + 1
        before = next((self._from[at] + 1 for at in range(start - 1, -1, -1) if self._from[at] >= 0), 0)
        return before, before

    def apply(self, edits: Sequence[Edit]) -> None:
        """Make edits that stand in order and do not overlap; letters at their ends that stay what they are keep their places."""
        texts: list[str] = []
        stood: list[int] = []
        at = 0
        for edit in (*edits, Edit(len(self.text), len(self.text), "")):
            old, new = self.text[edit.start : edit.end], edit.text
            head = _common(old, new)
            tail = _common(old[head:][::-1], new[head:][::-1])
            texts += [self.text[at : edit.start], new]
            stood += self._from[at : edit.start + head]
            stood += [-1] * (len(new) - head - tail)
            stood += self._from[edit.end - tail : edit.end]
            at = edit.end
        self.text, self._from = "".join(texts), stood

    def edits(self) -> tuple[Edit, ...]:
        """All that was done, as edits of the text as it stood."""
        found: list[Edit] = []
        at, written = 0, ""
        for character, stood in zip((*self.text, ""), (*self._from, self._length), strict=True):
            if stood < 0:
                written += character
                continue
            if stood > at or written:
                found.append(Edit(at, stood, written))
            at, written = stood + 1, ""
        return tuple(found)


def _common(one: str, other: str) -> int:
    """How many letters two texts have in common at their beginning."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


class Fixer:
    """Rules and model, loaded once; call it with an article, get it fixed."""

    def __init__(self, options: Options, *, unsafe: bool = False, baseline: Baseline | None = None, input_format: str = "") -> None:
        self._checker = Checker(replace(options, findings_per_rule=0), measure=False)
        self._rules = options.known_rules()
        self._unsafe = unsafe
        self._baseline = baseline
        self.input_format = input_format

    def __call__(self, article: Article) -> FixedArticle | Problem:
        """Fix an article. An article that cannot be checked, or does not come to rest, is a Problem."""
        work = _Work(article, self._rules)
        accepted: list[tuple[str, Key, int, int]] = []
        for number in range(MOST_ROUNDS):
            checked = self._checked(work.article)
            if isinstance(checked, Problem):
                return checked
            annotated, report = checked
            if not number and self._baseline is not None:
                kept = self._baseline.accept(report).findings
                accepted = [work.known(finding) for finding in report.findings if not any(finding is other for other in kept)]
            found = [finding for finding in report.findings if not _is_accepted(work.known(finding), accepted)]
            judged = [(finding, *self._judge(finding, annotated, work)) for finding in found]
            wanted = [(finding, safety) for finding, safety, reason in judged if not reason and safety is not None]
            if not work.round(wanted):
                left = tuple(Left(finding, reason or _AGAIN, safety) for finding, safety, reason in judged)
                return FixedArticle(article, work.article, work.edits(), tuple(work.fixes), left, report.problems)
        return Problem(article.origin or article.id, f"does not come to rest after {MOST_ROUNDS} rounds of fixing: it was left as it is")

    def _checked(self, article: Article) -> tuple[AnnotatedArticle, Report] | Problem:
        checker = self._checker

        def work(given: Article) -> tuple[AnnotatedArticle, Report]:
            annotated = checker.annotate(given)
            return annotated, checker.check(annotated)

        return pipeline.guarded(article, checker.options, checker.vectors, work)

    def _judge(self, finding: Finding, annotated: AnnotatedArticle, work: _Work) -> tuple[str | None, str]:
        """Whether the fix of a finding is safe, and why it is not made: "" when it is."""
        if finding.suggestion is None:
            return None, "only a person can tell what should stand here"
        if finding.suggestion == finding.surface:
            return None, "what is suggested stands here already"
        rule = self._rules[finding.rule]
        doubt = _doubt(rule, finding, annotated, self.input_format)
        if not doubt and rule.id == "markup-left" and finding.surface[0] in "{%" and not work.is_alone(finding):
            doubt = "a word may be meant to stand in its place"
        safety = "unsafe" if doubt else "safe"
        if doubt and not self._unsafe:
            return safety, f"{doubt}: --unsafe-fixes makes this fix"
        return safety, work.objection(finding, self.input_format)


_AGAIN = "together with the other fixes nothing would be left of the field"


def _doubt(rule: Rule, finding: Finding, annotated: AnnotatedArticle, input_format: str) -> str:  # noqa: PLR0911 - one line a doubt
    """Why the fix of a finding may change what the article says; "" when it cannot."""
    surface, suggestion = finding.surface, finding.suggestion or ""
    if rule.fix == "unsafe":
        return "the fix may change what is said"
    if rule.fix == "style" and surface not in annotated.preferred.get(suggestion, ()):
        return "the house style does not decide it"
    if rule.fix == "blanks" and "".join(surface.split()) != "".join(suggestion.split()):
        return "it changes more than blanks"
    if finding.confidence < rule.fix_from:
        return "the rule is not sure enough"
    if input_format == "markdown" and rule.id in _MARKUP_OF_MARKDOWN:
        return "in Markdown this may be meant"
    if not suggestion and rule.id in {"markup-left", "token-left"} and surface in annotated.source:
        return "the source has it too"
    if not suggestion and rule.id == "mojibake" and not _UNSEEN.fullmatch(surface):
        return "what is lost may have parted two words"
    return ""


def _is_accepted(known: tuple[str, Key, int, int], accepted: list[tuple[str, Key, int, int]]) -> bool:
    rule, key, start, end = known
    return any(rule == other[0] and key == other[1] and start < other[3] and other[2] < end for other in accepted)


class _Work:
    """An article on the table: its fields, what was done to them so far."""

    def __init__(self, article: Article, rules: Mapping[str, Rule]) -> None:
        self._rules = rules
        self.article = article
        self.fixes: list[Fix] = []
        self._letters: dict[Key, Letters] = {}

    def known(self, finding: Finding) -> tuple[str, Key, int, int]:
        """A finding by its place in the input."""
        key: Key = (finding.field, finding.segment)
        return finding.rule, key, *self._of(key).place(finding.start, finding.end)

    def is_alone(self, finding: Finding) -> bool:
        """Whether nothing else stands on the line of a finding."""
        text = self._of((finding.field, finding.segment)).text
        before, after = text[: finding.start].rpartition("\n")[2], text[finding.end :].partition("\n")[0]
        return not before.strip() and not after.strip()

    def objection(self, finding: Finding, input_format: str) -> str:
        """Why a fix must not be made whatever was asked for; "" when it may."""
        key: Key = (finding.field, finding.segment)
        text = self._of(key).text
        if finding.segment is not None and self._holds_code(finding):
            return "an inline code stands within it"
        if text[: finding.start].strip() or text[finding.end :].strip() or finding.suggestion:
            return ""
        if finding.field != "segments":
            return f"nothing would be left of the {finding.field}"
        if input_format in UNITS or self.article.source_segments or self.article.reference_segments:
            return "the segment would be as if nobody had translated it"
        others = [segment for number, segment in enumerate(self.article.segments or ()) if number != finding.segment]
        return "" if any(segment.strip() for segment in others) else "nothing would be left of the article"

    def _holds_code(self, finding: Finding) -> bool:
        """Whether an inline code stands in the midst of what would be changed: which side it belongs to only a person can tell."""
        segment = finding.segment or 0
        if segment >= len(self.article.segment_origins):
            return False
        start, end = self._of((finding.field, finding.segment)).place(finding.start, finding.end)
        return any(start < code < end for code in self.article.segment_origins[segment].codes)

    def round(self, wanted: list[tuple[Finding, str]]) -> bool:
        """Make the fixes that do not get into each other's way, the outermost and earliest first; whether there was any."""
        plans: dict[Key, list[_Plan]] = {}
        for finding, safety in _without_contraries(wanted):
            for place in _places(finding, self._rules[finding.rule]):
                key: Key = (place.field, place.segment)
                plans.setdefault(key, []).append(_Plan(_replacing(self._of(key).text, place, finding.suggestion or ""), finding, safety))
        made = [self._make(key, _apart(found)) for key, found in plans.items()]
        return any(made)

    def edits(self) -> dict[Key, tuple[Edit, ...]]:
        """What was done to each field that is no longer what it was."""
        return {key: edits for key, letters in self._letters.items() if (edits := letters.edits())}

    def _make(self, key: Key, plans: list[_Plan]) -> bool:
        """Make the planned fixes of a field, unless together they would leave nothing of it; whether there was any."""
        letters = self._of(key)
        edits = [plan.edit for plan in plans]
        made = [
            Fix(
                self.article.id,
                plan.finding.rule,
                *key,
                *letters.place(edit.start, edit.end),
                letters.text[edit.start : edit.end],
                edit.text,
                plan.safety,
            )
            for plan in plans
            for edit in [plan.edit]
        ]
        after = Letters(letters.text)
        after.apply(edits)
        if after.text == letters.text or not after.text.strip():
            return False
        letters.apply(edits)
        self.fixes += made
        self.article = _with(self.article, key, letters.text)
        return True

    def _of(self, key: Key) -> Letters:
        if key not in self._letters:
            field, segment = key
            value: Any = getattr(self.article, field)
            self._letters[key] = Letters(value if segment is None else value[segment])
        return self._letters[key]


@dataclass(frozen=True)
class _Plan:
    """An edit of a field as it now stands, and what it is made for."""

    edit: Edit
    finding: Finding
    safety: str


def _without_contraries(wanted: list[tuple[Finding, str]]) -> Iterator[tuple[Finding, str]]:
    """The findings without those that ask to undo what another one, of which its rule is surer, asks for: *Kiew* here, *Kyjiw* there."""
    asked: set[tuple[str, str | None]] = set()
    for finding, safety in sorted(wanted, key=lambda each: -each[0].confidence):
        if (finding.suggestion, finding.surface) not in asked:
            asked.add((finding.surface, finding.suggestion))
            yield finding, safety


def _apart(plans: list[_Plan]) -> list[_Plan]:
    """The plans in order, without those that overlap with one before them."""
    chosen: list[_Plan] = []
    for plan in sorted(plans, key=lambda plan: (plan.edit.start, -plan.edit.end)):
        if not chosen or plan.edit.start >= chosen[-1].edit.end:
            chosen.append(plan)
    return chosen


def _with(article: Article, key: Key, text: str) -> Article:
    field, segment = key
    if segment is None:
        return replace(article, title=text) if field == "title" else replace(article, text=text)
    segments = list(article.segments or ())
    segments[segment] = text
    return replace(article, segments=tuple(segments))


def _places(finding: Finding, rule: Rule) -> Iterator[Place]:
    """The place of a finding, and those related ones at which the very same letters have the very same fault."""
    yield Place(finding.field, finding.segment, finding.start, finding.end, finding.surface)
    if rule.fix_alike:
        yield from (place for place in finding.related if place.surface == finding.surface)


# -- what goes with a stretch that is taken out ---------------------------------------------------------------------------


def _replacing(text: str, place: Place, suggestion: str) -> Edit:
    """The edit that a suggestion asks for. When nothing takes the place of a stretch, its line goes with it, or one of two blanks."""
    start, end = place.start, place.end
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", end)
    line_end = len(text) if line_end < 0 else line_end
    before, after = text[line_start:start], text[end:line_end]
    if suggestion.strip(_BLANKS):
        return Edit(start, end, suggestion)
    if not before.strip() and not after.strip():
        return Edit(*_lines(text, line_start, line_end), "")
    has_blank = after[:1] in _BLANKS or before[-1:] in _BLANKS  # also where there is nothing, at the line's end
    if suggestion:
        return Edit(start, end, "" if has_blank else suggestion)
    if after and after[0] in _BLANKS and (not before.strip() or before[-1] in _BLANKS):
        return Edit(start, end + 1, "")
    if not after.strip() and before and before[-1] in _BLANKS:
        return Edit(line_start + len(before.rstrip(_BLANKS)), end, "")
    return Edit(start, end, "")


def _lines(text: str, start: int, end: int) -> tuple[int, int]:
    """Whole lines with a line end of theirs, and one of the blank lines around them."""
    if end == len(text) and start > 0 and text[end - 1 : end] != "\n":  # the last line: the line end before it goes
        start = _before_line_end(text, start)
        last = text.rfind("\n", 0, start) + 1
        if not text[last:start].strip() and last > 0:
            start = _before_line_end(text, last)
        return start, end
    end = min(len(text), end + 1)
    above = text.rfind("\n", 0, max(0, start - 1)) + 1
    below = text.find("\n", end)
    below = len(text) if below < 0 else below
    if start == 0 or not text[above:start].strip():
        if end < len(text) and not text[end:below].strip():
            return start, min(len(text), below + 1)
        if end == len(text) and start > 0:
            return above, end
    return start, end


def _before_line_end(text: str, at: int) -> int:
    """The place before the line end that stands before `at`."""
    at -= text[at - 1] == "\n"
    return at - (at > 0 and text[at - 1] == "\r")
