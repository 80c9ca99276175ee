"""Findings to a score: MQM's weighted penalties per 1000 words, and a verdict.

    points = sum of weights (minor 1, major 5, critical 25) per 1000 words
    score  = 100 / (1 + points / 100): 100 for no finding, 50 at 100 points per 1000 words, never negative

The weights are those of MQM 2.0 (themqm.org). A straight line, 100 - points, would call every short bad article a zero.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from tqcheck.article import Finding, LeftOut, Penalty, Severity

WEIGHTS: Mapping[str, float] = {"minor": 1.0, "major": 5.0, "critical": 25.0}
POINTS_FOR_HALF = 100.0


def penalty(findings: Iterable[Finding], words: int, weights: Mapping[str, float] = WEIGHTS, left_out: Iterable[LeftOut] = ()) -> Penalty:
    """Count findings by severity, those too that are left out of the report, and weigh them per 1000 words."""
    counts = Counter(finding.severity for finding in findings)
    for left in left_out:
        counts[left.severity] += left.count
    points = sum(counts[severity] * weights[severity] for severity in Severity)
    return Penalty(
        minor=counts[Severity.MINOR],
        major=counts[Severity.MAJOR],
        critical=counts[Severity.CRITICAL],
        per_1000_words=round(1000 * points / max(words, 1), 1),
        weights=dict(weights),
    )


def score(points: Penalty) -> float:
    """0 to 100, one decimal; see the module's docstring."""
    return round(100 / (1 + points.per_1000_words / POINTS_FOR_HALF), 1)
