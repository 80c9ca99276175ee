"""CSV and TSV: a header line, then a record an article. Every cell is text; an empty one is a missing value.

'NA', 'null' and 'nan' are ids, names and a language (Min Nan), so nothing is guessed. The list columns (segments and
its parallels) hold JSON arrays.

A quotation mark that is never closed swallows the lines behind it. So when a record of several lines is broken, only its
first line is given up, and the others are read again as records of their own: good rows survive a bad one.
"""

from __future__ import annotations

import csv
from collections import Counter, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from tqcheck.article import LIST_KEYS, Problem
from tqcheck.errors import EmptyInputError, ReadError
from tqcheck.read.rows import Line, Options, Row, check_names, lines, list_cell, not_utf8, too_long

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MOST_LINES = 100_000  # in one record: each costs memory beyond its bytes, and an article has no such number

# csv's own messages are for programmers: the beginning of each, and what it means for the one who wrote the file
_MEANING = {
    "unexpected end of data": "a quotation mark that opens here is never closed",
    "new-line character": "a carriage return stands outside quotation marks: save the file with LF or CRLF line ends",
    "field larger": "a cell is longer than csv can read",
}
_QUOTE = "a quotation mark stands inside a quoted cell, or the one before it was never closed: write it twice"
_REMEDY = "put quotation marks around a cell that holds the delimiter"


def rows(stream: BinaryIO, name: str, options: Options) -> Iterator[Row | Problem]:
    """Yield the rows of a CSV file. Raises ReadError when its header is unusable.

    The delimiter is a comma, or a semicolon or a tab where the first line has one and no comma.
    """
    yield from _table(stream, name, options, delimiters=",;\t")


def tab_rows(stream: BinaryIO, name: str, options: Options) -> Iterator[Row | Problem]:
    """Yield the rows of a TSV file. Raises ReadError when its header is unusable."""
    yield from _table(stream, name, options, delimiters="\t")


@dataclass(frozen=True)
class _Record:
    """A record with the lines it came from; exactly one of `cells` and `reason` says what it is."""

    first: int
    last: int
    cells: list[str]
    reason: str = ""

    @property
    def span(self) -> str:
        """Which lines, when there are several: the place of the problem names only the first."""
        return f"lines {self.first} to {self.last}: " if self.last > self.first else ""


class _OverCapError(Exception):
    """A line, or a record of several lines, is too long. The message is the reason."""


class _Lines:
    """The file's lines as csv.reader wants them, remembering those of the current record and able to give them again."""

    def __init__(self, stream: BinaryIO, cap: int) -> None:
        self._source = lines(stream, cap)
        self._again: deque[Line] = deque()
        self.cap = cap
        self._size = 0
        self.taken: list[Line] = []

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._source)
        self.taken.append(line)
        self._size += len(line.raw or b"")
        if line.raw is None or self._size > self.cap + 2:  # + 2: the CRLF of a single line does not count
            raise _OverCapError(too_long(self.cap))
        if len(self.taken) > MOST_LINES:
            raise _OverCapError(f"{_MEANING['unexpected end of data']}, or a cell has more than {MOST_LINES} lines")
        return line.raw.decode("utf-8", "replace")  # the record is refused when its borders are known, by _undecodable

    def peek(self) -> bytes:
        """The first line, left where it is; nothing when the file is empty."""
        for line in self._source:
            self._again.append(line)
            return line.raw or b""
        return b""

    def start_record(self) -> None:
        """Forget the lines of the last record."""
        self.taken, self._size = [], 0

    def give_again(self) -> None:
        """Put the record's lines back, all but its first."""
        self._again.extendleft(reversed(self.taken[1:]))


def _table(stream: BinaryIO, name: str, options: Options, *, delimiters: str) -> Iterator[Row | Problem]:
    # A process-wide setting, so it is only ever raised; the cap in _Lines is what bounds a cell.
    csv.field_size_limit(max(csv.field_size_limit(), options.row_cap + 2))
    source = _Lines(stream, options.row_cap)
    first = source.peek().decode("utf-8", "replace")
    delimiter = next((mark for mark in delimiters if mark in first), delimiters[0])
    records = _records(source, delimiter)
    header = _header(records)
    check_names(header, options)
    for record in _rejoined(records, len(header)):
        yield _row(record, f"{name}:{record.first}", header, options.columns)


def _records(source: _Lines, delimiter: str) -> Iterator[_Record]:
    """Yield every record that is not blank, broken ones too."""
    reader = csv.reader(source, delimiter=delimiter, strict=True)
    while True:
        source.start_record()
        cells, reason = [], ""
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            reason = next((meaning for start, meaning in _MEANING.items() if str(error).startswith(start)), _QUOTE)
            source.give_again()
        except _OverCapError as error:
            reason = str(error)
            source.give_again()
        else:
            reason = _undecodable(source.taken)
        if cells or reason:
            yield _Record(source.taken[0].number, source.taken[-1].number, cells, reason)


def _undecodable(taken: list[Line]) -> str:
    for line in taken:
        try:
            (line.raw or b"").decode("utf-8")
        except UnicodeDecodeError as error:
            return not_utf8(error, line.offset)
    return ""


def _header(records: Iterator[_Record]) -> list[str]:
    """The column names, blanks around them cut off; a column without a name is called by its number."""
    record = next(records, None)
    if record is None:
        raise EmptyInputError("is empty: there is nothing to check")
    if record.reason:
        raise ReadError(f"has an unusable header in line {record.first}: {record.reason}")
    names = [cell.strip() or f"column {number}" for number, cell in enumerate(record.cells, start=1)]
    if twice := sorted(name for name, count in Counter(names).items() if count > 1):
        raise ReadError(f"has the column '{twice[0]}' twice: rename one of them")
    return names


def _rejoined(records: Iterator[_Record], columns: int) -> Iterator[_Record]:
    """Yield the records, with what is plainly the rest of a broken record's cell counted to that record.

    The lines of a broken record come again one by one. Those that have one cell where the table has several columns are
    lines of text: to report each as a row would say that the file has rows it does not have.
    """
    broken: _Record | None = None
    for record in records:
        if broken and not record.reason and len(record.cells) == 1 < columns:
            broken = _Record(broken.first, record.last, [], broken.reason)
            continue
        if broken:
            yield broken
            broken = None
        if record.reason and record.last > record.first and not record.cells:
            broken = _Record(record.first, record.first, [], record.reason)
        else:
            yield record
    if broken:
        yield broken


def _row(record: _Record, where: str, header: list[str], columns: Mapping[str, str]) -> Row | Problem:
    if record.reason:
        return Problem(where, record.span + record.reason)
    if len(record.cells) != len(header):
        return Problem(where, f"{record.span}has {len(record.cells)} cells, the header has {len(header)}: {_REMEDY}")
    values = dict(zip(header, record.cells, strict=True))
    lists = {columns.get(key, key): key for key in LIST_KEYS}
    try:
        return Row(where, {name: list_cell(lists.get(name, name), cell) if cell else None for name, cell in values.items()})
    except ValueError as error:
        return Problem(where, str(error))
