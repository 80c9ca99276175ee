"""RSS (2.0, 0.9x, 1.0) and Atom: an item or entry is an article.

The text is the item's full text (`content:encoded`, Atom's `content`), or else its `description` or `summary`; HTML in it becomes
visible text as on a page, and offsets are offsets into that. An item of a headline alone is an article whose text is the headline.
The language is the item's `dc:language` or the nearest `xml:lang`, or else the channel's `language`. The id is `guid` or Atom's `id`,
or else the link, or FILE:LINE, the latter and a link that stands again with #NUMBER, that of the item.
"""

from __future__ import annotations

import email.utils
import re
from typing import TYPE_CHECKING, BinaryIO

from tqcheck.article import Problem
from tqcheck.errors import ReadError
from tqcheck.read import html
from tqcheck.read.rows import NO_TEXT, Options, Row
from tqcheck.read.xmlfile import XmlFile
from tqcheck.read.xmlparser import language, line, local, namespace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lxml import etree

ROOTS = frozenset({"rss", "RDF", "feed", "entry"})

_ATOM = "http://www.w3.org/2005/Atom"
_CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
_DC = "{http://purl.org/dc/elements/1.1/}"
_VERSION = re.compile(r"0\.9\d?|2(\.\d+)*")
_EDGES = re.compile(r"[ \t\r\n]+")


def rows(stream: BinaryIO, name: str, options: Options) -> Iterator[Row | Problem]:
    """Yield a row or a problem for each item. Raises ReadError where the file breaks off, or for what is no feed."""
    yield from rows_of(XmlFile(stream, options.row_cap), name, options)


def rows_of(file: XmlFile, name: str, _options: Options) -> Iterator[Row | Problem]:
    """The same for a file whose root has been seen."""
    is_atom = _refuse_other(file)
    channel_language: str | None = None
    count = 0
    links: set[int] = set()  # hashes of those that serve as ids
    unit = "entry" if is_atom else "item"
    for event, element in file.elements(unit, "language", unit=unit):
        if event == "broken":
            yield from file.broken(name)
        elif event == "start":
            continue
        elif local(element) == "language":
            parent = element.getparent()
            if parent is not None and local(parent) == "channel":
                channel_language = (element.text or "").strip() or None
        elif _is_item(element):
            count += 1
            values = (_entry if is_atom else _item)(element)
            yield _row(values, channel_language, f"{name}:{line(element)}", count, links)
            file.release(element)


def _refuse_other(file: XmlFile) -> bool:
    """Whether the file is Atom. Raises ReadError when it is neither Atom nor RSS, or of a version that is not known."""
    root = file.root
    if root.name in {"feed", "entry"} and root.namespace == _ATOM:
        return True
    if root.name in {"feed", "entry"}:
        raise ReadError(f"is no Atom 1.0: its <{root.name}> is not in the namespace {_ATOM}", root.line)
    if root.name not in ROOTS:
        raise ReadError(f"is neither RSS nor Atom: its root is <{root.name}>", root.line)
    version = root.attributes.get("version", "2.0").strip()
    if root.name == "rss" and not _VERSION.fullmatch(version):
        raise ReadError(f"is RSS {version[:20]}, which is not known: 0.9x, 1.0 (RDF) and 2.0 are", root.line)
    return False


def _is_item(element: etree._Element) -> bool:
    parent = element.getparent()
    if parent is None:
        return local(element) == "entry"
    return local(parent) == "RDF" or (local(parent) in {"channel", "feed", "rss"} and namespace(element) == namespace(parent))


def _row(
    values: Mapping[str, str | None] | ReadError, channel_language: str | None, where: str, number: int, links: set[int]
) -> Row | Problem:
    if isinstance(values, ReadError):
        return Problem(where, str(values))
    said = {key: value for key, value in values.items() if value and value.strip()}
    if not {"text", "title"} & said.keys():
        return Problem(where, NO_TEXT)
    said.setdefault("id", _own_id(values.get("url"), where, number, links))
    if channel_language:
        said.setdefault("lang", channel_language)
    if "text" not in said and "title" in said:
        said["text"] = said.pop("title")
    return Row(where, said)


