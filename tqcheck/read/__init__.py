"""Reading: files, folders, globs and standard input become a stream of articles and of problems.

    for article in read(["feed/", "late.jsonl", "-"], columns={"title": "headline"}): ...

The suffix says the format, and the content where a suffix is used for many: a file of XML is what its root says (RSS, Atom, XLIFF, TMX,
NewsML-G2, NITF, XHTML), and IPTC's ninjs is known among other JSON by its keys.

Nothing that goes wrong with an input ends the run, and nothing is passed over in silence: what could not be read comes
as a `Problem` on the same stream, so rows in = articles + problems.

In a folder (walked in sorted order, hidden names passed over) the files of known suffixes are read. Files of other
suffixes are passed over as pictures and stylesheets are meant to be, with two exceptions, each of which is one problem
for the folder: suffixes under which articles are often kept (.docx, .xml, .gz ...), and a folder in which nothing at all
could be read. Links, pipes and devices inside a folder are named and not opened. A file that is given twice is read once.

A file of no bytes is a problem, because that is what a writer that failed leaves; a table without rows or an empty array
is not.
"""

from __future__ import annotations

import io
import os
import re
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO

from tqcheck.article import ARTICLE_KEYS, PAIR_KEYS, Article, Problem
from tqcheck.errors import ConfigError, EmptyInputError, ReadError, unknown
from tqcheck.read import feed, html, jsonfile, jsonl, markdown, newsml, ninjs, nitf, parquet, po, table, text, tmx, xliff, xml
from tqcheck.read.files import BUFFER, File, find, open_regular, reason, suffix
from tqcheck.read.ids import Seen
from tqcheck.read.rows import ROW_CAP, Options, Reader, articles

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping, Sequence

    from _typeshed import WriteableBuffer

__all__ = ["FORMATS", "parse_columns", "read", "read_bytes", "whole_inputs"]

FORMATS: Mapping[str, Reader] = {
    "jsonl": ninjs.either(jsonl.rows),
    "json": ninjs.either(jsonfile.rows),
    "csv": table.rows,
    "tsv": table.tab_rows,
    "parquet": parquet.rows,
    "text": text.rows,
    "markdown": markdown.rows,
    "html": html.rows,
    "rss": feed.rows,
    "atom": feed.rows,
    "ninjs": ninjs.rows,
    "newsml": newsml.rows,
    "nitf": nitf.rows,
    "xliff": xliff.rows,
    "tmx": tmx.rows,
    "po": po.rows,
    "xml": xml.rows,
}
SUFFIXES = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".csv": "csv",
    ".tsv": "tsv",
    ".parquet": "parquet",
    ".txt": "text",
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".rss": "xml",
    ".atom": "xml",
    ".rdf": "xml",
    ".xml": "xml",
    ".nitf": "xml",
    ".newsml": "xml",
    ".xlf": "xml",
    ".xliff": "xml",
    ".tmx": "xml",
    ".po": "po",
}
TABLES = frozenset({"jsonl", "json", "csv", "tsv", "parquet"})  # only these have columns to rename
STDIN = "-"
STANDARD_INPUT = File(STDIN, STDIN)
LONGEST_BLANK = 2**20  # bytes of blanks that are read in search of the first character of standard input


def read(  # noqa: PLR0913 - the options of the command line, by keyword
    inputs: Sequence[str],
    *,
    columns: Mapping[str, str] | None = None,
    lang: str | None = None,
    source_lang: str | None = None,
    input_format: str | None = None,
    stdin: BinaryIO | None = None,
    row_cap: int = ROW_CAP,
    allow_empty: bool = False,
    pairs: bool = False,
) -> Iterator[Article | Problem]:
    """Yield the articles of all inputs, in order, and a problem for each thing that could not be read.

    Args:
        inputs: files, folders, glob patterns, or "-" for standard input.
        columns: our names to theirs: {"title": "headline"} reads the title from the column "headline".
        lang: the language (BCP 47) of articles that do not say theirs.
        source_lang: the same for the language they were translated from.
        input_format: one of FORMATS; without it the suffix decides, and for standard input the first character.
        stdin: what "-" reads, instead of the process's standard input.
        allow_empty: an input that holds nothing is passed over, not a problem.
        pairs: rows may also be sentences with their source, {"source": "...", "target": "..."}, which come as SentencePair.
        row_cap: bytes of one row, or of a file that is one article; a longer one is a problem.

    Raises ConfigError at once for an unknown format or column, and ReadError while reading when the temporary folder is full.
    """
    if input_format is not None:
        input_format = input_format if input_format in FORMATS else SUFFIXES.get(f".{input_format}", input_format)
        if input_format not in FORMATS:
            raise ConfigError(unknown("input format", input_format, FORMATS))
    for name in columns or {}:
        _check_column(name, pairs=pairs)
    options = Options(dict(columns or {}), lang, source_lang, row_cap, allow_empty, pairs)
    return _without_doubles(inputs, options, input_format, stdin)


