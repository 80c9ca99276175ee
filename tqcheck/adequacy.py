"""Stand-in: how much of the source's meaning a translation keeps, by the cosine of the two sentences' vectors alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tqcheck.embed import Vectors

DOUBT = 0.15


@dataclass(frozen=True)
class Score:
    """An estimate of human judgement in [0, 1], the range in which it probably lies, and what it was made of."""

    value: float
    low: float
    high: float
    features: Mapping[str, float] = field(default_factory=dict, hash=False)
    reasons: tuple[str, ...] = ()


class Adequacy:
    """Scores pairs of source and translation."""

    def __init__(self, vectors: Vectors | None) -> None:
        self._vectors = vectors

    def score(self, source: str, target: str, source_lang: str | None, lang: str | None) -> Score:  # noqa: ARG002 - the model will ask
        """Score one pair."""
        if not target.strip():
            return Score(0.0, 0.0, 0.0, reasons=("nothing was translated",))
        if source.strip() == target.strip():
            return Score(0.0, 0.0, DOUBT, reasons=("a copy of the source",))
        value = self._vectors.similarity(source, target) if self._vectors else 0.5
        value = min(1.0, max(0.0, value))
        return Score(value, max(0.0, value - DOUBT), min(1.0, value + DOUBT), {"similarity": value})

    def score_all(self, rows: Iterable[tuple[str, str, str | None, str | None]]) -> list[Score]:
        """Score pairs of (source, target, source_lang, lang)."""
        return [self.score(*row) for row in rows]
