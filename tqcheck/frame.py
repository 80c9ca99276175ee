"""DataFrame in, DataFrame out: one row a finding, or one row an article.

The columns of the input are named as the keys of an article (`columns={"text": "body"}` says where they are not); the index may be
anything. What comes back has the index of what went in: a finding has the label of its article's row, as with `DataFrame.explode`, so
`findings.join(frame["desk"])` works. Importing this module also registers the accessor `df.tq` (pandas.py).
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

import tqcheck.pandas  # noqa: F401 - registers df.tq
from tqcheck import pipeline, significance
from tqcheck.article import ARTICLE_KEYS, FINDING_KEYS, LIST_KEYS, Article, Problem, Report, Severity
from tqcheck.baseline import without_accepted
from tqcheck.config import Options, override
from tqcheck.errors import ConfigError, TqcheckError, unknown
from tqcheck.read import rows
from tqcheck.rules import all_rules
from tqcheck.score import POINTS_FOR_HALF, WEIGHTS

if TYPE_CHECKING:
    from tqcheck.significance import Table

Errors = Literal["warn", "raise", "ignore"]

SCORE_COLUMNS = (
    "article",
    "lang",
    "source_lang",
    "words",
    "score",
    "verdict",
    "minor",
    "major",
    "critical",
    "per_1000_words",
    "headline_body",
    "source_target",
    "redundancy",
    "adequacy",
    "findings",
    "rules_not_run",
    "signature",
    "error",
)
TEXT_KEYS = frozenset(key for key in ARTICLE_KEYS if key.endswith(("text", "segments", "source_title")))
SAID_BY_SCORES = frozenset({"id", "lang", "source_lang"})
TEXT = "str" if int(pd.__version__.partition(".")[0]) >= 3 else "string"  # pandas 2 makes the text "None" of a missing "str"
PROBLEMS_NAMED = 3
PATIENCE = 1.0  # seconds of work before a progress bar appears


class UncheckedWarning(UserWarning):
    """Some rows, or some rules on them, could not be checked: what was found is not all there is."""


def check_frame(
    frame: pd.DataFrame,
    *,
    keep: Sequence[Hashable] | None = None,
    errors: Errors = "warn",
    progress: bool | None = None,
    **options: Any,  # noqa: ANN401 - those of the command line
) -> pd.DataFrame:
    """Findings on the articles of a frame, one row each, in the order of the articles.

    ============ ======== =====================================================================================
    column       dtype    what it holds
    ============ ======== =====================================================================================
    article      str      the `id` of the article; where there is none, the label of its row
    rule         category the rule, as `tqcheck rules` names it; all rules are categories
    severity     category minor < major < critical, in this order: `findings[findings.severity >= "major"]`
    mqm          category the MQM category
    field        category where it stands: title, text or segments
    segment      Int64    the number of the segment, from 0; missing where the field is not segments
    start        int64    the place in that field, in code points ...
    end          int64    ... so that `surface` is `field[start:end]`
    surface      str      the words that are wrong
    message      str      what is wrong, in an editor's words
    suggestion   str      what should stand there; "" for nothing, missing where only a person can tell
    similarity   float64  the cosine that decided, in [-1, 1]; missing where none did
    confidence   float64  the rule's estimate that an editor would agree, in [0, 1]
    related      object   a list of the other places it is about: {field, segment, start, end, surface}
    ============ ======== =====================================================================================

    With pandas 2, str is pandas' "string". The types do not depend on what was found, so frames of several chunks can be joined.

    Args:
        frame: one row an article; columns named as the keys of the JSON format, missing values where there is nothing. It is not changed.
        keep: columns of the frame that each finding brings along, behind its own, such as ["system", "published"]. By default those
            that tqcheck does not know: unknown columns stay. One that is named as a column of a finding gets `input_` in front.
        errors: what to do about rows that could not be checked: "warn", "raise" or "ignore" (`score_frame` has them in a column).
        progress: whether to show a bar; by default only in a notebook.
        options: those of the command line and the configuration: model="none", select=["name-variant"], jobs=2 ...

    Raises:
        ConfigError: an unknown option, rule or column, or a frame in which no column holds texts.
        TqcheckError: a row could not be checked, with errors="raise".
    """
    given = _Given(frame, options)
    kept = given.unknown_columns() if keep is None else given.columns_named(keep)
    _one_of("errors", errors, ("warn", "raise", "ignore"))
    found: list[dict[str, Any]] = []
    rows_of: list[int] = []
    problems: list[Problem] = []
    for row, outcome in enumerate(_watched(given.outcomes(measure=False), len(frame), progress)):
        if isinstance(outcome, Problem):
            problems.append(outcome)
            continue
        problems += outcome.problems
        found += [finding.as_dict() for finding in outcome.findings]
        rows_of += [row] * len(outcome.findings)
    _tell(problems, errors)
    return _beside(_typed_findings(found), frame.iloc[rows_of, kept], own_first=True)


def score_frame(
    frame: pd.DataFrame,
    *,
    progress: bool | None = None,
    **options: Any,  # noqa: ANN401 - those of the command line
) -> pd.DataFrame:
    """Score, verdict and similarities of each article of a frame, one row each, with the index of the frame.

    The frame's own columns come first, unknown ones, too, but for the texts and what the scores say themselves (`id`, `lang`,
    `source_lang`); one that is named as a score gets `input_` in front. Then:

    ============== ======== ===================================================================================
    column         dtype    what it holds
    ============== ======== ===================================================================================
    article        str      the `id` of the article; where there is none, the label of its row
    lang           str      its language, as given or as detected; "und" when unknown
    source_lang    str      the language it was translated from
    words          Int64    its words; in scripts without blanks, what stands for them
    score          float64  0 to 100, 100 for no finding
    verdict        category pass or fail
    minor          Int64    findings of this severity
    major          Int64    findings of this severity
    critical       Int64    findings of this severity
    per_1000_words float64  the penalty: weighted findings per 1000 words
    headline_body  float64  the cosine of headline and body; missing without a model
    source_target  float64  the cosine of source and translation
    redundancy     float64  the highest cosine of two lines: near 1, something is said twice
    adequacy       float64  how much of the source's meaning people would say is kept, in [0, 1]
    findings       Int64    all findings
    rules_not_run  str      rules that need a model when there is none, with "; " between them
    signature      str      all that made the numbers: equal signatures can be compared
    error          str      why the row could not be checked, or which rule crashed on it; missing where all is well
    ============== ======== ===================================================================================

    Args:
        frame: as for `check_frame`. It is not changed.
        progress: whether to show a bar; by default only in a notebook.
        options: those of the command line and the configuration.

    Raises:
        ConfigError: an unknown option or rule, or a frame in which no column holds texts.
    """
    given = _Given(frame, options)
    scores = [score_row(outcome) for outcome in _watched(given.outcomes(measure=True), len(frame), progress)]
    whole = dict.fromkeys(("words", "minor", "major", "critical", "findings"), "Int64")
    real = ("score", "per_1000_words", "headline_body", "source_target", "redundancy", "adequacy")
    texts = ("article", "lang", "source_lang", "rules_not_run", "signature", "error")
    kinds: dict[Hashable, Any] = {"verdict": pd.CategoricalDtype(["pass", "fail"])}
    for group in (whole, dict.fromkeys(real, "float64"), dict.fromkeys(texts, TEXT)):
        kinds.update(group)
    typed = pd.DataFrame(scores, columns=list(SCORE_COLUMNS)).astype(kinds)
    return _beside(typed, frame.iloc[:, given.columns_beside_scores()], own_first=False)


def reports(frame: pd.DataFrame, *, progress: bool | None = None, **options: Any) -> pd.Series[Any]:  # noqa: ANN401
    """The report of each row, or the TqcheckError that says why there is none, with the index of the frame."""
    outcomes = _watched(_Given(frame, options).outcomes(measure=True), len(frame), progress)
    found = [TqcheckError(str(outcome)) if isinstance(outcome, Problem) else outcome for outcome in outcomes]
    return pd.Series(found, index=frame.index, dtype=object, name="report")


def write_folder(frame: pd.DataFrame, path: str | Path, *, progress: bool | None = None, **options: Any) -> Path:  # noqa: ANN401
    """Write the report folder of a frame (report/folder.py) and return the path of its index.

    Warns with UncheckedWarning of rows that could not be checked; the index lists them, too. Raises WriteError and ConfigError.
    """
    from tqcheck.report import Tally
    from tqcheck.report.folder import ReportFolder

    given = _Given(frame, options)
    tally, problems = Tally(may_be_empty=True), list[Problem]()
    explanations = {rule.id: rule.manual for rule in all_rules().values()}
    with ReportFolder(path, explanations=explanations) as folder:
        for outcome in _watched(given.outcomes(measure=True), len(frame), progress):
            if isinstance(outcome, Problem):
                tally.add_problem(outcome)
                problems.append(outcome)
            else:
                tally.add(outcome)
                folder.add(outcome)
                problems += outcome.problems
        folder.close(tally.summary())
    _tell(problems, "warn")
    return Path(path) / "index.html"


def compare_systems(
    scores: pd.DataFrame, first: Hashable, second: Hashable, *, by: Hashable = "system", weights: Mapping[str, float] = WEIGHTS
) -> pd.DataFrame:
    """Whether one engine's articles are better than another's by more than chance: one row a measure.

    For engines that translated *different* articles, as in most feeds: so a difference may also come from what they were given.
    Where both translated the same articles, `tqcheck compare OLD NEW` is the sharper test.

    Args:
        scores: what `score_frame` returned; rows with an `error` are left out.
        first: a value of the column `by`.
        second: another one.
        by: the column that tells the engines apart.
        weights: those of the MQM score, by severity.

    Returns:
        A frame with the index `score` (the MQM score of all articles as one text) and, where it was measured,
        `adequacy` (the mean over the articles). Columns: the two engines' values, `difference` (second minus first), `low` and `high`
        (its 95 % interval, by bootstrap over articles), `p_value` (of a permutation test) and `articles` (how many of each).

    Raises:
        ConfigError: there is no such column, or an engine has less than two articles.
    """
    if by not in scores.columns:
        raise ConfigError(unknown("column", str(by), map(str, scores.columns)))
    checked = scores[scores["score"].notna()]
    sides = [checked[checked[by] == name] for name in (first, second)]
    for name, side in zip((first, second), sides, strict=True):
        if len(side) < 2:
            raise ConfigError(f"'{by}' is {name!r} in {len(side)} of the checked articles: to compare, give one with two or more")
    measures = {"score": _mqm_gap(sides, [weights[str(level)] for level in Severity])}
    adequate = [side[side["adequacy"].notna()] for side in sides]
    if min(map(len, adequate)) >= 2:
        measures["adequacy"] = _adequacy_gap(adequate)
    table = {name: (gap.old, gap.new, gap.new - gap.old, gap.low, gap.high, gap.p_value) for name, gap in measures.items()}
    columns = [str(first), str(second), "difference", "low", "high", "p_value"]
    compared = pd.DataFrame.from_dict(table, orient="index", columns=columns)
    numbers = {"score": sides, "adequacy": adequate}
    return compared.assign(articles=[" and ".join(str(len(side)) for side in numbers[name]) for name in measures])


def _mqm_gap(sides: Sequence[pd.DataFrame], by_severity: Sequence[float]) -> significance.Gap:
    counted = ["minor", "major", "critical", "words"]
    old, new = (side[counted].to_numpy(dtype=np.float64) for side in sides)
    return significance.unpaired(old, new, partial(_mqm, by_severity=by_severity))


def _adequacy_gap(sides: Sequence[pd.DataFrame]) -> significance.Gap:
    old, new = (np.column_stack([side["adequacy"].to_numpy(dtype=np.float64), np.ones(len(side))]) for side in sides)
    return significance.unpaired(old, new, significance.mean)


def _mqm(sums: Table, by_severity: Sequence[float]) -> Table:
    """The MQM score (score.py) of sums of minor, major, critical findings and words."""
    per_1000_words = 1000 * (sums[:, :3] @ np.array(by_severity)) / np.maximum(sums[:, 3], 1)
    score: Table = 100 / (1 + per_1000_words / POINTS_FOR_HALF)
    return score


# -- what was given -----------------------------------------------------------------------------------------------------


class _Given:
    """A frame of articles, its columns under our names, and the options of the run."""

    def __init__(self, frame: pd.DataFrame, options: Mapping[str, Any]) -> None:
        self.frame = frame
        self.options = override(Options(), options)
        self._there = [str(column) for column in frame.columns]
        named = dict.fromkeys(self._there)
        if missing := {ours: theirs for ours, theirs in self.options.columns.items() if theirs not in named}:
            raise ConfigError(f"the frame {rows.absent(missing, named).replace('--columns', 'columns=')}")
        self._names = self._our_names()
        self._refuse_useless()

    def outcomes(self, *, measure: bool) -> Iterator[Report | Problem]:
        """A report for each row, in their order, or why there is none."""
        return without_accepted(pipeline.check(self.articles(), self.options, measure=measure), self.options)

    def articles(self) -> Iterator[Article | Problem]:
        """The articles that the rows are."""
        for label, cells in zip(self.frame.index, self.frame.itertuples(index=False, name=None), strict=True):
            row = {name: cell for name, cell in zip(self._names, cells, strict=True) if not _is_missing(cell)}
            yield as_article(label, row)

    def unknown_columns(self) -> list[int]:
        """The places of the columns that are no key of an article."""
        return [place for place, name in enumerate(self._names) if name not in ARTICLE_KEYS]

    def columns_beside_scores(self) -> list[int]:
        """The places of the columns that stand beside the scores."""
        return [place for place, name in enumerate(self._names) if name not in TEXT_KEYS | SAID_BY_SCORES]

    def columns_named(self, keep: Sequence[Hashable]) -> list[int]:
        """The places of the columns with these labels; all of them where a label stands for several."""
        if isinstance(keep, str):
            raise ConfigError(f"'keep' must be a list of columns: keep=[{keep!r}]")
        places: list[int] = []
        for wanted in keep:
            found = [place for place, label in enumerate(self.frame.columns) if label == wanted]
            if not found:
                raise ConfigError(unknown("column", str(wanted), self._there))
            places += found
        return places

    def _our_names(self) -> list[str]:
        """As rows.rename has it: what stands under one of our names and is not meant by it is `input_NAME`."""
        ours = {theirs: name for name, theirs in self.options.columns.items()}
        return [ours.get(name) or (f"input_{name}" if name in self.options.columns else name) for name in self._there]

    def _refuse_useless(self) -> None:
        for key in ARTICLE_KEYS:
            if self._names.count(key) > 1:
                raise ConfigError(f"the frame has {self._names.count(key)} columns '{key}': rename or drop all but one")
        if len(self.frame) and not {"text", "segments"} & set(self._names):
            there = ", ".join(self._there[:20]) or "no column at all"
            raise ConfigError(f"the frame has no column 'text' or 'segments'; it has {there}: say columns={{'text': NAME}}")


def _is_missing(value: Any) -> bool:  # noqa: ANN401 - a cell may be anything
    return value is None or (pd.api.types.is_scalar(value) and bool(pd.isna(value)))


def _shown_label(label: Hashable) -> str:
    return "/".join(map(str, label)) if isinstance(label, tuple) else str(label)


def as_article(label: Hashable, row: Mapping[str, Any]) -> Article | Problem:
    """A row without missing values as an article; `label` names it where it has no id. Numbers as ids and times are taken as they come."""
    shown = _shown_label(label)
    try:
        cells = {key: _cell(key, value) for key, value in row.items()}
        made = rows.to_article(rows.Row(shown, cells), rows.Options())
    except (TypeError, ValueError) as error:  # what no JSON holds, in an unknown column
        return Problem(f"row {shown}", str(error))
    return replace(made, where=f"row {shown}") if isinstance(made, Problem) else made


def _cell(key: str, value: Any) -> Any:  # noqa: ANN401 - a cell may be anything
    """What pandas made of a cell, as the JSON format has it: numbers for names, timestamps, arrays, JSON arrays of a CSV file."""
    if key in LIST_KEYS:
        return rows.list_cell(key, value) if isinstance(value, str) else value
    if key == "published" and hasattr(value, "isoformat"):
        return value.isoformat()
    return shown_id(value) if key in {"id", "system"} else value


def shown_id(value: object) -> str:
    """A name that pandas may have made a number of; where one is missing, it has made 7.0 of a 7."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


