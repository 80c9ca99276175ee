"""Findings and articles as tables: CSV and TSV for spreadsheets, Parquet for notebooks.

A spreadsheet runs a cell that begins like a formula, and the log of a CI job a line of it that begins like a command. In CSV and TSV
these get an apostrophe in front; Parquet has the exact text. `related` and `extra` are JSON texts, so that every row has the same columns.
"""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, Literal, Protocol

from tqcheck.article import FINDING_KEYS, Report
from tqcheck.report.stream import Out, binary, utf8
from tqcheck.report.summary import Summary

if TYPE_CHECKING:
    import pyarrow as pa

Row = Mapping[str, Any]
ColumnType = Literal["text", "integer", "number"]

FINDING_TYPES: Mapping[str, ColumnType] = {
    "segment": "integer",
    "start": "integer",
    "end": "integer",
    "similarity": "number",
    "confidence": "number",
}
FINDING_COLUMNS: Mapping[str, ColumnType] = {key: FINDING_TYPES.get(key, "text") for key in FINDING_KEYS}
ARTICLE_COLUMNS: Mapping[str, ColumnType] = {
    "article": "text",
    "title": "text",
    "lang": "text",
    "source_lang": "text",
    "words": "integer",
    "score": "number",
    "verdict": "text",
    "minor": "integer",
    "major": "integer",
    "critical": "integer",
    "per_1000_words": "number",
    "headline_body": "number",
    "source_target": "number",
    "redundancy": "number",
    "adequacy": "number",
    "findings": "integer",
    "rules_not_run": "text",
    "errors": "text",
    "url": "text",
    "published": "text",
    "system": "text",
    "origin": "text",
    "signature": "text",
    "extra": "text",
}

ROWS_IN_MEMORY = 2_000  # of a Parquet row group; of 2 KB each that is 4 MB
DEEPEST_EXTRA = 50  # an unknown key may hold anything, also a thousand nested lists

# What stands in front of a cell without being seen: blanks, controls, all format characters of Unicode (zero widths, bidi, BOM,
# those of scripts, music and shorthand), fillers, selectors, tags.
UNSEEN = (
    r"[^\S\t\r\n]|[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    r"\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    r"\U000e0000-\U000e01ef]"
)
FORMULA = re.compile(rf"(?:{UNSEEN})*[=+\-@\t\r\n＝＋－＠﹦﹢﹣﹫]")
# A cell may have several lines, and a log that shows the table runs commands: "::" at the start of one, "##[" and "##vso[" anywhere.
LOG_COMMAND = re.compile(rf"(?<=[\r\n])(?:{UNSEEN})*(?=::)|##(?:vso)?(?=\[)", re.IGNORECASE)


def finding_rows(report: Report) -> Iterator[Row]:
    """Yield a row for each finding of an article, in the columns of FINDING_COLUMNS."""
    for finding in report.findings:
        row = finding.as_dict()
        yield row | {"related": json_text(row["related"])}


def article_row(report: Report) -> Row:
    """Return the row of an article, in the columns of ARTICLE_COLUMNS."""
    article, penalty, similarity = report.article, report.penalty, report.similarity
    return {
        "article": article.id,
        "title": article.title,
        "lang": report.lang,
        "source_lang": report.source_lang,
        "words": report.words,
        "score": report.score,
        "verdict": report.verdict,
        "minor": penalty.minor,
        "major": penalty.major,
        "critical": penalty.critical,
        "per_1000_words": penalty.per_1000_words,
        "headline_body": similarity.headline_body,
        "source_target": similarity.source_target,
        "redundancy": similarity.redundancy,
        "adequacy": report.adequacy,
        "findings": report.count,
        "rules_not_run": "; ".join(report.rules_not_run),
        "errors": "; ".join(f"{problem.rule or problem.where}: {problem.reason}" for problem in report.problems),
        "url": article.url,
        "published": article.published,
        "system": article.system,
        "origin": article.origin,
        "signature": report.signature,
        "extra": json_text(article.extra) if article.extra else None,
    }


class Table(Protocol):
    """A file that takes rows one by one."""

    def add_row(self, row: Row) -> None:
        """Write a row, or keep it for the next row group."""

    def end(self) -> None:
        """Write what is left."""

    def abandon(self) -> None:
        """Write nothing more: the file is going to be thrown away."""


