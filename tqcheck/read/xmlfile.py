"""XML, read once and safely for all formats made of it: a stream of elements, freed as they are used up.

    file = XmlFile(stream)                            the root is known; nothing else is read yet
    for event, element in file.elements("trans-unit", unit="trans-unit"):
        ...                                           "start", "end", or "broken" for a unit that cannot be read
        file.release(element)                         what stands before its end is given back

No DTD is loaded, no entity resolved, no network touched, nothing decompressed. A document type declaration alone is fine, as TMX and
NITF files have one; a file that declares entities of its own is refused, because they may hide anything. HTML's named characters
(`&nbsp;`), which XML does not know and feeds are full of, are read as what they mean.

Limits, each named in the error that it makes: MAX_DEPTH elements inside each other and 10 MB of one text (libxml2's own), and the
row cap for what lies between two releases. Whatever is wrong ends the reading of the file with a ReadError that knows its line, behind
all elements that were whole.

It does not where a unit is broken (an `&` that nobody escaped, a byte of another encoding): XML says to stop at the first fault, but one
bad headline would cost the whole feed. So the file is cut behind each `</unit>` and before each `<unit>`, a fault costs what lies between
two cuts, and another parser goes on behind it, within the same elements as before.
"""

from __future__ import annotations

import codecs
import html.entities
import io
import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, TypedDict

from lxml import etree

from tqcheck.article import Problem
from tqcheck.errors import EmptyInputError, ReadError
from tqcheck.read.rows import ROW_CAP, size

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

MAX_DEPTH = 256  # libxml2's limit without XML_PARSE_HUGE
CHUNK = 2**16  # bytes fed at once
LONGEST_WORD = 2**16  # bytes without blank, `>` or `;` that are held back in search of the end of a name
LONGEST_PROLOG = 2**20  # bytes before the root: more is no document

XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"

_CUT = re.compile(r"(?:was|have been) cut$")
_LOST = "what stands behind this place was not read"
_HIDING = "declares entities of its own, which may hide anything: write the characters themselves"
_REASONS = (
    (re.compile(r"references external entity|entity reference loop"), _HIDING),
    (re.compile(r"Excessive depth"), f"nests more than {MAX_DEPTH} elements inside each other, which is the limit"),
    (re.compile(r"amplification"), "has references that expand beyond all measure: write the characters themselves"),
    (re.compile(r"Resource limit|huge|too long"), "holds a text, a name or an attribute longer than 10 MB, which is the limit: cut it"),
    (re.compile(r"Premature end of data in tag (?P<tag>\S+) line (?P<line>\d+)"), "ends inside the <{tag}> of line {line}: it was cut"),
    (re.compile(r"[Nn]o element found|Document is empty"), "ends in the middle of an element: it may have been cut"),
    (re.compile(r"Start tag expected"), "is no XML file: it does not begin with an element"),
    (re.compile(r"Invalid bytes|not proper UTF-8|conversion failed"), "has bytes that are not of its encoding: save it as UTF-8"),
    (re.compile(r"Unsupported encoding:? ?(?P<name>\S*)"), "declares the encoding '{name}', which is not known: save it as UTF-8"),
    (re.compile(r"Entity '(?P<name>[^']+)' not defined"), "uses the entity '&{name};', which nothing defines: write the character itself"),
)  # fmt: skip
_DECLARED = re.compile(rb"^\s*<\?xml[^>]{1,200}?encoding\s*=\s*[\"'](?P<name>(?:utf-?16|utf-?32|ucs-?[24])[\w-]*)", re.IGNORECASE)
_ENCODING = re.compile(rb"^\s*<\?xml[^>]{1,200}?encoding\s*=\s*[\"']([\w.:-]{1,60})", re.IGNORECASE)
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, b"<\x00", b"\x00<", b"\x00\x00")
MOST_PARSERS = 20_000  # one or two for each broken unit, and
MOST_LINES_AGAIN = 2**30  # line ends given to parsers that go on, so that they count lines right: 2 seconds in all
_LINES_AT_ONCE = 2**20  # libxml2 takes no more in one piece
_BLANKS = b" \t\r\n\x00"  # in UTF-16 too
_OWN = frozenset((b"amp", b"lt", b"gt", b"quot", b"apos"))  # of XML itself
_NAMED = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos);)[A-Za-z][A-Za-z0-9]{1,31};")
_NAMED_OR_BORDER = re.compile(rb"&(?P<name>[A-Za-z][A-Za-z0-9]{1,31});|<!\[CDATA\[|\]\]>")
_BREAKS = (b">", b"\n", b" ", b";")  # after any of these a chunk may end without cutting a name or the border of a CDATA section