def whole_inputs(
    inputs: Sequence[str], *, input_format: str | None = None, stdin: BinaryIO | None = None
) -> Iterator[tuple[File, str, bytes] | Problem]:
    """Yield each input with its format and all its bytes, for who writes it again; a problem where it cannot be opened.

    Raises ConfigError for an unknown format.
    """
    if input_format is not None:
        input_format = input_format if input_format in FORMATS else SUFFIXES.get(f".{input_format}", input_format)
        if input_format not in FORMATS:
            raise ConfigError(unknown("input format", input_format, FORMATS))
    seen: set[str] = set()
    for source in _sources(inputs, input_format):
        if isinstance(source, Problem):
            yield source
        elif _identity(source) not in seen:
            seen.add(_identity(source))
            yield _whole_input(source, input_format, stdin)


def _whole_input(source: File, input_format: str | None, stdin: BinaryIO | None) -> tuple[File, str, bytes] | Problem:
    try:
        if source == STANDARD_INPUT:
            raw = (sys.stdin.buffer if stdin is None else stdin).read()
            return source, input_format or sniff(raw[:BUFFER]), raw
        with open_regular(source.path) as stream:
            return source, input_format or _format(source.path, stream), stream.read()
    except OSError as error:
        return Problem(source.name, reason(error))
    except ReadError as error:
        return Problem(source.name, str(error))


def read_bytes(raw: bytes, name: str, input_format: str, options: Options) -> Iterator[Article | Problem]:
    """Yield what `read` yields for a file of this name that holds these bytes."""
    seen = Seen()
    try:
        for record in _read_stream(io.BytesIO(raw), name, input_format, options):
            yield _doubled(record, seen) or record
    except EmptyInputError as error:
        if not options.allow_empty:
            yield Problem(name, str(error))
    except ReadError as error:
        yield Problem(name if error.line is None else f"{name}:{error.line}", str(error))
    finally:
        seen.close()


def parse_columns(text: str, *, pairs: bool = False) -> dict[str, str]:
    """Our names to theirs, from `title=headline,text=body`. Raises ConfigError for what is no such thing."""
    columns: dict[str, str] = {}
    for pair in text.split(","):
        ours, equals, theirs = (part.strip() for part in pair.partition("="))
        if not (ours and equals and theirs):
            raise ConfigError(f"--columns: '{pair.strip()}' is not OUR_NAME=THEIR_NAME, as in title=headline,text=body")
        _check_column(ours, pairs=pairs)
        if ours in columns:
            raise ConfigError(f"--columns: '{ours}' is given twice")
        columns[ours] = theirs
    return columns


def _check_column(name: str, *, pairs: bool = False) -> None:
    known = (*ARTICLE_KEYS, *PAIR_KEYS) if pairs else ARTICLE_KEYS
    if name not in known:
        raise ConfigError(f"--columns: {unknown('column', name, known)}")


def _without_doubles(
    inputs: Sequence[str], options: Options, input_format: str | None, stdin: BinaryIO | None
) -> Generator[Article | Problem, None, None]:
    """Yield everything once: a file found again is passed over, an article whose id was used before is a problem."""
    seen = Seen()
    try:
        for source in _sources(inputs, input_format):
            if isinstance(source, File) and seen.first(f"file {_identity(source)}", "") is not None:
                if source == STANDARD_INPUT:
                    yield Problem(STDIN, "standard input can be read only once: give '-' once")
                continue
            for record in _read_source(source, options, input_format, stdin):
                yield _doubled(record, seen) or record
    finally:
        seen.close()


def _identity(source: File) -> str:
    return source.path if source == STANDARD_INPUT else os.path.realpath(source.path)


