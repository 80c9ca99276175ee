"""What every reader shares: capped lines, strict JSON, and the way from a row to an Article.

A reader yields `Row` (values under the input's own names) or `Problem`; `articles` renames, fills in the defaults and
validates. One bad row becomes one Problem and the reading goes on: rows in = articles + problems. A reader raises
ReadError, with the reason, only for a file of which nothing more can be read.
"""

from __future__ import annotations

import codecs
import json
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO, NamedTuple, NoReturn

from tqcheck.article import ARTICLE_KEYS, LIST_KEYS, PAIR_KEYS, Article, Origin, Problem, SentencePair
from tqcheck.errors import EmptyInputError, ReadError

ROW_CAP = 32 * 2**20  # bytes of one row or of a one-article file; a longer one is named and skipped, never loaded whole
MAX_DEPTH = 100  # brackets inside brackets; far below the depth at which repr and json.dumps hit Python's recursion limit
SKIP_STEP = 2**20  # bytes read at a time while a line that is too long is skipped

NO_TEXT = "has neither a text nor a headline: there is nothing to check; fill it in, or take it out"  # of an item of a feed

# The UTF-32 mark begins with the UTF-16 one, so it stands first.
_WIDE_MARKS = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}


@dataclass(frozen=True)
class Options:
    """What the user said about the input as a whole. `columns` maps our names to theirs."""

    columns: Mapping[str, str] = field(default_factory=dict)
    lang: str | None = None
    source_lang: str | None = None
    row_cap: int = ROW_CAP
    allow_empty: bool = False  # an input that holds nothing is no problem
    pairs: bool = False  # a row may also be a sentence with its source: {"source": "...", "target": "..."}


@dataclass(frozen=True)
class Row:
    """One article as the file has it: where it stands, and its values under the file's own names."""

    where: str
    values: Mapping[str, Any]
    segment_origins: tuple[Origin, ...] = ()


Reader = Callable[[BinaryIO, str, Options], Iterator[Row | Problem]]


class Line(NamedTuple):
    """A line of a file: its number from 1, the offset of its first byte, its bytes (None when over the cap)."""

    number: int
    offset: int
    raw: bytes | None


def size(count: int) -> str:
    """A number of bytes as a person says it: 32 MB, 200 bytes."""
    return f"{count / 2**20:.0f} MB" if count >= 2**20 else f"{count} bytes"


def lines(stream: BinaryIO, cap: int) -> Iterator[Line]:
    r"""Cut a stream at b"\n" and nowhere else: U+2028 and U+0085, at which str.splitlines cuts, are content.

    The line's end stays on it; a UTF-8 byte order mark is dropped. Raises ReadError for UTF-16 and UTF-32.
    """
    number = offset = 0
    while raw := stream.readline(cap + 2):  # + 2: a line of exactly `cap` bytes may end in CRLF
        number += 1
        length = len(raw)
        if number == 1:
            refuse_wide(raw)
            raw = raw.removeprefix(codecs.BOM_UTF8)
        start = offset + length - len(raw)
        too_long = length > cap and len(raw.rstrip(b"\r\n")) > cap
        while length and not raw.endswith(b"\n") and (rest := stream.readline(SKIP_STEP)):
            too_long, length, raw = True, length + len(rest), rest
        offset += length
        yield Line(number, start, None if too_long else raw)


def refuse_wide(head: bytes) -> None:
    """Raise ReadError when the first bytes of a file are the mark of UTF-16 or UTF-32."""
    for mark, name in _WIDE_MARKS.items():
        if head.startswith(mark):
            raise ReadError(f"is {name}, not UTF-8: convert it, for example with 'iconv -f {name} -t UTF-8'")


def not_utf8(error: UnicodeDecodeError, offset: int) -> str:
    """Say which byte of the file is no UTF-8. `offset` is where the decoded bytes began in the file."""
    return (
        f"is not valid UTF-8: byte 0x{error.object[error.start]:02x} at byte {offset + error.start} of the file; "
        "save it as UTF-8, or find where it was cut"
    )


