"""Where the characters of an XML file's text stand: the tree of libxml2 says which element is meant, the text of the file where that is.

The elements of both are counted in document order, so the nth of the one is the nth of the other.
"""

from __future__ import annotations

import bisect
import codecs
import html.entities
import io
import re
from collections.abc import Container, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tqcheck.errors import ReadError
from tqcheck.read.xmlfile import XmlFile, parse
from tqcheck.rewrite.letters import File, Letters, Span

if TYPE_CHECKING:
    from lxml import etree

TOKEN = re.compile(
    r"""
      <!--(?P<comment>.*?)-->
    | <!\[CDATA\[(?P<cdata>.*?)\]\]>
    | <\?.*?\?>
    | <!DOCTYPE(?:[^\[>"']|"[^"]*"|'[^']*'|\[[^\]]*\])*+>
    | </(?P<end>[^\s>]+)\s*>
    | <(?P<start>[^\s/>!?]+)(?P<attributes>(?:[^>"']|"[^"]*"|'[^']*')*+)>
    | (?P<text>[^<]+)
    """,
    re.VERBOSE | re.DOTALL,
)
_UNIT = re.compile(r"&(?:#(?P<number>\d{1,7})|#[xX](?P<hex>[0-9a-fA-F]{1,6})|(?P<name>[A-Za-z][A-Za-z0-9]{1,31}));|\r\n?|.", re.DOTALL)
_DECLARED = re.compile(rb"^\s*<\?xml[^>]{1,200}?encoding\s*=\s*[\"']([\w.:-]+)")
_WIDE = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be", codecs.BOM_UTF8: "utf-8"}
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})


def root_of(raw: bytes) -> str:
    """The name of the outermost element; "" when there is none that can be read."""
    try:
        return XmlFile(io.BytesIO(raw)).root.name
    except ReadError:
        return ""


@dataclass(frozen=True)
class XmlText:
    """A file of XML: its tree, and its text with the place behind the start tag of each element."""

    file: File
    text: str
    mark: bytes
    encoding: str
    root: etree._Element
    starts: dict[etree._Element, int]
    sections: list[Span]  # what stands in CDATA sections, in order

    def encode(self, text: str) -> bytes:
        """The bytes of the file; what its encoding has not becomes a reference."""
        return self.mark + text.encode(self.encoding, "xmlcharrefreplace")

    def letters(self, element: etree._Element, codes: Container[str] = (), *, broken_lines: bool = False) -> XmlLetters:
        """The letters of all text in an element but that of its `codes`; with `broken_lines`, a code for a line break is one."""
        spans: list[Span] = []
        values: list[str] = []
        for value, span in self._characters(element, codes, broken_lines=broken_lines):
            values.append(value)
            spans.append(span)
        return XmlLetters(spans, self._escape, self.starts[element], "".join(values))

    def _escape(self, new: str, at: int) -> str:
        before = bisect.bisect_right(self.sections, (at, len(self.text))) - 1
        if before < 0 or at > self.sections[before][1]:
            return new.translate(_ESCAPES)
        if "]]>" in new or "\r" in new:
            raise self.file.cannot("a CDATA section cannot hold what is right")
        return new

    def _characters(self, element: etree._Element, codes: Container[str], *, broken_lines: bool) -> Iterator[tuple[str, Span]]:
        skipped = 0  # how many elements are open within a code, that itself counted
        depth = 0
        for found in TOKEN.finditer(self.text, self.starts[element]):
            kind = found.lastgroup
            if kind == "end":
                if not depth:
                    return
                depth -= 1
                skipped = max(0, skipped - 1)
            elif kind == "attributes":
                name = found["start"].rpartition(":")[2]
                is_empty = found["attributes"].endswith("/")
                if broken_lines and not skipped and name in codes and re.search(r"c?type\s*=\s*[\"']lb[\"']", found["attributes"]):
                    yield "\n", (found.end(), found.end())
                if not is_empty:
                    depth += 1
                    skipped += bool(skipped or name in codes)
            elif not skipped and kind == "cdata":
                yield from _plain(found["cdata"], found.start("cdata"))
            elif not skipped and kind == "text":
                yield from _units(self.text, *found.span())


@dataclass(frozen=True)
class XmlLetters(Letters):
    """Letters that also know what they say."""

    value: str = ""


def _plain(text: str, at: int) -> Iterator[tuple[str, Span]]:
    for found in re.finditer(r"\r\n?|.", text, re.DOTALL):
        yield "\n" if found[0][0] == "\r" else found[0], (at + found.start(), at + found.end())


def _units(text: str, start: int, end: int) -> Iterator[tuple[str, Span]]:
    for found in _UNIT.finditer(text, start, end):
        if found["number"] or found["hex"]:
            code = int(found["number"] or found["hex"], 10 if found["number"] else 16)
            value = chr(code) if code <= 0x10FFFF else "\ufffd"
        elif found["name"]:
            value = html.entities.html5.get(f"{found['name']};", found[0])
        else:
            value = "\n" if found[0][0] == "\r" else found[0]
        yield value[:1], found.span()
        yield from ((more, (found.end(), found.end())) for more in value[1:])


def opened(file: File) -> XmlText:
    """The file. Raises CannotFixError when it is broken, or is not all of its encoding."""
    try:
        root = parse(file.raw)
    except ReadError:
        raise file.cannot("the file is broken") from None
    mark, encoding = _encoding(file.raw)
    try:
        text = file.raw.removeprefix(mark).decode(encoding)
        is_kept = mark + text.encode(encoding) == file.raw
    except (UnicodeError, LookupError):
        is_kept = False
    if not is_kept:
        raise file.cannot(f"its bytes in {encoding} cannot be kept as they are")
    tokens = [found for found in TOKEN.finditer(text) if found.lastgroup in {"attributes", "cdata"}]
    tags = [found for found in tokens if found.lastgroup == "attributes"]
    sections = [found.span("cdata") for found in tokens if found.lastgroup == "cdata"]
    elements = list(root.iter("*"))
    if len(tags) != len(elements):
        raise file.cannot("where its elements stand cannot be told")
    starts = {element: tag.end() for element, tag in zip(elements, tags, strict=True)}
    return XmlText(file, text, mark, encoding, root, starts, sections)


def _encoding(raw: bytes) -> tuple[bytes, str]:
    for mark, encoding in _WIDE.items():
        if raw.startswith(mark):
            return mark, encoding
    declared = _DECLARED.match(raw)
    return b"", declared[1].decode("ascii", "replace").lower() if declared else "utf-8"
