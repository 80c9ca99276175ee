"""Cuts a text at the borders of everything marked in it, so that overlapping findings can be shown in flat HTML.

`Σ piece.text` over all lines, with each line's `before` and `after`, is the text itself, to the character.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

LINE = re.compile(r"[^\r\n]*[^\s][^\r\n]*")  # a line with something to read in it


@dataclass(frozen=True)
class Span:
    """A stretch to mark: the place of finding `number`, or with `related` a place that it is also about."""

    start: int
    end: int
    number: int
    related: int | None = None

    @property
    def anchor(self) -> str:
        """The id of the mark in the page."""
        return f"f{self.number}" if self.related is None else f"f{self.number}r{self.related}"


@dataclass(frozen=True)
class Piece:
    """A stretch of text on which the same spans lie from its first to its last character."""

    text: str
    spans: tuple[Span, ...] = ()  # that cover it
    begins: tuple[Span, ...] = ()  # that have their first piece here
    ends: tuple[Span, ...] = ()  # that have their last piece here


@dataclass(frozen=True)
class MarkedLine:
    """A line of the text in pieces, and the line ends and empty lines around it."""

    start: int
    end: int
    pieces: tuple[Piece, ...]
    before: str  # only the first line has any
    after: str

    @property
    def begins(self) -> tuple[Span, ...]:
        """The spans that have their first piece in this line, in order."""
        return tuple(span for piece in self.pieces for span in piece.begins)


def marked_lines(text: str, spans: Iterable[Span]) -> list[MarkedLine]:
    """Return the lines of `text` with `spans` marked in them; no line at all when the text is blank.

    A span that reaches into line ends is drawn in to the text beside them; an empty one becomes an empty piece.
    """
    lines = [(match.start(), match.end()) for match in LINE.finditer(text)]
    if not lines:
        return []
    borders = _Borders(spans, lines)
    following = [start for start, _ in lines[1:]] + [len(text)]
    before = [text[: lines[0][0]]] + [""] * (len(lines) - 1)
    return [
        MarkedLine(start, end, tuple(borders.pieces(text, start, end)), blank, text[end:next_start])
        for (start, end), blank, next_start in zip(lines, before, following, strict=True)
    ]


class _Borders:
    """Where spans begin and end, and, while the text is walked through from its start, which of them are open."""

    def __init__(self, spans: Iterable[Span], lines: Sequence[tuple[int, int]]) -> None:
        self._opening: dict[int, list[Span]] = defaultdict(list)
        self._closing: dict[int, list[Span]] = defaultdict(list)
        self._empty: dict[int, list[Span]] = defaultdict(list)
        self._open: dict[Span, None] = {}  # a set that keeps its order
        starts, ends = [start for start, _ in lines], [end for _, end in lines]
        for span in spans:
            start, end = _start_in_line(span.start, starts, ends), _end_in_line(span.end, starts, ends)
            if start < end:
                self._opening[start].append(span)
                self._closing[end].append(span)
            else:
                self._empty[end].append(span)
        self._cuts = sorted({*self._opening, *self._closing, *self._empty})

    def pieces(self, text: str, start: int, end: int) -> Iterator[Piece]:
        """Yield the pieces of the line from `start` to `end`; to be called for each line in turn."""
        within = self._cuts[bisect_right(self._cuts, start) : bisect_left(self._cuts, end)]
        for piece_start, piece_end in pairwise([start, *within, end]):
            yield from self._empty_piece(piece_start)
            begins, ends = tuple(self._opening.get(piece_start, ())), tuple(self._closing.get(piece_end, ()))
            self._open.update(dict.fromkeys(begins))
            yield Piece(text[piece_start:piece_end], tuple(self._open), begins, ends)
            for span in ends:
                del self._open[span]
        yield from self._empty_piece(end)

    def _empty_piece(self, offset: int) -> Iterator[Piece]:
        if offset in self._empty:
            spans = tuple(self._empty[offset])
            yield Piece("", spans, spans, spans)


def _start_in_line(offset: int, starts: Sequence[int], ends: Sequence[int]) -> int:
    """Return `offset`, or the start of the next line when it lies between two."""
    line = bisect_right(ends, offset)
    return ends[-1] if line == len(ends) else max(offset, starts[line])


def _end_in_line(offset: int, starts: Sequence[int], ends: Sequence[int]) -> int:
    """Return `offset`, or the end of the line before when it lies between two."""
    line = bisect_left(starts, offset) - 1
    return starts[0] if line < 0 else min(offset, ends[line])
