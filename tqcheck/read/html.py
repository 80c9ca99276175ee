"""HTML pages: the text as published, found by a walk over the tree, because extractors remove the very faults we hunt.

A headline that stands in h1 and again in h2 stays twice in the text, captions and advertising stay where a reader sees
them. Only what no reader sees goes: scripts, styles, templates, hidden elements. Where the page has one <article>, or
else one <main>, that is the region that is read, and with it go the page's navigation, header and footer.

`text` is the text so extracted (paragraphs parted by a blank line, blanks collapsed as a browser does), and offsets are
offsets into it. The page's title (og:title or <title>) is `extra["page_title"]` when the region has an h1 of its own:
as the article's title it would be reported as a headline that stands twice.
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING, BinaryIO

from lxml import etree

from tqcheck.errors import EmptyInputError, ReadError
from tqcheck.read.rows import Options, Row, whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tqcheck.article import Problem

UNSEEN = frozenset(
    "script style template noscript head title svg math iframe object embed canvas audio video datalist select textarea".split()  # noqa: SIM905 - words
)
PARAGRAPHS = frozenset(
    """
    address article aside blockquote body details dialog div dl fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header
    hgroup hr main nav ol p pre search section summary table ul
    bq block body.content body.end body.head byline dateline distributor fn hedline hl1 hl2 media media-caption media-producer
    nitf-table note tagline
    """.split()  # noqa: SIM905 - words
)
LINES = frozenset("caption credit dd dt legend li option tr".split())  # noqa: SIM905 - words

# Elements that say that a text is HTML, where nothing else does: "x <y and z" is none
_INLINE = frozenset(
    """
    a abbr b big br center cite code col colgroup del em font html i iframe img ins kbd link mark meta q s script small span strike
    strong style sub sup tbody td tfoot th thead time tt u video wbr
    """.split()  # noqa: SIM905 - words
)
_TELLING = "|".join(sorted(map(re.escape, PARAGRAPHS | LINES | _INLINE), key=len, reverse=True))
_XML_BLANKS = " \t\r\n"
_BLANKS = re.compile(r"[ \t\n\r\f]+")  # what a browser collapses; a no-break space is not among it
_MARKUP = re.compile(rf"</?(?:{_TELLING})(?=[\s/>])|<!--|<!doctype|&(?:#\d+|#x[0-9a-f]+|[a-z][a-z0-9]*);", re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_CHARSET = re.compile(rb"<meta[^>]{1,200}?charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_XML_ENCODING = re.compile(rb"^\s*<\?xml[^>]{1,200}?encoding\s*=\s*[\"']([\w.:-]+)", re.IGNORECASE)
_HEAD = 4096  # bytes in which the encoding is looked for; the standard says 1024, pages say otherwise
_MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
# What browsers take these names to mean, by the WHATWG encoding standard: pages that say latin-1 hold curly quotes
_MEANT = {
    **dict.fromkeys(("iso-8859-1", "latin-1", "latin1", "us-ascii", "ascii"), "cp1252"),
    **dict.fromkeys(("shift_jis", "shift-jis"), "cp932"),
    **dict.fromkeys(("gb2312", "gbk"), "gb18030"),
    "euc-kr": "cp949",
    "iso-8859-9": "cp1254",
    **dict.fromkeys(("tis-620", "windows-874"), "cp874"),
    "x-mac-cyrillic": "mac_cyrillic",
}
ENCODINGS = re.compile(
    r"utf-?8|ascii|us-ascii|latin-?1|iso-8859-\d+|windows-\d+|cp\d+|koi8-[ru]|gb2312|gbk|gb18030|big5(-hkscs)?|euc-(jp|kr)"
    r"|shift[-_]jis|iso-2022-jp|macintosh|x-mac-cyrillic|tis-620"
)  # those of the web; Python also decodes 'hex', 'idna' and 'unicode_escape', which no page may ask for


def rows(stream: BinaryIO, name: str, options: Options) -> Iterator[Row | Problem]:
    """Yield the page's one row. Raises ReadError when it is too large, undecodable, empty or too deep to be read whole."""
    root = parse(decode(whole(stream, options.row_cap)))
    region = find_region(root)
    values: dict[str, str | None] = {"text": visible_text(region), **_meta(root)}
    page_title = values.pop("page_title")
    headline = _headline(root, region)
    if headline is None:
        values["page_title"] = page_title
    else:
        values["title"] = headline or page_title
    if not values["text"]:
        raise ReadError("shows no text to a reader: does a script fill the page?")
    yield Row(name, {key: value for key, value in values.items() if value})


def decode(raw: bytes) -> str:
    """The page's characters, by its byte order mark, its declared encoding, or else UTF-8. Raises ReadError."""
    encoding, start = _encoding(raw)
    try:
        text = raw[start:].decode(encoding)
    except UnicodeDecodeError as error:
        byte = f"byte 0x{raw[start + error.start]:02x} at byte {start + error.start} of the file"
        raise ReadError(f"is not {encoding}, which it should be: {byte}; declare the encoding in <meta charset=...>") from None
    if "\x00" in text:
        raise ReadError(f"holds a NUL character at {text.index(chr(0))}: remove it")
    if not text.strip():
        raise EmptyInputError("is empty: there is nothing to check")
    return text


def _encoding(raw: bytes) -> tuple[str, int]:
    """The page's encoding, and where its characters begin."""
    for mark, encoding in _MARKS.items():
        if raw.startswith(mark):
            return encoding, len(mark)
    declared = _CHARSET.search(raw[:_HEAD]) or _XML_ENCODING.match(raw[:_HEAD])
    name = declared[1].decode("ascii", "replace").lower() if declared else "utf-8"
    if name.startswith("utf-16"):
        return "utf-8", 0  # the declaration was readable as ASCII, so it cannot be true
    if not is_known(name):
        raise ReadError(f"declares the encoding '{name[:40]}', which is none of the web's: save it as UTF-8")
    return _MEANT.get(name, name), 0


