"""What one article may cost: on by default, and named where it cuts.

    article-timeout     30 s; a rule that takes more than half of what is left of it is stopped, named, and the run ends with exit code 2
    article-size        32 MB of one row, or of a file that is one article: longer ones are named and not read (tqcheck.read)
    findings-per-rule   100 findings of a rule in an article are reported, the gravest; all are counted, and weigh

Time is that of the clock, so a rule that waits is stopped like one that computes; but the time in which other processes had the
processor is not counted, where the system tells it (Linux): a busy machine stops nothing. It takes a signal: only Unix has it, and only
the main thread hears it. Elsewhere (Windows; a thread of a program that calls `tqcheck.check`) nothing is stopped. Every process of
`--jobs` has a main thread of its own. Both `re` and `regex` let themselves be interrupted; a library that does not return from C is
stopped when it does.
"""

from __future__ import annotations

import heapq
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from types import FrameType
from typing import Generic, TypeVar

from tqcheck.article import Gate, LeftOut, Report, Severity

ARTICLE_SECONDS = 30.0
ARTICLE_MEGABYTES = 32.0
FINDINGS = 100  # of a rule in an article
SHARE = 0.5  # of the time that is left, for one rule: whatever hangs, the rules behind it have time too
SOON = 0.001  # seconds
KNOCK_AGAIN = 0.5  # seconds: code that takes the exception for one of its own gets another one

T = TypeVar("T")


class TimedOut(BaseException):
    """The time of a piece of work is up; the message says which limit that was. No Exception, so that no rule takes it for an error."""


class Clock:
    """The time that an article has. It starts with the first piece of work."""

    def __init__(self, seconds: float) -> None:
        """`seconds`: for all that is done with the article; 0 for as long as it takes."""
        self._seconds = seconds
        self._begun: float | None = None
        self._queued = 0.0

    def run(self, work: Callable[[], T], share: float = SHARE) -> T:
        """What `work` returns. Raises TimedOut when that takes more than its share of what is left, where it can be stopped."""
        if not self._seconds or not _can_stop():
            return work()
        if self._begun is None:
            self._begun, self._queued = time.monotonic(), _queued()
        whole = "half of what was left of the" if share < 1 else "the"
        told = f"timed-out: stopped after {whole} {self._seconds:g} s that an article may take (--article-timeout)"
        end = time.monotonic() + max(SOON, (self._begun + self._seconds - time.monotonic()) * share)

        def stop(number: int, frame: FrameType | None) -> None:
            nonlocal end
            del number, frame
            end += self._granted()
            left = end - time.monotonic()
            if left <= 0:
                raise TimedOut(told)
            signal.setitimer(signal.ITIMER_REAL, left, KNOCK_AGAIN)

        return _watched(work, end - time.monotonic(), stop)

    def _granted(self) -> float:
        """The seconds for which other processes had the processor, since this was last asked: they are not the article's."""
        queued = _queued()
        granted, self._queued = queued - self._queued, queued
        self._begun = (self._begun or 0.0) + granted
        return granted


def _can_stop() -> bool:
    return hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()


def _queued() -> float:
    """The seconds for which this thread could have run and had no processor; 0 where the system does not say."""
    try:
        with open("/proc/thread-self/schedstat", "rb") as numbers:  # noqa: PTH123 - the fastest way, once an article
            return int(numbers.read().split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0


def _watched(work: Callable[[], T], seconds: float, stop: Callable[[int, FrameType | None], None]) -> T:
    before = signal.signal(signal.SIGALRM, stop)
    try:
        try:
            signal.setitimer(signal.ITIMER_REAL, max(SOON, seconds), KNOCK_AGAIN)
            return work()
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)  # again: the signal may have come just before the first
        signal.signal(signal.SIGALRM, before)


class Gravest(Generic[T]):
    """Keeps the gravest of what one rule found, the first of equals, and counts the rest by severity."""

    def __init__(self, most: int) -> None:
        """`most`: so many are kept; 0 keeps all."""
        self._most = most
        self._kept: list[tuple[tuple[int, int, int, int], T]] = []
        self._seen = 0
        self.counts: Counter[Severity] = Counter()

    def add(self, severity: Severity, start: int, end: int, make: Callable[[], T]) -> None:
        """Count one more; `make` is called only when it is kept."""
        self._seen += 1
        self.counts[severity] += 1
        key = (severity.rank, -start, -end, -self._seen)
        if not self._most or len(self._kept) < self._most:
            heapq.heappush(self._kept, (key, make()))
        elif key > self._kept[0][0]:
            heapq.heapreplace(self._kept, (key, make()))

    def kept(self) -> list[T]:
        """Those that were kept, in the order in which they were found."""
        return [one for _, one in sorted(self._kept, key=lambda kept: -kept[0][3])]

    def left_out(self, rule: str) -> list[LeftOut]:
        """How many were not kept, by severity."""
        rest = self.counts - Counter(list(Severity)[key[0]] for key, _ in self._kept)
        return [LeftOut(rule, severity, rest[severity]) for severity in Severity if rest[severity]]


def most_of(rule: str, most: int, gate: Gate) -> int:
    """How many findings of a rule are kept: one more than the gate lets pass, if that is more than the limit."""
    return max(most, gate.rules[rule].max_findings + 1) if most and rule in gate.rules else most


def cut(report: Report, most: int) -> Report:
    """The report with at most so many findings of each rule, the gravest; what is left out is counted. 0 leaves it as it is."""
    by_rule: dict[str, Gravest[int]] = {}
    for number, finding in enumerate(report.findings):
        found = by_rule.setdefault(finding.rule, Gravest(most_of(finding.rule, most, report.gate)))
        found.add(finding.severity, finding.start, finding.end, partial(int, number))
    left_out = tuple(left for rule, found in sorted(by_rule.items()) for left in found.left_out(rule))
    if not left_out:
        return report
    kept = sorted(number for found in by_rule.values() for number in found.kept())
    return replace(report, findings=tuple(report.findings[number] for number in kept), left_out=left_out)


def told(report: Report) -> list[str]:
    """What a report says of what is not in it: findings that are only counted, and what was not compared, with the limits."""
    here = Counter(finding.rule for finding in report.findings)
    left_out = [
        f"{left.count} more {'finding' if left.count == 1 else 'findings'} of {left.rule} ({left.severity}) are counted and not shown: "
        f"the limit is {here[left.rule]} of a rule in an article (findings-per-rule)"
        for left in report.left_out
    ]
    return [*left_out, *(f"limit: {limit}" for limit in report.limits)]