# -- what comes back ----------------------------------------------------------------------------------------------------


def _typed_findings(found: list[dict[str, Any]]) -> pd.DataFrame:
    rules = all_rules()
    kinds: dict[Hashable, Any] = {
        "article": TEXT,
        "rule": _category(rules, (row["rule"] for row in found)),
        "severity": pd.CategoricalDtype([str(level) for level in Severity], ordered=True),
        "mqm": _category(sorted({rule.mqm for rule in rules.values()}), (row["mqm"] for row in found)),
        "field": pd.CategoricalDtype(["title", "text", "segments"]),
        "segment": "Int64",
        "start": "int64",
        "end": "int64",
        "surface": TEXT,
        "message": TEXT,
        "suggestion": TEXT,
        "similarity": "float64",
        "confidence": "float64",
        "related": "object",
    }
    return pd.DataFrame(found, columns=list(FINDING_KEYS)).astype(kinds)


def _category(known: Iterable[str], seen: Iterable[str]) -> pd.CategoricalDtype:
    """The known values and, behind them, what else was seen: a value that is no category would be lost."""
    return pd.CategoricalDtype(list(dict.fromkeys([*known, *seen])))


def _beside(results: pd.DataFrame, kept: pd.DataFrame, *, own_first: bool) -> pd.DataFrame:
    """Results and the columns of the input that stay, with the index of the input; clashing names get `input_` in front."""
    labels: list[Hashable] = []
    taken = {str(column) for column in results.columns} | {str(label) for label in kept.columns if label not in results.columns}
    for label in kept.columns:
        name = label
        while label in results.columns and str(name) in taken:
            name = f"input_{name}"
        labels.append(name)
        taken.add(str(name))
    kept = kept.set_axis(pd.Index(labels, tupleize_cols=False, dtype=object if not labels else None), axis=1)
    results = results.set_axis(kept.index, axis=0)
    if not labels:
        return results
    return pd.concat([results, kept] if own_first else [kept, results], axis=1)


