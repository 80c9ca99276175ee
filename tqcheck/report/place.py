"""Where a finding stands, in words a person can follow: `text 5:23`, `segments[3] 1:8`."""

from __future__ import annotations

import re
from bisect import bisect_right

from tqcheck.article import Article, FieldName, Finding, OtherPlace, Place
from tqcheck.report.visible import clip, visible

Field = tuple[FieldName, int | None]  # with the number of the segment, where the field is "segments"


def field_text(article: Article, field: Field) -> str:
    """Return the text that the offsets of a finding count in; empty when the article has no such field."""
    name, segment = field
    if name == "title":
        return article.title or ""
    if name == "text":
        return article.text or ""
    segments = article.segments or ()
    return segments[segment] if segment is not None and 0 <= segment < len(segments) else ""


class Places:
    """Knows the lines of one article; each field is read once, however many findings it has."""

    def __init__(self, article: Article) -> None:
        self._article = article
        self._starts: dict[Field, list[int]] = {}

    def line_and_column(self, field: Field, offset: int) -> tuple[int, int]:
        """Return the line and the column of `offset` in a field, both counted from 1."""
        starts = self.line_starts(field)
        line = bisect_right(starts, offset)
        return line, offset - starts[line - 1] + 1

    def line_starts(self, field: Field) -> list[int]:
        """Return the offsets at which the lines of a field begin."""
        if field not in self._starts:
            self._starts[field] = [0, *(newline.end() for newline in re.finditer("\n", field_text(self._article, field)))]
        return self._starts[field]

    def where(self, place: Finding | Place) -> str:
        """Return field, line and column of a finding or a related place; of one in another article, that article and the field."""
        if isinstance(place, OtherPlace):
            field = place.field if place.segment is None else f"{place.field}[{place.segment}]"
            return f"article {visible(clip(place.article, 80))}, {field}, character {place.start + 1}"
        line, column = self.line_and_column((place.field, place.segment), place.start)
        return f"{place.field if place.segment is None else f'{place.field}[{place.segment}]'} {line}:{column}"

    def line_around(self, place: Finding | Place) -> tuple[str, int, int]:
        """Return the line in which a place begins, and the place's start and end in that line, cut at the line's end."""
        field = (place.field, place.segment)
        starts, text = self.line_starts(field), field_text(self._article, field)
        line = bisect_right(starts, place.start)
        end = starts[line] - 1 if line < len(starts) else len(text)
        begin = starts[line - 1]
        return text[begin:end], place.start - begin, min(place.end, end) - begin
