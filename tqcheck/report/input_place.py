"""Where a finding stands in the input file, for formats that point people there.

An article that is a file of its own (text, Markdown, HTML) is looked up in that file: in plain text every offset is one of the file; in
the others the finding's line is looked for, and where it does not stand in the file as it stands in the article, no line is claimed. An
article that is a row has the line of its row.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from tqcheck import origin
from tqcheck.article import Article, Finding, Place
from tqcheck.report.place import Places

LONGEST_FILE = 32 * 2**20  # bytes; the readers take no longer article


class Spot(NamedTuple):
    """Lines and columns of a file from 1, in code points; the end column is the first behind the stretch. None: not known."""

    line: int
    column: int | None = None
    end_line: int | None = None
    end_column: int | None = None
    before: str = ""  # what stands in the first line before the stretch, for those who count bytes
    last: str = ""  # what stands in the last line up to the end of the stretch


class InputPlaces:
    """Knows the input file of one article."""

    def __init__(self, article: Article, places: Places | None = None) -> None:
        self._article = article
        self._places = places or Places(article)
        self.origin = origin.parse(article.origin)
        self._file: str | None = None

    @property
    def path(self) -> str:
        """The file, from the working folder where it lies below it."""
        return origin.relative(self.origin.file)

    def spot(self, place: Finding | Place) -> Spot | None:
        """Where a finding stands in its file; None when no line can be told."""
        of_segments = self._article.segment_origins  # XLIFF, TMX, PO: each segment has a line of its own
        if place.segment is not None and place.segment < len(of_segments) and (line := of_segments[place.segment].line):
            return Spot(line)
        if self.origin.line is not None:
            return Spot(self.origin.line)
        if not self.origin.is_file or self.origin.row is not None or place.field != "text":
            return None
        file, text = self._read(), self._article.text or ""
        if file == text:
            return self._spot(place, 0)
        if file.endswith(text):  # Markdown: front matter stands before it
            return self._spot(place, file.count("\n", 0, len(file) - len(text)))
        return self._looked_up(place, file)

    def _spot(self, place: Finding | Place, lines_before: int) -> Spot:
        field = (place.field, place.segment)
        (line, column), (end_line, end_column) = (self._places.line_and_column(field, at) for at in (place.start, place.end))
        text, starts = self._article.text or "", self._places.line_starts(field)
        before, last = text[starts[line - 1] : place.start], text[starts[end_line - 1] : place.end]
        return Spot(line + lines_before, column, end_line + lines_before, end_column, before, last)

    def _looked_up(self, place: Finding | Place, file: str) -> Spot | None:
        """The one line of the file that holds the finding's line; its columns are not those of the file."""
        line = self._places.line_around(place)[0].strip()
        at = file.find(line) if line else -1
        if at < 0 or file.find(line, at + 1) >= 0:
            return None
        return Spot(file.count("\n", 0, at) + 1)

    def _read(self) -> str:
        """The file's text; empty when it is gone or no text. Read once, and only when something was found in it."""
        if self._file is None:
            self._file = ""
            path = Path(self.origin.file)
            with suppress(OSError, ValueError):
                if path.is_file():  # never a pipe, which would not answer
                    with path.open("rb") as stream:
                        self._file = stream.read(LONGEST_FILE).decode("utf-8-sig")
        return self._file


def uri(path: str) -> str:
    """A path as a URI reference: percent-encoded, so that it can be nothing else. An absolute path is a file URI."""
    encoded = quote(os.fsencode(path) if _encodable(path) else path.encode("utf-8", "replace"), safe="/")
    return f"file://{encoded}" if encoded.startswith("/") else encoded


def _encodable(path: str) -> bool:
    try:
        os.fsencode(path)
    except UnicodeEncodeError:
        return False
    return True
