"""Charts of a feed's findings and scores, drawn with matplotlib: `pip install 'tqcheck[plots]'`.

Each function takes what `check_frame` and `score_frame` return and gives back the Axes it drew on, as `DataFrame.plot` does; `ax=` draws
on one that is there. Every chart says how much it rests on. Colours are those of Okabe and Ito and the map "cividis", which people who
confuse red and green can tell apart, and no chart tells a thing by colour alone.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any
from unicodedata import category

import numpy as np
import pandas as pd

from tqcheck.errors import ConfigError, TqcheckError, unknown

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text

BLUE, ORANGE, GREY, INK = "#0072B2", "#D55E00", "#999999", "#333333"
COLOURS = "cividis_r"  # more is darker; what was not found at all stays white
NONE = "(none)"  # the group of the rows that name none
NOT_THERE = "\u25af"  # for a character that no font on this machine has
FIRST_FONT = "DejaVu Sans"  # matplotlib brings it along
CONTROLS = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})  # Unicode categories
MOST_POINTS = 300  # of a group that are drawn one by one; more would be a smear
WILSON = 1.959964  # standard deviations on either side of 95 %
TINY = 1e-9  # 0.29 * 100 is a little less than 29
CONTROL = 3.0  # standard errors on either side of a control band, as Shewhart's charts have
FREQUENCIES = {"D": "day", "W": "week", "MS": "month", "h": "hour"}


def findings_by_rule(findings: pd.DataFrame, scores: pd.DataFrame, *, by: Hashable = "lang", ax: Axes | None = None) -> Axes:
    """Findings of each rule per 1000 words, in each language or other group: a map with the number of findings in its cells.

    Counts alone would show which language has most text; so the colour is the rate, and the number in the cell the count.

    Args:
        findings: what `check_frame` returned.
        scores: what `score_frame` returned for the same articles: it has the words, and the group.
        by: the column of `scores` that makes the columns of the chart: "lang", "system", "desk" ...
        ax: the Axes to draw on.

    Raises:
        ConfigError: `scores` has no such column, or lacks an article of the findings, or has two of one id.
        TqcheckError: matplotlib is missing.
    """
    groups, words = _groups(scores, by), scores["words"].fillna(0).astype(float)
    rates, counts = _rates(findings, scores, groups, words)
    ax = ax or _new_axes(3.2 + 0.6 * max(4, len(counts.columns)), 1.6 + 0.3 * max(6, len(counts)))
    if counts.empty:
        return _nothing(ax, "No findings")
    image = ax.pcolormesh(rates.where(counts > 0).to_numpy(), cmap=COLOURS, vmin=0, edgecolors="white", linewidth=1)
    ax.invert_yaxis()
    middle = rates.to_numpy().max() / 2
    for row, column in zip(*np.nonzero(counts.to_numpy()), strict=True):
        dark = rates.to_numpy()[row, column] > middle
        ax.text(
            column + 0.5, row + 0.5, str(counts.iloc[row, column]), ha="center", va="center", color="white" if dark else "black", size=8
        )
    of_group = words.groupby(groups).sum()
    names = [f"{name}\n{_short(of_group[name])}" for name in counts.columns]
    _label_ticks(ax, "x", np.arange(len(names)) + 0.5, names)
    _label_ticks(ax, "y", np.arange(len(counts)) + 0.5, counts.index)
    ax.tick_params(length=0)
    bar = ax.figure.colorbar(image, ax=ax, shrink=0.8, pad=0.02)
    bar.set_label("findings per 1000 words (in the cell: how many)")
    bar.outline.set_visible(False)
    _frame(ax, x=f"{_said(by)}, with its words", y="", title=f"Findings by rule and {_said(by)}")
    ax.grid(visible=False)
    return ax


def score_distribution(
    scores: pd.DataFrame, *, by: Hashable = "system", score: str = "score", order: Sequence[Hashable] | None = None, ax: Axes | None = None
) -> Axes:
    """How the articles of each engine score: a point for each article, a box for their middle half, a line for their median.

    Args:
        scores: what `score_frame` returned; rows without the score are left out, and counted below.
        by: the column that makes the rows of the chart.
        score: the column that is drawn: "score", "adequacy", "per_1000_words" ...
        order: the groups from top to bottom; by default from the highest median to the lowest.
        ax: the Axes to draw on.

    Raises:
        ConfigError: there is no such column.
        TqcheckError: matplotlib is missing.
    """
    _need(scores, score)
    groups, values = _groups(scores, by), scores[score].astype(float)
    samples = {str(name): sample.dropna().to_numpy() for name, sample in values.groupby(groups)}
    samples = {name: sample for name, sample in samples.items() if len(sample)}
    names = [str(name) for name in order] if order is not None else sorted(samples, key=lambda name: (-np.median(samples[name]), name))
    ax = ax or _new_axes(7.5, 1.5 + 0.55 * max(2, len(names)))
    if not samples:
        return _nothing(ax, "No scores")
    for row, name in enumerate(names):
        _draw_sample(ax, row, samples.get(name, np.array([])))
    labels = [f"{name} (n = {len(samples.get(name, []))})" for name in names]
    _label_ticks(ax, "y", range(len(names)), labels)
    ax.set_ylim(len(names) - 0.4, -0.6)
    if score == "score":
        ax.set_xlim(-2, 102)
    missing = int(values.isna().sum())
    units = {"score": "score (0 to 100, higher is better)", "adequacy": "adequacy (0 to 1, higher is better)"}
    left_out = f"; {missing} without a score left out" if missing else ""
    _frame(ax, x=f"{units.get(score, score.replace('_', ' '))}{left_out}", y="", title=f"Articles by {_said(by)}")
    ax.grid(visible=False, axis="y")
    return ax


def calibration(
    judged: pd.DataFrame, *, estimate: str = "confidence", truth: str = "accepted", bins: int = 10, ax: Axes | None = None
) -> Axes:
    """Whether an estimate in [0, 1] means what it says: in each tenth of it, the mean of what people judged.

    On the diagonal the estimate is right; below it, it promises too much. The bars are 95 % intervals: Wilson's for a yes or no, else the
    mean with 1.96 standard errors. The numbers say how many judgements a point rests on.

    Args:
        judged: a frame with both columns, such as findings with what editors accepted, or scores with human judgement; rows without either
            are left out.
        estimate: the column with the estimate: "confidence" of findings, "adequacy" of scores.
        truth: the column with what people said: True and False, or a number in [0, 1].
        bins: how many stretches of equal width the estimate is cut into.
        ax: the Axes to draw on.

    Raises:
        ConfigError: there is no such column, or it holds something outside [0, 1].
        TqcheckError: matplotlib is missing.
    """
    pairs = _pairs(judged, estimate, truth)
    table = calibration_table(pairs[estimate], pairs[truth], bins)
    ax = ax or _new_axes(5.6, 5.2)
    if table.empty:
        return _nothing(ax, "No judgements")
    ax.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1, label="as it should be")
    bars = np.vstack([table["truth"] - table["low"], table["high"] - table["truth"]]).clip(min=0)
    ax.errorbar(table["estimate"], table["truth"], yerr=bars, fmt="o", color=BLUE, ecolor=BLUE, capsize=3, label="as judged, 95 % interval")
    for x, y, number in zip(table["estimate"], table["truth"], table["n"], strict=True):
        right = x < 0.9
        ax.annotate(
            str(number), (x, y), xytext=(7 if right else -7, -3), textcoords="offset points", size=8, ha="left" if right else "right"
        )
    ax.set_xlim(-0.02, 1.02)
    ax.set_ylim(-0.02, 1.02)
    ax.set_aspect("equal")
    error = float((table["n"] * (table["estimate"] - table["truth"]).abs()).sum() / table["n"].sum())
    ax.legend(loc="upper left", frameon=False, fontsize=8)
    title = f"{_said(estimate).capitalize()} against judgement\n{len(pairs)} judgements, mean gap {error:.2f}"
    _frame(ax, x=f"{_said(estimate)} (0 to 1), mean of the stretch", y=f"{_said(truth)} (share or mean, 0 to 1)", title=title)
    return ax


def feed_over_time(
    scores: pd.DataFrame, *, score: str = "score", date: Hashable = "published", freq: str = "D", axes: Sequence[Axes] | None = None
) -> tuple[Axes, Axes]:
    """The mean score of each day, with a control band, above the number of articles of that day.

    The band is Shewhart's: the mean of all articles, plus and minus three of their standard deviations over the root of the number of
    articles of the day. A day outside of it (a triangle) is worse or better than chance would make it; a day of few articles has a wide
    band. It takes all articles to be alike: where engines or languages differ, draw them one by one.

    Args:
        scores: what `score_frame` returned. Rows without the score or with a date that is none are left out, and counted below.
        score: the column that is drawn.
        date: the column with the date: text as in the JSON format, or timestamps. Those with a time zone count as UTC.
        freq: what is taken together: "D", "W", "MS" or another of pandas' frequencies.
        axes: the two Axes to draw on.

    Raises:
        ConfigError: there is no such column, or no such frequency.
        TqcheckError: matplotlib is missing.
    """
    _need(scores, score)
    _need(scores, date)
    table, left_out = control_table(scores[score].astype(float), scores[date], freq)
    upper, lower = axes or _new_pair()
    if table.empty:
        return _nothing(upper, "No dates"), lower
    every = FREQUENCIES.get(freq, freq)
    filled = table["mean"].notna()
    upper.fill_between(table.index, table["low"], table["high"], step="mid", color=GREY, alpha=0.3, linewidth=0, label="control band")
    upper.axhline(table["centre"].iloc[0], color=GREY, linewidth=1, label="mean of all articles")
    upper.plot(table.index[filled], table["mean"][filled], color=BLUE, marker="o", markersize=4, linewidth=1, label=f"mean of the {every}")
    out = table[filled & ((table["mean"] < table["low"]) | (table["mean"] > table["high"]))]
    if len(out):
        upper.plot(out.index, out["mean"], color=ORANGE, marker="^", markersize=9, linestyle="none", label="outside the band")
    _show_band(upper, table, whole=score == "score")
    _few_dates(lower)
    upper.legend(loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False, fontsize=8)
    lower.bar(table.index, table["n"], width=0.8 * _width(table.index), color=BLUE)
    _whole_numbers(lower)
    unit = " (0 to 100)" if score == "score" else ""
    _frame(upper, x="", y=f"{_said(score)}{unit}", title=f"Mean {_said(score)} by {every}")
    _frame(lower, x=f"published (UTC){f'; {left_out} without score or date left out' if left_out else ''}", y="articles", title="")
    for one in (upper, lower):
        one.set_xlim(table.index[0] - pd.Timedelta(days=_width(table.index)), table.index[-1] + pd.Timedelta(days=_width(table.index)))
    return upper, lower


# -- the numbers --------------------------------------------------------------------------------------------------------


def calibration_table(estimate: pd.Series[Any], truth: pd.Series[Any], bins: int = 10) -> pd.DataFrame:
    """The numbers of the chart `calibration`: a row for each stretch with judgements, with the columns estimate, truth, low, high, n."""
    stretch = np.minimum((estimate.to_numpy() * bins + TINY).astype(int), bins - 1)
    yes_or_no = bool(truth.isin([0, 1]).all())
    table = []
    for number in np.unique(stretch):
        here = truth.to_numpy()[stretch == number]
        low, high = _wilson(here.mean(), len(here)) if yes_or_no else _around_mean(here)
        table.append((float(estimate.to_numpy()[stretch == number].mean()), float(here.mean()), low, high, len(here)))
    return pd.DataFrame(table, columns=["estimate", "truth", "low", "high", "n"])


def control_table(values: pd.Series[Any], dates: pd.Series[Any], freq: str = "D") -> tuple[pd.DataFrame, int]:
    """The numbers of the chart `feed_over_time`, and how many rows it leaves out.

    A row for each day from the first to the last, with the columns mean, n, centre, low and high; days without articles have no mean.
    """
    when = pd.to_datetime(dates, errors="coerce", utc=True, format="ISO8601" if pd.api.types.is_string_dtype(dates) else None)
    usable = (when.notna() & values.notna()).to_numpy()
    columns = ["mean", "n", "centre", "low", "high"]
    if not usable.any():
        return pd.DataFrame(columns=columns), len(values)
    known = pd.Series(values.to_numpy()[usable], index=pd.DatetimeIndex(when.to_numpy()[usable]))
    try:
        days = known.resample(freq)
    except ValueError as error:
        raise ConfigError(f"freq={freq!r} is no frequency ({error}): give one of pandas, such as 'D', 'W' or 'MS'") from None
    table = pd.DataFrame({"mean": days.mean(), "n": days.size()})
    spread = known.std(ddof=1) if len(known) > 1 else np.nan
    margin = CONTROL * spread / np.sqrt(table["n"].where(table["n"] > 0))
    return table.assign(centre=known.mean(), low=known.mean() - margin, high=known.mean() + margin), int((~usable).sum())


def _rates(
    findings: pd.DataFrame, scores: pd.DataFrame, groups: pd.Series[str], words: pd.Series[Any]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Findings per 1000 words and their number: rules by groups, the most frequent rule and the group of most words first."""
    if scores["article"].dropna().duplicated().any():
        raise ConfigError("two rows of 'scores' have the same article id: give each article its own id")
    group_of = pd.Series(groups.to_numpy(), index=scores["article"])
    there = findings["article"].isin(scores["article"])
    if not there.all():
        raise ConfigError(f"'scores' lacks the article {findings['article'][~there].iloc[0]!r}: give the scores of the same articles")
    rules = pd.Series(findings["rule"].astype(object).to_numpy(), name="rule")
    counts = pd.crosstab(rules, pd.Series(group_of.loc[findings["article"]].to_numpy(), name="group"))
    of_group = words.groupby(groups.to_numpy()).sum()
    of_group = of_group[of_group > 0].sort_values(ascending=False, kind="stable")
    counts = counts.reindex(columns=of_group.index, fill_value=0)
    counts = counts.loc[sorted(counts.index, key=lambda rule: (-counts.loc[rule].sum(), rule))]
    return 1000 * counts / of_group, counts


