"""gettext PO: the quoted lines of a message are edited within their quotation marks, wrapped as they were."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tqcheck.read.html import is_known
from tqcheck.rewrite.letters import Change, File, Letters, Opened, Patch, Span, line_starts

_KEYWORD = re.compile(r"[ \t]*msg\w+(?:\[\d+\])?[ \t]*")
_QUOTED = re.compile(r'[ \t]*"((?:[^"\\\n]++|\\.)*+)"[ \t\r]*(?:\n|\Z)')
_UNIT = re.compile(r"\\(?:x[0-9a-fA-F]{1,2}|[0-7]{1,3}|.)|[^\\]", re.DOTALL)
_CHARSET = re.compile(rb"charset=([\w.:-]+)")
_MARK = b"\xef\xbb\xbf"
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"})


def opened(file: File) -> Opened:
    """The file. Raises CannotFixError for one that is not all of its charset."""
    encoding = _encoding(file)
    mark = _MARK if file.raw.startswith(_MARK) else b""
    handler = "surrogateescape" if encoding == "utf-8" else "strict"
    try:
        text = file.raw.removeprefix(mark).decode(encoding, handler)
        is_kept = mark + text.encode(encoding, handler) == file.raw
    except UnicodeError:
        is_kept = False
    if not is_kept:
        raise file.cannot(f"its bytes in {encoding} cannot be kept as they are")
    starts = line_starts(text)
    return Opened(text, lambda change: _patches(text, starts, change), lambda after: mark + after.encode(encoding, handler))


def _encoding(file: File) -> str:
    found = _CHARSET.search(file.raw)
    name = found[1].decode("ascii", "replace").lower() if found else "utf-8"
    return name if name not in {"charset", "utf8"} and is_known(name) else "utf-8"


def _patches(text: str, starts: list[int], change: Change) -> Iterator[Patch]:
    for (_field, segment), edits in change.edits.items():
        line = change.article.segment_origins[segment or 0].line or 1
        spans = list(_spans(text, starts[line]))
        yield from Letters(spans, lambda new, _at: new.translate(_ESCAPES)).patches(edits)


def _spans(text: str, at: int) -> Iterator[Span]:
    """Where the characters stand of the text whose keyword stands at `at`."""
    keyword = _KEYWORD.match(text, at)
    at = keyword.end() if keyword else at
    if text.startswith("\n", at) or text.startswith("\r\n", at):
        at = text.index("\n", at) + 1
    while quoted := _QUOTED.match(text, at):
        yield from (found.span() for found in _UNIT.finditer(text, *quoted.span(1)))
        at = quoted.end()
