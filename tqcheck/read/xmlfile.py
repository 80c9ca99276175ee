"""XML, read once and safely for all formats made of it: a stream of elements, freed as they are used up.

    file = XmlFile(stream)                            the root is known; nothing else is read yet
    for event, element in file.elements("trans-unit"):
        ...
        file.release(element)                         what stands before its end is given back

No DTD is loaded, no entity resolved, no network touched, nothing decompressed. A document type declaration alone is fine, as TMX and
NITF files have one; a file that declares entities of its own is refused, because they may hide anything. HTML's named characters
(`&nbsp;`), which XML does not know and feeds are full of, are read as what they mean.

Limits, each named in the error that it makes: MAX_DEPTH elements inside each other and 10 MB of one text (libxml2's own), and the
row cap for what lies between two releases. Whatever is wrong ends the reading of the file with a ReadError that knows its line, behind
all elements that were whole.
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

from tqcheck.errors import EmptyInputError, ReadError
from tqcheck.read.rows import ROW_CAP, size

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

MAX_DEPTH = 256  # libxml2's limit without XML_PARSE_HUGE
CHUNK = 2**16  # bytes fed at once
LONGEST_WORD = 2**16  # bytes without blank, `>` or `;` that are held back in search of the end of a name
LONGEST_PROLOG = 2**20  # bytes before the root: more is no document

XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"

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
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, b"<\x00", b"\x00<", b"\x00\x00")
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
        self.root = self._find_root()

    def whole(self) -> BinaryIO:
        """All of the file as it stood, for a reader that is none of XML. Raises ReadError over the cap."""
        raw = bytearray()
        for chunk in itertools.chain(self._head, self._raw):
            raw += chunk
            if len(raw) > self._cap:
                raise ReadError(f"is larger than {size(self._cap)}, the limit for one article, and was not read: cut it into articles")
        return io.BytesIO(raw)

    def elements(self, *names: str) -> Iterator[tuple[str, etree._Element]]:
        """Yield ("start", element) and ("end", element) for the elements of these names, in any namespace. Raises ReadError.

        At its start an element has its attributes, at its end all it holds.
        """
        parser = etree.XMLPullParser(events=("start", "end"), tag=[f"{{*}}{name}" for name in names], **HARDENED)
        last = b">"
        for chunk in _with_characters(itertools.chain(self._head, self._raw)):
            self._since += len(chunk)
            last = chunk.rstrip()[-1:] or last
            error = _feed(parser, chunk)
            yield from self._events(parser)
            if error is None and self._since > self._cap:
                error = ReadError(f"holds more than {size(self._cap)} in one unit or between two, which is the limit: cut it")
            if error is not None:
                raise ReadError(f"{error}; {_LOST}", error.line)
        try:
            parser.close()
        except etree.XMLSyntaxError as error:
            yield from self._events(parser)
            raise _told(error.msg or "", error.lineno, was_cut=last != b">") from None

    def release(self, element: etree._Element) -> None:
        """Free what an element holds, and all that stands before it but the elements around it."""
        self._since = 0
        element.clear(keep_tail=True)  # type: ignore[call-arg]  # the stubs do not know it
        for outer in (element, *element.iterancestors()):
            parent = outer.getparent()
            while parent is not None and outer.getprevious() is not None:
                del parent[0]

    def _events(self, parser: Any) -> Iterator[tuple[str, etree._Element]]:  # noqa: ANN401 - the stubs do not know it
        for event, element in parser.read_events():
            if event == "end" and self._has_doctype:
                _refuse_unknown_entities(element)
            yield event, element

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


def _refuse_unknown_entities(element: etree._Element) -> None:
    """With a document type, libxml2 takes an entity that nobody defines for one that the DTD may define, and drops it."""
    entity: Any = next(element.iter(etree.Entity), None)
    if entity is not None:
        raise _told(f"Entity '{entity.name}' not defined", line(element))


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
