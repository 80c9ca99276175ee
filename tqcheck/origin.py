"""Where an article was read from: the file and, where rows are lines, the line. `Article.origin` holds both as FILE:LINE."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import NamedTuple

STDIN = "-"
_PLACE = re.compile(r":(?:row )?(?P<number>\d+)(?::\d+)*\Z")  # FILE:LINE, FILE:LINE:COLUMN, and Parquet's FILE:row NUMBER


class Origin(NamedTuple):
    """A file as it was named, and where the article begins in it; a file without line and row is one article."""

    file: str
    line: int | None = None
    row: int | None = None  # of a file that has rows and no lines: Parquet

    @property
    def is_file(self) -> bool:
        """False for standard input and for an article that was not read at all but handed over."""
        return self.file not in {"", STDIN}


def parse(origin: str) -> Origin:
    """Take an origin apart. Windows' drive letters stay where they are."""
    place = _PLACE.search(origin)
    if place is None:
        return Origin(origin)
    file, number = origin[: place.start()], int(place["number"][:18])
    return Origin(file, row=number) if place.group().startswith(":row ") else Origin(file, number)


def relative(file: str) -> str:
    """Name a file from the working folder when it lies below it, with slashes and without `./`: the same wherever the project lies."""
    if file in {"", STDIN}:
        return file
    try:
        path = os.path.relpath(file) if Path(file).is_absolute() else os.path.normpath(file)
    except (OSError, ValueError):  # another drive, or no working folder any more
        return file.replace("\\", "/") if os.sep == "\\" else file
    outside = path == os.pardir or path.startswith(os.pardir + os.sep)
    return Path(file if outside else path).as_posix()
