import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
import pytest

from tqcheck import plots
from tqcheck.errors import ConfigError, TqcheckError

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("agg")
from matplotlib import pyplot as plt  # noqa: E402

SCRIPTS = (
    "Čeština $x_{$",
    "Українська",
    "Ελληνικά",
    "العربية",
    "עברית",
    "हिन्दी",
    "中文",
    "日本語",
    "한국어",
    "ไทย",
    "a\tb\x07",
    "\U000f0000",
    "\u202eltr",
)


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def drawn(axes) -> None:
    """Draw it: a missing glyph or a broken formula is a warning or an error only then."""
    axes.figure.canvas.draw()


def a_feed() -> tuple[pd.DataFrame, pd.DataFrame]:
    scores = pd.DataFrame(
        {
            "article": ["a", "b", "c", "d"],
            "lang": ["en", "en", "de", None],
            "system": ["x", "y", "x", "y"],
            "words": pd.array([500, 500, 200, None], dtype="Int64"),
            "score": [90.0, 80.0, 50.0, np.nan],
            "adequacy": [0.5, 0.6, np.nan, np.nan],
            "published": ["2024-03-01T10:00:00Z", "2024-03-01T23:30:00-02:00", "2024-03-04", "never"],
        }
    )
    findings = pd.DataFrame({"article": ["a", "a", "b", "c"], "rule": pd.Categorical(["p", "q", "p", "p"], categories=["o", "p", "q"])})
    return findings, scores


def cells(axes) -> dict:
    """The text in each cell of a map."""
    return {(text.get_position()[1] - 0.5, text.get_position()[0] - 0.5): text.get_text() for text in axes.texts}


def labels(axis) -> list[str]:
    return [label.get_text() for label in axis.get_ticklabels()]


def test_the_map_has_counts_in_its_cells_and_rates_in_its_colours():
    axes = plots.findings_by_rule(*a_feed())
    assert labels(axes.yaxis) == ["p", "q"]
    assert labels(axes.xaxis) == ["en\n1000", "de\n200"]
    assert cells(axes) == {(0, 0): "2", (0, 1): "1", (1, 0): "1"}
    (mesh,) = axes.collections
    np.testing.assert_allclose(np.ma.filled(mesh.get_array().astype(float), np.nan), [[2.0, 5.0], [1.0, np.nan]])
    assert mesh.get_clim() == (0, 5)
    assert "findings per 1000 words" in axes.figure.axes[1].get_ylabel()
    drawn(axes)


def test_the_map_may_be_by_any_column_and_on_axes_that_are_there():
    _, axes = plt.subplots()
    assert plots.findings_by_rule(*a_feed(), by="system", ax=axes) is axes
    assert labels(axes.xaxis) == ["x\n700", "y\n500"]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda scores: scores[scores.article != "a"], "'scores' lacks the article 'a'"),
        (lambda scores: pd.concat([scores, scores]), "the same article id"),
        (lambda scores: scores.rename(columns={"lang": "langs"}), "did you mean 'langs'"),
    ],
)
def test_a_map_of_scores_that_do_not_fit_is_an_error(change, why):
    findings, scores = a_feed()
    with pytest.raises(ConfigError, match=why):
        plots.findings_by_rule(findings, change(scores))


def test_the_distribution_has_a_point_for_each_article_and_the_median():
    _, scores = a_feed()
    axes = plots.score_distribution(pd.concat([scores, scores.assign(score=70.0, system=None)]))
    assert labels(axes.yaxis) == ["y (n = 1)", "(none) (n = 4)", "x (n = 2)"]
    points = [sorted(line.get_xdata()) for line in axes.lines if line.get_marker() == "o"]
    assert points == [[80.0], [70.0] * 4, [50.0, 90.0]]
    assert [line.get_xdata()[0] for line in axes.lines if line.get_marker() != "o"] == [80.0, 70.0, 70.0]
    assert "1 without a score left out" in axes.get_xlabel()
    assert axes.yaxis_inverted()
    drawn(axes)


