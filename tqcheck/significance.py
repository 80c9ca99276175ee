"""How sure a score is: bootstrap confidence intervals, and paired tests of whether two translations differ by more than chance.

A score is a function of the sum of its segments' counts (metrics.py), so a resampled corpus is a weighted sum of rows. Resamples, trials
and seed are those of sacrebleu (`--confidence`, `--paired-bs`, `--paired-ar`; Koehn 2004, Riezler and Maxwell 2005), and so are intervals
and p-values, with one exception: a difference by chance that is exactly as large as the real one speaks for chance. sacrebleu does not
count it, and so calls a change of a single segment certain; where few segments differ, or counts are small (TER), that matters.

All sums are of whole numbers below 2**53, hence exact: neither the number of threads nor the order of addition changes a digit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Table = NDArray[np.float64]

SEED = 12345  # sacrebleu's
RESAMPLES = 1000  # of a bootstrap
TRIALS = 10_000  # of an approximate randomization
SIGNATURE = f"bs:{RESAMPLES}|ar:{TRIALS}|seed:{SEED}"  # of paired tests
BLOCK = 4_000_000  # numbers held in memory at a time
TIE = 1e-9  # differences nearer than that are the same: rounding
CUT_OFF = 40  # one resample in 40 is cut off at either end: what is left is a 95 % interval

ScoreOf = Callable[["Table"], "Table"]  # sums of counts, shape (resamples, columns) -> scores, shape (resamples,)


class Interval(NamedTuple):
    """A 95 % confidence interval."""

    low: float
    high: float


class Difference(NamedTuple):
    """How far two translations are apart, and how probable so large a difference is if they are equally good."""

    old: float
    new: float
    bootstrap: float  # p-value of paired bootstrap resampling
    randomization: float  # p-value of paired approximate randomization


class Gap(NamedTuple):
    """How far two sets of different texts are apart."""

    old: float
    new: float
    low: float  # of the 95 % confidence interval of new - old
    high: float
    p_value: float  # of a permutation test: how probable so large a difference is if the texts were dealt out by chance


# -- scores of sums -----------------------------------------------------------------------------------------------------


def mean(sums: Table) -> Table:
    """Sum over number: counts are (value, 1) for each segment."""
    total: Table = sums[:, 0] / sums[:, 1]
    return total


def bleu(sums: Table) -> Table:
    """Corpus BLEU, as sacrebleu computes it with its defaults (exponential smoothing)."""
    import numpy as np

    lengths, references, right, all_ngrams = sums[:, 0], sums[:, 1], sums[:, 2:6], sums[:, 6:10]
    with np.errstate(divide="ignore", invalid="ignore"):
        misses = np.cumsum((right == 0) & (all_ngrams > 0), axis=1)
        precisions = np.where(right > 0, 100.0 * right / all_ngrams, 100.0 / (2.0**misses * all_ngrams))
        brevity = np.where(lengths < references, np.exp(1 - references / lengths), 1.0)
        scores: Table = brevity * np.exp(np.log(precisions).sum(axis=1) / 4)
    scores[(all_ngrams == 0).any(axis=1) | (right == 0).all(axis=1)] = 0.0
    return scores


def chrf(sums: Table) -> Table:
    """Corpus chrF or chrF++, as sacrebleu computes it with its defaults (beta 2, effective order)."""
    import numpy as np

    ours, theirs, both = sums[:, 0::3], sums[:, 1::3], sums[:, 2::3]
    counted = (ours > 0) & (theirs > 0)
    orders = np.maximum(counted.sum(axis=1), 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        precision = np.where(counted, both / ours, 0.0).sum(axis=1) / orders
        recall = np.where(counted, both / theirs, 0.0).sum(axis=1) / orders
        scores = 100 * (5 * precision * recall / (4 * precision + recall))
    return np.where(precision + recall > 0, scores, 0.0)


def ter(sums: Table) -> Table:
    """TER: edits over words of the reference."""
    import numpy as np

    edits, words = sums[:, 0], sums[:, 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(words > 0, 100 * (edits / words), np.where(edits > 0, 100.0, 0.0))


# -- resampling ---------------------------------------------------------------------------------------------------------


def intervals(counts: Table, scores: Mapping[str, ScoreOf]) -> dict[str, Interval]:
    """The 95 % intervals of scores, by bootstrap resampling of the rows of `counts`. Raises ValueError for less than two rows."""
    import numpy as np

    if len(counts) < 2:
        raise ValueError("a single row cannot be resampled")
    found = _collected((weights @ counts for weights in _resamples(len(counts))), scores)
    cut = RESAMPLES // CUT_OFF
    ordered = {name: np.sort(values) for name, values in found.items()}
    return {name: Interval(float(values[cut]), float(values[-cut - 1])) for name, values in ordered.items()}


def differences(old: Table, new: Table, scores: Mapping[str, ScoreOf]) -> dict[str, Difference]:
    """Compare two translations of the same segments: a row of counts for each, in the same order."""
    before, after = old.sum(axis=0, keepdims=True), new.sum(axis=0, keepdims=True)
    real = {name: (float(score(before)[0]), float(score(after)[0])) for name, score in scores.items()}
    resampled = _collected(((weights @ old, weights @ new) for weights in _resamples(len(old))), scores, _apart)
    moved = (mask @ (new - old) for mask in _swaps(len(old)))  # what the rows that change sides take with them
    swapped = _collected(((before + move, after - move) for move in moved), scores, _apart)
    found = {}
    for name, (old_score, new_score) in real.items():
        gap = abs(old_score - new_score)
        bootstrap = _p_value(resampled[name] - resampled[name].mean(), gap) if gap else 1.0
        found[name] = Difference(old_score, new_score, bootstrap, _p_value(swapped[name], gap))
    return found


def unpaired(old: Table, new: Table, score: ScoreOf) -> Gap:
    """Compare two sets of different segments or articles, a row of counts for each, which no pairing joins.

    The p-value is that of a permutation test, which deals the rows out to two sides of the same sizes (Fisher, Pitman); the interval is
    that of a bootstrap which resamples either side. Raises ValueError for a side of less than two rows.
    """
    import numpy as np

    if min(len(old), len(new)) < 2:
        raise ValueError("a single row cannot be resampled")
    before, after = (float(score(rows.sum(axis=0, keepdims=True))[0]) for rows in (old, new))
    of_old, of_new = (
        np.concatenate([score(weights @ rows) for weights in _resamples(len(rows), seed)]) for rows, seed in ((old, SEED), (new, SEED + 1))
    )
    cut = RESAMPLES // CUT_OFF
    gaps = np.sort(of_new - of_old)
    every, both = np.concatenate([old, new]), old.sum(axis=0) + new.sum(axis=0)
    dealt = np.concatenate([_apart(score, (mask @ every, both - mask @ every)) for mask in _deals(len(old), len(new))])
    return Gap(before, after, float(gaps[cut]), float(gaps[-cut - 1]), _p_value(dealt, abs(after - before)))


def _deals(first: int, second: int) -> Iterator[Table]:
    """Which rows go to the first side in each trial, some trials at a time: always as many."""
    import numpy as np

    random = np.random.default_rng(SEED)
    rows = first + second
    at_once = max(1, min(TRIALS, BLOCK // rows))
    for start in range(0, TRIALS, at_once):
        lots = random.random((min(at_once, TRIALS - start), rows))
        yield (lots <= np.partition(lots, first - 1, axis=1)[:, first - 1 : first]).astype(np.float64)


def _score(score: ScoreOf, sums: Any) -> Table:  # noqa: ANN401 - what _apart takes is a pair
    return score(sums)


def _apart(score: ScoreOf, sums: tuple[Table, Table]) -> Table:
    gap: Table = abs(score(sums[0]) - score(sums[1]))
    return gap


def _collected(blocks: Iterable[Any], scores: Mapping[str, ScoreOf], of: Callable[[ScoreOf, Any], Table] = _score) -> dict[str, Table]:
    """What `of` makes of each score in each block of resamples, joined."""
    import numpy as np

    parts: dict[str, list[Table]] = {name: [] for name in scores}
    for sums in blocks:
        for name, score in scores.items():
            parts[name].append(of(score, sums))
    return {name: np.concatenate(values) for name, values in parts.items()}


def _resamples(rows: int, seed: int = SEED) -> Iterator[Table]:
    """How often each row is drawn in each resample, some resamples at a time."""
    import numpy as np

    random = np.random.default_rng(seed)
    at_once = max(1, min(RESAMPLES, BLOCK // rows))
    for first in range(0, RESAMPLES, at_once):
        number = min(at_once, RESAMPLES - first)
        drawn = random.integers(rows, size=(number, rows)) + rows * np.arange(number)[:, None]
        yield np.bincount(drawn.ravel(), minlength=number * rows).reshape(number, rows).astype(np.float64)


def _swaps(rows: int) -> Iterator[Table]:
    """Which rows change sides in each trial, some trials at a time: a multiple of 32, for which numpy draws the same bits as at once."""
    import numpy as np

    random = np.random.default_rng(SEED)
    at_once = max(32, min(TRIALS, BLOCK // rows // 32 * 32))
    for first in range(0, TRIALS, at_once):
        yield random.integers(2, size=(min(at_once, TRIALS - first), rows), dtype=bool).astype(np.float64)


def _p_value(by_chance: Table, real: float) -> float:
    """The share of differences that chance makes as large as the real one; the 1 keeps it from ever being 0."""
    as_large = by_chance >= real - TIE
    return (int(as_large.sum()) + 1) / (len(by_chance) + 1)