def _own_id(link: str | None, where: str, number: int, links: set[int]) -> str:
    """The id of an item that says none: its link, but in some feeds all items have the same, and others are one line."""
    if not link:
        return f"{where}#{number}"
    if hash(link) in links:
        return f"{link}#{number}"
    links.add(hash(link))
    return link


# -- RSS ------------------------------------------------------------------------------------------------------------------


def _item(item: etree._Element) -> Mapping[str, str | None] | ReadError:
    child: dict[str, etree._Element] = {}
    own = namespace(item)  # RSS 2.0 has none by rights, but some feeds give it one
    for element in item:
        child.setdefault(local(element) if namespace(element) in {"", own} else str(element.tag), element)
    try:
        full, description, title = (_text(child.get(tag)) for tag in (_CONTENT, "description", "title"))
    except ReadError as error:
        return error
    link = _plain(child.get("link")) or _link(item)
    return {
        "id": _plain(child.get("guid")),
        "title": _EDGES.sub(" ", title),
        "text": full or description,
        "summary": description if full and description != full else None,
        "lang": _plain(child.get(f"{_DC}language")) or language(item),
        "url": link,
        "published": _date(_plain(child.get("pubDate"))) or _plain(child.get(f"{_DC}date")),
    }


def _text(element: etree._Element | None) -> str:
    if element is None:
        return ""
    if len(element):  # HTML that somebody forgot to escape
        return html.visible_text(element)
    return html.readable(element.text or "")


def _plain(element: etree._Element | None) -> str:
    return "" if element is None else (element.text or "").strip()


def _date(value: str) -> str | None:
    """The date of RFC 822 as ISO 8601; what is none stays as it stands."""
    try:
        return email.utils.parsedate_to_datetime(value).isoformat().replace("+00:00", "Z") if value else None
    except (ValueError, TypeError, IndexError, OverflowError):
        return value


# -- Atom -----------------------------------------------------------------------------------------------------------------


def _entry(entry: etree._Element) -> Mapping[str, str | None] | ReadError:
    child: dict[str, etree._Element] = {}
    for element in entry:
        child.setdefault(str(element.tag).removeprefix(f"{{{_ATOM}}}"), element)
    try:
        content, summary, title = (_construct(child.get(tag)) for tag in ("content", "summary", "title"))
    except ReadError as error:
        return error
    link = _link(entry)
    return {
        "id": _plain(child.get("id")),
        "title": _EDGES.sub(" ", title),
        "text": content or summary,
        "summary": summary if content and summary != content else None,
        "lang": _language_of(child, entry),
        "url": link,
        "published": _plain(child.get("published")) or _plain(child.get("updated")),
    }


def _language_of(child: Mapping[str, etree._Element], entry: etree._Element) -> str | None:
    """The content's own language goes before that of the feed."""
    inner = next((child[tag] for tag in ("content", "summary", "title") if tag in child), None)
    return _plain(child.get(f"{_DC}language")) or language(entry if inner is None else inner)


def _construct(element: etree._Element | None) -> str:
    """The text of a text construct, or of a content. Raises ReadError for a picture or another file."""
    if element is None:
        return ""
    kind = element.get("type", "text").strip().lower()
    if kind == "xhtml" or kind.endswith(("/xml", "+xml")) or (kind != "text" and len(element)):
        return html.visible_text(element)
    if element.get("src") is not None:
        return ""  # it stands elsewhere; the summary stands here
    if kind in {"html", "text/html"}:
        return html.fragment_text(element.text or "")
    if kind == "text" or kind.startswith("text/"):
        return "".join(map(str, element.itertext())).strip(" \t\r\n")
    raise ReadError(f"its content is of the type '{kind[:60]}', which is no text: give the text, or a summary without content")


def _link(element: etree._Element) -> str | None:
    links = element.iterchildren(f"{{{_ATOM}}}link")
    return next((link.get("href") for link in links if link.get("rel", "alternate") == "alternate"), None)