def _groups(scores: pd.DataFrame, by: Hashable) -> pd.Series[str]:
    """The group of each row, as text."""
    _need(scores, by)
    return scores[by].astype(object).where(scores[by].notna(), NONE).map(str)


def _pairs(judged: pd.DataFrame, estimate: str, truth: str) -> pd.DataFrame:
    _need(judged, estimate)
    _need(judged, truth)
    pairs = judged[[estimate, truth]].dropna().astype(float)
    for column in (estimate, truth):
        if not pairs[column].between(0, 1).all():
            raise ConfigError(f"the column '{column}' holds numbers outside 0 to 1: bring it to that scale first")
    return pairs


def _need(frame: pd.DataFrame, column: Hashable) -> None:
    if column not in frame.columns:
        raise ConfigError(unknown("column", str(column), map(str, frame.columns)))


def _wilson(share: float, number: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share, which also holds near 0 and 1 and for few."""
    square = WILSON**2 / number
    middle = (share + square / 2) / (1 + square)
    half = WILSON / (1 + square) * np.sqrt(share * (1 - share) / number + square / (4 * number))
    return float(middle - half), float(middle + half)


def _around_mean(values: Any) -> tuple[float, float]:  # noqa: ANN401 - an array
    """The 95 % interval of a mean; all of 0 to 1 for a single value, of which nothing can be said."""
    if len(values) < 2:
        return 0.0, 1.0
    half = WILSON * values.std(ddof=1) / np.sqrt(len(values))
    return float(max(0.0, values.mean() - half)), float(min(1.0, values.mean() + half))


# -- drawing ------------------------------------------------------------------------------------------------------------


def _draw_sample(ax: Axes, row: int, sample: Any) -> None:  # noqa: ANN401 - an array
    if not len(sample):
        return
    low, middle, high = np.percentile(sample, [25, 50, 75])
    ax.barh(row, high - low, left=low, height=0.5, color=BLUE, alpha=0.18)
    ax.plot([middle, middle], [row - 0.3, row + 0.3], color=INK, linewidth=2, solid_capstyle="butt")
    if len(sample) <= MOST_POINTS:
        jitter = np.random.default_rng(0).uniform(-0.16, 0.16, len(sample))  # the same picture each time
        ax.plot(np.sort(sample), row + jitter, linestyle="none", marker="o", markersize=4.5, color=BLUE, alpha=0.65, markeredgewidth=0)
    else:
        ends = np.percentile(sample, [5, 95])
        ax.plot(ends, [row, row], color=BLUE, linewidth=1.5)


def _new_axes(width: float, height: float) -> Axes:
    """Axes of a new figure, in inches."""
    return _pyplot().subplots(figsize=(width, height), layout="constrained")[1]  # type: ignore[no-any-return]


def _new_pair() -> tuple[Axes, Axes]:
    _, (upper, lower) = _pyplot().subplots(2, 1, figsize=(9, 4.6), sharex=True, height_ratios=(3, 1), layout="constrained")
    return upper, lower


def _pyplot() -> Any:  # noqa: ANN401 - a module
    try:
        from matplotlib import pyplot as plt
    except ImportError:
        raise TqcheckError("charts need matplotlib, which is not installed: pip install 'tqcheck[plots]'") from None
    return plt


def _nothing(ax: Axes, why: str) -> Axes:
    """An empty chart says that it is empty."""
    ax.set_axis_off()
    ax.text(0.5, 0.5, why, ha="center", va="center", transform=ax.transAxes, color=INK)
    return ax


def _frame(ax: Axes, *, x: str, y: str, title: str) -> None:
    for set_text, text in ((ax.set_xlabel, x), (ax.set_ylabel, y)):
        _set(set_text, text)
    _set(ax.set_title, title, loc="left", fontsize=11)
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(visible=True, color="#dddddd", linewidth=0.7)
    ax.set_axisbelow(True)


def _set(set_text: Callable[..., Text], text: str, **looks: Any) -> None:  # noqa: ANN401 - keywords of matplotlib
    text = drawable(text)
    set_text(text, parse_math=False, fontfamily=fonts_for([text]), **looks)


def _label_ticks(ax: Axes, axis: str, places: Iterable[float], labels: Iterable[str]) -> None:
    """Names from outside as they are: no formula is made of them, and there is a font for each of their characters."""
    shown = [drawable(str(label)) for label in labels]
    set_ticks = ax.set_xticks if axis == "x" else ax.set_yticks
    set_ticks(list(places), shown, parse_math=False, fontfamily=fonts_for(shown))


def _said(column: Hashable) -> str:
    return {"lang": "language", "source_lang": "source language"}.get(str(column), str(column).replace("_", " "))


def _short(words: float) -> str:
    """A number of words, short enough for the foot of a column."""
    return f"{words:.0f}" if words < 10_000 else f"{words / 1000:.0f}k" if words < 1_000_000 else f"{words / 1e6:.1f}M"


def _width(days: pd.Index[Any]) -> float:
    """The distance of two days, in days."""
    return float((days[1] - days[0]) / pd.Timedelta(days=1)) if len(days) > 1 else 1.0


def _show_band(ax: Axes, table: pd.DataFrame, *, whole: bool) -> None:
    """Room for all means and for the band of a day of usual size; that of a day with a single article would flatten all others."""
    usual = table.iloc[int((table["n"] - table["n"].median()).abs().to_numpy().argmin())]
    values = np.array([*table["mean"], usual["low"], usual["high"]], dtype=np.float64)
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    margin = 0.08 * (high - low) or 1.0
    ax.set_ylim(max(-2.0, low - margin) if whole else low - margin, min(102.0, high + margin) if whole else high + margin)


def _few_dates(ax: Axes) -> None:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    locator = AutoDateLocator()  # type: ignore[no-untyped-call]
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]


def _whole_numbers(ax: Axes) -> None:
    from matplotlib.ticker import MaxNLocator

    ax.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=4))
    ax.set_ylim(bottom=0)


# -- letters ------------------------------------------------------------------------------------------------------------


def drawable(text: str) -> str:
    """The text without controls, and with a hollow box for each character that no font on this machine has."""
    shown = (character for character in text if character == "\n" or category(character) not in CONTROLS)
    return "".join(character if character in " \n" or _font_of(character) else NOT_THERE for character in shown)


def fonts_for(texts: Iterable[str]) -> list[str]:
    """The families that are needed to draw these texts: matplotlib takes for each character the first that has it."""
    needed = (_font_of(character) for character in dict.fromkeys("".join(texts)) if character not in " \n")
    return list(dict.fromkeys([FIRST_FONT, *(font for font in needed if font)]))


@cache
def _font_of(character: str) -> str | None:
    """The family that has a character; None when no font on this machine has it."""
    families = [FIRST_FONT, *(family for family in _families() if family != FIRST_FONT)]
    return next((family for family in families if ord(character) in _characters(family)), None)


@cache
def _families() -> tuple[str, ...]:
    """All families, the sans-serif ones of the Noto project first: they are made to stand together."""
    from matplotlib import font_manager

    names = {entry.name for entry in font_manager.fontManager.ttflist if not entry.name.startswith("Last Resort")}
    return tuple(sorted(names, key=lambda name: (not name.startswith("Noto Sans"), len(name), name)))


@cache
def _characters(family: str) -> frozenset[int]:
    from matplotlib import font_manager

    try:
        return frozenset(font_manager.get_font(font_manager.findfont(family)).get_charmap())
    except (OSError, RuntimeError, ValueError):  # a font of bitmaps, such as one of emoji, which matplotlib cannot draw
        return frozenset()
