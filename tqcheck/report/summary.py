"""What a whole run came to: a `Tally` grows by one report at a time, a `Summary` is what it says at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from tqcheck.article import FeedReport, Problem, Report, Severity

PROBLEMS_NAMED = 20
SCORE_BINS = 10


@dataclass(frozen=True)
class Summary:
    """The sums of a run. Its size does not depend on the number of articles."""

    articles: int = 0
    passed: int = 0
    failed: int = 0
    words: int = 0
    by_severity: Mapping[Severity, int] = field(default_factory=dict, hash=False)  # worst first
    by_rule: Mapping[str, int] = field(default_factory=dict, hash=False)  # most frequent first
    scores: tuple[int, ...] = (0,) * SCORE_BINS  # articles with a score of 0 to below 10, 10 to below 20, ... 90 to 100
    problems: int = 0
    first_problems: tuple[Problem, ...] = ()
    rules_not_run: tuple[str, ...] = ()
    suppressed: int = 0  # findings that the configuration takes away
    accepted: int = 0  # findings that the baseline takes away
    across: int = 0  # findings of feed rules, which are among those by severity and by rule
    failed_across: int = 0  # articles that fail by findings of feed rules; whether they passed by themselves is not asked
    may_be_empty: bool = False  # a run without any article is no failure

    @property
    def exit_code(self) -> int:
        """0 the gate passes; 1 the gate fails; 2 something could not be checked, which is worse."""
        if self.problems or not (self.articles or self.may_be_empty):
            return 2
        return 1 if self.failed or self.failed_across else 0

    @property
    def findings(self) -> int:
        """The number of findings of any severity."""
        return sum(self.by_severity.values())


class Tally:
    """Counts reports and problems as they go by, and keeps none of the reports."""

    def __init__(self, *, may_be_empty: bool = False) -> None:
        self.may_be_empty = may_be_empty
        self._articles: Counter[str] = Counter()
        self._words = 0
        self._severities: Counter[Severity] = Counter()
        self._rules: Counter[str] = Counter()
        self._scores = [0] * SCORE_BINS
        self._problems = 0
        self._first_problems: list[Problem] = []
        self._rules_not_run: set[str] = set()
        self._suppressed = 0
        self._accepted = 0
        self._across = 0
        self._failed_across = 0

    def add(self, report: Report) -> None:
        """Count one article with its findings and the rules that crashed on it; or findings of feed rules, and no article."""
        if isinstance(report, FeedReport):
            self._across += len(report.findings)
            self._failed_across += report.verdict == "fail"
            self._count_findings(report)
            return
        self._articles[report.verdict] += 1
        self._words += report.words
        self._count_findings(report)
        self._scores[min(int(report.score) * SCORE_BINS // 100, SCORE_BINS - 1)] += 1
        self._rules_not_run.update(report.rules_not_run)
        for problem in report.problems:
            self.add_problem(problem)

    def _count_findings(self, report: Report) -> None:
        self._severities.update(finding.severity for finding in report.findings)
        self._rules.update(finding.rule for finding in report.findings)
        self._suppressed += report.suppressed
        self._accepted += report.accepted

    def add_problem(self, problem: Problem) -> None:
        """Count something that could not be checked; the first ones are kept to be named."""
        self._problems += 1
        if len(self._first_problems) < PROBLEMS_NAMED:
            self._first_problems.append(problem)

    def summary(self) -> Summary:
        """Return the sums so far."""
        return Summary(
            articles=self._articles.total(),
            passed=self._articles["pass"],
            failed=self._articles["fail"],
            words=self._words,
            by_severity={severity: self._severities[severity] for severity in sorted(Severity, key=lambda s: -s.rank)},
            by_rule=dict(sorted(self._rules.items(), key=lambda rule: (-rule[1], rule[0]))),
            scores=tuple(self._scores),
            problems=self._problems,
            first_problems=tuple(self._first_problems),
            rules_not_run=tuple(sorted(self._rules_not_run)),
            suppressed=self._suppressed,
            accepted=self._accepted,
            across=self._across,
            failed_across=self._failed_across,
            may_be_empty=self.may_be_empty,
        )
