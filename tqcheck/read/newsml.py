"""NewsML-G2: a `newsItem` is an article, alone or in a `newsMessage`.

The text is the first content that stands in the item: NITF, XHTML or plain text. An item whose content stands elsewhere (pictures,
video) has its description as text, or else its headline. Packages, concepts and planning items in a message have no text, and are
passed over.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, BinaryIO

from tqcheck.article import Problem
from tqcheck.errors import ReadError
from tqcheck.read import html, nitf
from tqcheck.read.rows import NO_TEXT, Options, Row
from tqcheck.read.xmlfile import XmlFile
from tqcheck.read.xmlparser import XML_LANG, line, local

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml import etree

ROOTS = frozenset("newsItem newsMessage NewsML packageItem conceptItem knowledgeItem planningItem catalogItem".split())  # noqa: SIM905

_NAMESPACE = "http://iptc.org/std/nar/2006-10-01/"
_VERSION = re.compile(r"2(\.\d+)?")


def rows(stream: BinaryIO, name: str, options: Options) -> Iterator[Row | Problem]:
    """Yield a row or a problem for each item. Raises ReadError where the file breaks off, or for what is no NewsML-G2."""
    yield from rows_of(XmlFile(stream, options.row_cap), name, options)


def rows_of(file: XmlFile, name: str, _options: Options) -> Iterator[Row | Problem]:
    """The same for a file whose root has been seen."""
    _refuse_other(file)
    items = 0
    for event, element in file.elements("newsItem", unit="newsItem"):
        if event == "broken":
            items += 1
            yield from file.broken(name)
        elif event == "end":
            items += 1
            yield _row(element, f"{name}:{line(element)}")
            file.release(element)
    if not items:
        raise ReadError("is a message without a newsItem: there is no text in it to check", file.root.line)


def _refuse_other(file: XmlFile) -> None:
    root = file.root
    if root.name == "NewsML":
        raise ReadError("is NewsML 1, which is not read: export it as NewsML-G2", root.line)
    if root.name not in {"newsItem", "newsMessage"}:
        what = "which holds no text: give its news items" if root.name in ROOTS else "which is no NewsML-G2"
        raise ReadError(f"has the root <{root.name}>, {what}", root.line)
    if root.namespace != _NAMESPACE:
        raise ReadError(f"is no NewsML-G2: its root is not in the namespace {_NAMESPACE}", root.line)
    version = root.attributes.get("standardversion")
    if version is not None and not _VERSION.fullmatch(version.strip()):
        raise ReadError(f"is NewsML-G2 {version[:20]}, which is not known: 2.x is", root.line)


def _row(item: etree._Element, where: str) -> Row | Problem:
    version = item.get("standardversion")
    if version is not None and not _VERSION.fullmatch(version.strip()):
        return Problem(where, f"is NewsML-G2 {version[:20]}, which is not known: 2.x is")
    try:
        content, lang = _content(item)
    except ReadError as error:
        return Problem(where, f"its content {error}")
    headline = _said(item, "{*}contentMeta/{*}headline") or _said(item, "{*}itemMeta/{*}title")
    text = content or _said(item, "{*}contentMeta/{*}description")
    if not (text or headline).strip():
        return Problem(where, NO_TEXT)
    values = {
        "id": item.get("guid"),
        "title": headline if text else None,
        "text": text or headline,
        "lang": lang or _language(item),
        "published": item.findtext("{*}itemMeta/{*}firstCreated", item.findtext("{*}itemMeta/{*}versionCreated", "")).strip(),
    }
    return Row(where, {key: value for key, value in values.items() if value})


def _content(item: etree._Element) -> tuple[str, str | None]:
    """The text of the first content that has one, and the language that it says. Raises ReadError."""
    for content in item.iterfind("{*}contentSet/*"):
        kind = content.get("contenttype", "").lower()
        text = ""
        if local(content) == "inlineXML":
            text = _inline(content)
        elif local(content) == "inlineData" and (kind.startswith("text/") or not kind):
            raw = content.text or ""
            text = html.fragment_text(raw) if "html" in kind else raw.strip(" \t\r\n")
        if text:
            return text, content.get(XML_LANG)
    return "", None


def _inline(content: etree._Element) -> str:
    for element in content.iterchildren("{*}nitf"):
        return nitf.values_of(element)["text"] or ""
    return html.visible_text(html.find_region(next(content.iter("{*}body"), content)))


def _language(item: etree._Element) -> str | None:
    tag = item.find("{*}contentMeta/{*}language")
    return (None if tag is None else tag.get("tag")) or item.get(XML_LANG)


def _said(item: etree._Element, path: str) -> str:
    """The first text at a path that is not for a machine or for a desk alone: blanks collapsed."""
    element = item.find(path)
    return "" if element is None else re.sub(r"[ \t\r\n]+", " ", html.visible_text(element))
