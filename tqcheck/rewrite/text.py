"""Plain text: the file is the text."""

from __future__ import annotations

from tqcheck.rewrite.letters import File, Opened, decoded, encoded

MARK = "\ufeff"


def opened(file: File) -> Opened:
    """The file, whose one article is all of it."""
    text = decoded(file.raw)
    mark = len(text) - len(text.removeprefix(MARK))
    return Opened(text, lambda change: [(mark + edit.start, mark + edit.end, edit.text) for edit in change.edits["text", None]], encoded)
