"""NITF: one document is one article. Its headline is `hl1`, its text the date line and the content, as a reader sees them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, BinaryIO

from tqcheck.article import Problem
from tqcheck.errors import ReadError
from tqcheck.read.html import visible_text
from tqcheck.read.rows import NO_TEXT, Options, Row
from tqcheck.read.xmlfile import XmlFile
from tqcheck.read.xmlparser import language

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lxml import etree

_BLANKS = re.compile(r"[ \t\r\n]+")
_NORM = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})?(Z|[+-]\d{2}:?\d{2})?)?")  # how NITF writes a date


def rows(stream: BinaryIO, name: str, options: Options) -> Iterator[Row | Problem]:
    """Yield the document's row. Raises ReadError when it is no NITF, or cannot be read whole."""
    yield from rows_of(XmlFile(stream, options.row_cap), name, options)


def rows_of(file: XmlFile, name: str, _options: Options) -> Iterator[Row | Problem]:
    """The same for a file whose root has been seen."""
    if file.root.name != "nitf":
        raise ReadError(f"is no NITF: its root is <{file.root.name}>", file.root.line)
    version = file.root.attributes.get("version", "")
    if (number := re.search(r"NITF (\d+)", version)) and int(number[1]) > 3:
        raise ReadError(f"is of the version '{version[:40]}', which is not known: NITF up to 3 is read", file.root.line)
    for event, element in file.elements("nitf"):
        if event == "end":
            where, values = f"{name}:{file.root.line}", {key: value for key, value in values_of(element).items() if value}
            yield Row(where, values) if (values.get("text") or "").strip() else Problem(where, NO_TEXT)


def values_of(nitf: etree._Element) -> Mapping[str, str | None]:
    """What a document says, under our names."""
    body = nitf.find("{*}body")
    headline = _first(nitf, "{*}body/{*}body.head/{*}hedline/{*}hl1")
    dateline, content = _first(nitf, "{*}body/{*}body.head/{*}dateline"), [] if body is None else body.findall("{*}body.content")
    title = _BLANKS.sub(" ", visible_text(headline)) if headline is not None else " ".join(nitf.findtext("{*}head/{*}title", "").split())
    text = "\n\n".join(filter(None, (visible_text(part) for part in (*([] if dateline is None else [dateline]), *content))))
    about = "{*}head/{*}docdata/{*}"
    identity, issued = _first(nitf, f"{about}doc-id"), _first(nitf, f"{about}date.issue")
    return {
        "id": None if identity is None else identity.get("id-string"),
        "title": title if text else None,
        "text": text or title,
        "lang": language(nitf if body is None else body),
        "published": None if issued is None else _date(issued.get("norm") or ""),
    }


def _first(element: etree._Element, path: str) -> etree._Element | None:
    return element.find(path)


def _date(norm: str) -> str | None:
    found = _NORM.fullmatch(norm)
    if not found:
        return norm or None
    year, month, day, hour, minute, second, zone = found.groups()
    return f"{year}-{month}-{day}" + (f"T{hour}:{minute}:{second or '00'}{zone or ''}" if hour else "")
