"""What all rewriters share: where in a file the characters of a value stand, and how edits of the value become edits of the file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tqcheck.errors import TqcheckError

if TYPE_CHECKING:
    from tqcheck.article import Article
    from tqcheck.fix import Edit, Key
    from tqcheck.read.rows import Options

Span = tuple[int, int]


class CannotFixError(TqcheckError):
    """A file that cannot be written again without risk."""

    def __init__(self, kind: str, why: str) -> None:
        super().__init__(f"cannot be fixed in {_NAMES.get(kind, kind)}: {why}; convert it to JSONL and fix that")


_NAMES = {
    "text": "plain text",
    "markdown": "Markdown",
    "parquet": "Parquet",
    "ninjs": "ninjs",
    "newsml": "NewsML-G2",
    "newsItem": "NewsML-G2",
    "newsMessage": "NewsML-G2",
    "atom": "Atom",
} | {name: name.upper() for name in ("jsonl", "json", "csv", "tsv", "html", "rss", "xliff", "tmx", "po", "nitf", "xml")}


@dataclass(frozen=True)
class File:
    """A file that is to be written again."""

    raw: bytes
    name: str
    kind: str
    options: Options

    def line_of(self, origin: str) -> int:
        """The line, from 1, that the origin of an article names; 1 when it names only the file."""
        number = origin.removeprefix(self.name).removeprefix(":").partition(":")[0]
        return int(number) if number.isdigit() else 1

    def column(self, name: str) -> str:
        """What the file calls one of our columns."""
        return self.options.columns.get(name, name)

    def cannot(self, why: str) -> CannotFixError:
        """The error that says why the file cannot be fixed."""
        return CannotFixError(self.kind, why)


@dataclass(frozen=True)
class Change:
    """An article of the file, its number among those that were read, and what is to become of its fields."""

    number: int
    article: Article
    edits: Mapping[Key, tuple[Edit, ...]]


Patch = tuple[int, int, str]  # a stretch of the file's text, and what takes its place


@dataclass(frozen=True)
class Opened:
    """A file ready to be edited: its text, what makes bytes of that, and what makes patches of it from a change."""

    text: str
    patches: Callable[[Change], Iterable[Patch]]
    encode: Callable[[str], bytes]


@dataclass(frozen=True)
class Letters:
    """A value as the file has it: where each of its characters stands there, and how a new one is written at such a place."""

    spans: Sequence[Span]
    escape: Callable[[str, int], str]
    empty_at: int = 0  # where an empty value begins

    def patches(self, edits: Iterable[Edit]) -> list[Patch]:
        """Edits of the value as edits of the file. What stands between its characters, as tags do, stays."""
        return [patch for edit in edits for patch in self._patches(edit)]

    def _placed(self, start: int, end: int) -> Span:
        if start < end:
            return self.spans[start][0], self.spans[end - 1][1]
        at = self.spans[start][0] if start < len(self.spans) else self.spans[-1][1] if self.spans else self.empty_at
        return at, at

    def _patches(self, edit: Edit) -> list[Patch]:
        pieces = _joined(self.spans[edit.start : edit.end])
        if not pieces:
            at = self.spans[edit.start - 1][1] if edit.start else self.spans[0][0] if self.spans else self.empty_at
            return [(at, at, self.escape(edit.text, at))]
        (start, end), *others = pieces
        return [(start, end, self.escape(edit.text, start)), *((*piece, "") for piece in others)]

    def within(self, spans: Sequence[Span], escape: Callable[[str], str]) -> Letters:
        """The letters of a value that is written inside this one: `spans` are places in this value."""
        placed = [self._placed(start, end) for start, end in spans]
        return Letters(placed, lambda text, at: self.escape(escape(text), at), self.empty_at)


def _joined(spans: Iterable[Span]) -> list[Span]:
    joined: list[Span] = []
    for start, end in spans:
        if joined and joined[-1][1] == start:
            joined[-1] = (joined[-1][0], end)
        elif end > start:
            joined.append((start, end))
    return joined


def patched(text: str, patches: Iterable[Patch]) -> str:
    """A text with patches that do not overlap."""
    parts: list[str] = []
    at = 0
    for start, end, new in sorted(patches, key=lambda patch: patch[:2]):
        parts += [text[at:start], new]
        at = end
    return "".join((*parts, text[at:]))


def decoded(raw: bytes) -> str:
    """The text of a file of UTF-8, also of one that is none in places: `encoded` makes the same bytes of it."""
    return raw.decode("utf-8", "surrogateescape")


def encoded(text: str) -> bytes:
    """The bytes of a text that was `decoded`."""
    return text.encode("utf-8", "surrogateescape")


def line_starts(text: str) -> list[int]:
    """Where each line begins, the first at index 1; lines end at a line feed and nowhere else."""
    starts = [0, 0]
    at = text.find("\n")
    while at >= 0:
        starts.append(at + 1)
        at = text.find("\n", at + 1)
    return starts
