"""JSON Lines: one JSON object a line. The format for feeds: streams, and a broken line costs only itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from tqcheck.article import Problem
from tqcheck.errors import EmptyInputError
from tqcheck.read.rows import Line, Options, Row, json_row, lines, not_utf8, too_long

if TYPE_CHECKING:
    from collections.abc import Iterator


def rows(stream: BinaryIO, name: str, options: Options) -> Iterator[Row | Problem]:
    """Yield a row or a problem for each line that is not blank. Raises ReadError for UTF-16 and for an empty file."""
    blank = True
    for line in lines(stream, options.row_cap):
        if line.raw is not None and not line.raw.strip():
            continue
        blank = False
        yield _row(line, f"{name}:{line.number}", options.row_cap)
    if blank:
        raise EmptyInputError("is empty: there is nothing to check")


def _row(line: Line, where: str, cap: int) -> Row | Problem:
    if line.raw is None:
        return Problem(where, too_long(cap))
    try:
        text = line.raw.decode("utf-8")
    except UnicodeDecodeError as error:
        return Problem(where, not_utf8(error, line.offset))
    return json_row(text.rstrip("\r\n"), where)
