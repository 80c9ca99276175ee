r"""Text was decoded with the wrong encoding, or holds characters that no reader can see.

*dÃ©missionnÃ©* for *démissionné*, *donâ€™t* for *don’t*, *РњСЌСЂ* for *Мэр*: the bytes are UTF-8, but were read as something else on
the way, often before the translation. Literal escapes (`\u00e9`, `=C3=A9`, `%C3%A9`) come from the same place, and so do control
characters, byte order marks, zero-width blanks and characters of private fonts, which break search and line breaks without a trace
on the screen. References such as `&#233;` are reported by markup-left, `�` by token-left.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from urllib.parse import unquote_to_bytes

import regex

from tqcheck.annotate import AnnotatedArticle
from tqcheck.article import Example, Mark, Severity

SEVERITY = Severity.MAJOR
MQM = "linguistic-conventions/character-encoding"
FIX = "safe"
FIX_ALIKE = True
BAD = [
    "The mayor of [[MÃ¼nster]] [[donâ€™t]] resign.".replace("]] [[", " "),
    "It was 20 [[Â°C]] on Monday.",
    "He lives in M[[\\u00fc]]nster.",
    "The caf[[=C3=A9]] is closed.",
    "The caf[[%C3%A9]] is closed.",
    "He resigned.[[\\n\\n]]The vote is on Sunday.",
    "It rained on[[\u200b\u200b]] Monday and[[\ufeff]] Tuesday.",
    "The bell[[\x07]] rang.",
    Example("Le maire a [[dÃ©missionnÃ©]] lundi.", lang="fr"),
    Example("Der Bürgermeister von [[KÃ¶ln]] trat am Montag zurück.", lang="de"),
    Example("[[РњСЌСЂ РіРѕСЂРѕРґР°]] ушёл в отставку.", lang="ru"),
    Example("[[Ìýð]] [[ãîðîäà]] ушёл [[ïîíåäåëüíèê]].".replace("[[Ìýð]] [[", "[[Ìýð "), lang="ru"),
    Example(
        "Burmistrz ca[[³]]ego miasta zosta[[³]]by w domu.".replace("ca[[³]]ego", "[[ca³ego]]").replace("zosta[[³]]by", "[[zosta³by]]"),
        lang="pl",
    ),
    Example("Die Mala[[\xad]] gassische Regierung tagt.", lang="de"),
]
GOOD = [
    "The café in São Paulo costs 5 € – “naïve”, said Ægir Þórsson.",
    "The room has 20 m³ and 20 °C; the file is C:\\users\\new\\xavier.txt.",
    "See https://example.org/caf%C3%A9?x=C3=A9 for more.",
    Example("L’élève à Paris : « Ça y est ! » – où ? À côté.", lang="fr"),
    Example("Gar­ten­zaun und Großmütter in Ägypten, Österreich, Übersee.", lang="de"),
    Example("Рёв и Сії — С° не слова; Рим и Сочи.", lang="ru"),
    Example("می‌خواهم به خانه بروم.", lang="fa"),
    Example("”Äldre väljare röstade”, sa hon. Han sa: ”Åh!”", lang="sv"),
    Example("İstanbul’da Şişli ve Çağlayan; â, î, û.", lang="tr"),
    Example("ก่อน\u200bหน้า", lang="th"),
    Example("Þórður Æ. Ásgeirsson býr á Ísafirði.", lang="is"),
]
MISSED = [Example("[[Bxrgermeister]] von Kxln trat zurück.", lang="de")]

_CYRILLIC = regex.compile(r"(?:[РС][\u00a0-\u00bfЂЃ‚ѓ„…†‡€‰Љ‹ЊЌЋЏђ‘’“”•–—™љ›њќћџЎўЈҐЁЄЇІіґё№єјЅѕї]){3,}")
_HIGH_HALF = regex.compile(r"(?<![\p{L}\d])[À-ÖØ-öø-ÿ]{3,}(?![\p{L}\d])")
_CENTRAL = regex.compile(r"(?<=\p{Ll})[¹³¶¼¾¿](?=\p{Ll})")
_ESCAPE = regex.compile(
    r"""
      (?P<unicode> (?:\\u[0-9A-Fa-f]{4})+ )
    | (?P<hex> (?:\\x[0-9A-Fa-f]{2}){2,} )
    | (?P<newline> (?<=[\p{Ll}.!?…»”"\d])(?<!\\n\\n)(?:\\r)?(?:\\n)++(?=\s|\p{Lu}|$|["“«]) )
    | (?P<printable> (?<=\p{L})(?:=[0-9A-F]{2}){2,} )
    | (?P<percent> (?<=\p{L})(?:%[0-9A-F]{2}){2,} )
    """,
    regex.VERBOSE,
)
_UNREADABLE = regex.compile(r"[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}--[\t\n\r\u200C-\u200F]]", regex.VERSION1)
_ESCAPE_TRIGGER = regex.compile(r"\\[unx]|[=%][C-F][0-9A-F][=%]")
# A run that fails is not tried again from each of its letters: a megabyte of soft hyphens would take hours.
_INVISIBLE = regex.compile(
    r"""
      (?P<bom> \uFEFF+ )
    | (?P<zero> (?<![\p{Thai}\p{Khmer}\p{Lao}\p{Myanmar}\p{Tibetan}])(?<!\u200B\u200B)
        \u200B++(?![\u200B\p{Thai}\p{Khmer}\p{Lao}\p{Myanmar}\p{Tibetan}]) )
    | (?P<hyphen> (?<=\s)\u00AD++ | (?<!\u00AD)\u00AD++(?=\s) )
    | (?P<control> [\x00-\x08\x0B\x0C\x0E-\x1F\x7F]+ )
    | (?P<private> [\uE000-\uF8FF\U000F0000-\U000FFFFD]+ )
    """,
    regex.VERBOSE,
)
_INVISIBLE_TRIGGER = regex.compile(r"[\uFEFF\u200B\u00AD\x00-\x08\x0B\x0C\x0E-\x1F\x7F\uE000-\uF8FF\U000F0000-\U000FFFFD]")
_WHAT = {
    "bom": "a byte order mark",
    "zero": "a zero-width blank",
    "hyphen": "a hyphen that is not seen, beside a blank",
    "control": "a control character",
    "private": "a character that only one font knows",
}
_MIN_CYRILLIC_WORDS = 3  # *ñàéð* alone may be anything
_MIN_CENTRAL = 2
_WORD_PART = 200  # a "word" is not looked for farther than this
_MAX_FIXED = 2000  # a longer stretch has to be read in again anyway
_ADDRESS = re.compile(r"[/?&@]")


def check(article: AnnotatedArticle, *, invisible: bool = True) -> Iterator[Mark]:
    """Yield a finding for each stretch of whole words that was decoded wrongly, and for literal escapes.

    Args:
        article: the article.
        invisible: report characters that no reader sees, one finding for each kind.
    """
    text = article.text
    if _ESCAPE_TRIGGER.search(text):
        yield from _escapes(text)
    if not text.isascii():
        yield from _wrongly_decoded(text)
    if invisible and _INVISIBLE_TRIGGER.search(text):
        yield from _invisible(text)


def _wrongly_decoded(text: str) -> Iterator[Mark]:
    found = [match.span() for match in _bad().finditer(text) if _is_bad(text, match)]
    found += [match.span() for match in _CYRILLIC.finditer(text) if _decoded(match.group(), "cp1251", "utf-8")]
    words = [match.span() for match in _HIGH_HALF.finditer(text)]
    found += words if len(words) >= _MIN_CYRILLIC_WORDS else []
    central = [match.span() for match in _CENTRAL.finditer(text)]
    found += central if len(central) >= _MIN_CENTRAL else []
    for start, end in _stretches(text, found):
        stretch = text[start:end]
        fixed = _fixed(stretch)
        meant = f": “{_short(fixed)}” is meant" if fixed else ""
        yield Mark(start, end, f"“{_short(stretch)}” was decoded with the wrong encoding{meant}.", fixed, confidence=0.97 if fixed else 0.8)


@cache
def _bad() -> re.Pattern[str]:
    """The pattern of ftfy for sequences that make no sense in any language (Robyn Speer, ftfy 6, Apache-2.0)."""
    from ftfy.badness import BADNESS_RE

    pattern: re.Pattern[str] = BADNESS_RE
    return pattern


def _is_bad(text: str, match: re.Match[str]) -> bool:
    """Not so: token-left's sign, and the Swedish way to open a quotation (*”Äldre*)."""
    opens = match.group()[0] in "”’»" and text[match.start() - 1 : match.start()].strip() == ""
    return "\ufffd" not in match.group() and not opens