class _Hardened(TypedDict):
    resolve_entities: bool
    no_network: bool
    load_dtd: bool
    huge_tree: bool
    remove_comments: bool
    remove_pis: bool


HARDENED: _Hardened = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
}  # for every parser of XML in this package; feeding bytes, not paths, leaves nothing to decompress


@dataclass(frozen=True)
class Root:
    """The outermost element of a file: which format it is, and which version."""

    name: str
    namespace: str
    attributes: Mapping[str, str]
    line: int


class XmlFile:
    """A file of which the root has been seen. Raises EmptyInputError and ReadError when there is none, or entities are declared."""

    def __init__(self, stream: BinaryIO, cap: int = ROW_CAP) -> None:
        self._cap = cap
        self._head: list[bytes] = []
        self._raw = _chunks(stream)
        self._since = 0  # bytes fed since something was released
        self._has_doctype = False
        self._broken: list[ReadError] = []
        self.root = self._find_root()

    def whole(self) -> BinaryIO:
        """All of the file as it stood, for a reader that is none of XML. Raises ReadError over the cap."""
        raw = bytearray()
        for chunk in itertools.chain(self._head, self._raw):
            raw += chunk
            if len(raw) > self._cap:
                raise ReadError(f"is larger than {size(self._cap)}, the limit for one article, and was not read: cut it into articles")
        return io.BytesIO(raw)

    def elements(self, *names: str, unit: str = "", part: str = "") -> Iterator[tuple[str, etree._Element]]:
        """Yield ("start", element) and ("end", element) for the elements of these names, in any namespace. Raises ReadError.

        At its start an element has its attributes, at its end all it holds. A broken `unit`, which must be one of the names, does not end
        the reading: it is ("broken", an element near it), and `broken` says what is wrong with it. A `part` is what units may stand in,
        where a file has several.
        """
        is_wide = self._head[0].startswith(_WIDE)  # in UTF-16 bytes tell no border
        parsing = _Parsing(names, *(("", "") if is_wide else (unit, part)), _encoding(b"".join(self._head)))
        last = b">"
        chunks = _with_characters(itertools.chain(self._head, self._raw))
        for piece, is_border in _cut(chunks, parsing.border) if parsing.unit else ((chunk, False) for chunk in chunks):
            self._since = 0 if parsing.passes_over else self._since + len(piece)
            last = piece.rstrip(_BLANKS)[-1:] or last
            parsing.feed(piece, is_border=is_border)
            yield from self._events(parsing)
            if self._since > self._cap and not parsing.fatal:
                over = ReadError(f"holds more than {size(self._cap)} in one unit or between two, which is the limit: cut it")
                parsing.fail(over, piece, is_border=is_border)
                yield from self._events(parsing)
            if parsing.fatal:
                raise ReadError(f"{parsing.fatal}; {_LOST}", parsing.fatal.line)
        try:
            parsing.close()
        except etree.XMLSyntaxError as error:
            yield from self._events(parsing)
            told = _told(error.msg or "", error.lineno, was_cut=last != b">")
            raise (told if _CUT.search(str(told)) else ReadError(f"{told}; {_LOST}", told.line)) from None

    def broken(self, name: str) -> Iterator[Problem]:
        """Yield what is wrong with the units that could not be read since this was last asked: once, at the event "broken"."""
        for error in self._broken:
            where = name if error.line is None else f"{name}:{error.line}"
            yield Problem(where, str(error))
        self._broken = []

    def release(self, element: etree._Element) -> None:
        """Free what an element holds, and all that stands before it but the elements around it."""
        self._since = 0
        element.clear(keep_tail=True)  # type: ignore[call-arg]  # the stubs do not know it
        for outer in (element, *element.iterancestors()):
            parent = outer.getparent()
            while parent is not None and outer.getprevious() is not None:
                del parent[0]

    def _events(self, parsing: _Parsing) -> Iterator[tuple[str, etree._Element]]:
        for error in parsing.broken:
            self._since = 0
            self._broken.append(error)
            yield "broken", parsing.around[parsing.unit]
        for event, element in parsing.events:
            unknown = _unknown_entity(element) if event == "end" and self._has_doctype else None
            if unknown is None:
                yield event, element
            elif local(element) == parsing.unit:
                self._broken.append(_left_out(unknown))
                yield "broken", element
                self.release(element)
            else:
                raise unknown
        parsing.broken, parsing.events = [], []

    def _find_root(self) -> Root:
        parser: Any = etree.XMLPullParser(events=("start",), **HARDENED)
        length = 0
        for chunk in self._raw:
            if not length:
                _refuse_false_declaration(chunk)
            self._head.append(chunk)
            length += len(chunk)
            error = _feed(parser, chunk)
            root = next((element for _, element in parser.read_events()), None)
            if root is not None:
                return self._root(root)
            if error is not None:
                raise error
            if length > LONGEST_PROLOG:
                raise ReadError(f"holds no element in its first {size(LONGEST_PROLOG)}: it is no XML that can be read")
        if not b"".join(self._head).removeprefix(codecs.BOM_UTF8).strip():
            raise EmptyInputError("is empty: there is nothing to check")
        try:
            parser.close()
        except etree.XMLSyntaxError as error:
            raise _told(error.msg or "", error.lineno) from None
        raise ReadError("holds no element: it is no XML file")

    def _root(self, element: etree._Element) -> Root:
        dtd: Any = element.getroottree().docinfo.internalDTD  # the stubs do not know its methods
        self._has_doctype = dtd is not None
        if dtd is not None and any(True for _ in dtd.entities()):
            raise ReadError(_HIDING, 1)
        return Root(local(element), namespace(element), {str(key): str(value) for key, value in element.items()}, line(element))


