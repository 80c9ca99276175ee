"""Parquet: a column a key, a row an article, read in small batches. Nulls are missing values.

Timestamps become ISO 8601 strings, so that an article from Parquet equals the same article from JSON.
"""

from __future__ import annotations

import datetime as dt
import importlib
import math
import shutil
import tempfile
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, BinaryIO, cast
from uuid import UUID

from tqcheck.article import ARTICLE_KEYS, Problem
from tqcheck.errors import ReadError
from tqcheck.read.pages import pages
from tqcheck.read.rows import Options, Row, check_names, size, too_long

if TYPE_CHECKING:
    from collections.abc import Iterator

BATCH_BYTES = 8 * 2**20  # of a batch as it stands in memory, by the average row of its row group
BATCH_ROWS = 1024
LARGEST_PAGE = 256 * 2**20  # bytes, unpacked: the library holds a page three times; those of others have about 1 MB
BUFFER = 2**16  # without buffer_size pyarrow loads whole column chunks, that is whole row groups


def rows(stream: BinaryIO, name: str, options: Options) -> Iterator[Row | Problem]:
    """Yield a row or a problem for each row. Raises ReadError when the file is no Parquet or its columns are unusable."""
    # pyarrow brings no types, and costs too much to import for those who read no Parquet
    arrow: Any = importlib.import_module("pyarrow")
    parquet: Any = importlib.import_module("pyarrow.parquet")
    with tempfile.TemporaryFile() as spool:
        if not stream.seekable():  # the directory of a Parquet file stands at its end
            shutil.copyfileobj(stream, spool)
            stream = cast("BinaryIO", spool)
        try:
            table = parquet.ParquetFile(stream, buffer_size=BUFFER, pre_buffer=False, page_checksum_verification=True)
            names = table.schema_arrow.names
        except (arrow.ArrowException, OSError, ValueError) as error:  # ValueError: the name of a column is no UTF-8
            raise ReadError(f"is no readable Parquet file: {_first_line(error)}") from None
        check_names(names, options)
        if len(set(names)) < len(names):
            raise ReadError("has two columns of one name: rename one of them")
        first = 1
        for group in range(table.num_row_groups):
            yield from _Group(arrow, table, stream, group, first).rows(name, options)
            first += table.metadata.row_group(group).num_rows


class _TooLargeError(ReadError):
    """A page is larger than memory should hold."""


@dataclass(frozen=True)
class _Group:
    """A row group, and the number that its first row has in the file. A damaged page ends its group, and not the next."""

    arrow: Any
    table: Any
    stream: BinaryIO
    index: int
    first: int

    def rows(self, name: str, options: Options) -> Iterator[Row | Problem]:
        meta = self.table.metadata.row_group(self.index)
        texts = {options.columns.get(key, key) for key in ARTICLE_KEYS}  # the columns that must hold text
        number = self.first
        try:
            for batch in self.table.iter_batches(batch_size=self._rows_a_batch(), row_groups=[self.index]):
                for row in _batch(self.arrow, batch, texts):
                    where = f"{name}:row {number}"
                    yield Problem(where, row) if isinstance(row, str) else _capped(row, where, options.row_cap)
                    number += 1
        except (self.arrow.ArrowException, OSError, ValueError, ReadError) as error:
            last = self.first + meta.num_rows - 1
            why = "" if isinstance(error, _TooLargeError) else ", the file is damaged"
            yield Problem(f"{name}:row {number}", f"rows {number} to {last} could not be read{why}: {_first_line(error)}")

    def _rows_a_batch(self) -> int:
        """So many rows as memory holds. Raises _TooLargeError, and ReadError for a page that the file does not hold."""
        meta = self.table.metadata.row_group(self.index)
        shared = 0  # bytes to which each row may refer
        for column in range(meta.num_columns):
            for page in pages(self.stream, meta.column(column)):
                if page.size > LARGEST_PAGE:
                    raise _TooLargeError(f"a page holds {size(page.size)}, the limit is {size(LARGEST_PAGE)}: write smaller ones")
                shared += page.size * page.is_dictionary
        by_average: int = BATCH_BYTES * meta.num_rows // max(1, meta.total_byte_size)
        return max(1, min(BATCH_ROWS, by_average, LARGEST_PAGE // max(1, shared)))


def _capped(values: dict[str, Any], where: str, cap: int) -> Row | Problem:
    """The row, or the problem that it is too long: the library has loaded it already, but no rule need ever see it."""
    texts = [text for value in values.values() for text in (value if isinstance(value, list) else [value]) if isinstance(text, str)]
    if sum(map(len, texts)) * 4 > cap and sum(len(text.encode("utf-8", "replace")) for text in texts) > cap:
        return Problem(where, too_long(cap))
    return Row(where, values)


@dataclass(frozen=True)
class _Unreadable:
    """Stands in a column for a cell that holds no text."""

    reason: str


def _batch(arrow: Any, batch: Any, texts: set[str]) -> Iterator[dict[str, Any] | str]:  # noqa: ANN401
    """Yield the values of each row, or what is wrong with it."""
    names = batch.schema.names
    columns = [_cells(arrow, column, as_text=key in texts) for key, column in zip(names, batch.columns, strict=True)]
    for cells in zip(*columns, strict=True):
        values = dict(zip(names, cells, strict=True))
        reasons = [f"the column '{key}' {cell.reason}" for key, cell in values.items() if isinstance(cell, _Unreadable)]
        yield reasons[0] if reasons else values


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
