"""XML of which a broken unit costs itself and not the rest of the file.

XML says to stop at the first fault, but one bad headline would cost the whole feed. So the file is cut behind each `</unit>` and before
each `<unit>`, a fault (an `&` that nobody escaped, a byte of another encoding) costs what lies between two cuts, and another parser goes
on behind it, within the same elements as before.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from lxml import etree

from tqcheck.errors import ReadError
from tqcheck.read.xmlparser import HARDENED, feed, line, local, told

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LONGEST_TAG = 2**16  # bytes of a start tag that are held back until it ends
MOST_PARSERS = 20_000  # one or two for each broken unit, and
MOST_LINES_AGAIN = 2**30  # line ends given to parsers that go on, so that they count lines right: 2 seconds in all
_LINES_AT_ONCE = 2**20  # libxml2 takes no more in one piece
_ENCODING = re.compile(rb"^\s*<\?xml[^>]{1,200}?encoding\s*=\s*[\"']([\w.:-]{1,60})", re.IGNORECASE)


class Parsing:
    """The parsers of a file: one, and behind each broken unit another, which is told within which elements it begins."""

    def __init__(self, names: tuple[str, ...], unit: str, part: str, encoding: str) -> None:
        self.unit, self.part, self._encoding = unit, part, encoding
        self.events: list[tuple[str, etree._Element]] = []  # found in the last piece
        self.broken: list[ReadError] = []  # the units of it that could not be read
        self.fatal: ReadError | None = None  # what ends the reading
        self.around: dict[str, Any] = {}  # the element around the last unit, and around the last part
        self.border = _border(unit, part)
        self._tags = [f"{{*}}{name}" for name in names]
        self._parser = self._new()
        self._open: etree._Element | None = None  # the unit that has begun
        self._lines = self._again = self._count = 0
        self._ends = re.compile(rf"</(?:[\w.-]+:)?{re.escape(unit)}\s*>\s*\Z".encode())
        self._in_section = False  # CDATA or a comment, where what looks like a border is text
        self.passes_over = ""  # the name of that at which reading will go on, if it does not
        self._is_anew = False
        self._awaited = ""  # the name of the unit or part of which the start tag began in the last piece

    def _new(self) -> Any:  # noqa: ANN401 - the stubs do not know it
        return etree.XMLPullParser(events=("start", "end"), tag=self._tags, **HARDENED)

    def feed(self, piece: bytes, *, is_border: bool) -> None:
        """Feed a piece of the file, or pass it over up to the border behind a broken unit."""
        before, self._lines = self._lines, self._lines + piece.count(b"\n")
        was_in_section, self._in_section = self._in_section, _in_section(piece, was=self._in_section)
        begun = "" if was_in_section else self._begun_by(piece)
        if self.passes_over and begun != self.passes_over:
            self._is_anew = is_border and self.passes_over == self.unit
            self.passes_over = "" if self._is_anew else self.passes_over
            return
        if self._is_anew or self.passes_over:
            self._go_on(before, piece)
        outer, self._awaited = self._open, begun or self._awaited
        error = self._fed(piece)
        if outer is not None and any(event == "start" for event, _ in self.events):
            error = ReadError(f"its <{self.unit}> is not closed before the next one begins", line(outer))
        elif error is None and is_border and self._is_silent(piece):
            error = self._last_words()
        if error is not None and self._begun_by(piece) and self.around.get(self.unit) is not None:
            error = self._broken_before(error, piece, before)
        if error is not None:
            self.fail(error, piece, is_border=is_border)

    def _broken_before(self, error: ReadError, piece: bytes, before: int) -> ReadError | None:
        """A fault in a piece that begins with a unit may lie before it: then the unit is fed again. Returns what is wrong with itself."""
        if not self._may_go_on(before):
            return error
        self._go_on(before, piece)
        own = self._fed(piece)
        if own is None and self._is_silent(piece):
            own = self._last_words()
        if own is None or str(own) != str(error):
            self.broken.append(left_out(error))
        return own

    def _is_silent(self, piece: bytes) -> bool:
        """Whether the parser has stopped without a word, as it does behind a stray `&`: what began or ends here was not noticed."""
        return bool(self._awaited) or (self._open is not None and not self._in_section and self._ends.search(piece) is not None)

    def _last_words(self) -> ReadError:
        try:
            self._parser.close()
        except etree.XMLSyntaxError as error:
            return told(error.msg or "", error.lineno)
        return told("its elements do not fit together", self._lines + 1)

    def _begun_by(self, piece: bytes) -> str:
        """The name of the unit or part that begins with a piece, or "" when none does."""
        found = self.border.match(piece) if self.unit else None
        return (found["name"] or b"").decode() if found else ""

    def _fed(self, piece: bytes) -> ReadError | None:
        error = feed(self._parser, piece)
        self.events = list(self._parser.read_events())
        for event, element in self.events:
            name, parent = local(element), element.getparent()
            self._awaited = "" if name == self._awaited else self._awaited
            if name == self.unit:
                if self._open is None and parent is not None:
                    self.around[name] = parent
                self._open = element if event == "start" else None
            elif name == self.part and self._open is None and parent is not None:
                self.around[name] = parent
        return error

    def fail(self, error: ReadError, piece: bytes, *, is_border: bool) -> None:
        """A fault was found in a piece: it costs its unit where it stands in one or in a stray text, and else all that follows."""
        begun = self._begun_by(piece)
        in_unit = self.unit and (self._open is not None or self._awaited or self.border.match(piece) or b"<" not in piece)
        if not in_unit or not self._may_go_on(self._lines):
            self.fatal = error
            return
        is_part = begun == self.part and begun != ""
        self.broken.append(left_out(error, self.part if is_part else ""))
        self.events = [(event, element) for event, element in self.events if (event, local(element)) != ("end", self.unit)]
        self._open, self._awaited, self._in_section = None, "", False
        if is_part:
            self.passes_over = self.part  # its units have lost what says their languages
        elif is_border:
            self._is_anew = True
        else:
            self.passes_over = self.unit

    def _may_go_on(self, lines: int) -> bool:
        around = self.around.get(self.unit)
        may = self._count < MOST_PARSERS and self._again + lines < MOST_LINES_AGAIN
        return may and around is not None and _opened(around, self._encoding) is not None

    def _go_on(self, lines: int, piece: bytes) -> None:
        """Begin behind so many lines, within the elements around the last unit or part, of which nothing is told again."""
        self.passes_over, self._is_anew, self._open, self._in_section = "", False, None, _in_section(piece, was=False)
        self._awaited = self._begun_by(piece)
        self._parser, self._count, self._again = self._new(), self._count + 1, self._again + lines
        around = self.around.get(self._begun_by(piece) or self.unit, self.around[self.unit])
        declaration, tags = _opened(around, self._encoding) or (b"", b"")
        self._parser.feed(declaration)
        for _ in range(lines // _LINES_AT_ONCE):
            self._parser.feed(b"\n" * _LINES_AT_ONCE)
        self._parser.feed(b"\n" * (lines % _LINES_AT_ONCE) + tags)
        for _ in self._parser.read_events():
            pass

    def close(self) -> None:
        """The file has ended. Raises XMLSyntaxError when it should not have."""
        if self.passes_over or self._is_anew:
            return
        try:
            self._parser.close()
        finally:
            self.events = list(self._parser.read_events())


def _in_section(piece: bytes, *, was: bool) -> bool:
    """Whether a CDATA section or a comment is open behind a piece: told by its last border, which is nearly always right."""
    opened = max(piece.rfind(b"<![CDATA["), piece.rfind(b"<!--"))
    closed = max(piece.rfind(b"]]>"), piece.rfind(b"-->"))
    return was if opened == closed else opened > closed


def _border(unit: str, part: str) -> re.Pattern[bytes]:
    """Behind the end of a unit, and before the beginning of a unit or of a part, which is then called by its name."""
    names = "|".join(re.escape(name) for name in (unit, part) if name)
    return re.compile(rf"</(?:[\w.-]+:)?{re.escape(unit)}\s*>\s*|(?=<(?:[\w.-]+:)?(?P<name>{names})[\s/>])".encode())


def left_out(error: ReadError, part: str = "") -> ReadError:
    """The same error, which costs a unit, or all units of a part."""
    left_out = f"its whole <{part}> was left out, the next is read" if part else "this one was left out, the others are read"
    return ReadError(f"{error}; {left_out}", error.line)


def encoding_of(head: bytes) -> str:
    """The encoding that a file declares; the parser knows it only behind the file's end."""
    found = _ENCODING.match(head)
    return found[1].decode("ascii", "replace") if found else "UTF-8"


