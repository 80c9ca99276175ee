"""Plain text: the file is the text."""

from __future__ import annotations

from collections.abc import Sequence

from tqcheck.rewrite.letters import Change, File, decoded, encoded, patched

MARK = "\ufeff"


def rewrite(file: File, changes: Sequence[Change]) -> bytes:
    """The file with its one article changed."""
    text = decoded(file.raw)
    mark = len(text) - len(text.removeprefix(MARK))
    return encoded(patched(text, [(mark + edit.start, mark + edit.end, edit.text) for edit in changes[0].edits["text", None]]))
