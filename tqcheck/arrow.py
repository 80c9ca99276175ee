"""Record batches in, record batches out: the line of `pipeline.py` for any engine that moves Arrow data. Spark's is `spark.py`.

`prepare()` checks the options where the program runs; what it returns is small, can be pickled, and travels to the workers.
`check_batches(batches, job)` runs there: rules and model are loaded once in a process, however many tasks it is given. Nothing is written
anywhere, and a row's answer depends on that row alone, so a task may be run again, or twice at once, and the answer is the same.

With Ray, whose blocks are Arrow tables:

    from tqcheck import arrow
    job = arrow.prepare(model="none")
    def check(table):
        return pa.Table.from_batches(arrow.check_batches(table.to_batches(), job), schema=arrow.FINDINGS)
    findings = ray.data.read_parquet("articles/").map_batches(check, batch_format="pyarrow")

With Dask, whose partitions are pandas frames (processes, not threads: a checker serves one article at a time):

    def check(frame):
        table = pa.Table.from_pandas(frame, preserve_index=False)
        return pa.Table.from_batches(arrow.check_batches(table.to_batches(), job), schema=arrow.FINDINGS).to_pandas()
    findings = dask.dataframe.read_parquet("articles/").map_partitions(check, meta=arrow.FINDINGS.empty_table().to_pandas())
"""

from __future__ import annotations

import copy
import hashlib
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import pyarrow as pa

from tqcheck import baseline
from tqcheck.article import ARTICLE_KEYS, Article, Problem, Report
from tqcheck.baseline import Baseline
from tqcheck.config import Options, override
from tqcheck.errors import TqcheckError
from tqcheck.frame import SCORE_COLUMNS, as_article, score_row, shown_id
from tqcheck.pipeline import Checker
from tqcheck.read import rows

ROWS_AT_ONCE = 256  # engines hand over 10,000 articles at a time: their findings leave in smaller batches, which bounds the memory

PLACE_TYPES: dict[str, pa.DataType] = {
    "field": pa.string(),
    "segment": pa.int64(),
    "start": pa.int64(),
    "end": pa.int64(),
    "surface": pa.string(),
}
FINDING_TYPES: dict[str, pa.DataType] = {
    "article": pa.string(),
    "rule": pa.string(),
    "severity": pa.string(),
    "mqm": pa.string(),
    **PLACE_TYPES,
    "message": pa.string(),
    "suggestion": pa.string(),
    "similarity": pa.float64(),
    "confidence": pa.float64(),
    "related": pa.list_(pa.struct(list(PLACE_TYPES.items()))),
    "error": pa.string(),
}
_SCORE: dict[str, pa.DataType] = {
    **dict.fromkeys(SCORE_COLUMNS, pa.float64()),
    **dict.fromkeys(("article", "lang", "source_lang", "verdict", "rules_not_run", "signature", "error"), pa.string()),
    **dict.fromkeys(("words", "minor", "major", "critical", "findings"), pa.int64()),
}
FINDINGS = pa.schema(FINDING_TYPES)
SCORES = pa.schema(_SCORE)

Outcome = Report | Problem
TableRow = dict[str, Any]


@dataclass(frozen=True)
class Job:
    """What travels to the workers: all that decides what they find, and the signature by which they know that they find the same."""

    options: Options
    measure: bool
    signature: str
    baseline: Baseline | None = field(default=None, repr=False)


def prepare(*, measure: bool = False, **options: Any) -> Job:  # noqa: ANN401 - those of the command line
    """A job with these options (those of `tqcheck.check_frame`); `measure` as `score_batches` needs it.

    The processes are the engine's, so `jobs` has no meaning here. A baseline is read now and travels along.

    Raises:
        ConfigError: an unknown option or rule.
        ModelError: the model cannot be loaded.
    """
    chosen = replace(override(Options(), options), jobs=1, cache=None)
    return Job(chosen, measure, _checker(chosen, measure).signature, baseline.named(chosen))


def check_batches(batches: Iterable[pa.RecordBatch], job: Job) -> Iterator[pa.RecordBatch]:
    """Findings on the articles of some batches, one row each, in their order; columns and types are those of FINDINGS.

    A row that is no article, and a rule that crashed on one, is a row with `article` and `error` (and `rule`), and nothing else.
    """
    return batches_of(batches, job, finding_rows, FINDINGS)


def score_batches(batches: Iterable[pa.RecordBatch], job: Job) -> Iterator[pa.RecordBatch]:
    """One row an article, as `tqcheck.score_frame` has it; columns and types are those of SCORES."""
    return batches_of(batches, job, _score_rows, SCORES)