def is_known(encoding: str) -> bool:
    """Whether an encoding is one of the web's, and Python has it: windows-1292 only looks like one."""
    if not ENCODINGS.fullmatch(encoding):
        return False
    try:
        codecs.lookup(_MEANT.get(encoding, encoding))
    except LookupError:
        return False
    return True


def parse(text: str) -> etree._Element:
    """The tree of a page. Raises ReadError when libxml2 gave up on the way.

    It does so without raising, and what it read until then looks like a whole page.
    """
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(text.encode("utf-8"), parser)
    except etree.LxmlError as error:
        raise ReadError(f"is no readable HTML: {error}") from None
    fatal = [entry for entry in parser.error_log if entry.level == etree.ErrorLevels.FATAL]
    if fatal:
        message = fatal[0].message.partition(",")[0].strip()
        raise ReadError(f"is no HTML that can be read whole (line {fatal[0].line}: {message}): cut out what is so deep or so long")
    if root is None:
        raise ReadError("holds no HTML element: there is nothing to check")
    return root


def find_region(root: etree._Element) -> etree._Element:
    """The part of the page that is the article: its one <article>, or else its one <main>, or else all of it."""
    for tag in ("article", "main"):
        found = list(root.iter(tag))
        if len(found) == 1:
            return found[0]
    return root


class _Writer:
    """Puts pieces of text together, with the strongest gap that was asked for between two of them."""

    _RANKS = ("", " ", "\t", "\n", "\n\n")

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._gap = ""

    def gap(self, gap: str) -> None:
        self._gap = max(self._gap, gap, key=self._RANKS.index)

    def line_break(self) -> None:
        """A <br>; two of them part paragraphs."""
        self.gap("\n\n" if self._gap == "\n" else "\n")

    def say(self, text: str, *, verbatim: bool) -> None:
        """Add a text node: its blanks collapsed, or `verbatim` as inside <pre>."""
        if not verbatim:
            text = _BLANKS.sub(" ", text)
            if text.startswith(" "):
                self.gap(" ")
        words = text if verbatim else text.strip(" ")
        if words:
            self._parts += [self._gap, words] if self._parts else [words]
            self._gap = ""
            if text.endswith(" ") and not verbatim:
                self.gap(" ")

    def text(self) -> str:
        return "".join(self._parts)


def readable(text: str) -> str:
    """A text of a feed that may be HTML or not, as its readers show it: HTML as visible text, all other text as it stands.

    Raises ReadError for HTML that cannot be read whole.
    """
    return fragment_text(text) if _MARKUP.search(text) else text.strip(_XML_BLANKS)


def fragment_text(text: str) -> str:
    """The visible text of a piece of HTML. Raises ReadError for HTML that cannot be read whole."""
    return visible_text(parse(text)) if _COMMENT.sub("", text).strip() else ""


def visible_text(region: etree._Element) -> str:
    """What a reader sees of an element, line by line. A loop, not a recursion: pages may be as deep as they like."""
    writer = _Writer()
    verbatim = 0  # how many <pre> are open
    walk = etree.iterwalk(region, events=("start", "end"))
    for event, element in walk:
        tag = str(element.tag).rpartition("}")[2]  # without the namespace that it has in XML
        unseen = element is not region and _unseen(element, tag)
        if event == "start":
            if unseen:
                walk.skip_subtree()
                continue
            _part(writer, tag)
            if tag == "br":
                writer.line_break()
            verbatim += tag == "pre"
            writer.say(element.text or "", verbatim=verbatim > 0)
            continue
        if not unseen:
            _part(writer, tag)
            verbatim -= tag == "pre"
        if element is not region:
            writer.say(element.tail or "", verbatim=verbatim > 0)
    return writer.text()


def _part(writer: _Writer, tag: str) -> None:
    """Part what stands before an element's begin or end from what stands behind it."""
    if tag in PARAGRAPHS:
        writer.gap("\n\n")
    elif tag in LINES:
        writer.gap("\n")
    elif tag in {"td", "th"}:
        writer.gap("\t")


def _unseen(element: etree._Element, tag: str) -> bool:
    if tag in UNSEEN or element.get("hidden", "until-found") != "until-found":
        return True
    return (tag == "dialog" and element.get("open") is None) or bool(_HIDDEN_STYLE.search(element.get("style") or ""))


def _headline(root: etree._Element, region: etree._Element) -> str | None:
    """None when the region has a headline of its own; or else the page's one h1, or "" when it has none or many."""
    if any(visible_text(h1) for h1 in region.iter("h1")):
        return None
    texts = [text for h1 in root.iter("h1") if (text := visible_text(h1))]
    return " ".join(texts[0].split()) if len(texts) == 1 else ""


def _meta(root: etree._Element) -> dict[str, str | None]:
    """What the page says about itself in its head; None for what it does not say."""
    said: dict[str, str] = {}
    for meta in root.iter("meta"):
        key = (meta.get("property") or meta.get("name") or "").lower()
        said.setdefault(key, (meta.get("content") or "").strip())
    links = (link.get("href") for link in root.iter("link") if "canonical" in (link.get("rel") or "").lower().split())
    title = next(root.iter("title"), None)
    return {
        "page_title": said.get("og:title") or (" ".join((title.text or "").split()) if title is not None else None),
        "lang": root.get("lang") or root.get("xml:lang"),
        "url": next(links, None),
        "published": said.get("article:published_time"),
    }
