"""Problems as they are told on standard error: the first of each kind in full, the rest as a count.

A kind is a reason without its numbers and quoted words: a thousand broken rows must not hide the one file that could not be opened.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

from tqcheck.article import Problem
from tqcheck.report.visible import clip, visible

TOLD = 20  # of one kind
MOST_KINDS = 20  # those beyond are one kind
LONGEST_EXAMPLE = 100
_PARTICULAR = re.compile(r"'[^']*'|\"[^\"]*\"|“[^”]*”|0x[0-9a-f]+|\d+")


class Complaints:
    """Tells problems, each on one line."""

    def __init__(self, tell: Callable[[str], object]) -> None:
        self._tell = tell
        self._counts: Counter[str] = Counter()
        self._examples: dict[str, str] = {}

    def add(self, problem: Problem) -> None:
        """Tell a problem, or count it when enough of its kind were told."""
        kind = _PARTICULAR.sub("#", f"{problem.rule}: {problem.reason[:1000]}")
        kind = kind if kind in self._counts or len(self._counts) < MOST_KINDS else ""
        self._counts[kind] += 1
        self._examples.setdefault(kind, problem.reason)
        if self._counts[kind] <= TOLD:
            self._tell(visible(str(problem)))

    def close(self) -> None:
        """Tell how many more there were."""
        for kind, count in self._counts.items():
            if count > TOLD:
                example = f" like: {visible(clip(self._examples[kind], LONGEST_EXAMPLE))}" if len(self._counts) > 1 and kind else ""
                self._tell(f"and {count - TOLD} more problem{'s' if count > TOLD + 1 else ''}{example}")
