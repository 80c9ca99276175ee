"""Plain text: one file is one article, its text exactly as decoded, so that offsets are offsets into the file.

There is no title: that the first lines may be the headline is for the annotator to find.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from tqcheck.read.rows import Options, Row, whole_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tqcheck.article import Problem


def rows(stream: BinaryIO, name: str, options: Options) -> Iterator[Row | Problem]:
    """Yield the file's one row. Raises ReadError when the file is empty, too large or no UTF-8."""
    yield Row(name, {"text": whole_text(stream, options.row_cap)})
