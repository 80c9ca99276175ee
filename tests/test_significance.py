"""Resampling: the answers of sacrebleu where it has one, and what must hold of any data."""

import numpy as np
import pytest
from sacrebleu.metrics import BLEU, CHRF, TER
from sacrebleu.significance import PairedTest
from translations_for_tests import TRANSLATIONS

from tqcheck import metrics, scoring, significance
from tqcheck.scoring import score_of

REFERENCES = [reference for _, reference in TRANSLATIONS["en"] + TRANSLATIONS["de"]] * 3
OLD = [translation for translation, _ in TRANSLATIONS["en"] + TRANSLATIONS["de"]] * 3
NEW = [text.replace("e", "E") if number % 4 == 0 else REFERENCES[number] if number % 5 == 0 else text for number, text in enumerate(OLD)]


def counts(translations) -> np.ndarray:
    rows = [metrics.reference_metrics("13a").counts(*pair) for pair in zip(translations, REFERENCES, strict=True)]
    return np.hstack([np.zeros((len(rows), scoring.MEANS_WIDTH)), np.array(rows)])


def sacrebleu(test: str) -> dict[str, float]:
    """The p-values of `sacrebleu --paired-bs` or `--paired-ar`, from the function behind them: its JSON output of the first is broken."""
    metrics_of = {"bleu": BLEU(references=[REFERENCES]), "chrf": CHRF(references=[REFERENCES]), "ter": TER(references=[REFERENCES])}
    _, results = PairedTest([("old", OLD), ("new", NEW)], metrics_of, None, test_type=test)()
    return {name: results[label][1].p_value for name, label in {"bleu": "BLEU", "chrf": "chrF2", "ter": "TER"}.items()}


@pytest.mark.parametrize(("test", "answer"), [("bs", "bootstrap"), ("ar", "randomization")])
def test_p_values_are_those_of_sacrebleu(test, answer):
    wanted = sacrebleu(test)
    found = significance.differences(counts(OLD), counts(NEW), {name: score_of(name) for name in wanted})
    ours = {name: getattr(found[name], answer) for name in found}
    assert {name: ours[name] for name in ("bleu", "chrf")} == pytest.approx({name: wanted[name] for name in ("bleu", "chrf")}, abs=1e-4)
    assert ours["ter"] >= wanted["ter"] - 1e-4  # ties, which sacrebleu does not count


@pytest.mark.parametrize("name", metrics.METRICS)
def test_a_score_of_sums_is_that_of_sacrebleu(name):
    rng = np.random.default_rng(1)
    table = counts(OLD)
    for weights in (np.ones(len(table)), np.zeros(len(table)), *(rng.integers(0, 2, len(table)) for _ in range(200))):
        sums = weights @ table
        wanted = metrics.reference_metrics("13a").scores(sums[scoring.MEANS_WIDTH :])[name]
        assert score_of(name)(sums[None, :])[0] == pytest.approx(wanted, abs=1e-9)


def test_resamples_do_not_depend_on_how_many_are_made_at_once(monkeypatch):
    def answers():
        scores = {"bleu": score_of("bleu"), "chrf": score_of("chrf")}
        return significance.intervals(counts(OLD), scores), significance.differences(counts(OLD), counts(NEW), scores)

    at_once = answers()
    monkeypatch.setattr(significance, "BLOCK", 100)
    assert answers() == at_once


def test_a_translation_compared_with_itself_is_no_discovery():
    (found,) = significance.differences(counts(OLD), counts(OLD), {"bleu": score_of("bleu")}).values()
    assert (found.old - found.new, found.bootstrap, found.randomization) == (0.0, 1.0, 1.0)


def test_one_better_segment_is_no_proof():
    old = np.array([[0.5, 1.0]] * 20)
    new = old.copy()
    new[3, 0] = 0.9
    (found,) = significance.differences(old, new, {"adequacy": significance.mean}).values()
    assert found.randomization == 1.0
    assert found.bootstrap > 0.05


def test_a_steady_gain_is_a_proof():
    rng = np.random.default_rng(2)
    old = np.column_stack([rng.integers(0, 100, 200), np.ones(200)]).astype(float)
    new = old + np.column_stack([rng.integers(1, 10, 200), np.zeros(200)])
    (found,) = significance.differences(old, new, {"adequacy": significance.mean}).values()
    assert max(found.bootstrap, found.randomization) < 0.01


def test_the_interval_of_a_mean_is_as_wide_as_statistics_says():
    rng = np.random.default_rng(3)
    table = np.column_stack([rng.integers(0, 100, 400), np.ones(400)]).astype(float)
    (interval,) = significance.intervals(table, {"mean": significance.mean}).values()
    expected = 2 * 1.96 * table[:, 0].std() / 20
    assert interval.high - interval.low == pytest.approx(expected, rel=0.1)
    assert interval.low < table[:, 0].mean() < interval.high


def test_one_row_cannot_be_resampled():
    with pytest.raises(ValueError, match="single row"):
        significance.intervals(np.ones((1, 2)), {"mean": significance.mean})


# -- different texts on either side -------------------------------------------------------------------------------------


def as_counts(values) -> np.ndarray:
    return np.column_stack([values, np.ones(len(values))])


@pytest.mark.parametrize(("first", "second", "apart"), [(12, 9, 0.0), (12, 9, 0.8), (30, 40, 0.5), (5, 60, 3.0)])
def test_unpaired_p_values_and_intervals_are_those_of_scipy(first, second, apart):
    stats = pytest.importorskip("scipy.stats")
    random = np.random.default_rng(7)
    old, new = random.normal(0, 1, first), random.normal(apart, 1, second)
    gap = significance.unpaired(as_counts(old), as_counts(new), significance.mean)

    def difference(one, other, axis):
        return abs(np.mean(one, axis=axis) - np.mean(other, axis=axis))

    wanted = stats.permutation_test((old, new), difference, n_resamples=20_000, alternative="greater", vectorized=True, rng=random)
    assert gap.p_value == pytest.approx(wanted.pvalue, abs=0.015)
    assert (gap.old, gap.new) == pytest.approx((old.mean(), new.mean()))
    interval = stats.bootstrap(
        (new, old), lambda one, other, axis: one.mean(axis=axis) - other.mean(axis=axis), method="percentile", rng=random
    )
    assert (gap.low, gap.high) == pytest.approx(tuple(interval.confidence_interval), abs=0.15)


def test_unpaired_answers_do_not_depend_on_how_many_trials_are_held_in_memory(monkeypatch):
    old, new = as_counts(np.arange(20.0)), as_counts(np.arange(5.0, 30.0))
    whole = significance.unpaired(old, new, significance.mean)
    monkeypatch.setattr(significance, "BLOCK", 1000)
    assert significance.unpaired(old, new, significance.mean) == pytest.approx(whole)


def test_a_deal_keeps_the_sizes_of_the_sides():
    sums = {int(total) for mask in significance._deals(3, 8) for total in mask.sum(axis=1)}
    assert sums == {3}


def test_equal_sides_do_not_differ_and_one_row_cannot_be_compared():
    gap = significance.unpaired(as_counts(np.ones(5)), as_counts(np.ones(7)), significance.mean)
    assert gap == (1.0, 1.0, 0.0, 0.0, 1.0)
    with pytest.raises(ValueError, match="single row"):
        significance.unpaired(as_counts(np.ones(1)), as_counts(np.ones(7)), significance.mean)