def articles(batch: pa.RecordBatch, names: Mapping[str, str] = MappingProxyType({})) -> Iterator[tuple[str, Article | Problem]]:
    """The rows of a batch as articles, or as problems, each with its name: the id, or a digest of its content where there is none.

    A row has no number that would be the same after a retry or on another cluster; what it holds is. `names` says under which names
    the keys of an article stand, as the option `columns` does.
    """
    columns = [(name, _cells(column)) for name, column in zip(batch.schema.names, batch.columns, strict=True)]
    for index in range(batch.num_rows):
        row = rows.rename({name: cells[index] for name, cells in columns if not _is_missing(cells[index])}, names)
        yield _article({name: value for name, value in row.items() if name in ARTICLE_KEYS or not isinstance(value, _Unreadable)})


# -- on the workers -------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=4)
def _checker(options: Options, measure: bool) -> Checker:
    """Rules and model of these options, once in a process."""
    return Checker(options, measure=measure)


def checker(job: Job) -> Checker:
    """The checker of a job in this process. Raises TqcheckError when it would find something else than where the job was made."""
    found = _checker(job.options, job.measure)
    if found.signature != job.signature:
        raise TqcheckError(
            f"this worker has another tqcheck, other tables or another model than the program that sent the job: {found.signature} here, "
            f"{job.signature} there: install the same version on both, or send it along with tqcheck.spark.ship"
        )
    return found


def batches_of(
    batches: Iterable[pa.RecordBatch], job: Job, rows_of: Callable[[str, Outcome], Iterator[TableRow]], schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    """What `rows_of` makes of the name and the outcome of each article; columns and types are those of the schema."""
    check = checker(job)
    accepted = copy.deepcopy(job.baseline)  # it counts what it has taken away: each task begins anew
    for batch in batches:
        for start in range(0, batch.num_rows, ROWS_AT_ONCE):
            made: list[TableRow] = []
            for name, article in articles(batch.slice(start, ROWS_AT_ONCE), job.options.columns):
                outcome = check(article) if isinstance(article, Article) else article
                made += rows_of(name, accepted.accept(outcome) if accepted and isinstance(outcome, Report) else outcome)
            yield pa.RecordBatch.from_pylist(made, schema=schema)


def finding_rows(name: str, outcome: Outcome) -> Iterator[TableRow]:
    """The findings of an article, and what was wrong with the work on it."""
    if isinstance(outcome, Problem):
        yield {"article": name, "error": plain_text(outcome)}
        return
    for finding in outcome.findings:
        yield finding.as_dict()
    for problem in outcome.problems:
        yield {"article": name, "rule": problem.rule, "error": plain_text(problem)}


def _score_rows(name: str, outcome: Outcome) -> Iterator[TableRow]:
    row = score_row(outcome)
    yield row | {"article": name, "error": row["error"] and plain_text(row["error"])}


def plain_text(problem: Problem | str) -> str:
    """An error as Arrow can take it: what a rule raises may hold anything, half a surrogate pair too."""
    return str(problem).encode("utf-8", "backslashreplace").decode("utf-8")


# -- rows ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Unreadable:
    """A cell that Python has no value for: letters that are not UTF-8, a date after the year 9999."""

    reason: str


def _cells(column: pa.Array[Any]) -> list[Any]:
    try:
        return column.to_pylist()
    except (ValueError, OverflowError, pa.ArrowException):  # one bad cell must not lose the others
        return [_cell(scalar) for scalar in column]


def _cell(scalar: pa.Scalar[Any]) -> Any:  # noqa: ANN401 - a cell may be anything
    try:
        return scalar.as_py()
    except (ValueError, OverflowError, pa.ArrowException) as error:
        return _Unreadable(f"{type(error).__name__}: {error}")


def _is_missing(value: Any) -> bool:  # noqa: ANN401
    return value is None or (isinstance(value, float) and math.isnan(value))


def _article(row: Mapping[str, Any]) -> tuple[str, Article | Problem]:
    name = shown_id(row.get("id", "")) or _digest(row)
    for key, value in row.items():
        if isinstance(value, _Unreadable):
            return name, Problem(f"row {name}", f"'{key}' cannot be read: {value.reason}")
    return name, as_article(name, row)


def _digest(row: Mapping[str, Any]) -> str:
    content = json.dumps(row, sort_keys=True, default=str)
    return hashlib.sha256(content.encode()).hexdigest()[:20]
