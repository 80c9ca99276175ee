"""Where a writer writes: data formats are UTF-8 whatever the locale says, and Parquet needs bytes."""

from __future__ import annotations

import io
from typing import IO, BinaryIO, Protocol, TextIO, cast

Out = TextIO | BinaryIO


class Writes(Protocol):
    """Anything text can be written to."""

    def write(self, text: str, /) -> object:
        """Write `text`."""


class Utf8:
    """Writes text as UTF-8 to a stream of bytes; half a character (a lone surrogate) becomes a question mark."""

    def __init__(self, out: BinaryIO, owner: object) -> None:
        self._out = out
        self._owner = owner  # a TextIOWrapper closes its buffer when nobody holds it

    def write(self, text: str) -> None:
        """Encode and write `text`."""
        self._out.write(text.encode("utf-8", "replace"))


def utf8(out: Out) -> Writes:
    """Return a place to write text to, which arrives in `out` as UTF-8; a StringIO takes the text as it is."""
    bytes_out = _bytes_below(out)
    return cast("TextIO", out) if bytes_out is None else Utf8(bytes_out, out)


def binary(out: Out) -> BinaryIO:
    """Return the stream of bytes that `out` is or stands on. Raises TypeError for a stream of text without one."""
    bytes_out = _bytes_below(out)
    if bytes_out is None:
        raise TypeError(f"{type(out).__name__} takes text only: open the file in binary mode")
    return bytes_out


def _bytes_below(out: Out) -> BinaryIO | None:
    if isinstance(out, (io.RawIOBase, io.BufferedIOBase)):
        return cast("BinaryIO", out)
    below = getattr(out, "buffer", None)
    if below is None:
        return None if isinstance(out, io.TextIOBase) else _by_mode(out)
    out.flush()  # what was written as text comes first
    return cast("BinaryIO", below)


def _by_mode(out: IO[str] | IO[bytes]) -> BinaryIO | None:
    """Tell the wrappers of `tempfile` apart, which are no io classes but know their mode."""
    return cast("BinaryIO", out) if "b" in getattr(out, "mode", "") else None
