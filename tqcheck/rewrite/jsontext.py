"""JSON and JSON Lines: the strings of a field are edited within their quotation marks; keys, blanks and escapes stay as they are."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from tqcheck.rewrite.letters import Change, File, Letters, Opened, Patch, decoded, encoded, line_starts

if TYPE_CHECKING:
    from tqcheck.fix import Key

_BLANK = re.compile(r"[ \t\r\n]*")
_UNIT = re.compile(r"\\u(?P<pair>[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|\\u[0-9a-fA-F]{4}|\\.|[^\\]", re.DOTALL)
_DECODER = json.JSONDecoder()
_MARK = "\ufeff"


def opened_lines(file: File) -> Opened:
    """A file of JSON Lines."""
    text = decoded(file.raw)
    starts = line_starts(text)
    return Opened(text, lambda change: _patches(file, text, starts[file.line_of(change.article.origin)], change), encoded)


def opened(file: File) -> Opened:
    """A JSON file. Raises CannotFixError when not all of it can be read."""
    text = decoded(file.raw)
    try:
        places = _places(text, list(_elements(text)))
    except ValueError:
        raise file.cannot("the file is broken, so where its articles stand cannot be told") from None

    def patches(change: Change) -> Iterator[Patch]:
        at = places.get(change.article.origin.removeprefix(file.name))
        if at is None:
            raise file.cannot("where the article stands cannot be told")
        yield from _patches(file, text, at, change)

    return Opened(text, patches, encoded)


def literal(text: str, at: int) -> Letters:
    """The letters of the string whose quotation mark stands at `at`."""
    _, end = _DECODER.raw_decode(text, at)
    spans = [found.span() for found in _UNIT.finditer(text, at + 1, end - 1)]
    return Letters(spans, _writer(text[at:end]), at + 1)


def _writer(like: str) -> Callable[[str, int], str]:
    r"""Write as the string itself is written: `\u00e9` where it has such and no é."""
    ascii_only = like.isascii() and bool(re.search(r"\\u[0-9a-fA-F]{4}", like))
    return lambda new, _at: json.dumps(new, ensure_ascii=ascii_only)[1:-1]


def strings(text: str, at: int) -> Iterator[Letters]:
    """The letters of the strings of the array that stands at `at`."""
    at = _blanks(text, at + 1)
    while text[at] != "]":
        yield literal(text, at)
        _, at = _DECODER.raw_decode(text, at)
        at = _blanks(text, at)
        at = _blanks(text, at + 1) if text[at] == "," else at


def _patches(file: File, text: str, at: int, change: Change) -> Iterator[Patch]:
    places = dict(_members(text, _blanks(text, at + text.startswith(_MARK, at))))
    for key, edits in change.edits.items():
        yield from _field(file, text, places, key).patches(edits)


def _field(file: File, text: str, places: dict[str, int], key: Key) -> Letters:
    field, segment = key
    at = places.get(file.column(field))
    if at is None:
        raise file.cannot(f"its {field} does not stand under the key '{file.column(field)}'")
    if segment is None and text[at] == '"':
        return literal(text, at)
    if segment is not None and text[at] == "[":
        return list(strings(text, at))[segment]
    raise file.cannot(f"its {field} is no plain text")


def _members(text: str, at: int) -> Iterator[tuple[str, int]]:
    """The keys of the object at `at`, and where their values begin."""
    at = _blanks(text, at + 1)
    while text[at] != "}":
        key, at = _DECODER.raw_decode(text, at)
        value = _blanks(text, _blanks(text, at) + 1)
        yield key, value
        _, at = _DECODER.raw_decode(text, value)
        at = _blanks(text, at)
        at = _blanks(text, at + 1) if text[at] == "," else at


def _blanks(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


def _elements(text: str) -> Iterator[int]:
    """Where each article of the file begins. Raises ValueError where it is broken."""
    at = _blanks(text, len(text) - len(text.removeprefix(_MARK)))
    while at < len(text):
        value, end = _DECODER.raw_decode(text, at)
        if isinstance(value, list):
            yield from _entries(text, at)
        elif isinstance(value, dict) and isinstance(value.get("articles"), list):
            yield from _entries(text, dict(_members(text, at))["articles"])
        else:
            yield at
        at = _blanks(text, end)


def _entries(text: str, at: int) -> Iterator[int]:
    at = _blanks(text, at + 1)
    while text[at] != "]":
        yield at
        _, at = _DECODER.raw_decode(text, at)
        at = _blanks(text, at)
        at = _blanks(text, at + 1) if text[at] == "," else at


def _places(text: str, elements: Sequence[int]) -> dict[str, int]:
    """Where articles stand, by the place as their reader names it: `:LINE`, with the byte's column for another one on that line."""
    places: dict[str, int] = {}
    line, seen = 1, 0
    for at in elements:
        line += text.count("\n", seen, at)
        seen = at
        column = len(encoded(text[text.rfind("\n", 0, at) + 1 : at])) + 1
        places[f":{line}:{column}"] = at
        places.setdefault(f":{line}", at)
    return places