def _doubled(record: Article | Problem, seen: Seen) -> Problem | None:
    if isinstance(record, Problem):
        return None
    place = seen.first(f"id {record.id}", record.origin)
    if place is None:
        return None
    return Problem(record.origin, f"the id '{record.id[:60]}' was already used at {place}: give each article an id of its own")


def _sources(inputs: Sequence[str], input_format: str | None) -> Iterator[File | Problem]:
    def wanted(path: str) -> bool:
        return input_format is not None or suffix(path) in SUFFIXES

    for given in inputs:
        if given == STDIN:
            yield STANDARD_INPUT
        else:
            yield from find(given, wanted)


def _read_source(source: File | Problem, options: Options, input_format: str | None, stdin: BinaryIO | None) -> Iterator[Article | Problem]:
    if isinstance(source, Problem):
        yield source
        return
    try:
        if source == STANDARD_INPUT:
            stream, head = _begun(sys.stdin.buffer if stdin is None else stdin)
            yield from _read_stream(stream, source.name, input_format or sniff(head), options)
            return
        with open_regular(source.path) as stream:
            yield from _read_stream(stream, source.name, input_format or _format(source.path, stream), options)
    except OSError as error:
        yield Problem(source.name, reason(error))
    except EmptyInputError as error:
        if not options.allow_empty:
            yield Problem(source.name, str(error))
    except ReadError as error:
        yield Problem(source.name if error.line is None else f"{source.name}:{error.line}", str(error))


def _read_stream(stream: BinaryIO, name: str, input_format: str, options: Options) -> Iterator[Article | Problem]:
    if input_format not in TABLES:
        options = replace(options, columns={})
    yield from articles(FORMATS[input_format](stream, name, options), name, options)


def _format(path: str, stream: BinaryIO) -> str:
    """The format of a file by its suffix; without a suffix, by its first bytes. Raises ReadError for an unknown suffix."""
    ending = suffix(path)
    if not ending and isinstance(stream, io.BufferedReader):
        return sniff(stream.peek(BUFFER))
    if ending not in SUFFIXES:
        known = ", ".join(SUFFIXES)
        raise ReadError(f"has the suffix '{ending}', and which format that is is not known: say --input-format, or use one of {known}")
    return SUFFIXES[ending]


def sniff(head: bytes) -> str:
    """The format that a stream's first bytes suggest: JSON Lines, JSON, Parquet, HTML, XML, PO, or else plain text."""
    if head.startswith((b"\xff\xfe<", b"\xfe\xff\x00<")):
        return "xml"  # in UTF-16, as some tools write TMX
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:20].lower()
    signs = {b"{": "jsonl", b"[": "json", b"par1": "parquet", b"<!doctype html": "html", b"<html": "html"}
    known = next((name for sign, name in signs.items() if start.startswith(sign)), None)
    if known is not None:
        return known
    if _XML_START.match(start):
        return "xml"
    return "po" if _PO_START.match(head.removeprefix(b"\xef\xbb\xbf")) else "text"


_XML_START = re.compile(rb"<(\?xml|!doctype|rss|rdf:rdf|feed|entry|xliff|tmx|nitf|newsitem|newsmessage)(?:[\s>]|\Z)")
_PO_START = re.compile(rb"(?:\s|#[^\n]*+\n)*+msg(id|ctxt)[ \t]+\"")


class _Replay(io.RawIOBase):
    """A stream of which the head has been read, from its beginning. Closing it leaves the stream open."""

    def __init__(self, head: bytes, stream: BinaryIO) -> None:
        self._head = head
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        chunk = self._head[: len(view)] or _some(self._stream, len(view))
        self._head = self._head[len(view) :]
        view[: len(chunk)] = chunk
        return len(chunk)


def _some(stream: BinaryIO, count: int) -> bytes:
    """What is there, up to `count` bytes: read() would make a slow pipe wait until all of them are."""
    if isinstance(stream, (io.BufferedReader, io.BytesIO)):
        return stream.read1(count)
    return stream.read(count)


def _begun(stream: BinaryIO) -> tuple[BinaryIO, bytes]:
    """A stream as it was before its first character was looked for, and what was read until then."""
    head = b""
    while not head.removeprefix(b"\xef\xbb\xbf").strip() and len(head) < LONGEST_BLANK:
        chunk = _some(stream, BUFFER)
        if not chunk:
            break
        head += chunk
    return io.BufferedReader(_Replay(head, stream), BUFFER), head
