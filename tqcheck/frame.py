"""DataFrame in, DataFrame out: one row a finding, or one row an article.

The columns of the input are named as the keys of an article; the index may be anything, since findings name their article by `id`
(by the row's index label where there is no `id`).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from tqcheck import pipeline
from tqcheck.article import FINDING_KEYS, Article, Problem, Report, Severity
from tqcheck.baseline import without_accepted
from tqcheck.config import Options, override
from tqcheck.rules import all_rules

if TYPE_CHECKING:
    import pandas as pd

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
    "findings",
    "error",
)


def check_frame(frame: pd.DataFrame, **options: Any) -> pd.DataFrame:  # noqa: ANN401 - those of the command line
    """Findings on the articles of a frame, one row each, in the order of the articles.

    Args:
        frame: one row an article; columns named as the keys of the JSON format, missing values where there is nothing.
        options: those of the command line and the configuration: model="none", select=["name-variant"] ...

    Returns:
        A frame with the columns of a finding (`tqcheck.article.FINDING_KEYS`); `rule`, `severity` (ordered) and `field` are categories with
        all their values, so frames of several chunks can be joined. Rows that are no article have no findings: see `score_frame`.

    Raises:
        ConfigError: an unknown option or rule.
    """
    import pandas as pd

    outcomes = _outcomes(frame, options, measure=False)
    rows = [finding.as_dict() for report in outcomes if isinstance(report, Report) for finding in report.findings]
    findings = pd.DataFrame(rows, columns=list(FINDING_KEYS))
    kinds: dict[Hashable, Any] = {
        "article": "str",
        "rule": pd.CategoricalDtype(list(all_rules())),
        "severity": pd.CategoricalDtype([str(level) for level in Severity], ordered=True),
        "mqm": "str",
        "field": pd.CategoricalDtype(["title", "text", "segments"]),
        "segment": "Int64",
        "start": "int64",
        "end": "int64",
        "surface": "str",
        "message": "str",
        "suggestion": "str",
        "similarity": "float64",
        "confidence": "float64",
    }
    return findings.astype(kinds)


def score_frame(frame: pd.DataFrame, **options: Any) -> pd.DataFrame:  # noqa: ANN401 - those of the command line
    """Score, verdict and similarities of each article of a frame, one row each, with the index of the frame.

    A row that is no article has its reason in `error` and missing values elsewhere; a rule that crashed is named there, too.
    """
    import pandas as pd

    rows = [score_row(outcome) for outcome in _outcomes(frame, options, measure=True)]
    scores = pd.DataFrame(rows, columns=list(SCORE_COLUMNS), index=frame.index)
    whole = dict.fromkeys(("words", "minor", "major", "critical", "findings"), "Int64")
    real = dict.fromkeys(("score", "per_1000_words", "headline_body", "source_target", "redundancy"), "float64")
    texts = dict.fromkeys(("article", "lang", "source_lang", "error"), "str")
    kinds: dict[Hashable, Any] = {"verdict": pd.CategoricalDtype(["pass", "fail"])}
    for group in (whole, real, texts):
        kinds.update(group)
    return scores.astype(kinds)


def _outcomes(frame: pd.DataFrame, options: dict[str, Any], *, measure: bool) -> Iterator[Report | Problem]:
    chosen = override(Options(), options)
    articles = (as_article(label, row) for label, row in _rows(frame))
    return without_accepted(pipeline.check(articles, chosen, measure=measure), chosen)


def _rows(frame: pd.DataFrame) -> Iterator[tuple[Hashable, dict[str, Any]]]:
    columns = [str(column) for column in frame.columns]
    for label, values in zip(frame.index, frame.itertuples(index=False, name=None), strict=True):
        yield label, {column: value for column, value in zip(columns, values, strict=True) if not _is_missing(value)}


def _is_missing(value: Any) -> bool:  # noqa: ANN401 - a cell may be anything
    import pandas as pd

    return value is None or (pd.api.types.is_scalar(value) and bool(pd.isna(value)))


def as_article(label: Hashable, row: Mapping[str, Any]) -> Article | Problem:
    """A row without missing values as an article; `label` names it where it has no id. Numbers as ids and times are taken as they come."""
    known = {key: value.isoformat() if key == "published" and hasattr(value, "isoformat") else value for key, value in row.items()}
    if "id" in known and not isinstance(known["id"], str):
        known["id"] = str(known["id"])
    try:
        return Article.from_row(known, origin=str(label))
    except ValueError as error:
        return Problem(f"row {label}", str(error))


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
        "findings": len(outcome.findings),
        "error": "; ".join(map(str, outcome.problems)) or None,
    }
