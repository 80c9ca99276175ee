"""What XLIFF, TMX and PO have in common: units of source and translation, put together to articles.

The units of one file, or of one language pair in it, are the parallel segments of one article: a sentence is judged among its
neighbours, and names are compared throughout. After UNITS units, or LETTERS letters, a new article begins, so that memory stays flat
whatever the file; the first has the id of the whole, those that follow `#2`, `#3` ...

A unit that is not translated yet is no text to check. It is left out and counted: the article has the number as `units_left_out`. A whole
of which nothing is translated is no article but a problem: nobody who delivers an empty translation may hear that all is well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tqcheck.article import Origin, Problem
from tqcheck.errors import EmptyInputError
from tqcheck.read.rows import Row
from tqcheck.read.xmlparser import local

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lxml import etree

UNITS = 200  # a long article has half as many sentences
LETTERS = 4_000_000  # of the units of an article: a unit itself may be as long as a row

# Of XLIFF 1.2, XLIFF 2 and TMX: what stands in them, if anything, is the code of the format that was translated, and no text
CODES = frozenset("bpt bx ec em ept ex it ph sc sm sub ut x".split())  # noqa: SIM905 - words


class Units:
    """Gathers the units of one whole; `add` and `rest` yield the articles that they make."""

    def __init__(self, name: str, part: str, values: Mapping[str, Any], at: int | None = None) -> None:
        """`part` tells the whole from others in the file `name`; "" when the file has only one. `at` is the line where it begins."""
        self._name = name
        self._part = part
        self._id = f"{name}#{part}" if part else name
        self._values = values
        self._articles = 0
        self.taken = 0
        self.left_out = 0
        self._problems = 0
        self._line = at
        self._begin()

    def _begin(self) -> None:
        self._targets: list[str] = []
        self._sources: list[str] = []
        self._origins: list[Origin] = []
        self._left_out_here = 0
        self._letters = 0

    def leave_out(self) -> None:
        """Count a unit that is not translated."""
        self.left_out += 1
        self._left_out_here += 1

    def add(self, target: str, source: str, origin: Origin) -> Iterator[Row]:
        """Take a unit; yield an article when there are enough for one. A blank target is left out."""
        if not target.strip():
            self.leave_out()
            return
        self.taken += 1
        self._targets.append(target)
        self._sources.append(source)
        self._origins.append(origin)
        self._letters += len(target) + len(source)
        if len(self._targets) == UNITS or self._letters > LETTERS:
            yield from self.rest()

    def rest(self) -> Iterator[Row]:
        """Yield the article that the units since the last one make, if there are any."""
        if not self._targets:
            return
        self._articles += 1
        values = {
            "id": self._id if self._articles == 1 else f"{self._id}#{self._articles}",
            "segments": self._targets,
            "source_segments": self._sources,
            **self._values,
        }
        if self._left_out_here:
            values["units_left_out"] = self._left_out_here
        yield Row(f"{self._name}:{self._origins[0].line}", values, tuple(self._origins))
        self._begin()

    def note(self, problem: Problem) -> Problem:
        """The same problem; that the whole has nothing to check need then not be said as well."""
        self._problems += 1
        return problem

    def untranslated(self, kind: str) -> Iterator[Problem]:
        """Yield a problem when the whole gave nothing at all. `kind` says what it is."""
        if self.taken or self._problems:
            return
        where = self._name if self._line is None else f"{self._name}:{self._line}"
        yield Problem(where, f"the {kind} '{self._part[:60]}' {_nothing(self.left_out)}; translate it, or take it out")


def refuse_untranslated(taken: int, left_out: int) -> None:
    """Raise EmptyInputError when a file gave nothing to check."""
    if not taken:
        raise EmptyInputError(_nothing(left_out))


def _nothing(left_out: int) -> str:
    if left_out:
        return f"holds {left_out} units, and none of them is translated: there is nothing to check"
    return "holds no unit: there is nothing to check"


def text_and_codes(element: etree._Element) -> tuple[str, tuple[int, ...]]:
    """The text of a source or target, and the offsets in it at which inline codes stood. A line break that is a code is a line feed."""
    parts: list[str] = []
    codes: list[int] = []
    length = 0

    def say(text: str | None) -> None:
        nonlocal length
        if text:
            parts.append(text)
            length += len(text)

    def walk(outer: etree._Element) -> None:  # its depth is limited by the parser
        say(outer.text)
        for inner in outer:
            kind = local(inner)
            if kind in CODES:
                codes.append(length)
                say("\n" if inner.get("ctype") == "lb" or inner.get("type") == "lb" else None)
            elif kind == "cp":  # a character that XML cannot hold, of XLIFF 2
                codes.append(length)
            else:
                walk(inner)
            say(inner.tail)

    walk(element)
    return "".join(parts), tuple(codes)
