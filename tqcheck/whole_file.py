"""Files that appear whole or not at all, for everything that tqcheck writes.

A file is written beside its place under a name that nobody can guess and then moved there: who reads it sees the old content or the new
one. A link that stands at the place is replaced and its target left alone. What a killed run leaves is taken away by the next run that
writes to the same place; a lock on each unfinished file tells it from that of a run which is still at work.
"""

from __future__ import annotations

import atexit
import contextlib
import errno
import hashlib
import io
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, cast

from tqcheck.errors import WriteError

fcntl: Any
try:
    import fcntl
except ImportError:  # Windows, where an open file cannot be removed: that is lock enough
    fcntl = None

TEMPORARY = ".tqcheck-"
BUFFER = 2**16
_DESCRIPTORS = ("/dev/fd", "/proc/self/fd")
_STANDARD = ("/dev/stdin", "/dev/stdout", "/dev/stderr")


class _NamedFile(io.FileIO):
    """A file whose errors name the place it is for: a full disk, too, says of which file it speaks."""

    def __init__(self, path: Path, mode: str, place: Path) -> None:
        self._place = place
        try:
            super().__init__(path, mode)
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(place)) from None

    def write(self, content: Any, /) -> int:  # noqa: ANN401 - bytes, or what is like them
        """Write bytes. Raises OSError with the place."""
        try:
            return super().write(content)
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(self._place)) from None


_unfinished: dict[Path, int] = {}  # temporary file -> the process that made it


@atexit.register
def _discard_unfinished() -> None:
    """A run may be stopped where no `with` has hold of the file yet: between its being made and the next line."""
    for path in [path for path, process in _unfinished.items() if process == os.getpid()]:
        with contextlib.suppress(OSError):
            path.unlink()


def _opened(path: Path, mode: str, place: Path) -> BinaryIO:
    return cast("BinaryIO", io.BufferedWriter(_NamedFile(path, mode, place), BUFFER))


class WholeFile:
    """A file on its way: write to `stream`, then `finish`, or else `discard`. Raises OSError."""

    def __init__(self, path: Path) -> None:
        self._path = path
        while True:
            self._temporary = path.with_name(f"{_mark(path)}{secrets.token_hex(8)}")
            _unfinished[self._temporary] = os.getpid()
            self.stream = _opened(self._temporary, "x", path)  # x: never into a file or link that someone has put there
            if lock(self.stream.fileno()) and os.fstat(self.stream.fileno()).st_nlink:
                break
            self.discard()  # another run took it for a left-over before it was locked

    def take_mode(self, mode: int) -> None:
        """Let it be read and written by whom `mode` says."""
        self._temporary.chmod(mode)

    def finish(self) -> None:
        """Give the file its name."""
        self.stream.close()
        self._temporary.replace(self._path)  # a link of that name is replaced, not followed
        _unfinished.pop(self._temporary, None)

    def discard(self) -> None:
        """Take away what was written."""
        with contextlib.suppress(OSError):
            self.stream.close()
        with contextlib.suppress(OSError):
            self._temporary.unlink()
        _unfinished.pop(self._temporary, None)


class _OpenedFile:
    """A device, a pipe or a descriptor that the user names as an output: nothing may be put in its place, so it is written to."""

    def __init__(self, path: Path) -> None:
        self.stream = _opened(path, "w", path)

    def take_mode(self, mode: int) -> None:
        """It has one of its own."""

    def finish(self) -> None:
        """Write what is in the buffer."""
        self.stream.close()

    def discard(self) -> None:
        """What was written is written."""
        with contextlib.suppress(OSError):
            self.stream.close()


Unfinished = WholeFile | _OpenedFile


def open_output(path: Path, *, follow: bool = False) -> Unfinished:
    """Open a file that the user names as an output, and take away what killed runs left of it. Raises OSError.

    follow: a link stays a link, and what it points to is written.
    """
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if _is_written_to(path):
        return _OpenedFile(path)
    path = Path(os.path.realpath(path)) if follow else path
    for left_over in path.parent.glob(f"{_mark(path)}*"):
        _remove_left_over(left_over)
    return WholeFile(path)


def refuse_unwritable(path: Path) -> None:
    """Raise WriteError when neither this file or folder nor what it would stand in can be written: better now than after hours of work."""
    if path.exists() and not path.is_dir():
        return  # it is replaced, or written to
    folder = next(place for place in (path, *path.absolute().parents) if os.path.lexists(place))
    with _write_error(path):
        WholeFile(folder / "output").discard()


def write_whole(path: Path, content: bytes) -> None:
    """Write a file whole or not at all. Raises OSError."""
    file = WholeFile(path)
    try:
        file.stream.write(content)
        file.finish()
    except BaseException:
        file.discard()
        raise


def remove_left_overs(folder: Path) -> None:
    """Take away what killed runs left in a folder; what a run at work has open stays. Raises OSError."""
    for left_over in folder.glob(f"{TEMPORARY}*"):
        _remove_left_over(left_over)


def lock(descriptor: int) -> bool:
    """Lock an open file or folder, without waiting, until it is closed; False when another one has locked it."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True


class LockedFolder:
    """A folder that one run at a time writes to. The lock is the system's: it ends with the process, however that ends."""

    def __init__(self, path: Path) -> None:
        """Raises WriteError when another run has the folder."""
        self._descriptor = -1
        if fcntl is None:
            return
        self._descriptor = os.open(path, os.O_RDONLY)
        if not lock(self._descriptor):
            self.release()
            raise WriteError(f"{path}: another run of tqcheck is writing to this folder: wait for it, or choose another folder with -o")

    def release(self) -> None:
        """Let others in."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


class Output:
    """A file that the user names as an output, as a context: it appears when all went well. Raises WriteError."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> BinaryIO:
        with _write_error(self._path):
            self._file = open_output(self._path)
        return self._file.stream

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            if kind is None:
                with _write_error(self._path):
                    self._file.finish()
        finally:
            self._file.discard()  # after finish there is nothing left to take away


@contextlib.contextmanager
def _write_error(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise WriteError(f"{path}: cannot be written: {error.strerror or error}: choose another --output") from error


def _mark(path: Path) -> str:
    """How unfinished files for one place begin."""
    return f"{TEMPORARY}{hashlib.sha256(os.fsencode(path.name)).hexdigest()[:8]}-"


def _remove_left_over(path: Path) -> None:
    """Remove an unfinished file of a run that was killed: one that nobody has locked."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError:  # a link, or gone
        return
    try:
        if stat.S_ISREG(os.fstat(descriptor).st_mode) and lock(descriptor):
            path.unlink(missing_ok=True)
    finally:
        os.close(descriptor)


def _is_written_to(path: Path) -> bool:
    if str(path.parent) in _DESCRIPTORS or str(path) in _STANDARD:
        return True
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return not stat.S_ISREG(mode)
