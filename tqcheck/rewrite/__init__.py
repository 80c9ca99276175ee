"""Writes fixed articles back into the very file they came from: one module per format, beside its reader in `read`.

A format's module says where in the file each character of a field stands, and how a new one is written there; what is edited is the text
of the file at these places, and nothing else. In the end the new file is read again: unless it holds exactly the articles that were meant,
it is not written. So a format that is more than its module knows can make a fix fail, but never spoil a file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tqcheck.article import Article, Problem
from tqcheck.read import read_bytes
from tqcheck.rewrite import feed, html, jsontext, markdown, parquet, po, table, text, units
from tqcheck.rewrite.letters import CannotFixError, Change, File, Opened, Patch, patched
from tqcheck.rewrite.xmltext import root_of

if TYPE_CHECKING:
    from tqcheck.fix import FixedArticle
    from tqcheck.read.rows import Options

__all__ = ["BY_FIELD", "CannotFixError", "kind_of", "rewrite"]

_OPEN: Mapping[str, Callable[[File], Opened]] = {
    "text": text.opened,
    "markdown": markdown.opened,
    "jsonl": jsontext.opened_lines,
    "json": jsontext.opened,
    "csv": table.opened,
    "tsv": table.opened,
    "po": po.opened,
    "xliff": units.opened,
    "tmx": units.opened,
    "rss": feed.opened,
    "atom": feed.opened,
    "html": html.opened,
}
BY_FIELD = frozenset({"jsonl", "json", "csv", "tsv", "parquet"})  # an article a line, or none at all: a diff of lines shows nothing
_REPEATED = frozenset({"summary", "page_title"})
_ROOTS = {"rss": "rss", "RDF": "rss", "feed": "atom", "entry": "atom", "xliff": "xliff", "tmx": "tmx", "html": "html", "nitf": "nitf"}


def kind_of(raw: bytes, input_format: str) -> str:
    """The format that a file is, looked into where the name says only XML."""
    if input_format != "xml":
        return input_format
    root = root_of(raw)
    return _ROOTS.get(root, root or "xml")


def rewrite(raw: bytes, name: str, input_format: str, options: Options, fixed: Sequence[FixedArticle]) -> tuple[bytes, dict[int, str]]:
    """The file with its articles fixed, and which of them could not be, by their number, and why.

    `fixed` are all articles that were read from it, in order. Raises CannotFixError when nothing of the file can be fixed.
    """
    changes = {number: Change(number, article.before, article.edits) for number, article in enumerate(fixed) if article.edits}
    failed: dict[int, str] = {}
    if not changes:
        return raw, failed
    kind = kind_of(raw, input_format)
    reading = _Reading(name, input_format, options)
    was = reading.read(raw)
    file = File(raw, name, kind, options)
    edit = parquet.editor(file) if kind == "parquet" else _editor(file)
    while changes:
        after = edit(list(changes.values()), failed)
        for number in failed:
            changes.pop(number, None)
        wrong = _wrong(
            file, was, reading.read(after), [article.after if number in changes else article.before for number, article in enumerate(fixed)]
        )
        if not wrong:
            return after, failed
        failed |= dict.fromkeys(wrong, str(file.cannot("the place of its text in the file is not plain")))
        for number in wrong:
            changes.pop(number, None)
    return raw, failed


def _editor(file: File) -> Callable[[Sequence[Change], dict[int, str]], bytes]:
    """What makes changes to a file that is text; those that cannot be made it names. Raises CannotFixError."""
    if file.kind not in _OPEN:
        raise file.cannot("its text is not kept in one place")
    opened = _OPEN[file.kind](file)

    def edit(changes: Sequence[Change], failed: dict[int, str]) -> bytes:
        patches: list[Patch] = []
        for change in changes:
            try:
                patches += opened.patches(change)
            except CannotFixError as error:
                failed[change.number] = str(error)
        try:
            return opened.encode(patched(opened.text, patches))
        except UnicodeEncodeError as error:
            raise file.cannot(f"its encoding has no {error.object[error.start]!r}") from None

    return edit


@dataclass(frozen=True)
class _Reading:
    """How the file is read: as the run reads it."""

    name: str
    input_format: str
    options: Options

    def read(self, raw: bytes) -> list[Article | Problem]:
        return list(read_bytes(raw, self.name, self.input_format, self.options))


def _wrong(file: File, was: list[Article | Problem], now: list[Article | Problem], meant: list[Article]) -> list[int]:
    """The numbers of the articles that are read from the new file as something else than was meant.

    Raises CannotFixError when it is not read as the same articles at all.
    """
    if [_reason(record) for record in was] != [_reason(record) for record in now]:
        raise file.cannot("the fixed file would not be read as the same articles")
    articles = [record for record in now if isinstance(record, Article)]
    return [number for number, (one, other) in enumerate(zip(meant, articles, strict=True)) if _content(one) != _content(other)]


def _reason(record: Article | Problem) -> str:
    """What is wrong with a record, without numbers, which are places."""
    return re.sub(r"\d+", "", record.reason) if isinstance(record, Problem) else ""


def _content(article: Article) -> Article:
    """An article without its places, which shift when lines before it go, and without what other fields repeat of it."""
    return replace(
        article,
        id="" if article.origin and article.id.startswith(article.origin) else article.id,
        origin="",
        segment_origins=(),
        extra={key: value for key, value in article.extra.items() if key not in _REPEATED},
    )
