"""Parquet: a column a key, a row an article, read in small batches. Nulls are missing values.

Timestamps become ISO 8601 strings, so that an article from Parquet equals the same article from JSON.
"""

from __future__ import annotations

import datetime as dt
import importlib
import math
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, BinaryIO, cast
from uuid import UUID

from tqcheck.article import ARTICLE_KEYS, Problem
from tqcheck.read.rows import Options, Row, check_names, too_long

BATCH_BYTES = 8 * 2**20  # of a batch as it stands in memory, by the average row of its row group
BATCH_ROWS = 1024
BUFFER = 2**16  # without buffer_size pyarrow loads whole column chunks, that is whole row groups


def rows(stream: BinaryIO, name: str, options: Options) -> Iterator[Row | Problem]:
    """Yield a row or a problem for each row. Raises ValueError when the file is no Parquet or its columns are unusable."""
    # pyarrow brings no types, and costs too much to import for those who read no Parquet
    arrow: Any = importlib.import_module("pyarrow")
    parquet: Any = importlib.import_module("pyarrow.parquet")
    with tempfile.TemporaryFile() as spool:
        if not stream.seekable():  # the directory of a Parquet file stands at its end
            shutil.copyfileobj(stream, spool)
            stream = cast("BinaryIO", spool)
        try:
            table = parquet.ParquetFile(stream, buffer_size=BUFFER, pre_buffer=False)
        except (arrow.ArrowException, OSError) as error:
            raise ValueError(f"is no readable Parquet file: {_first_line(error)}") from None
        check_names(table.schema_arrow.names, options)
        if len(set(table.schema_arrow.names)) < len(table.schema_arrow.names):
            raise ValueError("has two columns of one name: rename one of them")
        first = 1
        for group in range(table.num_row_groups):
            yield from _group(arrow, table, group, first, name, options)
            first += table.metadata.row_group(group).num_rows


def _group(arrow: Any, table: Any, group: int, first: int, name: str, options: Options) -> Iterator[Row | Problem]:  # noqa: ANN401
    """Yield the rows of one row group, the first of which is row `first` of the file.

    A damaged page makes the rest of its row group unreadable, and not that of the next.
    """
    meta = table.metadata.row_group(group)
    last = first + meta.num_rows - 1
    rows_a_batch = max(1, min(BATCH_ROWS, BATCH_BYTES * meta.num_rows // max(1, meta.total_byte_size)))
    texts = {options.columns.get(key, key) for key in ARTICLE_KEYS}  # the columns that must hold text
    number = first
    try:
        for batch in table.iter_batches(batch_size=rows_a_batch, row_groups=[group]):
            for row in _batch(arrow, batch, number, name, texts):
                yield row
                number += 1
    except (arrow.ArrowException, OSError) as error:
        yield Problem(f"{name}:row {number}", f"rows {number} to {last} could not be read, the file is damaged: {_first_line(error)}")


@dataclass(frozen=True)
class _Unreadable:
    """Stands in a column for a cell that holds no text."""

    reason: str


def _batch(arrow: Any, batch: Any, first: int, name: str, texts: set[str]) -> Iterator[Row | Problem]:  # noqa: ANN401
    names = batch.schema.names
    columns = [_cells(arrow, column, as_text=key in texts) for key, column in zip(names, batch.columns, strict=True)]
    for number, cells in enumerate(zip(*columns, strict=True), start=first):
        values = dict(zip(names, cells, strict=True))
        where = f"{name}:row {number}"
        broken = next(((key, cell) for key, cell in values.items() if isinstance(cell, _Unreadable)), None)
        yield Problem(where, f"the column '{broken[0]}' {broken[1].reason}") if broken else Row(where, values)


def _cells(arrow: Any, column: Any, *, as_text: bool) -> list[Any]:  # noqa: ANN401
    """A column's values in plain Python. What cannot be one costs its row alone, not the batch."""
    if arrow.types.is_timestamp(column.type):  # nanoseconds would need pandas, a zone's name a database of zones
        zone = "UTC" if column.type.tz else None
        column = column.cast(arrow.timestamp("us", zone), safe=False)
    try:
        return [_plain(value, as_text=as_text) for value in column.to_pylist()]
    except (ValueError, OverflowError):
        return [_cell(scalar, as_text=as_text) for scalar in column]


def _cell(scalar: Any, *, as_text: bool) -> Any:  # noqa: ANN401
    try:
        return _plain(scalar.as_py(), as_text=as_text)
    except UnicodeDecodeError as error:
        return _Unreadable(f"is not valid UTF-8 at byte {error.start} of the cell: write it again as UTF-8")
    except (ValueError, OverflowError) as error:
        return _Unreadable(f"holds a value that Python has no form for: {_first_line(error)}")


def _plain(value: Any, *, as_text: bool = False) -> Any:  # noqa: ANN401, PLR0911 - one line a type
    """A value as JSON has it. NaN is how pandas writes a missing value, and becomes one."""
    if isinstance(value, bytes):
        return value.decode("utf-8") if as_text else value.hex()  # some writers do not mark strings as such
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    if isinstance(value, (dt.datetime, dt.date, dt.time)):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, (list, tuple)):  # a tuple is an entry of a map
        return [_plain(part, as_text=as_text) for part in value]
    if isinstance(value, dict):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, (dt.timedelta, Decimal, UUID)):
        return str(value)
    return value


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0][:200]
