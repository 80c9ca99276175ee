"""A file of XML, by its outermost element: RSS, Atom, XLIFF, TMX, NewsML-G2, NITF, or an XHTML page.

An .xml file may be any of them, and a name may lie; the root does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from tqcheck.errors import ReadError
from tqcheck.read import feed, html, newsml, nitf, tmx, xliff
from tqcheck.read.rows import Options, Row
from tqcheck.read.xmlfile import XmlFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tqcheck.article import Problem

_ROOTS: Mapping[str, Callable[[XmlFile, str, Options], Iterator[Row | Problem]]] = {
    **dict.fromkeys(feed.ROOTS, feed.rows_of),
    **dict.fromkeys(newsml.ROOTS, newsml.rows_of),
    "nitf": nitf.rows_of,
    "tmx": tmx.rows_of,
    "xliff": xliff.rows_of,
}


def rows(stream: BinaryIO, name: str, options: Options) -> Iterator[Row | Problem]:
    """Yield the rows of a file of any of the formats. Raises ReadError for another root, and what the format's reader raises."""
    file = XmlFile(stream, options.row_cap)
    if file.root.name == "html":
        yield from html.rows(file.whole(), name, options)
    elif file.root.name in _ROOTS:
        yield from _ROOTS[file.root.name](file, name, options)
    else:
        known = "RSS, Atom, XLIFF, TMX, NewsML-G2, NITF and XHTML are read"
        raise ReadError(f"is XML whose root is <{file.root.name[:60]}>, and what that is is not known: {known}", file.root.line)
