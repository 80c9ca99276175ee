"""A JSON file: an array of articles, one article, or {"articles": [...]}; also JSON Lines in a file named .json.

The file is streamed: each element is cut out by following brackets and strings, and only then parsed. So memory holds
one element, and an element that is broken inside its brackets costs only itself. Where the brackets or quotation marks
themselves are broken, reading goes on at the next line that begins as the broken element's line did; without such a
line the rest of the file is one problem that says so. What stands beside "articles" is not part of an article and is
not kept.
"""

from __future__ import annotations

import codecs
import re
from enum import Enum
from typing import TYPE_CHECKING, BinaryIO, NoReturn

from tqcheck.article import Problem
from tqcheck.errors import EmptyInputError, ReadError
from tqcheck.read.rows import MAX_DEPTH, Options, Row, json_row, not_utf8, refuse_wide, too_long

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

CHUNK = 2**16
RESCANS = 2  # times the row cap: so much may be scanned twice after broken elements, or a hostile file costs its square

_BLANK = re.compile(rb"[ \t\r\n]*+")
_OUTSIDE = re.compile(rb'["\[\]{}]')  # all that matters outside of a string
_INSIDE = re.compile(rb'(?:[^"\\\n\r]++|\\[^\n\r])*+')  # the inside of a string; a raw line end is not JSON
_WORD_END = re.compile(rb"[,\]\s]")  # where a number, a true or a stray word ends in an array
_LINE_END = re.compile(rb"\n")  # and between JSON Lines
_ARTICLES = re.compile(rb"\s*+:\s*+\[")
_LONGEST_INDENT = 1000
_DEEPEST = 2 * MAX_DEPTH  # brackets over several lines: hostile; what is over MAX_DEPTH and under this costs only itself
_DEEPEST_OF_A_LINE = 2**20  # where they stand on one line, no other line can be lost by counting them
_LOOK_AHEAD = 64  # bytes enough for the colon and the bracket after "articles"
_CLOSING = {ord("{"): ord("}"), ord("["): ord("]")}
_REST = "the rest of the file could not be read"


class _BrokenError(Exception):
    """The brackets or quotation marks do not match, so where the element ends cannot be told. The message says why."""