def _opened(around: etree._Element, encoding: str) -> tuple[bytes, bytes] | None:
    """The XML declaration of an element's file, and the start tags down to the element; None when they cannot be written again."""
    tags = ""
    try:
        for outer in reversed((around, *around.iterancestors())):
            nsmap: Any = outer.nsmap  # the stubs do not let it be given back
            bare = etree.Element(outer.tag, {str(key): str(value) for key, value in outer.items()}, nsmap=nsmap)
            tags += etree.tostring(bare, encoding="unicode").removesuffix("/>") + ">"
        return f'<?xml version="1.0" encoding="{encoding}"?>'.encode("ascii"), tags.encode(encoding, "xmlcharrefreplace")
    except (ValueError, LookupError):  # a name that libxml2 lets pass, or an encoding that only libxml2 knows
        return None


def cut(chunks: Iterable[bytes], border: re.Pattern[bytes]) -> Iterator[tuple[bytes, bool]]:
    """The same bytes, cut at the borders of the units, and of each piece whether a border stands behind it. No start tag is cut."""
    rest = b""
    for chunk in chunks:
        window = chunk
        if rest and b">" not in rest and len(rest) < LONGEST_TAG and border.match(rest):
            window, rest = rest + chunk, b""
        if rest:
            found = border.match(window)
            yield rest, found is not None and not found[0]
        at = 0
        for found in border.finditer(window):
            if found.end() > at:
                yield window[at : found.end()], True
                at = found.end()
        rest = window[at:]
    if rest:
        yield rest, False
