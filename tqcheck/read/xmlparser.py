"""libxml2, hardened: for every parser of XML in this package, what is wrong in words, and what an element says of itself.

No DTD is loaded, no entity resolved, no network touched, nothing decompressed, as bytes are fed and not paths.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypedDict

from lxml import etree

from tqcheck.errors import ReadError

if TYPE_CHECKING:
    pass

MAX_DEPTH = 256  # libxml2's limit without XML_PARSE_HUGE
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
HIDING = "declares entities of its own, which may hide anything: write the characters themselves"
_REASONS = (
    (re.compile(r"references external entity|entity reference loop"), HIDING),
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
}


def feed(parser: Any, chunk: bytes) -> ReadError | None:  # noqa: ANN401
    """Feed a parser; return what it found wrong, so that what it found right can be taken first."""
    try:
        parser.feed(chunk)
    except etree.XMLSyntaxError as error:
        first = fatal(parser)  # the first one: an entity that is not defined is told only when the next element begins
        return first or told(error.msg or "", error.lineno)
    return fatal(parser)


def fatal(parser: Any) -> ReadError | None:  # noqa: ANN401
    """The first fault at which a parser stopped, if it did."""
    entry = next((entry for entry in parser.feed_error_log if entry.level == etree.ErrorLevels.FATAL), None)
    return None if entry is None else told(entry.message, entry.line)


def told(message: str, at: int | None, *, was_cut: bool = False) -> ReadError:
    """An error of libxml2 in words for the person who has the file. `was_cut`: it was found at the file's end, where no element ends."""
    message = " ".join(message.split())
    for pattern, words in _REASONS:
        if found := pattern.search(message):
            return ReadError(words.format(**found.groupdict()) if found.groupdict() else words, at or None)
    if was_cut:
        return ReadError("ends in the middle of an element: it was cut", at or None)
    reason = re.sub(r", line \d+, column \d+$", "", message)
    return ReadError(f"is not well-formed XML ({reason[:1].lower()}{reason[1:200]}): mend it there, or export the file again", at or None)


def unknown_entity(element: etree._Element) -> ReadError | None:
    """With a document type, libxml2 takes an entity that nobody defines for one that the DTD may define, and drops it."""
    entity: Any = next(element.iter(etree.Entity), None)
    return None if entity is None else told(f"Entity '{entity.name}' not defined", line(element))


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
