"""CSV and TSV: the cell of a field is edited within its quotation marks, all other cells stay as they are written.

A cell without quotation marks gets them when what it is to hold needs them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tqcheck.rewrite import jsontext
from tqcheck.rewrite.letters import Change, File, Letters, Opened, Patch, Span, decoded, encoded, line_starts, patched

_MARK = "\ufeff"
_QUOTED = re.compile(r'"(?:[^"]++|"")*+"')
_IN_QUOTES = re.compile(r'""|[^"]')
_DELIMITERS = {"csv": ",;\t", "tsv": "\t"}  # those that the reader tries


@dataclass(frozen=True)
class _Cell:
    """A cell: where it stands, its quotation marks included, and where each of its characters does."""

    start: int
    end: int
    value: str
    spans: Sequence[Span]
    is_quoted: bool


def opened(file: File) -> Opened:
    """The table."""
    text = decoded(file.raw)
    starts = line_starts(text)
    first = len(text) - len(text.removeprefix(_MARK))
    delimiter = _delimiter(file, text[first : text.find("\n", first) + 1 or len(text)])
    while text[first : first + 1] in {"\r", "\n"}:
        first += 1
    header = [cell.value.strip() or f"column {number}" for number, cell in enumerate(_cells(text, first, delimiter), start=1)]

    def patches(change: Change) -> Iterator[Patch]:
        cells = list(_cells(text, max(first, starts[file.line_of(change.article.origin)]), delimiter))
        for field in dict.fromkeys(field for field, _ in change.edits):
            if file.column(field) not in header:
                raise file.cannot(f"its {field} does not stand in the column '{file.column(field)}'")
            yield from _cell(cells[header.index(file.column(field))], change, field, delimiter)

    return Opened(text, patches, encoded)


def _delimiter(file: File, line: str) -> str:
    known = _DELIMITERS[file.kind]
    return next((mark for mark in known if mark in line), known[0])


def _cells(text: str, at: int, delimiter: str) -> Iterator[_Cell]:
    """The cells of the record that begins at `at`."""
    plain = re.compile(f"[^{re.escape(delimiter)}\r\n]*")
    while True:
        found = _QUOTED.match(text, at)
        if found:
            spans = [one.span() for one in _IN_QUOTES.finditer(text, at + 1, found.end() - 1)]
        else:
            found = plain.match(text, at)
            spans = [(at, at + 1) for at in range(*found.span())] if found else []
        end = found.end() if found else at
        yield _Cell(at, end, "".join(text[start] for start, _ in spans), spans, text.startswith('"', at))
        if text[end : end + 1] != delimiter:
            return
        at = end + 1


def _cell(cell: _Cell, change: Change, field: str, delimiter: str) -> list[Patch]:
    letters = Letters(cell.spans, lambda new, _at: new.replace('"', '""') if cell.is_quoted else new, cell.start + cell.is_quoted)
    patches: list[Patch] = []
    for (name, segment), edits in change.edits.items():
        if name == field and segment is None:
            patches += letters.patches(edits)
        elif name == field:
            patches += _entry(letters, cell.value, segment or 0).patches(edits)
    if cell.is_quoted:
        return patches
    value = patched(cell.value, [(start - cell.start, end - cell.start, new) for start, end, new in patches])
    if value.startswith('"') or any(mark in value for mark in (delimiter, "\r", "\n")) or ('"' in value and '"' not in cell.value):
        doubled = value.replace('"', '""')
        return [(cell.start, cell.end, f'"{doubled}"')]
    return patches


def _entry(letters: Letters, value: str, segment: int) -> Letters:
    """The letters of a segment within those of the cell that holds the array."""
    inner = list(jsontext.strings(value, value.index("[")))[segment]
    return letters.within(inner.spans, lambda new: inner.escape(new, 0))
