r"""Text from outside, made fit for a terminal, a log or a page of Markdown: what hides or commands becomes an escape one can see.

Escapes look like `\u{202e}`. They are for the eye: the exact text is in the JSON and Parquet outputs.
"""

from __future__ import annotations

import re
import unicodedata

# Every control (Cc), format character (Cf: bidi controls, joiners, zero widths, BOM, tags), line and paragraph separator,
# lone surrogate and unassigned code point. A terminal obeys some of them and shows none.
HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Zl", "Zp", "Cs", "Cn"})
FILLERS = frozenset("\u115f\u1160\u3164\uffa0\u2800")  # letters by category, blank by nature
ARABIC_SIGNS = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u08e2")  # Cf too, but a reader sees them
SHORT_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}

# GitHub runs "::command::" at the start of a line, also an indented one, and "##[command]" anywhere; Azure "##vso[command]".
CI_COMMAND = re.compile(r"(?:##(?:vso)?)(?=\[)", re.IGNORECASE)


def visible(text: str) -> str:
    """Return `text` on one line, with nothing in it that a terminal or a CI runner could obey."""
    if text.isprintable() and FILLERS.isdisjoint(text) and "##" not in text and not text.lstrip().startswith("::"):
        return text  # nearly all text; isprintable is false for every hidden category
    return "".join(visible_characters(text))


def visible_characters(text: str) -> list[str]:
    """Return what each character of `text` is shown as, so that a caller can tell where a stretch begins on the screen."""
    shown = [_shown(character) for character in text]
    for command in CI_COMMAND.finditer(text):
        shown[command.end()] = escape("[")
    blanks = len(text) - len(text.lstrip())
    if text.startswith("::", blanks):
        shown[blanks] = escape(":")
    return shown


def escape(character: str) -> str:
    r"""Return `character` as `\u{hex}`."""
    return f"\\u{{{ord(character):x}}}"


def is_hidden(character: str) -> bool:
    """Say whether a reader would not see `character`, or not what it does."""
    if character in ARABIC_SIGNS:
        return False
    return character in FILLERS or unicodedata.category(character) in HIDDEN_CATEGORIES


def clip(text: str, limit: int) -> str:
    """Return the first `limit` characters of `text`, with an ellipsis when there were more."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _shown(character: str) -> str:
    if character in SHORT_ESCAPES:
        return SHORT_ESCAPES[character]
    return escape(character) if is_hidden(character) else character
