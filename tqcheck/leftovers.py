"""Which lines belong to the page and not to the article, by the phrases of `data/boilerplate.tsv`.

A line as a whole must be such a phrase, begin with one (*Read also: …*) or end with one (*…, illustrative photo*).
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import regex

from tqcheck import tables
from tqcheck.names import fold

MAX_LETTERS = 250  # a longer line is running text
_DEBRIS = regex.compile(r"^[\W_]+|[\W_]+$")
_COUNTER = regex.compile(r"\s*[(\[]\s*\d+\s*[)\]]\s*$")
_SEPARATOR = regex.compile(r"\s*(?:[:：–—|»>►]|\s-\s|[!.]\s*$)")
_PARTS = regex.compile(r"(?<=[.!?])\s+|\s*[|•·]\s*")
_MAX_PHRASE_WORDS = 8
_MAX_PARTS = 6


class _Phrases(NamedTuple):
    line: dict[str, str]  # phrase -> kind
    start: dict[str, str]
    end: dict[str, str]
    unspaced: bool


@cache
def phrases(langs: tuple[str, ...]) -> _Phrases:
    """The phrases of some languages; lines are mostly in the first of them."""
    found = _Phrases({}, {}, {}, unspaced=not tables.language(langs[0]).spaced)
    by_match = {"line": found.line, "line-start": found.start, "line-end": found.end}
    for lang in langs:
        for row in tables.table("boilerplate"):
            if row["lang"] == lang:
                by_match[row["match"]].setdefault(fold(row["entry"]), row["kind"])
    return found


@cache
def _anywhere() -> dict[str, str]:
    """The phrases of all languages that make up a whole line."""
    return {fold(row["entry"]): row["kind"] for row in tables.table("boilerplate") if row["match"] == "line"}


def kind_of(text: str, phrases: _Phrases) -> str | None:
    """What a line is; one of several sentences is boilerplate when each of them is (*Illustrative photo. Photo: press service*)."""
    if len(text) > MAX_LETTERS:
        return None
    text = fold(text)
    plain = _DEBRIS.sub("", _COUNTER.sub("", text))
    if (kind := phrases.line.get(plain) or _anywhere().get(plain)) is not None:
        return kind
    if kind := _begins(text, phrases) or _ends(plain, text, phrases):
        return kind
    parts = [part for part in _PARTS.split(text, maxsplit=_MAX_PARTS) if part.strip()]
    if len(parts) < 2:
        return None
    kind = kind_of(parts[0], phrases)
    return kind if kind and all(kind_of(part, phrases) for part in parts[1:]) else None


def _begins(text: str, phrases: _Phrases) -> str | None:
    """A phrase at the head: one word must be followed by a colon or dash; a longer one may run on into a title."""
    text = text.lstrip(" \u00a0\"'*•>►▶·–—-")
    head = _SEPARATOR.split(text, maxsplit=1)[0]
    if head != text and (kind := phrases.start.get(head.strip())):
        return kind
    if text.rstrip().endswith((".", "。", "।")):
        return None
    words = text.split()
    for count in range(2, min(len(words), _MAX_PHRASE_WORDS) + 1):
        if kind := phrases.start.get(" ".join(words[:count])):
            return kind
    return None


def _ends(plain: str, text: str, phrases: _Phrases) -> str | None:
    """A phrase at the tail, set off by punctuation or after the last sentence."""
    words = plain.split()
    for count in range(1, min(len(words), _MAX_PHRASE_WORDS) + 1):
        phrase = " ".join(words[-count:])
        for candidate in (phrase, phrase.lstrip("(–—-[")):
            kind = phrases.end.get(candidate)
            if kind and (count == len(words) or _is_set_off(text, candidate)):
                return kind
    return next((kind for phrase, kind in phrases.end.items() if phrases.unspaced and plain.endswith(phrase)), None)


def _is_set_off(text: str, phrase: str) -> bool:
    before = text[: text.rfind(phrase)].rstrip()
    return before.endswith((",", ".", ":", ";", "(", "[", "–", "—", "-", "|", "/", "!", "?", "»", "”", '"'))
