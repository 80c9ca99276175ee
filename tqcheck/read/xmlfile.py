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

It does not where a unit is broken, which costs that unit: see xmlunits.py.
"""

from __future__ import annotations

import codecs
import html.entities
import io
import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from lxml import etree

from tqcheck.article import Problem
from tqcheck.errors import EmptyInputError, ReadError
from tqcheck.read import xmlunits
from tqcheck.read.rows import ROW_CAP, size
from tqcheck.read.xmlparser import HARDENED, HIDING, feed, line, local, namespace, told, unknown_entity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

CHUNK = 2**16  # bytes fed at once
LONGEST_WORD = 2**16  # bytes without blank, `>` or `;` that are held back in search of the end of a name
LONGEST_PROLOG = 2**20  # bytes before the root: more is no document

_CUT = re.compile(r"(?:was|have been) cut$")
_LOST = "what stands behind this place was not read"
_DECLARED = re.compile(rb"^\s*<\?xml[^>]{1,200}?encoding\s*=\s*[\"'](?P<name>(?:utf-?16|utf-?32|ucs-?[24])[\w-]*)", re.IGNORECASE)
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, b"<\x00", b"\x00<", b"\x00\x00")
_BLANKS = b" \t\r\n\x00"  # in UTF-16 too
_OWN = frozenset((b"amp", b"lt", b"gt", b"quot", b"apos"))  # of XML itself
_NAMED = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos);)[A-Za-z][A-Za-z0-9]{1,31};")
_NAMED_OR_BORDER = re.compile(rb"&(?P<name>[A-Za-z][A-Za-z0-9]{1,31});|<!\[CDATA\[|\]\]>")
_BREAKS = (b">", b"\n", b" ", b";")  # after any of these a chunk may end without cutting a name or the border of a CDATA section


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
        parsing = xmlunits.Parsing(names, *(("", "") if is_wide else (unit, part)), xmlunits.encoding_of(b"".join(self._head)))
        last = b">"
        chunks = _with_characters(itertools.chain(self._head, self._raw))
        for piece, is_border in xmlunits.cut(chunks, parsing.border) if parsing.unit else ((chunk, False) for chunk in chunks):
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
            end = told(error.msg or "", error.lineno, was_cut=last != b">")
            raise (end if _CUT.search(str(end)) else ReadError(f"{end}; {_LOST}", end.line)) from None

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

    def _events(self, parsing: xmlunits.Parsing) -> Iterator[tuple[str, etree._Element]]:
        for error in parsing.broken:
            self._since = 0
            self._broken.append(error)
            yield "broken", parsing.around[parsing.unit]
        for event, element in parsing.events:
            unknown = unknown_entity(element) if event == "end" and self._has_doctype else None
            if unknown is None:
                yield event, element
            elif local(element) == parsing.unit:
                self._broken.append(xmlunits.left_out(unknown))
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
            error = feed(parser, chunk)
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
            raise told(error.msg or "", error.lineno) from None
        raise ReadError("holds no element: it is no XML file")

    def _root(self, element: etree._Element) -> Root:
        dtd: Any = element.getroottree().docinfo.internalDTD  # the stubs do not know its methods
        self._has_doctype = dtd is not None
        if dtd is not None and any(True for _ in dtd.entities()):
            raise ReadError(HIDING, 1)
        return Root(local(element), namespace(element), {str(key): str(value) for key, value in element.items()}, line(element))


def parse(content: bytes) -> etree._Element:
    """The tree of a file that is small enough for memory, under the same rules. Raises ReadError with the line."""
    file = XmlFile(io.BytesIO(content), len(content) + 1)
    *_, (_, root) = file.elements(file.root.name)  # the last to end is the root
    return root


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    while chunk := stream.read(CHUNK):
        yield chunk


def _refuse_false_declaration(head: bytes) -> None:
    declared = None if head.startswith(_WIDE) else _DECLARED.match(head)
    if declared:
        raise ReadError(f"declares the encoding {declared['name'].decode()}, and is none of it: save it as UTF-8", 1)


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