class _Source:
    """The file as a window of bytes that slides forward. `line` and `offset` are those of the window's place `pos`."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.window = b""
        self.pos = 0
        self.line = 1
        self.offset = 0
        self.line_start = 0  # the offset of the first byte of `line`
        self.indent: bytes | None = b""  # the blanks before `pos` on its line; None when something else stands there

    def more(self) -> bool:
        """Add to the window; False at the end of the file. To read as much as there is keeps the copying linear."""
        chunk = self._stream.read(max(CHUNK, len(self.window) - self.pos))
        self.window = self.window[self.pos :] + chunk
        self.pos = 0
        return bool(chunk)

    def drop(self, count: int) -> None:
        """Slide over `count` bytes that are not all blank."""
        if breaks := self.window.count(b"\n", self.pos, self.pos + count):
            self.line += breaks
            self.line_start = self.offset + self.window.rindex(b"\n", self.pos, self.pos + count) + 1 - self.pos
        self.offset += count
        self.pos += count
        self.indent = None

    def forget(self, count: int) -> None:
        """Slide over `count` bytes of an element that is too long, and remember how its line began."""
        indent = self.indent
        self.drop(count)
        self.indent = indent

    def skip_mark(self) -> None:
        """Slide over a UTF-8 byte order mark."""
        if self.window.startswith(codecs.BOM_UTF8):
            self.pos = self.offset = len(codecs.BOM_UTF8)

    def next_byte(self) -> bytes:
        """Slide to the next byte that is not blank and return it; nothing at the end of the file."""
        while True:
            blanks = _BLANK.match(self.window, self.pos)
            run = blanks.group() if blanks else b""
            before = self.indent
            self.drop(len(run))
            self.indent = run.rpartition(b"\n")[2] if b"\n" in run else None if before is None else before + run
            if self.indent and len(self.indent) > _LONGEST_INDENT:
                self.indent = None
            if self.pos < len(self.window):
                return self.window[self.pos : self.pos + 1]
            if not self.more():
                return b""

    def resume(self) -> bool:
        """Slide to the next line that begins as this one does; False when there is none."""
        indent = rb"[ \t]{0,1000}+" if self.indent is None else re.escape(self.indent)
        line_start = re.compile(rb"\n" + indent + rb"(?=\{)")
        overlap = _LONGEST_INDENT + 2
        while True:
            found = line_start.search(self.window, self.pos + 1)
            if found:
                self.drop(found.end() - self.pos)
                self.indent = found.group()[1:]
                return True
            self.drop(max(0, len(self.window) - self.pos - overlap))
            if not self.more():
                return False


class _End(Enum):
    """How the cutting out of an element ended."""

    WHOLE = "the element stands in the window"
    TOO_LONG = "the element was over the cap, and most of it is gone"
    ARTICLES = "the object's 'articles' array begins here"


class _Scanner:
    """Cuts elements out of a source and turns them into rows."""

    def __init__(self, source: _Source, name: str, cap: int) -> None:
        self._source = source
        self._name = name
        self._cap = cap
        self._rescans = RESCANS * cap  # bytes
        self._line = 0  # of the last element
        self._last = "start"  # what stood before the next element of an array: start, comma or element

    def file(self) -> Iterator[Row | Problem]:
        """Yield the rows of the whole file."""
        if self._source.next_byte() == b"[":
            self._source.drop(1)
            if (yield from self._array()) and self._source.next_byte():
                yield self._problem(f"something stands after the end of the array; {_REST}")
            return
        while byte := self._source.next_byte():
            if not (yield from self._element(byte, in_array=False)):
                return

    def _array(self) -> Generator[Row | Problem, None, bool]:
        """Yield the rows up to the array's closing bracket; return False when reading cannot go on behind it."""
        self._last = "start"
        while byte := self._source.next_byte():
            if byte == b"]":
                if self._last == "comma":
                    yield self._problem("a comma stands before the ']': an article is missing, or the comma is one too many")
                self._source.drop(1)
                return True
            if byte == b",":
                if self._last != "element":
                    yield self._problem("an article is missing before this comma")
                self._source.drop(1)
                self._last = "comma"
                continue
            if self._last == "element" and byte == b"{":
                yield self._problem("a comma is missing before this article")
            self._last = "element"
            if not (yield from self._element(byte, in_array=True)):
                return False
        yield self._problem("the file ends before its array of articles does: it may have been cut")
        return False

    def _element(self, byte: bytes, *, in_array: bool) -> Generator[Row | Problem, None, bool]:
        """Yield what begins with `byte`; return False when reading cannot go on behind it."""
        where = self._where()
        try:
            if byte in b'{["':
                length, end = self._extent(wrapped=not in_array)
            else:
                length, end = self._word(_WORD_END if in_array else _LINE_END)
        except _BrokenError as error:
            return (yield from self._broken(where, str(error)))
        if end is _End.ARTICLES:
            self._source.drop(length)
            return (yield from self._wrapped())
        raw = self._source.window[self._source.pos : self._source.pos + length]
        yield Problem(where, too_long(self._cap)) if end is _End.TOO_LONG else self._row(raw, where)
        self._source.drop(length)
        return True

    def _wrapped(self) -> Generator[Row | Problem, None, bool]:
        """Yield the rows of an {"articles": [...]}, and pass over what stands behind the array in the object."""
        if not (yield from self._array()):
            return False
        where = f"{self._name}:{self._source.line}"
        try:
            length, end = self._extent(b"}", wrapped=True)
        except _BrokenError as error:
            yield Problem(where, f"after the array of articles, {error}: the file may have been cut")
            return False
        self._source.drop(length)
        if end is _End.ARTICLES:  # a second array of the name: json would keep only that
            return (yield from self._wrapped())
        return True

    def _broken(self, where: str, reason: str) -> Generator[Row | Problem, None, bool]:
        """Yield the problem with an element whose end is unknown; return whether a place to go on was found."""
        if self._rescans > 0 and self._source.resume():
            self._last = "start"
            yield Problem(where, f"is no valid JSON: {reason}; it was skipped up to line {self._source.line}")
            return True
        yield Problem(where, f"is no valid JSON: {reason}; where the next article begins cannot be told, so {_REST}")
        return False

    def _row(self, raw: bytes, where: str) -> Row | Problem:
        try:
            return json_row(raw.decode("utf-8"), where)
        except UnicodeDecodeError as error:
            return Problem(where, not_utf8(error, self._source.offset))

    def _where(self) -> str:
        """FILE:LINE, and with the column (in bytes) where an element began on that line before: places must differ."""
        source = self._source
        line, self._line = self._line, source.line
        column = f":{source.offset - source.line_start + 1}" if source.line == line else ""
        return f"{self._name}:{source.line}{column}"

    def _problem(self, reason: str) -> Problem:
        return Problem(f"{self._name}:{self._source.line}", reason)

    def _word(self, end: re.Pattern[bytes]) -> tuple[int, _End]:
        """The length of a number, a true, or whatever else stands here unquoted."""
        source, at, kind = self._source, 1, _End.WHOLE
        while not (found := end.search(source.window, source.pos + at)):
            at = len(source.window) - source.pos
            if at > self._cap:
                source.drop(at)
                at, kind = 0, _End.TOO_LONG
            if not source.more():
                return at, kind
        return found.start() - source.pos, kind

    def _extent(self, opened: bytes = b"", *, wrapped: bool = False) -> tuple[int, _End]:
        """The length of the object, array or string that stands here, found by its brackets and quotation marks.

        `opened` are the closing brackets already owed. With `wrapped`, stop behind the opening bracket of the object's
        "articles". No byte is looked at twice, whatever the chunks. Raises _BrokenError.
        """
        source, owed, kind = self._source, bytearray(opened), _End.WHOLE
        at = quote = 0
        in_string = False
        while True:
            found = (_INSIDE.match if in_string else _OUTSIDE.search)(source.window, source.pos + at)
            here = len(source.window) if found is None else found.end() if in_string else found.start()
            at = here - source.pos
            byte = source.window[here : here + 1]
            if not byte or (byte == b"\\" and here + 1 == len(source.window)):  # a backslash waits for its partner
                if at > self._cap:
                    source.forget(at)
                    at, quote, kind = 0, -1, _End.TOO_LONG
                if not source.more():
                    self._give_up(f"a {'quotation mark' if in_string else 'bracket'} is never closed", at)
                continue
            at += 1
            if byte != b'"' and in_string:
                self._give_up("a quotation mark is not closed on its line", at)
            if byte != b'"':
                self._bracket(owed, byte[0], at)
            elif in_string := not in_string:
                quote = at - 1
            elif wrapped and owed == b"}" and (length := self._opens_articles(quote, at)):
                return length, _End.ARTICLES
            if not owed and not in_string:
                return at, _End.TOO_LONG if at > self._cap else kind

    def _bracket(self, owed: bytearray, bracket: int, scanned: int) -> None:
        """Count an opening or closing bracket that ends the scanned bytes. Raises _BrokenError."""
        if bracket in _CLOSING:
            if owed and owed[-1] == _CLOSING[ord("{")] and not self._follows_colon(scanned - 1):
                self._give_up("an object is not closed before the next one begins", scanned)
            owed.append(_CLOSING[bracket])
            if (len(owed) == _DEEPEST + 1 and self._spans_lines(scanned)) or len(owed) > _DEEPEST_OF_A_LINE:
                self._give_up(f"more than {_DEEPEST} brackets stand inside each other", scanned)
        elif not owed or owed.pop() != bracket:
            self._give_up(f"a '{chr(bracket)}' closes what was not opened", scanned)

    def _spans_lines(self, scanned: int) -> bool:
        return self._source.window.find(b"\n", self._source.pos, self._source.pos + scanned) >= 0

    def _follows_colon(self, at: int) -> bool:
        """Whether a value may stand at `at` in an object. Sees a forgotten bracket at once, not at the end of the file."""
        source = self._source
        while at > 0 and source.window[source.pos + at - 1] in b" \t\r\n":
            at -= 1
        return at == 0 or source.window[source.pos + at - 1] == ord(":")  # 0: the element is too long, and forgotten

    def _opens_articles(self, quote: int, at: int) -> int:
        """The length up to and with the bracket, when the string from `quote` to `at` is the key of the articles; or 0."""
        source = self._source
        if quote < 0 or source.window[source.pos + quote : source.pos + at] != b'"articles"':
            return 0
        while len(source.window) - source.pos - at < _LOOK_AHEAD and source.more():
            pass
        found = _ARTICLES.match(source.window, source.pos + at)
        return found.end() - source.pos if found else 0

    def _give_up(self, reason: str, scanned: int) -> NoReturn:
        self._rescans -= scanned
        raise _BrokenError(reason)


def rows(stream: BinaryIO, name: str, options: Options) -> Iterator[Row | Problem]:
    """Yield a row or a problem for each article. Raises ReadError for UTF-16, for an empty file and for what is not JSON."""
    source = _Source(stream)
    source.more()
    refuse_wide(source.window)
    source.skip_mark()
    first = source.next_byte()
    if not first:
        raise EmptyInputError("is empty: there is nothing to check")
    if first not in b"{[":
        raise ReadError(f"is no JSON file: it begins with {first.decode('ascii', 'replace')!r}, not with {{ or [")
    yield from _Scanner(source, name, options.row_cap).file()