def parse(content: bytes) -> etree._Element:
    """The tree of a file that is small enough for memory, under the same rules. Raises ReadError with the line."""
    file = XmlFile(io.BytesIO(content), len(content) + 1)
    *_, (_, root) = file.elements(file.root.name)  # the last to end is the root
    return root


def line(element: etree._Element) -> int:
    """The line in the file where an element begins. Beyond line 65,535 libxml2 knows only that of the first text in it."""
    found: Any = element.sourceline  # the stubs do not say what it is
    return int(found or 1)


def local(element: etree._Element) -> str:
    """The name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def namespace(element: etree._Element) -> str:
    """The namespace of an element, "" for none. QName would raise for what libxml2 lets pass."""
    return str(element.tag).rpartition("}")[0][1:]


def language(element: etree._Element) -> str | None:
    """The xml:lang of an element or of the nearest one around it."""
    said = (outer.get(XML_LANG) for outer in (element, *element.iterancestors()))
    return next((tag for tag in said if tag is not None), None) or None


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    while chunk := stream.read(CHUNK):
        yield chunk


def _feed(parser: Any, chunk: bytes) -> ReadError | None:  # noqa: ANN401
    """Feed a parser; return what it found wrong, so that what it found right can be taken first."""
    try:
        parser.feed(chunk)
    except etree.XMLSyntaxError as error:
        fatal = _fatal(parser)  # the first one: an entity that is not defined is told only when the next element begins
        return fatal or _told(error.msg or "", error.lineno)
    return _fatal(parser)


def _fatal(parser: Any) -> ReadError | None:  # noqa: ANN401
    entry = next((entry for entry in parser.feed_error_log if entry.level == etree.ErrorLevels.FATAL), None)
    return None if entry is None else _told(entry.message, entry.line)


def _told(message: str, at: int | None, *, was_cut: bool = False) -> ReadError:
    """An error of libxml2 in words for the person who has the file. `was_cut`: it was found at the file's end, where no element ends."""
    message = " ".join(message.split())
    for pattern, words in _REASONS:
        if found := pattern.search(message):
            return ReadError(words.format(**found.groupdict()) if found.groupdict() else words, at or None)
    if was_cut:
        return ReadError("ends in the middle of an element: it was cut", at or None)
    reason = re.sub(r", line \d+, column \d+$", "", message)
    return ReadError(f"is not well-formed XML ({reason[:1].lower()}{reason[1:200]}): mend it there, or export the file again", at or None)