def score_row(outcome: Report | Problem) -> dict[str, Any]:
    """An outcome as a row of SCORE_COLUMNS."""
    if isinstance(outcome, Problem):
        return {"error": str(outcome)}
    return {
        "article": outcome.article.id,
        "lang": outcome.lang,
        "source_lang": outcome.source_lang,
        "words": outcome.words,
        "score": outcome.score,
        "verdict": outcome.verdict,
        "minor": outcome.penalty.minor,
        "major": outcome.penalty.major,
        "critical": outcome.penalty.critical,
        "per_1000_words": outcome.penalty.per_1000_words,
        "headline_body": outcome.similarity.headline_body,
        "source_target": outcome.similarity.source_target,
        "redundancy": outcome.similarity.redundancy,
        "adequacy": outcome.adequacy,
        "findings": len(outcome.findings),
        "rules_not_run": "; ".join(outcome.rules_not_run),
        "signature": outcome.signature,
        "error": "; ".join(map(str, outcome.problems)) or None,
    }


def _tell(problems: Sequence[Problem], errors: Errors) -> None:
    """Say what could not be checked: a frame of findings has no place for it, and must not look like the whole."""
    if not problems or errors == "ignore":
        return
    first = "; ".join(map(str, problems[:PROBLEMS_NAMED]))
    more = f"; and {len(problems) - PROBLEMS_NAMED} more" if len(problems) > PROBLEMS_NAMED else ""
    told = f"{len(problems)} {'thing' if len(problems) == 1 else 'things'} could not be checked: {first}{more}"
    if errors == "raise":
        raise TqcheckError(told)
    warnings.warn(f"{told} (score_frame names all in its column 'error')", UncheckedWarning, stacklevel=3)


def _one_of(name: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        raise ConfigError(unknown(name, str(value), known))


# -- progress -----------------------------------------------------------------------------------------------------------


def _watched(outcomes: Iterator[Report | Problem], total: int, progress: bool | None) -> Iterable[Report | Problem]:
    if not (_in_notebook() if progress is None else progress):
        return outcomes
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="IProgress not found")  # without ipywidgets the bar is one of text
        from tqdm.auto import tqdm

    bar: Iterable[Report | Problem] = tqdm(
        outcomes, total=total, desc="checking", unit="article", leave=False, delay=0 if progress else PATIENCE
    )
    return bar


def _in_notebook() -> bool:
    """Whether this runs in Jupyter: its shell has a kernel, that of a terminal has none."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return hasattr(shell, "kernel")