def too_long(cap: int) -> str:
    """The reason of a row over the cap."""
    return f"is longer than {size(cap)}, the limit for one row, and was skipped: cut it into articles"


def whole(stream: BinaryIO, cap: int) -> bytes:
    """All bytes of a file that is one article. Raises ReadError over the cap, without reading more than that."""
    raw = stream.read(cap + 1)
    if len(raw) > cap:
        raise ReadError(f"is larger than {size(cap)}, the limit for one article, and was not read: cut it into articles")
    return raw


def whole_text(stream: BinaryIO, cap: int) -> str:
    """The text of a UTF-8 file that is one article, as it stands: the byte order mark dropped, CRLF kept.

    Raises ReadError when the file is over the cap, blank, or no UTF-8.
    """
    raw = whole(stream, cap)
    refuse_wide(raw)
    start = len(codecs.BOM_UTF8) if raw.startswith(codecs.BOM_UTF8) else 0
    try:
        text = raw[start:].decode("utf-8")
    except UnicodeDecodeError as error:
        raise ReadError(not_utf8(error, start)) from None
    if not text.strip():
        raise EmptyInputError("is empty: there is nothing to check")
    return text


def parse_json(text: str) -> Any:  # noqa: ANN401 - a JSON value may be anything
    """`text` as strict JSON. Raises ValueError, in words for the person who wrote the file, for everything else.

    Stricter than json.loads, which lets a key stand twice (the first value is lost), takes NaN, turns 1e999 into
    infinity, and dies of RecursionError on deep nesting.
    """
    try:
        value = json.loads(text, object_pairs_hook=_unique_keys, parse_constant=_refuse_constant, parse_float=_finite)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno} of the row" if error.lineno > 1 else f"column {error.colno}"
        raise ValueError(f"is no valid JSON: {error.msg} at {place}") from None
    except RecursionError:
        raise ValueError(_too_deep()) from None
    except ValueError as error:
        if "integer string conversion" in str(error):  # Python's own limit of 4,300 digits, in Python's own words
            raise ValueError("is not usable JSON: a number has too many digits; write it as a string") from None
        raise
    return value


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        twice = next(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        raise ValueError(f"has the key {twice!r} twice in one object: keep one of them")
    return values


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"is no valid JSON: it holds {name}; write null, or a string")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError(f"is not usable JSON: the number {digits[:20]} is too large; write it as a string")
    return number


def _too_deep() -> str:
    return f"nests more than {MAX_DEPTH} brackets inside each other: flatten it"


def json_row(text: str, where: str) -> Row | Problem:
    """The row that a JSON text is, or the Problem with it."""
    try:
        value = parse_json(text)
    except ValueError as error:
        return Problem(where, str(error))
    if not isinstance(value, dict):
        return Problem(where, f'is not a JSON object but {_json_kind(value)}: an article is {{"text": "..."}}')
    return Row(where, value)


def _json_kind(value: object) -> str:
    kinds = {list: "an array", str: "a string", bool: "true or false", int: "a number", float: "a number"}
    return kinds.get(type(value), "null")


def articles(rows: Iterable[Row | Problem], name: str, options: Options) -> Iterator[Article | Problem]:
    """Turn a file's rows into articles. Names the mapped columns that no row of the file had: a typo, most likely."""
    unseen = dict(options.columns)
    known: dict[str, None] = {}  # the names of the file's first row, in their order, to say what is there
    for row in rows:
        if isinstance(row, Problem):
            yield row
            continue
        known = known or dict.fromkeys(row.values)
        unseen = {ours: theirs for ours, theirs in unseen.items() if theirs not in row.values}
        yield to_article(row, options)
    if known and unseen:
        yield Problem(name, absent(unseen, known))


