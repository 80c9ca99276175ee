"""Plain text: one file is one article, its text exactly as decoded, so that offsets are offsets into the file.

There is no title: that the first lines may be the headline is for the annotator to find.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from tqcheck.article import Problem
from tqcheck.read.rows import Options, Row, whole_text


def rows(stream: BinaryIO, name: str, options: Options) -> Iterator[Row | Problem]:
    """Yield the file's one row. Raises ValueError when the file is empty, too large or no UTF-8."""
    yield Row(name, {"text": whole_text(stream, options.row_cap)})
