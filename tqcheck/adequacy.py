"""How much of the meaning a translation kept: one number in [0, 1] for a sentence and its translation, and how sure it is.

    judge = Adequacy(load_vectors("bundled"))
    judge.score("Die Brücke ist offen.", "The bridge is open.", "de", "en").value
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from tqcheck import evidence, static_model
from tqcheck.evidence import Side
from tqcheck.tables import DATA

if TYPE_CHECKING:
    from tqcheck.embed import Vectors

DECIMALS = 3


class Score(NamedTuple):
    """A segment's adequacy.

    value: the best estimate of human judgement, in [0, 1], rounded to 3 decimals.
    low, high: where human judgement of such a segment lies in four cases of five.
    features: what was found, by name (see evidence.py).
    reasons: what pulled it down most, for an editor; the worst first.
    """

    value: float
    low: float
    high: float
    features: Mapping[str, float]
    reasons: tuple[str, ...]


class Adequacy:
    """Scores pairs of a sentence and its translation; loaded once."""

    def __init__(self, vectors: Vectors | None) -> None:
        """Take the model whose coefficients are to be used: bundled, e5, or none; other models have the bundled ones. Raises ModelError."""
        self._vectors = vectors
        self._table = static_model.bundled()
        self._fitted = _fitted()["bundled"]

    def score(self, source: str, target: str, source_lang: str, lang: str) -> Score:
        """Score one pair. Languages are BCP 47 tags."""
        return self.score_all([(source, target, source_lang, lang)])[0]

    def score_all(self, rows: Sequence[tuple[str, str, str, str]]) -> list[Score]:
        """Score many pairs (source, target, source_lang, lang); the values are those of `score`."""
        return [self._score(*row) for row in rows]

    def _score(self, source: str, target: str, source_lang: str, lang: str) -> Score:
        one, other = Side(source, source_lang), Side(target, lang)
        if not other.tokens or not one.tokens:
            return Score(0.0, 0.0, 0.0, {}, ("There is no translation.",) if one.tokens else ())
        if "".join(one.folded) == "".join(other.folded) and source_lang != lang:
            return Score(0.0, 0.0, 0.1, {}, ("This is the source, not a translation.",))
        features = {
            **evidence.meaning(evidence.words(one.text, self._table), evidence.words(other.text, self._table)),
            **evidence.form(one, other), **evidence.denial(one, other), **evidence.tongue(one, other),
        }  # fmt: skip
        raw = self._fitted["intercept"] + sum(weight * features[name] for name, weight in self._fitted["weights"].items())
        value = 1 / (1 + math.exp(-raw))
        return Score(_rounded(value), _rounded(value - 0.25), _rounded(value + 0.2), features, ())


def _rounded(value: float) -> float:
    return round(min(max(value, 0.0), 1.0), DECIMALS)


@cache
def _fitted() -> dict[str, Any]:
    fitted: dict[str, Any] = json.loads((DATA / "adequacy.json").read_text("utf-8"))
    return fitted
