"""Markdown: the body stands behind the front matter as it is; a title is edited where it stands in one line of that."""

from __future__ import annotations

import re

from tqcheck.rewrite import jsontext
from tqcheck.rewrite.letters import Change, File, Letters, Opened, Patch, decoded, encoded

_TITLE = re.compile(r"^title[ \t]*:[ \t]+(?P<value>.*?)[ \t\r]*$", re.MULTILINE)
_UNSAFE = re.compile(r"[\r\n]|: | #|^[\[{|>&*!%@`'\"#~-]")  # in a plain scalar these would say something else


def opened(file: File) -> Opened:
    """The file, which is one article."""
    text = decoded(file.raw)
    return Opened(text, lambda change: _patches(file, text, change), encoded)


def _patches(file: File, text: str, change: Change) -> list[Patch]:
    start = len(text) - len(change.article.text or "")
    patches: list[Patch] = [(start + edit.start, start + edit.end, edit.text) for edit in change.edits.get(("text", None), ())]
    if title := change.edits.get(("title", None)):
        patches += _title(file, text[:start], change.article.title or "").patches(title)
    return patches


def _title(file: File, front: str, title: str) -> Letters:
    """The letters of the title in the front matter. Raises CannotFixError where it does not stand in one line as it is."""
    found = _TITLE.search(front)
    if found is None:
        raise file.cannot("its title does not stand in one line")
    start, end = found.span("value")
    if front[start] == '"':
        return jsontext.literal(front, start)
    quoted = front[start] == "'"
    start += quoted
    if front[start : start + len(title)] != title or "''" in front[start:end]:
        raise file.cannot("its title does not stand in one line as it is")

    def escape(new: str, _at: int) -> str:
        if ("'" in new) if quoted else _UNSAFE.search(new):
            raise file.cannot("its title would need other quotation marks")
        return new

    return Letters([(at, at + 1) for at in range(start, start + len(title))], escape)
