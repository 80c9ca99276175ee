"""Accepted findings: what was there when the gate was put up does not fail it; what is new does.

`tqcheck baseline INPUT... -o FILE` writes the findings of a run, `check` and `report` take them away with `--baseline FILE`. They are
counted, but neither shown nor weighed: else an accepted finding could still fail an article by its score. A finding is accepted as often
as the baseline counts it. It is known by its fingerprint (fingerprint.py): first with the words around it, then, for those left over, by
article, rule and words alone, so that an edit beside an accepted finding does not bring it back.

The file is JSON with an entry a line, sorted, without time or path of the run: a change to it reads well in a diff.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import tqcheck
from tqcheck import score
from tqcheck.article import Article, FeedReport, Finding, Problem, Report
from tqcheck.config import Options
from tqcheck.errors import ConfigError
from tqcheck.fingerprint import Fingerprint, article_key, fingerprint
from tqcheck.read.rows import parse_json
from tqcheck.report.jsonformat import dumps
from tqcheck.report.stream import Out, utf8
from tqcheck.report.summary import Summary
from tqcheck.report.visible import clip
from tqcheck.rules import Rule, all_rules, choose

TOOL = "tqcheck"
SCHEMA = 1  # of the file, and of the fingerprints in it
LONGEST_SURFACE = 80  # of the words shown for a person
_KEYS = {"article", "rule", "surface", "fingerprint", "count"}


@dataclass(frozen=True)
class Entry:
    """A finding that was accepted, and how often it stood there."""

    article: str
    rule: str
    surface: str
    fingerprint: Fingerprint
    count: int


class BaselineWriter:
    """Writes a baseline: a writer like those of tqcheck.report, except that it must sort, so all comes at the end."""

    def __init__(self, out: Out) -> None:
        self._out = utf8(out)
        self._counts: Counter[tuple[str, str, Fingerprint]] = Counter()
        self._shown: dict[tuple[str, str, Fingerprint], str] = {}

    def add(self, report: Report) -> None:
        """Accept the findings of one article."""
        key = article_key(report.article)
        for finding in report.findings:
            print_ = fingerprint(report.article, finding)
            surface = clip(finding.surface, LONGEST_SURFACE)
            known = (key, finding.rule, print_)  # "Kiev" and "KIEV" have one fingerprint: the first in the alphabet is shown
            self._shown[known] = min(surface, self._shown.get(known, surface))
            self._counts[known] += 1

    @property
    def findings(self) -> int:
        """How many findings were accepted so far."""
        return self._counts.total()

    def close(self, summary: Summary) -> None:
        """Write the file."""
        del summary
        entries = sorted((key, rule, self._shown[key, rule, print_], print_, count) for (key, rule, print_), count in self._counts.items())
        lines = (
            dumps({"article": key, "rule": rule, "surface": surface, "fingerprint": str(print_), "count": count})
            for key, rule, surface, print_, count in entries
        )
        head = f'{{\n"tool": "{TOOL}",\n"baseline": {SCHEMA},\n"version": "{tqcheck.__version__}",\n"findings": ['
        self._out.write(head + ",".join(f"\n{line}" for line in lines) + "\n]\n}\n")


class Baseline:
    """Takes accepted findings away from reports, as they come, and knows in the end which of them are gone."""

    def __init__(self, path: Path, rules: Iterable[Rule]) -> None:
        """Read a baseline; `rules` are those that run. Raises ConfigError, with the remedy, for anything that is not one."""
        self.path = path
        self._rules = {rule.id for rule in rules}
        self._entries = tuple(_load(path))
        self._left = Counter({entry.fingerprint: entry.count for entry in self._entries})
        self._of_alone: dict[str, list[Fingerprint]] = {}
        for entry in self._entries:
            self._of_alone.setdefault(entry.fingerprint.alone, []).append(entry.fingerprint)
        self._articles: set[str] = set()  # of the baseline, that were checked
        self._not_run: set[tuple[str, str]] = set()  # article and rule
        self._known = {entry.article for entry in self._entries}
        self.accepted = 0
        self.digest = _digest(self._entries)

    def accept(self, report: Report) -> Report:
        """The report without its accepted findings, judged anew."""
        key = article_key(report.article)
        if key in self._known:
            self._articles.add(key)
            unsure = {name.partition(" ")[0] for name in report.rules_not_run} | {problem.rule or "" for problem in report.problems}
            self._not_run |= {(key, rule) for rule in unsure}
        kept = self._new(report.article, report.findings)
        self.accepted += len(report.findings) - len(kept)
        if isinstance(report, FeedReport):
            accepted = len(report.findings) - len(kept)
            return replace(report, findings=kept, verdict=report.gate.verdict(kept, report.score), accepted=accepted)
        points = score.penalty(kept, report.words, report.penalty.weights)
        value = score.score(points)
        return replace(
            report,
            findings=kept,
            penalty=points,
            score=value,
            verdict=report.gate.verdict(kept, value),
            accepted=len(report.findings) - len(kept),
            signature=f"{report.signature}|baseline:{self.digest}",
        )

    def gone(self) -> tuple[int, int]:
        """How many accepted findings are gone from the articles that were checked, and how many are of articles that were not.

        Of a rule that did not run nothing can be said; one that exists no more finds nothing.
        """
        here = away = 0
        for entry in self._entries:
            left = self._left[entry.fingerprint]
            if entry.article not in self._articles:
                away += left
            elif (entry.rule in self._rules or entry.rule not in all_rules()) and (entry.article, entry.rule) not in self._not_run:
                here += left
        return here, away

    def _new(self, article: Article, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
        """The findings that the baseline does not have: those in their old context are looked for first."""
        prints = [fingerprint(article, finding) for finding in findings]
        accepted = [self._take(print_) for print_ in prints]
        for index, print_ in enumerate(prints):
            if not accepted[index]:
                accepted[index] = any(self._take(other) for other in self._of_alone.get(print_.alone, ()))
        return tuple(finding for finding, was_there in zip(findings, accepted, strict=True) if not was_there)

    def _take(self, print_: Fingerprint) -> bool:
        if not self._left[print_]:
            return False
        self._left[print_] -= 1
        return True


def named(options: Options) -> Baseline | None:
    """The baseline that the options name, if any. Raises ConfigError when it is none."""
    if options.baseline is None:
        return None
    return Baseline(Path(options.baseline), choose(options.select, options.ignore, preview=options.preview, feed=options.feed_rules))


def without_accepted(outcomes: Iterable[Report | Problem], options: Options) -> Iterator[Report | Problem]:
    """The outcomes of a run without the findings of the baseline that its options name. That is read at once."""
    baseline = named(options)
    return (baseline.accept(outcome) if baseline and isinstance(outcome, Report) else outcome for outcome in outcomes)


def _load(path: Path) -> Iterator[Entry]:
    remedy = f"make it anew: tqcheck baseline INPUT... -o {path}"
    try:
        content = parse_json(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: the baseline cannot be read: {error.strerror}: {remedy}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: the baseline is not UTF-8: {remedy}") from None
    except ValueError as error:
        raise ConfigError(f"{path}: the baseline {error}: take it from version control, or {remedy}") from None
    if not isinstance(content, Mapping) or content.get("tool") != TOOL or "baseline" not in content:
        raise ConfigError(f"{path}: is no baseline of tqcheck: name the right file, or {remedy}")
    if content["baseline"] != SCHEMA:
        written = f"by tqcheck {str(content.get('version'))[:20]}, in format {str(content['baseline'])[:20]}"
        raise ConfigError(f"{path}: the baseline was written {written}; this version reads format {SCHEMA}: {remedy}")
    seen: set[Fingerprint] = set()
    findings = content.get("findings")
    for number, value in enumerate(findings if isinstance(findings, list) else [None], 1):
        try:
            entry = _entry(value)
            if entry.fingerprint in seen:
                raise ValueError("has the fingerprint of another one")  # noqa: TRY301 - said once for all that may be wrong
        except ValueError as error:
            raise ConfigError(f"{path}: entry {number} of the baseline {error}: take it from version control, or {remedy}") from None
        seen.add(entry.fingerprint)
        yield entry


def _entry(value: Any) -> Entry:  # noqa: ANN401 - a JSON value may be anything
    if not isinstance(value, Mapping) or set(value) != _KEYS:
        raise ValueError(f"is not an object with the keys {', '.join(sorted(_KEYS))}")
    texts = [value[key] for key in ("article", "rule", "surface", "fingerprint")]
    if not all(isinstance(text, str) for text in texts):
        raise ValueError("holds something other than text")
    count = value["count"]
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        raise ValueError("has a count that is not 1 or more")
    return Entry(texts[0], texts[1], texts[2], Fingerprint.parse(texts[3]), count)


def _digest(entries: tuple[Entry, ...]) -> str:
    counted = sorted(f"{entry.fingerprint}:{entry.count}" for entry in entries)
    return hashlib.sha256("\n".join(counted).encode()).hexdigest()[:8]