def test_the_order_of_the_engines_may_be_given_and_one_without_articles_is_empty():
    axes = plots.score_distribution(a_feed()[1], order=["x", "z"])
    assert labels(axes.yaxis) == ["x (n = 2)", "z (n = 0)"]


def test_many_articles_are_a_line_from_the_5th_to_the_95th_percentile():
    scores = pd.DataFrame({"score": np.linspace(0, 100, 1001), "system": "x"})
    axes = plots.score_distribution(scores)
    assert [list(line.get_xdata()) for line in axes.lines] == [[50.0, 50.0], [5.0, 95.0]]
    (box,) = axes.patches
    assert (box.get_x(), box.get_width()) == (25.0, 50.0)


def test_another_score_has_its_own_scale():
    axes = plots.score_distribution(a_feed()[1], score="adequacy")
    assert axes.get_xlabel().startswith("adequacy (0 to 1")
    assert axes.get_xlim()[1] < 1.1


def test_calibration_is_the_mean_of_each_stretch_with_wilson_s_interval():
    judged = pd.DataFrame({"confidence": [0.91] * 10 + [0.62, 0.68, 1.0], "accepted": [True] * 8 + [False, False, True, None, True]})
    table = plots.calibration_table(*(judged.dropna()[name].astype(float) for name in ("confidence", "accepted")))
    assert table["n"].tolist() == [1, 11]
    np.testing.assert_allclose(table["estimate"], [0.62, (9.1 + 1) / 11])
    np.testing.assert_allclose(table["truth"], [1, 9 / 11])
    # Wilson's interval for 9 of 11, by the formula of Brown, Cai and DasGupta (2001), computed by hand: 0.8182 -> 0.5230 to 0.9486
    np.testing.assert_allclose(table[["low", "high"]].iloc[1], [0.5230, 0.9486], atol=1e-4)
    axes = plots.calibration(judged)
    assert list(axes.containers[0].lines[0].get_xdata()) == table["estimate"].tolist()
    assert [text.get_text() for text in axes.texts] == ["1", "11"]
    assert "12 judgements" in axes.get_title(loc="left")
    drawn(axes)


def test_calibration_takes_numbers_of_judges_too():
    judged = pd.DataFrame({"adequacy": [0.51, 0.52, 0.91], "human": [0.4, 0.6, 0.8]})
    table = plots.calibration_table(judged["adequacy"], judged["human"])
    assert table["truth"].tolist() == [0.5, 0.8]
    half = 1.959964 * np.std([0.4, 0.6], ddof=1) / np.sqrt(2)
    np.testing.assert_allclose(table[["low", "high"]], [[0.5 - half, 0.5 + half], [0, 1]])
    assert plots.calibration(judged, estimate="adequacy", truth="human").get_ylabel().startswith("human")


@pytest.mark.parametrize(("bins", "estimate"), [(100, 0.29), (10, 0.7), (10, 0.3)])
def test_an_estimate_on_a_border_belongs_to_the_stretch_that_begins_there(bins, estimate):
    both = pd.Series([estimate, estimate + 0.5 / bins])
    assert plots.calibration_table(both, pd.Series([1.0, 0.0]), bins)["n"].tolist() == [2]


def test_judgements_on_another_scale_are_an_error():
    with pytest.raises(ConfigError, match="'human' holds numbers outside 0 to 1"):
        plots.calibration(pd.DataFrame({"adequacy": [0.5], "human": [4]}), estimate="adequacy", truth="human")


def test_the_control_band_is_three_standard_errors_of_the_day_around_the_mean_of_all():
    values = pd.Series([80.0, 90.0, 70.0, 60.0])
    table, left_out = plots.control_table(values, pd.Series(["2024-03-01"] * 2 + ["2024-03-03", None]))
    assert left_out == 1
    assert table["n"].tolist() == [2, 0, 1]
    np.testing.assert_allclose(table["mean"], [85, np.nan, 70])
    spread = np.std([80, 90, 70], ddof=1)
    np.testing.assert_allclose(table["high"] - table["centre"], [3 * spread / np.sqrt(2), np.nan, 3 * spread])
    assert table["centre"].unique().tolist() == [80.0]


