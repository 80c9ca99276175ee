"""Markdown: one file is one article; its front matter says the title, the language and so on.

The text is the body as it stands, markup and all, because markup that broke in translation is one of the things to find.
Decision: where there is front matter, `text` begins behind it, and offsets are offsets into that body, not the file.

Front matter is read without a YAML library, for which `lang: no` is false, `id: 007` is 7 and `title: Kyiv: a city` an error: only text
is understood, on the line of its key, folded over more lines, or as a block (`|`, `>`). What else stands there (lists, nested
mappings) is kept word for word among the article's extra values.
"""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING, BinaryIO

from tqcheck.article import ARTICLE_KEYS, LIST_KEYS, Problem
from tqcheck.errors import ReadError
from tqcheck.read.rows import Options, Row, parse_json, whole_text

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_FRONT = 2**16  # characters: behind it a '---' is a rule between paragraphs

_FRONT = re.compile(r"---[ \t]*\r?\n(?P<front>(?:.*\n)*?)(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)")
_PAIR = re.compile(r"(?P<key>[^\s#:'\"\-][^:]*?)[ \t]*:(?:[ \t]+(?P<value>.*))?$")
_BLOCK = re.compile(r"(?P<style>[|>])[+-]?\d?[+-]?(?:[ \t]+#.*)?")
_COMMENT = re.compile(r"(?:^|[ \t])#.*$")
_NOT_SCALAR = ("[", "{", "|", ">", "&", "*", "!")
_NOT_HERE = ("text", *LIST_KEYS)  # the body is the text; a front matter cannot give another


def rows(stream: BinaryIO, name: str, options: Options) -> Iterator[Row | Problem]:
    """Yield the file's one row. Raises ReadError when the file is empty, too large, no UTF-8, or says a thing twice."""
    text = whole_text(stream, options.row_cap)
    found = _FRONT.match(text[:LONGEST_FRONT])
    front = front_matter(found["front"]) if found else None
    if found is None or front is None:
        yield Row(name, {"text": text})
    else:
        yield Row(name, front | {"text": text[found.end() :]})


def front_matter(text: str) -> dict[str, str | None] | None:
    """The values of a front matter; None when it is not one, but text between two rules.

    Raises ReadError for a key that stands twice.
    """
    entries: dict[str, list[str]] = {}
    key = ""
    for line in text.split("\n"):
        pair = _PAIR.match(line.rstrip())
        if pair:
            key = pair["key"]
            if key in entries:
                raise ReadError(f"has the key '{key}' twice in its front matter: keep one of them")
            entries[key] = [(pair["value"] or "").strip()]
        elif not line.strip():
            if key:
                entries[key].append("")  # it parts paragraphs in a block of text
        elif not line.startswith("#"):
            if not key or not line.startswith((" ", "\t", "-")):
                return None
            entries[key].append(line.rstrip())
    return dict(_value(key, lines) for key, lines in entries.items())


def _value(key: str, lines: list[str]) -> tuple[str, str | None]:
    """A key with its scalar, or with the words that stand there under a name that no check mistakes for a title."""
    if key not in _NOT_HERE:
        if not "".join(lines[1:]) and not lines[0].startswith(_NOT_SCALAR):
            return key, _scalar(lines[0])
        if block := _BLOCK.fullmatch(lines[0]):
            return key, _block(lines[1:], folded=block["style"] == ">")
        if lines[0] and not lines[0].startswith(_NOT_SCALAR) and all(not line or line[0] in " \t" for line in lines[1:]):
            return key, _scalar(_folded([lines[0], *(line.strip() for line in lines[1:])]))
    return f"input_{key}" if key in ARTICLE_KEYS else key, "\n".join(lines).strip()


def _block(lines: list[str], *, folded: bool) -> str | None:
    """A block of text without its indentation: line by line, or folded, so that only blank lines part anything."""
    text = textwrap.dedent("\n".join(lines)).strip("\n")
    return (_folded(text.split("\n")) if folded else text) or None


def _folded(lines: list[str]) -> str:
    """Lines put together with blanks; a blank line is a line feed."""
    return re.sub(r" ?\n ?", "\n", " ".join(line or "\n" for line in lines)).strip()


def _scalar(value: str) -> str | None:
    """The text of a scalar, quotation marks and comment cut off. `no` stays a language, and `10` an id."""
    if len(value) > 1 and value[0] == value[-1] == "'":
        return value[1:-1].replace("''", "'")
    if len(value) > 1 and value[0] == value[-1] == '"':
        try:
            return str(parse_json(value))  # YAML's double quotes know JSON's escapes
        except ValueError:
            return value[1:-1]
    plain = _COMMENT.sub("", value).strip()
    return None if plain in ("", "~", "null") else plain