def _stretches(text: str, spans: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Spans extended to whole words; those with only one blank between them are one."""
    merged: list[tuple[int, int]] = []
    for span in sorted(spans):
        if merged and span[0] < merged[-1][1]:
            continue
        start, end = _word(text, *span)
        if merged and start - merged[-1][1] <= 1 and text[merged[-1][1] : start] != "\n":
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    yield from merged


_EDGE = " \t\n\r"  # U+00A0 is part of the damage: Ã\u00a0 is à


def _word(text: str, start: int, end: int) -> tuple[int, int]:
    first, last = max(0, start - _WORD_PART), min(len(text), end + _WORD_PART)
    while start > first and text[start - 1] not in _EDGE:
        start -= 1
    while end < last and text[end] not in _EDGE:
        end += 1
    while end > start and text[end - 1] in '.,;:!?"()' + _EDGE:
        end -= 1
    while start < end and text[start] in '"(' + _EDGE:
        start += 1
    return start, end


def _fixed(stretch: str) -> str | None:
    """What was meant: by ftfy, else by reading the bytes the other way round."""
    from ftfy import fix_encoding

    if len(stretch) > _MAX_FIXED:
        return None
    fixed = fix_encoding(stretch)
    if fixed != stretch and not _bad().search(fixed):
        return fixed
    return _decoded(stretch, "cp1251", "utf-8") or (_decoded(stretch, "latin-1", "cp1251") if _HIGH_HALF.search(stretch) else None)


def _decoded(text: str, wrong: str, right: str) -> str | None:
    try:
        return text.encode(wrong).decode(right)
    except UnicodeError:
        return None


def _escapes(text: str) -> Iterator[Mark]:
    for match in _ESCAPE.finditer(text):
        kind, code = match.lastgroup or "", match.group()
        if kind in {"printable", "percent"} and _in_address(text, match.start(), match.end()):
            continue
        meant = _unescaped(kind, code)
        if meant is not None:
            meant = _UNREADABLE.sub("", meant)  # \u0000 and \u202e are written out for a reason: nobody should put them into a text
            what = "a line break" if kind == "newline" else f"“{_short(meant)}”" if meant else "a character that nobody can read"
            yield Mark(match.start(), match.end(), f"“{_short(code)}” is {what} in computer code.", meant, confidence=0.95)


def _in_address(text: str, start: int, end: int) -> bool:
    before = text[max(0, start - _WORD_PART) : start].rpartition(" ")[2]
    after = text[end : end + _WORD_PART].partition(" ")[0]
    return bool(_ADDRESS.search(before) or _ADDRESS.search(after))


def _unescaped(kind: str, code: str) -> str | None:
    if kind == "newline":
        return "\n" * code.count("\\n")
    if kind == "unicode":
        raw = b"".join(bytes.fromhex(unit) for unit in code.split("\\u")[1:])
        return _as_text(raw, "utf-16-be")
    if kind == "hex":
        return _as_text(bytes.fromhex(code.replace("\\x", "")), "utf-8")
    meant = _as_text(unquote_to_bytes(code.replace("=", "%")), "utf-8")
    return None if meant is None or meant.isascii() else meant


def _as_text(raw: bytes, encoding: str) -> str | None:
    try:
        return raw.decode(encoding)
    except UnicodeError:
        return None


def _invisible(text: str) -> Iterator[Mark]:
    by_kind: dict[str, list[tuple[int, int]]] = {}
    for match in _INVISIBLE.finditer(text):
        by_kind.setdefault(match.lastgroup or "", []).append(match.span())
    for kind, ((start, end), *others) in by_kind.items():
        message = f"Here stands {_WHAT[kind]} (U+{ord(text[start]):04X}), which no reader sees."
        suggestion = None if kind == "private" else ""
        yield Mark(start, end, message, suggestion, confidence=0.85, related=tuple(others), severity=Severity.MINOR)


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
