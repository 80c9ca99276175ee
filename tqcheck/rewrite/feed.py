"""RSS and Atom: the text of an item is edited within its element, HTML in it between its tags, as it is escaped there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tqcheck.errors import ReadError
from tqcheck.read import feed as reader
from tqcheck.read import html
from tqcheck.read.xmlparser import line
from tqcheck.rewrite import xmltext
from tqcheck.rewrite.html import ESCAPES
from tqcheck.rewrite.letters import Change, File, Letters, Opened, Patch, Span
from tqcheck.rewrite.pagetext import visible_spans

if TYPE_CHECKING:
    from lxml import etree

    from tqcheck.article import Article

_EDGES = re.compile(r"[ \t\r\n]+")
_PLACES = {"title": ("title",), "text": ("encoded", "content", "description", "summary", "title")}  # in the order of the reader


def opened(file: File) -> Opened:
    """The feed. Raises CannotFixError when it is broken."""
    xml = xmltext.opened(file)
    items = [item for item in xml.root.iter("{*}entry" if file.kind == "atom" else "{*}item") if reader._is_item(item)]  # noqa: SLF001

    def patches(change: Change) -> Iterator[Patch]:
        item = _item(file, items, change.article)
        for (field, _segment), edits in change.edits.items():
            yield from _letters(file, xml, item, field, getattr(change.article, field)).patches(edits)

    return Opened(xml.text, patches, xml.encode)


def _item(file: File, items: list[etree._Element], article: Article) -> etree._Element:
    """The item of an article: by its line, and where several stand on one, by what it says."""
    found = [item for item in items if line(item) == file.line_of(article.origin)]
    if len(found) > 1:
        found = [item for item in found if _says(file, item, article)]
    if len(found) != 1:
        raise file.cannot("which item it is cannot be told")
    return found[0]


def _says(file: File, item: etree._Element, article: Article) -> bool:
    values = (reader._entry if file.kind == "atom" else reader._item)(item)  # noqa: SLF001
    return (
        not isinstance(values, ReadError)
        and (values["text"] or values["title"]) == article.text
        and (values["id"] or article.id) == article.id
    )


def _letters(file: File, xml: xmltext.XmlText, item: etree._Element, field: str, value: str) -> Letters:
    """The letters of a field: those of the first of its elements that says just this."""
    for name in _PLACES[field]:
        for element in item.iterchildren(f"{{*}}{name}"):
            if len(element):
                continue  # HTML that nobody escaped, or XHTML
            outer = xml.letters(element)
            for spans, escape in _readings(outer.value, value, is_title=field == "title" or name == "title"):
                return outer.within(spans, lambda new, escape=escape: new.translate(ESCAPES) if escape else new)  # type: ignore[misc]
    raise file.cannot(f"the place of its {field} is not plain")


def _readings(raw: str, value: str, *, is_title: bool) -> Iterator[tuple[list[Span], bool]]:
    """Where the characters of a value stand in the text of an element, and whether that is HTML."""
    start = raw.find(value)
    if raw.strip() == value.strip() and start >= 0:
        yield [(at, at + 1) for at in range(start, start + len(value))], False
        return
    try:
        spans = visible_spans(raw, html.fragment_text)
        shown = html.fragment_text(raw) if spans else ""
    except ReadError:
        return
    if spans and shown == value:
        yield spans, True
    elif spans and is_title and _EDGES.sub(" ", shown) == value:
        yield _collapsed(shown, spans), True


def _collapsed(shown: str, spans: list[Span]) -> list[Span]:
    """Places of characters when each run of blanks has become one."""
    runs = [found.span() for found in re.finditer(r"[ \t\r\n]+|[^ \t\r\n]", shown)]
    return [(spans[start][0], spans[end - 1][1]) for start, end in runs]
