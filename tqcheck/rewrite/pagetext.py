"""Where the characters of a page's visible text stand: the page is shown once more, with a mark in each of its texts.

The marks are characters of a private plane that no text has. In what the page then shows, each mark says which text of the file it comes
from; so whatever is hidden, parted or put together on the way, the reader that the article came from has decided it.
"""

from __future__ import annotations

import bisect
import html.entities
import re
from collections.abc import Callable, Iterator, Sequence

from tqcheck.rewrite.letters import Span

_FIRST = 0x100000  # of plane 16
MOST_TEXTS = 0xFFFD
_TOKEN = re.compile(
    r"""
      <!--.*?(?:-->|\Z)
    | <!\[CDATA\[.*?\]\]>
    | <(?P<raw>script|style|textarea|title|xmp|iframe|noembed|noframes)\b(?:[^>"']|"[^"]*"|'[^']*')*+>.*?</(?P=raw)\s*>
    | <[/!?]?[A-Za-z](?:[^>"']|"[^"]*"|'[^']*')*+>
    | <[!?/][^>]*>
    | (?P<text>(?:[^<]|<(?![A-Za-z/!?]))+)
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_UNIT = re.compile(r"&(?:#(?P<number>\d{1,7});?|#[xX](?P<hex>[0-9a-fA-F]{1,6});?|(?P<name>[A-Za-z][A-Za-z0-9]{1,31});)|.", re.DOTALL)
_BREAK = re.compile(r"<br\b[^>]*>", re.IGNORECASE)
_BLANK = " \t\r\n\f"
_MARK = re.compile(f"[{chr(_FIRST)}-{chr(_FIRST + MOST_TEXTS)}]")


def visible_spans(page: str, show: Callable[[str], str]) -> list[Span] | None:
    """Where each character of `show(page)` stands in the page, empty for a gap that nobody wrote; None when that cannot be told."""
    if _MARK.search(page):
        return None
    found = [token.span() for token in _TOKEN.finditer(page) if token["text"]]
    # a mark must not part blanks from words, so it stands behind those that a text begins with
    texts = [(start + _leading(page[start:end]), end) for start, end in found if page[start:end].strip(_BLANK)]
    blanks = [(start, start + length) for start, end in found if (length := _leading(page[start:end]))]
    breaks = [found.span() for found in _BREAK.finditer(page)]
    if len(texts) > MOST_TEXTS:
        return None
    parts: list[str] = []
    at = 0
    for number, (start, _end) in enumerate(texts):
        parts += [page[at:start], chr(_FIRST + number)]
        at = start
    shown = show("".join((*parts, page[at:])))
    pieces = _MARK.split(shown)
    if "".join(pieces) != show(page) or pieces[0]:
        return None
    numbers = [ord(mark) - _FIRST for mark in _MARK.findall(shown)]
    spans: list[Span] = []
    for number, following, piece in zip(numbers, (*numbers[1:], None), pieces[1:], strict=True):
        spans += _aligned(piece, list(_units(page, *texts[number])))
        gap = {" ": blanks, "\n": breaks}.get(piece[-1:]) if piece[-2:] != "\n\n" else None
        if following is not None and gap is not None and spans[-1][0] == spans[-1][1]:
            spans[-1] = _only(gap, texts[number][1], texts[following][0]) or spans[-1]
    return spans


def _leading(text: str) -> int:
    return len(text) - len(text.lstrip(_BLANK))


def _only(gaps: list[Span], start: int, end: int) -> Span | None:
    """The one run of blanks, or the one line break, between two texts; None when there are several, of which all would have to go."""
    first = bisect.bisect_left(gaps, (start, 0))
    between = [span for span in gaps[first : first + 2] if span[1] <= end]
    return between[0] if len(between) == 1 else None


def _units(page: str, start: int, end: int) -> Iterator[tuple[str, Span]]:
    for found in _UNIT.finditer(page, start, end):
        if found["number"] or found["hex"]:
            code = int(found["number"] or found["hex"], 10 if found["number"] else 16)
            value = chr(code) if code <= 0x10FFFF else "\ufffd"
        else:
            value = html.entities.html5.get(f"{found['name']};", found[0]) if found["name"] else found[0]
        yield value[:1], found.span()
        yield from ((more, (found.end(), found.end())) for more in value[1:])


def _aligned(piece: str, units: Sequence[tuple[str, Span]]) -> Iterator[Span]:
    """The places of the characters of a piece of what is shown, in the text that it was made of: runs of blanks have become one."""
    at = 0
    while at < len(units) and units[at][0] in _BLANK:
        at += 1
    for index, character in enumerate(piece):
        here = units[at][1][0] if at < len(units) else units[-1][1][1]
        run = at
        while run < len(units) and units[run][0] in _BLANK:
            run += 1
        if (
            at < len(units)
            and units[at][0] == character
            and (run == at or piece[index : index + run - at] == "".join(u for u, _ in units[at:run]))
        ):
            yield units[at][1]
            at += 1
        elif run > at and character in _BLANK:
            yield here, units[run - 1][1][1]
            at = run
        else:
            yield here, here