class CsvTable:
    """A table as CSV, or as TSV with a tab as `delimiter`: UTF-8, Unix line ends, texts quoted and numbers bare."""

    def __init__(self, out: Out, columns: Mapping[str, ColumnType], *, delimiter: str = ",") -> None:
        self._columns = columns
        # Python before 3.13 does not quote a lone CR, at which readers end the row: hence every text is quoted.
        self._csv = csv.writer(utf8(out), delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
        self._csv.writerow(columns)

    def add_row(self, row: Row) -> None:
        """Write a row."""
        self._csv.writerow([harmless(row[column]) for column in self._columns])

    def end(self) -> None:
        """There is nothing left to write."""

    def abandon(self) -> None:
        """There is nothing to be held back."""


class ParquetTable:
    """A table as Parquet, written in row groups, with the same schema also for no rows."""

    def __init__(self, out: Out, columns: Mapping[str, ColumnType]) -> None:
        import pyarrow.parquet as pq

        self._schema = _schema(columns)
        self._parquet = pq.ParquetWriter(binary(out), self._schema)
        self._rows: list[Row] = []

    def add_row(self, row: Row) -> None:
        """Keep a row; write a row group when there are enough."""
        self._rows.append(row)
        if len(self._rows) >= ROWS_IN_MEMORY:
            self._write_rows()

    def end(self) -> None:
        """Write the last row group and the footer."""
        if self._rows:
            self._write_rows()
        self._parquet.close()

    def abandon(self) -> None:
        """Keep pyarrow from writing the footer when it is garbage, into a file that is closed."""
        self._parquet.is_open = False

    def _write_rows(self) -> None:
        import pyarrow as pa

        columns = [_column([row[field.name] for row in self._rows], field.type) for field in self._schema]
        self._parquet.write_table(pa.Table.from_arrays(columns, schema=self._schema))
        self._rows = []


class FindingsWriter:
    """Writes the findings of each report to a table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def add(self, report: Report) -> None:
        """Write the findings of one report."""
        for row in finding_rows(report):
            self._table.add_row(row)

    def close(self, summary: Summary) -> None:
        """End the table; sums are the reader's to make."""
        del summary
        self._table.end()


def csv_writer(out: Out) -> FindingsWriter:
    """Return a writer of findings as CSV."""
    return FindingsWriter(CsvTable(out, FINDING_COLUMNS))


def tsv_writer(out: Out) -> FindingsWriter:
    """Return a writer of findings as TSV."""
    return FindingsWriter(CsvTable(out, FINDING_COLUMNS, delimiter="\t"))


def parquet_writer(out: Out) -> FindingsWriter:
    """Return a writer of findings as Parquet. Raises TypeError when `out` takes text only."""
    return FindingsWriter(ParquetTable(out, FINDING_COLUMNS))


def harmless(cell: object) -> object:
    """Return a cell that no spreadsheet takes for a formula and no log for a command: an apostrophe stands in front of what looks so."""
    if not isinstance(cell, str):
        return cell
    cell = LOG_COMMAND.sub(r"\g<0>'", cell) if "::" in cell or "##" in cell else cell
    return f"'{cell}" if FORMULA.match(cell) else cell


def json_text(value: object) -> str:
    """Return any value as strict JSON: what JSON does not know becomes text, NaN and infinity become null."""
    return json.dumps(_plain(value, DEEPEST_EXTRA), ensure_ascii=False, allow_nan=False)


def _plain(value: object, depth: int) -> object:
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, (Mapping, list, tuple)):
        return _plain_nest(value, depth - 1) if depth else "…"
    return str(value)


def _plain_nest(nest: Mapping[Any, Any] | list[Any] | tuple[Any, ...], depth: int) -> object:
    if isinstance(nest, Mapping):
        return {str(key): _plain(entry, depth) for key, entry in nest.items()}
    return [_plain(entry, depth) for entry in nest]


def _schema(columns: Mapping[str, ColumnType]) -> pa.Schema:
    import pyarrow as pa

    types: dict[ColumnType, pa.DataType] = {"text": pa.string(), "integer": pa.int64(), "number": pa.float64()}
    return pa.schema([(name, types[kind]) for name, kind in columns.items()])


def _column(values: Sequence[Any], column_type: pa.DataType) -> pa.Array[Any]:
    import pyarrow as pa

    if column_type == pa.string():
        values = [value if value is None else str(value).encode("utf-8", "replace").decode() for value in values]
    return pa.array(values, type=column_type)