def absent(columns: Mapping[str, str], there: Iterable[str]) -> str:
    """The reason when mapped columns are not in the file."""
    missing = ", ".join(f"'{theirs}' (for '{ours}')" for ours, theirs in columns.items())
    return f"has no column {missing}, which --columns asks for; it has: {_some(there)}"


def check_names(there: list[str], options: Options) -> None:
    """Raise ReadError when a table's columns cannot make articles, so that it is said once and not for each row."""
    columns = options.columns
    if missing := {ours: theirs for ours, theirs in columns.items() if theirs not in there}:
        raise ReadError(absent(missing, there))
    texts = {"text", "segments", "target"} if options.pairs else {"text", "segments"}
    if not texts & rename(dict.fromkeys(there), columns).keys():
        raise ReadError(f"has no column 'text' or 'segments'; it has: {_some(there)}; say which it is: --columns text=NAME")


def _some(names: Iterable[str], limit: int = 20) -> str:
    shown = list(names)
    more = f" and {len(shown) - limit} more" if len(shown) > limit else ""
    return ", ".join(name[:60] for name in shown[:limit]) + more


def to_article(row: Row, options: Options) -> Article | Problem:
    """The article that a row is, with the run's defaults, or the Problem with it."""
    values = rename(row.values, options.columns)
    for key, default in (("lang", options.lang), ("source_lang", options.source_lang)):
        if values.get(key) in (None, ""):  # an empty language says nothing: the default, or else detection
            values[key] = default
    try:
        _refuse_unusable({key: value for key, value in values.items() if key not in ARTICLE_KEYS})
        kind = SentencePair if options.pairs and _is_pair(values) else Article
        return kind.from_row(values, origin=row.where, segment_origins=row.segment_origins)
    except ValueError as error:
        return Problem(row.where, str(error))
    except RecursionError:
        return Problem(row.where, _too_deep())


def _is_pair(values: Mapping[str, Any]) -> bool:
    return values.get("text") is None and values.get("segments") is None and not PAIR_KEYS.keys().isdisjoint(values)


def rename(values: Mapping[str, Any], columns: Mapping[str, str]) -> dict[str, Any]:
    """Values under our names. What stood under one of our names and is not meant by it is kept as `input_NAME`."""
    taken = set(columns.values())
    renamed = {ours: values[theirs] for ours, theirs in columns.items() if theirs in values}
    for key, value in values.items():
        if key not in taken:
            renamed[f"input_{key}" if key in columns else key] = value
    return renamed


def _refuse_unusable(extra: Mapping[str, Any]) -> None:
    """Refuse what no report can carry: too deep nesting, lone surrogates and NUL, in keys and values of any depth.

    A loop with a stack, because a recursive walk would itself die on what it looks for.
    """
    stack: list[tuple[str, object, int]] = [(key, value, 0) for key, value in extra.items()]
    stack += [(key, key, 0) for key in extra]
    while stack:
        key, value, depth = stack.pop()
        if depth > MAX_DEPTH:
            raise ValueError(f"the value of {key!r} {_too_deep()}")
        if isinstance(value, str):
            _refuse_unspeakable(key, value)
        elif isinstance(value, Mapping):
            stack += [(key, part, depth + 1) for pair in value.items() for part in pair]
        elif isinstance(value, (list, tuple)):
            stack += [(key, part, depth + 1) for part in value]


def _refuse_unspeakable(key: str, text: str) -> None:
    if "\x00" in text:
        raise ValueError(f"the key {key!r} holds a NUL character: remove it")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError(f"the key {key!r} holds a lone surrogate: the file was cut or encoded wrongly") from None


def list_cell(key: str, cell: str) -> Any:  # noqa: ANN401 - from_row says what is wrong with it
    """The value of a table's cell: the list columns hold JSON arrays, all others are text. Raises ValueError."""
    if key not in LIST_KEYS:
        return cell
    try:
        return parse_json(cell)
    except ValueError as error:
        raise ValueError(f"the column '{key}' must hold a JSON array of strings; the cell {error}") from None
