"""From what the user gave (files, folders, globs) to the regular files that are opened, each with the name to show.

Only regular files are opened: a pipe would wait for ever, /dev/zero never ends. All else is named in a Problem. An exception is a pipe that
the shell hands over open, as /dev/stdin or in `tqcheck check <(zcat feed.gz)`: who writes that wants it read.
"""

from __future__ import annotations

import glob
import os
import re
import stat
from collections import Counter
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, BinaryIO

from tqcheck.article import Problem
from tqcheck.errors import ReadError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

BUFFER = 2**16

# Suffixes under which articles are often kept: to pass over them in silence would be to check less than was asked for.
ARTICLE_LIKE = frozenset(
    """
    .7z .adoc .arrow .atom .avro .bz2 .doc .docx .eml .epub .feather .gz .ods .odt .orc .pdf .rst .rtf .sgm .sgml .srt
    .tar .tex .tgz .vtt .warc .xls .xlsx .xz .zip .zst
    """.split()  # noqa: SIM905 - words
)
_HANDED_OVER = re.compile(r"/dev/stdin|/dev/fd/\d+|/proc/self/fd/\d+")
_KINDS = {stat.S_IFIFO: "a named pipe", stat.S_IFSOCK: "a socket", stat.S_IFCHR: "a device", stat.S_IFBLK: "a device"}


@dataclass(frozen=True)
class File:
    """A file to open, and its name as the user would say it."""

    path: str
    name: str


def shown(path: str) -> str:
    """A path as reports show it: with forward slashes, absolute only if given so, and sayable whatever its bytes."""
    name = PurePath(path).as_posix()
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def suffix(path: str) -> str:
    """The suffix of a path in lower case, with its dot."""
    return PurePath(path).suffix.lower()


def find(given: str, wanted: Callable[[str], bool]) -> Iterator[File | Problem]:
    """Yield the files that one INPUT stands for, and a problem for each thing that is none.

    `wanted` tells by its path whether a file in a folder is to be read.
    """
    if not given:  # as a path it would be the current folder, which nobody asked for
        yield Problem("''", "is no name of a file: an empty argument was given")
    elif any(mark in given for mark in "*?[") and not os.path.lexists(given):
        matches = sorted(glob.iglob(given, recursive=True))  # noqa: PTH207 - Path.glob takes no absolute pattern
        if not matches:
            yield Problem(shown(given), "matches no file: check the pattern and the folder it starts from")
        for match in matches:
            yield from _named(match, wanted)
    else:
        yield from _named(given, wanted)


def _named(path: str, wanted: Callable[[str], bool]) -> Iterator[File | Problem]:
    try:
        mode = Path(path).stat().st_mode
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        yield Problem(shown(path.replace("\x00", "\\0")), reason(error))
        return
    if stat.S_ISDIR(mode):
        yield from _folder(path, wanted)
    elif stat.S_ISREG(mode) or _is_handed_over(path, mode):
        yield File(path, shown(path))
    else:
        yield Problem(shown(path), _not_regular(mode))


def _is_handed_over(path: str, mode: int) -> bool:
    return stat.S_ISFIFO(mode) and _HANDED_OVER.fullmatch(path) is not None


def _not_regular(mode: int) -> str:
    return f"is {_KINDS.get(stat.S_IFMT(mode), 'no regular file')}, not a file, and was not opened: pipe it into '-' to have it read"


def reason(error: OSError | ValueError) -> str:
    """Why something could not be opened or read, and what to do."""
    if isinstance(error, FileNotFoundError):
        return "does not exist: check the name"
    words = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return f"could not be read ({words[:1].lower()}{words[1:]}): check the name and who may read it"


def _folder(folder: str, wanted: Callable[[str], bool]) -> Iterator[File | Problem]:
    passed: Counter[str] = Counter()  # suffix -> files that are not read
    empty = True
    for entry in _walk(folder):
        if isinstance(entry, Problem):
            empty = False
            yield entry
        elif wanted(entry.path):
            empty = False
            yield _entry(entry)
        elif entry.is_symlink() or entry.is_file():
            passed[suffix(entry.path) or "no suffix"] += 1
        else:
            empty = False
            yield _entry(entry)
    told = passed if empty else {name: count for name, count in passed.items() if name in ARTICLE_LIKE}
    kinds = ", ".join(f"{count} of {name}" for name, count in sorted(told.items()))
    if told:
        yield Problem(shown(folder), f"holds files of formats that are not read ({kinds}): convert them, or say --input-format")
    elif empty:
        yield Problem(shown(folder), "holds no file: there is nothing to check")


def _walk(folder: str) -> Iterator[os.DirEntry[str] | Problem]:
    """Yield what stands in a folder and its folders, in sorted order, links not followed, hidden names passed over."""
    stack = [iter(_entries(folder))]
    while stack:
        entry = next(stack[-1], None)
        if entry is None:
            stack.pop()
        elif isinstance(entry, Problem) or not entry.is_dir(follow_symlinks=False):
            yield entry
        else:
            stack.append(iter(_entries(entry.path)))


def _entries(folder: str) -> Sequence[os.DirEntry[str] | Problem]:
    try:
        with os.scandir(folder) as entries:
            return sorted((entry for entry in entries if not entry.name.startswith(".")), key=lambda entry: entry.name)
    except OSError as error:
        return [Problem(shown(folder), reason(error))]


def _entry(entry: os.DirEntry[str]) -> File | Problem:
    name = shown(entry.path)
    if entry.is_symlink():
        return Problem(name, "is a symbolic link inside a folder, and was not followed: name it, or what it points to, itself")
    if not entry.is_file(follow_symlinks=False):
        return Problem(name, _not_regular(entry.stat(follow_symlinks=False).st_mode))
    return File(entry.path, name)


def open_regular(path: str) -> BinaryIO:
    """Open a file for reading. Raises OSError, and ReadError when it has meanwhile become something else than a file."""
    # O_NONBLOCK: should it have become a pipe since it was looked at, opening it must not wait for a writer
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    mode = os.fstat(descriptor).st_mode
    if _is_handed_over(path, mode):
        os.set_blocking(descriptor, True)
    elif not stat.S_ISREG(mode):
        os.close(descriptor)
        raise ReadError(_not_regular(mode))
    return os.fdopen(descriptor, "rb", buffering=BUFFER)