def test_dates_are_days_of_utc_and_what_is_none_is_counted():
    upper, lower = plots.feed_over_time(a_feed()[1])
    assert [bar.get_height() for bar in lower.patches] == [1, 1, 0, 1]
    line = next(line for line in upper.lines if line.get_marker() == "o")
    assert list(line.get_ydata()) == [90.0, 80.0, 50.0]
    assert lower.get_xlabel() == "published (UTC); 1 without score or date left out"
    drawn(upper)


def test_a_day_outside_of_the_band_has_a_sign_of_its_own():
    days = pd.date_range("2024-01-01", periods=20, tz="UTC").repeat(20)
    score = pd.Series(np.random.default_rng(1).normal(80, 3, len(days)))
    score[100:120] -= 10
    upper, _ = plots.feed_over_time(pd.DataFrame({"score": score, "published": days}))
    (signs,) = (line for line in upper.lines if line.get_marker() == "^")
    assert [pd.Timestamp(when) for when in signs.get_xdata()] == [pd.Timestamp("2024-01-06", tz="UTC")]
    assert "outside the band" in [text.get_text() for text in upper.get_legend().get_texts()]


@pytest.mark.parametrize(
    "dates", [pd.to_datetime(["2024-01-05", None]), [pd.Timestamp("2024-01-05"), pd.NaT], ["2024-01-05T01:02:03+09:00", ""]]
)
def test_dates_may_be_of_any_type(dates):
    scores = pd.DataFrame({"score": [1.0, 2.0], "published": dates})
    upper, lower = plots.feed_over_time(scores, freq="MS")
    assert [bar.get_height() for bar in lower.patches] == [1]
    drawn(upper)


def test_a_frequency_that_is_none_is_an_error():
    with pytest.raises(ConfigError, match="'fortnightly' is no frequency"):
        plots.feed_over_time(a_feed()[1], freq="fortnightly")


def test_a_chart_of_nothing_says_so():
    findings, scores = a_feed()
    charts = (
        plots.findings_by_rule(findings[:0], scores),
        plots.score_distribution(scores[:0]),
        plots.calibration(pd.DataFrame({"confidence": [], "accepted": []})),
        plots.feed_over_time(scores.assign(published=None))[0],
    )
    assert [axes.texts[0].get_text() for axes in charts] == ["No findings", "No scores", "No judgements", "No dates"]
    for axes in charts:
        drawn(axes)


def test_names_in_any_script_are_drawn_without_a_warning_and_no_formula_is_made_of_them():
    scores = pd.DataFrame({"article": list(map(str, range(len(SCRIPTS)))), "system": SCRIPTS, "score": 50.0, "words": 100})
    findings = pd.DataFrame({"article": scores["article"], "rule": "markup-left"})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for axes in (plots.score_distribution(scores, order=SCRIPTS), plots.findings_by_rule(findings, scores, by="system")):
            drawn(axes)
    assert labels(plots.score_distribution(scores, order=SCRIPTS).yaxis)[0] == "Čeština $x_{$ (n = 1)"


def test_a_character_that_no_font_has_is_a_box_and_a_control_is_nothing():
    assert plots.drawable("a\U0010fffdb\x07\u202e\n") == "a\u25afb\n"
    assert plots.fonts_for(["abc"]) == [plots.FIRST_FONT]


def test_without_matplotlib_the_error_names_the_remedy():
    code = (
        "import sys; sys.modules['matplotlib'] = None\n"
        "import pandas, tqcheck.plots as plots\n"
        "try: plots.score_distribution(pandas.DataFrame({'score': [1.0], 'system': 'x'}))\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == f"{TqcheckError.__name__} charts need matplotlib, which is not installed: pip install 'tqcheck[plots]'\n"


def test_the_same_frame_makes_the_same_chart():
    first, second = (plots.score_distribution(a_feed()[1]) for _ in range(2))
    for one, other in zip(first.lines, second.lines, strict=True):
        np.testing.assert_array_equal(one.get_ydata(), other.get_ydata())
