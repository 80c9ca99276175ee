"""Which lines belong to the page and not to the article, by the phrases of `data/boilerplate.tsv` and by their shape.

A line as a whole must be such a phrase, begin with one (*Read also: …*) or end with one (*…, illustrative photo*). Three shapes need no
phrase: the name of a file, a counter (*1.2K*), and a photographer with an agency (*Anna Lind/Reuters*).
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
MAX_NAME = 80
_MAX_PARTS = 6
_NUMBER_AT_HEAD = regex.compile(r"\d+(?:[.,]\d+)?\s?(?:[km]\b)?\s*(?=\p{L})")
_NUMBERED = {"comments", "reading-time", "share"}  # kinds that a number may stand before: *12 comments*
_FILE = regex.compile(r"[\p{L}\p{Nd}_()-]+(?:\.[\p{L}\p{Nd}_()-]+){0,20}\.(?:jpe?g|png|gif|webp|svg|mp4)")
_COUNT = regex.compile(r"\d+[.,]\d+\s?k")
_NAME = regex.compile(r"\p{Lu}[\p{L}\p{M}.'’-]*+(?:\s\p{Lu}[\p{L}\p{M}.'’-]*+){0,3}|\p{Lo}{2,4}")
MAX_WORDS = 8  # of a line that stands alone
_ENDS = regex.compile(r"[.!?…。！？؟।॥۔:;,،؛，；：][\p{Pe}\p{Pf}\p{Pi}\"'”’»\s]*$")
_SYMBOLS = regex.compile(r"\s[|•·›>→]\s")
_ARROWS = regex.compile(r"\s[›>]\s")
_STAMP = regex.compile(r"(?:\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}-\d\d-\d\d)[\s,|–—-]+\d{1,2}[:.]\d\d(?:\s?\p{L}{1,5})?")
_DIGIT = regex.compile(r"\p{Nd}")
_CJK = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]")


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
    as_written, text = text, fold(text)
    plain = _DEBRIS.sub("", _COUNTER.sub("", text))
    if (kind := phrases.line.get(plain) or _anywhere().get(plain)) is not None:
        return kind
    if kind := _begins(text, phrases) or _ends(plain, text, phrases) or _numbered(plain, phrases) or _shape(as_written, text):
        return kind
    parts = [part for part in _PARTS.split(text, maxsplit=_MAX_PARTS) if part.strip()]
    if len(parts) < 2:
        return None
    kind = kind_of(parts[0], phrases)
    return kind if kind and all(kind_of(part, phrases) for part in parts[1:]) else None


def _numbered(plain: str, phrases: _Phrases) -> str | None:
    """*12 comments*, *3 min read*."""
    if not (number := _NUMBER_AT_HEAD.match(plain)):
        return None
    phrase = plain[number.end() :]
    kind = phrases.line.get(phrase) or _anywhere().get(phrase)
    return kind if kind in _NUMBERED else None


def _shape(as_written: str, text: str) -> str | None:
    """What a line is by its shape alone."""
    text = text.strip()
    if len(text) <= MAX_NAME and _FILE.fullmatch(text):
        return "file"
    if _COUNT.fullmatch(text):
        return "counter"
    return "credit" if "/" in text and _is_credit(as_written) else None


def _is_credit(text: str) -> bool:
    """*Anna Lind/Reuters*, *(AFP / Anna Lind)*: names between strokes, and the first or last of them an agency."""
    names = [name.strip() for name in text.strip(" \u00a0()[]©").split("/", 4)]
    agencies = [fold(name) in _agencies() for name in names]
    return (agencies[0] or agencies[-1]) and all(known or _NAME.fullmatch(name) for name, known in zip(names, agencies, strict=True))


@cache
def _agencies() -> frozenset[str]:
    return frozenset(fold(row["agency"]) for row in tables.table("agencies"))


def _begins(text: str, phrases: _Phrases) -> str | None:
    """A phrase at the head: one word must be followed by a colon or dash; a longer one may run on into a title."""
    text = text.lstrip(" \u00a0\"'*•>►▶·([–—-")
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


# -- layout -------------------------------------------------------------------------------------------------------------


def words_of(text: str) -> int:
    """Number of words; two characters count as one where words are not separated."""
    unspaced = len(_CJK.findall(text))
    return len(text.split()) if not unspaced else len(_CJK.sub(" ", text).split()) + (unspaced + 1) // 2


def is_unfinished(text: str) -> bool:
    """Whether a line ends like no sentence: a label, a headline, a button."""
    return len(text) <= MAX_LETTERS and not _ENDS.search(text[-20:])


def stands_alone(text: str) -> bool:
    """Whether a line is short and ends like no sentence."""
    return is_unfinished(text) and words_of(text) <= MAX_WORDS


def is_menu(text: str) -> bool:
    """*Home | News | Sport*: three or more short items between symbols, none of them a figure."""
    items = _SYMBOLS.split(text.strip())
    return len(items) > 2 and all(_is_item(item) for item in items)


def is_path(text: str) -> bool:
    """*Home > Culture*: where on the site the reader is."""
    items = _ARROWS.split(text.strip())
    return len(items) > 1 and all(_is_item(item) for item in items)


def is_time_stamp(text: str) -> bool:
    """*12.05.2023 14:30*: a day and a time of day by figures, and nothing else."""
    return len(text) <= MAX_NAME and _STAMP.fullmatch(text.strip()) is not None


def _is_item(text: str) -> bool:
    return 0 < words_of(text) <= 3 and not _DIGIT.search(text)
