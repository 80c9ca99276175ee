"""What belongs to the page, not to the article, is left in the text: advertising, *Read also*, share buttons, captions.

The text was cut out of a web page together with what stood around it, and all was translated. Remove the line, or move a caption to
its picture. The phrases are in `data/boilerplate.tsv`, by language; a whole line must consist of one, begin with one
(*Read also: …*) or end with one (*…, illustrative photo*), so a sentence that happens to contain the words is not touched.
A whole line is recognised in any language, since leftovers often stay untranslated.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import regex

from tqcheck import tables
from tqcheck.annotate import AnnotatedArticle, Zone
from tqcheck.article import Example, Mark, Severity
from tqcheck.names import fold

SEVERITY = Severity.MAJOR
MQM = "accuracy/addition"
BAD = [
    "The bridge reopened.\n\n[[Advertisement'; }]]\n\nTraffic is back.",
    "The bridge reopened.\n\n[[Read also: Why the dam broke]]\n\nTraffic is back.",
    "The bridge reopened.\n\n[[Cars and mud – illustrative photo.]]\n\nTraffic is back.",
    "The bridge reopened.\n\n[[Illustrative photo. Photo: press service]]\n\nTraffic is back.",
    "The bridge reopened.\n\n[[Photo: Reuters]]\n\nTraffic is back.",
    Example("Die Brücke ist offen.\n\n[[Anzeige]]\n\nDer Verkehr rollt.", lang="de"),
    Example("Most je otevřen.\n\n[[Čtěte také: Proč praskla hráz]]\n\nAuta jezdí.", lang="cs"),
    Example("Міст відкрито.\n\n[[Читайте також: Чому прорвало дамбу]]\n\nРух відновлено.", lang="uk"),
    Example("The bridge reopened.\n\n[[Reklama]]\n\nTraffic is back.", lang="en"),
]
GOOD = [
    "The bridge reopened.\n\nThe advertisement for it had cost a million, the photo another one.",
    "Photo of the year goes to Anna Lind\n\nThe jury chose it on Monday from a thousand entries.",
    "The bridge reopened.\n\nShare prices fell.\n\nComments were not to be had.",
    Example("Die Brücke ist offen.\n\nAuch die Anzeige gegen den Bürgermeister wurde zurückgezogen.", lang="de"),
    Example("Most je otevřen.\n\nReklama na něj stála milion korun.", lang="cs"),
    Example("Міст відкрито.\n\nРеклама коштувала мільйон.", lang="uk"),
]
MISSED = ["The bridge reopened.\n\n[[You will not believe what happened next]]\n\nTraffic is back."]

_WHAT = {
    "advertisement": "an advertising label",
    "read-also": "a pointer to another article",
    "share": "a share button",
    "subscribe": "an invitation to subscribe",
    "cookie": "a cookie notice",
    "caption": "a photo caption",
    "credit": "a photo credit",
    "source-note": "a source note",
    "comments": "a link to the comments",
    "copyright": "a copyright notice",
    "video": "a pointer to a video",
}
_MINOR = {"caption", "credit", "source-note"}
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


def check(article: AnnotatedArticle, *, max_letters: int = 250) -> Iterator[Mark]:
    """Yield a finding for each leftover line; longer lines are taken for running text.

    Args:
        article: the article.
        max_letters: the length from which a line is not looked at.
    """
    phrases = _phrases(tuple(dict.fromkeys((article.language.tag, tables.language(article.article.source_lang or "en").tag, "en"))))
    if len(article.lines) < 2:
        return
    for line in article.lines:
        if line.zone is not Zone.HEADLINE and len(line.text) <= max_letters and (kind := _kind(line.text, phrases)):
            severity = Severity.MINOR if kind in _MINOR else None
            message = f"This line is {_WHAT.get(kind, 'a leftover')} of the page, not part of the article."
            yield Mark(line.start, line.end, message, suggestion="", severity=severity, confidence=0.9)


def _kind(text: str, phrases: _Phrases) -> str | None:
    """What a line is; one of several sentences is boilerplate when each of them is (*Illustrative photo. Photo: press service*)."""
    text = fold(text)
    plain = _DEBRIS.sub("", _COUNTER.sub("", text))
    if (kind := phrases.line.get(plain) or _anywhere().get(plain)) is not None:
        return kind
    if kind := _begins(text, phrases) or _ends(plain, text, phrases):
        return kind
    parts = [part for part in _PARTS.split(text) if part.strip()]
    kinds = [_kind(part, phrases) for part in parts] if 2 <= len(parts) <= _MAX_PARTS else []
    return kinds[0] if kinds and all(kinds) else None


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
        for candidate in {phrase, phrase.lstrip("(–—-[")}:
            kind = phrases.end.get(candidate)
            if kind and (count == len(words) or _is_set_off(text, candidate)):
                return kind
    return next((kind for phrase, kind in phrases.end.items() if phrases.unspaced and plain.endswith(phrase)), None)


def _is_set_off(text: str, phrase: str) -> bool:
    before = text[: text.rfind(phrase)].rstrip()
    return before.endswith((",", ".", ":", ";", "(", "[", "–", "—", "-", "|", "/", "!", "?", "»", "”", '"'))


@cache
def _phrases(langs: tuple[str, ...]) -> _Phrases:
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