def _unknown_entity(element: etree._Element) -> ReadError | None:
    """With a document type, libxml2 takes an entity that nobody defines for one that the DTD may define, and drops it."""
    entity: Any = next(element.iter(etree.Entity), None)
    return None if entity is None else _told(f"Entity '{entity.name}' not defined", line(element))


def _refuse_false_declaration(head: bytes) -> None:
    declared = None if head.startswith(_WIDE) else _DECLARED.match(head)
    if declared:
        raise ReadError(f"declares the encoding {declared['name'].decode()}, and is none of it: save it as UTF-8", 1)


# -- a fault costs its unit -----------------------------------------------------------------------------------------------


class _Parsing:
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
            self.broken.append(_left_out(error))
        return own

    def _is_silent(self, piece: bytes) -> bool:
        """Whether the parser has stopped without a word, as it does behind a stray `&`: what began or ends here was not noticed."""
        return bool(self._awaited) or (self._open is not None and not self._in_section and self._ends.search(piece) is not None)

    def _last_words(self) -> ReadError:
        try:
            self._parser.close()
        except etree.XMLSyntaxError as error:
            return _told(error.msg or "", error.lineno)
        return _told("its elements do not fit together", self._lines + 1)

    def _begun_by(self, piece: bytes) -> str:
        """The name of the unit or part that begins with a piece, or "" when none does."""
        found = self.border.match(piece) if self.unit else None
        return (found["name"] or b"").decode() if found else ""

    def _fed(self, piece: bytes) -> ReadError | None:
        error = _feed(self._parser, piece)
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
        self.broken.append(_left_out(error, self.part if is_part else ""))
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


def _left_out(error: ReadError, part: str = "") -> ReadError:
    """The same error, which costs a unit, or all units of a part."""
    left_out = f"its whole <{part}> was left out, the next is read" if part else "this one was left out, the others are read"
    return ReadError(f"{error}; {left_out}", error.line)


def _encoding(head: bytes) -> str:
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


def _cut(chunks: Iterable[bytes], border: re.Pattern[bytes]) -> Iterator[tuple[bytes, bool]]:
    """The same bytes, cut at the borders of the units, and of each piece whether a border stands behind it. No start tag is cut."""
    rest = b""
    for chunk in chunks:
        window = chunk
        if rest and b">" not in rest and len(rest) < LONGEST_WORD and border.match(rest):
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


# -- the named characters of HTML -----------------------------------------------------------------------------------------


def _with_characters(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes, with HTML's named characters as numbers, except within CDATA sections, where they are text."""
    pending, in_cdata, first = b"", False, True
    for chunk in chunks:
        if first and chunk.startswith(_WIDE):
            yield chunk
            yield from chunks
            return
        first = False
        window = pending + chunk
        cut = max(window.rfind(mark) for mark in _BREAKS) + 1
        if not cut and len(window) < LONGEST_WORD:
            pending = window
            continue
        cut = cut or len(window)
        window, pending = window[:cut], window[cut:]
        window, in_cdata = _numbered(window, in_cdata=in_cdata)
        yield window
    if pending:
        yield pending


def _numbered(window: bytes, *, in_cdata: bool) -> tuple[bytes, bool]:
    if not _NAMED.search(window):  # nearly always: only the last border counts
        opened, closed = window.rfind(b"<![CDATA["), window.rfind(b"]]>")
        return window, in_cdata if opened == closed else opened > closed

    def number(found: re.Match[bytes]) -> bytes:
        nonlocal in_cdata
        name = found["name"]
        if name is None:
            in_cdata = found[0] == b"<![CDATA["
            return found[0]
        characters = html.entities.html5.get(f"{name.decode('ascii')};")
        if in_cdata or name in _OWN or characters is None:
            return found[0]
        return "".join(f"&#{ord(character)};" for character in characters).encode()

    return _NAMED_OR_BORDER.sub(number, window), in_cdata
