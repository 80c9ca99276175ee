"""IPTC ninjs 1.x, 2.x and 3.x: news items in JSON, one in a file, in an array, or a line each.

The headline is the title; the text is the body in HTML as a reader sees it, or else the plain body (which often has lost its
paragraphs), or else the description or caption. Of several headlines the one whose role is `main` counts, or else the first. Where the
body has an <h1> of its own, the headline is kept as `input_headline`: it would be reported as one that stands twice. Pictures that
belong to the item (`associations`) are not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from tqcheck.article import ARTICLE_KEYS, Problem
from tqcheck.errors import ReadError
from tqcheck.read import html, jsonfile
from tqcheck.read.rows import NO_TEXT, Options, Reader, Row

_BODIES = ("body_xhtml", "body_html", "body_text")
_DESCRIPTIONS = ("description_xhtml", "description_html", "description_text", "description_caption", "caption")
_SIGNS = frozenset({"headline", "headlines", "bodies", "descriptions", "standard", "versioncreated", *_BODIES, *_DESCRIPTIONS})
_OURS = frozenset({"text", "segments"})
_NEWEST = 3
_H1 = re.compile(r"<h1[\s>]", re.IGNORECASE)

Values = Mapping[str, Any]


def either(reader: Reader) -> Reader:
    """A reader of JSON that also knows ninjs where it meets it. Columns that the user renames are the user's own."""

    def rows(stream: BinaryIO, name: str, options: Options) -> Iterator[Row | Problem]:
        for row in reader(stream, name, options):
            yield _article(row) if isinstance(row, Row) and not options.columns and _is_ninjs(row.values) else row

    return rows


def rows(stream: BinaryIO, name: str, options: Options) -> Iterator[Row | Problem]:
    """Yield a row or a problem for each item. Raises ReadError when the file is no JSON."""
    for row in jsonfile.rows(stream, name, options):
        if isinstance(row, Row) and not _is_ninjs(row.values):
            yield Problem(row.where, "is no ninjs item: it has no 'uri' with a headline, a body or a description")
        else:
            yield _article(row) if isinstance(row, Row) else row


def _is_ninjs(values: Values) -> bool:
    return "uri" in values and not _OURS & values.keys() and any(key.lower() in _SIGNS for key in values)


def _article(row: Row) -> Row | Problem:
    """The item under our names. What it says besides is kept."""
    values = {key.lower(): value for key, value in row.values.items()}  # 3.x writes versionCreated
    try:
        _refuse_newer(values)
        text, has_headline = _body(values)
        title = _headline(values)
    except (ReadError, ValueError) as error:
        return Problem(row.where, str(error))
    text, title = (text, title) if text.strip() else (title, "")
    if not text.strip():
        return Problem(row.where, NO_TEXT)
    known = {
        "id": values["uri"],
        "title": None if has_headline else title,
        "text": text,
        "lang": values.get("language"),
        "url": values.get("url"),
        "published": values.get("firstcreated") or values.get("contentcreated") or values.get("versioncreated"),
        "input_headline": title if has_headline else None,
    }
    taken = {"uri", "headline", "headlines", "bodies", "language", "url", *_BODIES}
    others = {f"input_{key}" if key in ARTICLE_KEYS else key: value for key, value in row.values.items() if key.lower() not in taken}
    return Row(row.where, {key: value for key, value in known.items() if value} | others)


def _refuse_newer(values: Values) -> None:
    standard = values.get("standard")
    if not isinstance(standard, Mapping) or str(standard.get("name", "")).lower() != "ninjs":
        return
    version = str(standard.get("version", "1"))
    number = re.match(r"\d{1,4}", version)
    if not number or not 1 <= int(number[0]) <= _NEWEST:
        raise ValueError(f"is ninjs {version[:20]}, which is not known: 1.x to {_NEWEST}.x are read")


def _headline(values: Values) -> str:
    listed = _listed(values, "headlines") or _listed(values, "headline")
    if not listed:
        return (_string(values, "headline") or _string(values, "title")).strip()
    entry = next((entry for entry in listed if "main" in (entry.get("role"), entry.get("name"))), listed[0])
    headline = _value(entry, "headlines").strip()
    return html.fragment_text(headline) if "html" in _kind(entry) else headline


def _body(values: Values) -> tuple[str, bool]:
    """The text, and whether it has a headline of its own. Raises ValueError and ReadError."""
    for bodies, keys in (("bodies", _BODIES), ("descriptions", _DESCRIPTIONS)):
        found = [(_kind(entry), _value(entry, bodies)) for entry in _listed(values, bodies)]
        found += [("html" if key.endswith("html") else "text/plain", _string(values, key)) for key in keys]
        for wanted in ("html", ""):
            raw = next((raw for kind, raw in found if raw.strip() and wanted in kind and "xml" not in kind.replace("xhtml+xml", "")), None)
            if raw is not None:
                is_html = bool(wanted)
                return _visible(raw) if is_html else raw.strip(" \t\r\n"), is_html and bool(_H1.search(raw))
    return "", False


def _visible(raw: str) -> str:
    root = html.parse(raw)
    return html.visible_text(html.find_region(root))


def _listed(values: Values, key: str) -> list[Values]:
    """The entries of one of the lists of 2.x and 3.x. Raises ValueError for what is no such list."""
    entries = values.get(key)
    if key == "headline" and not isinstance(entries, list):
        return []
    if entries is None:
        return []
    if not isinstance(entries, list) or not all(isinstance(entry, Mapping) for entry in entries):
        raise ValueError(f"'{key}' must be a list of objects with a 'value'")
    return entries


def _kind(entry: Values) -> str:
    """The content type of a body; where none is said, its role may tell that it is HTML."""
    kind = next((value for key, value in entry.items() if key.lower() == "contenttype"), entry.get("role"))
    return str(kind or "").lower()


def _value(entry: Values, key: str) -> str:
    value = entry.get("value", "")
    if not isinstance(value, str):
        raise ValueError(f"the 'value' of an entry of '{key}' must be a string, not {type(value).__name__}")  # noqa: TRY004 - one kind for all
    return value


def _string(values: Values, key: str) -> str:
    value = values.get(key) or ""
    if not isinstance(value, str):
        raise ValueError(f"'{key}' must be a string, not {type(value).__name__}")  # noqa: TRY004 - one kind for all
    return value
