"""Precision and recall of each rule on labelled articles: `tqcheck eval GOLD...`.

A gold file is JSONL, one label a line:

    {"feed": "../sample-feed/feed.jsonl", "article": "sf-01", "rule": "name-variant", "field": "text", "segment": null,
     "start": 440, "end": 444, "surface": "Kiev", "related": [...], "why": "..."}

`feed` is relative to the gold file; every article of every feed named is checked, so a finding on an article without
labels counts as a false alarm. A label is found when a finding of the same rule overlaps it or one of its related places;
a finding is right when it overlaps a label of any rule.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqcheck import pipeline
from tqcheck.article import Finding, Problem
from tqcheck.config import Options
from tqcheck.errors import ReadError
from tqcheck.read import read


@dataclass(frozen=True)
class Label:
    """A place that an editor marked, with the rule that should find it."""

    feed: Path
    article: str
    rule: str
    field: str
    segment: int | None
    start: int
    end: int
    surface: str
    related: tuple[tuple[str, int | None, int, int], ...] = ()


@dataclass
class RuleResult:
    """What one rule did on the gold."""

    labels: int = 0
    found: int = 0
    findings: int = 0
    right: int = 0

    @property
    def recall(self) -> float | None:
        """Share of the labels that were found; None without labels."""
        return self.found / self.labels if self.labels else None

    @property
    def precision(self) -> float | None:
        """Share of the findings that are right; None without findings."""
        return self.right / self.findings if self.findings else None


@dataclass
class Result:
    """What all rules did, the labels that were missed, and the findings that were wrong. It grows feed by feed."""

    rules: dict[str, RuleResult]
    missed: list[Label]
    false_alarms: list[Finding]
    problems: list[Problem]
    rule_names: frozenset[str]
    known_rules: frozenset[str]
    articles: int = 0

    def lines(self, *, details: bool = True) -> Iterator[str]:
        """The result as a table for people, then each miss and each false alarm."""
        yield f"{'rule':24} {'labels':>7} {'found':>6} {'recall':>7} {'findings':>9} {'right':>6} {'precision':>10}"
        for rule, result in sorted(self.rules.items()):
            yield (
                f"{rule:24} {result.labels:7} {result.found:6} {_share(result.recall):>7} "
                f"{result.findings:9} {result.right:6} {_share(result.precision):>10}"
                + ("" if rule in self.rule_names else "   (did not run)" if rule in self.known_rules else "   (no such rule yet)")
            )
        total = self.total()
        yield (
            f"{'all rules that ran':24} {total.labels:7} {total.found:6} {_share(total.recall):>7} "
            f"{total.findings:9} {total.right:6} {_share(total.precision):>10}"
        )
        if details:
            for label in self.missed:
                if label.rule in self.rule_names:
                    yield f"missed  {label.article}  {label.rule}  {label.surface!r}"
            for finding in self.false_alarms:
                yield f"false   {finding.article}  {finding.rule}  {finding.surface!r}: {finding.message}"

    def total(self) -> RuleResult:
        """The sums over the rules that ran."""
        ran = [result for rule, result in self.rules.items() if rule in self.rule_names]
        return RuleResult(*(sum(getattr(result, name) for result in ran) for name in ("labels", "found", "findings", "right")))


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def evaluate(golds: Sequence[str], options: Options) -> Result:
    """Check the feeds that gold files refer to and compare. Raises ReadError when a gold file is not one."""
    labels = [label for gold in golds for path in _files(Path(gold)) for label in _labels(path)]
    if not labels:
        raise ReadError(f"{', '.join(golds)}: no labels found: give a gold JSONL file, or a folder with some")
    ran = frozenset(rule.id for rule in options.chosen_rules())
    result = Result(defaultdict(RuleResult), [], [], [], ran, frozenset(options.known_rules()))
    for feed in sorted({label.feed for label in labels}):
        _check_feed(feed, [label for label in labels if label.feed == feed], options, result)
    return result


def _check_feed(feed: Path, labels: Sequence[Label], options: Options, result: Result) -> None:
    findings: dict[str, list[Finding]] = defaultdict(list)
    for outcome in pipeline.check(read([str(feed)]), options, measure=False):
        if isinstance(outcome, Problem):
            result.problems.append(outcome)
            continue
        result.articles += 1
        result.problems.extend(outcome.problems)
        findings[outcome.article.id].extend(outcome.findings)
    for label in labels:
        found = any(finding.rule == label.rule and _touch(finding, label) for finding in findings[label.article])
        result.rules[label.rule].labels += 1
        result.rules[label.rule].found += found
        if not found:
            result.missed.append(label)
    for article, own in findings.items():
        for finding in own:
            right = any(label.article == article and _touch(finding, label) for label in labels)
            result.rules[finding.rule].findings += 1
            result.rules[finding.rule].right += right
            if not right:
                result.false_alarms.append(finding)


def _touch(finding: Finding, label: Label) -> bool:
    own = [(finding.field, finding.segment, finding.start, finding.end)]
    own += [(place.field, place.segment, place.start, place.end) for place in finding.related]
    wanted = [(label.field, label.segment, label.start, label.end)]
    return any(a[:2] == b[:2] and min(a[3], b[3]) > max(a[2], b[2]) for a in own for b in wanted)


def _files(path: Path) -> Iterable[Path]:
    if path.is_dir():
        return sorted(path.glob("*.jsonl"))
    if not path.is_file():
        raise ReadError(f"{path}: there is no such file")
    return [path]


def _labels(path: Path) -> Iterator[Label]:
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise ReadError(f"{path}: is not valid UTF-8: {error}") from error
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield _label(json.loads(line), path.parent)
            except (ValueError, KeyError, TypeError) as error:
                raise ReadError(f"{path}:{number}: is not a label: {type(error).__name__}: {error}") from error


def _label(row: dict[str, Any], folder: Path) -> Label:
    return Label(
        feed=folder / row["feed"],
        article=row["article"],
        rule=row["rule"],
        field=row["field"],
        segment=row.get("segment"),
        start=row["start"],
        end=row["end"],
        surface=row["surface"],
    )
