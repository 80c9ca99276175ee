"""Which system of decimal and thousands marks a number shows: 1,234.5 or 1.234,5 or 1 234.

Only what is beyond doubt shows one: thousands in groups, and decimals with a percent sign, a currency, a unit or *million* beside them; no
dates, times, scores, versions or telephone numbers. Which system a language writes is in `data/number-symbols.tsv`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import regex

from tqcheck import tables
from tqcheck.annotate import AnnotatedArticle

POINT, COMMA, BLANK = "1,234.5", "1.234,5", "1 234"  # the systems, by what they look like
_SEPARATOR = {".": COMMA, ",": POINT, " ": BLANK}  # what a mark between thousands shows
_DECIMAL = {".": POINT, ",": COMMA}
_GROUPS = regex.compile(r"[1-9]\d{0,2}(?:([.,])\d{3}){2,}")
_GROUPS_AND_DECIMALS = regex.compile(r"[1-9]\d{0,2}(?:([.,])\d{3})+(?!\1)[.,]\d+")
_ONE_GROUP = regex.compile(r"[1-9]\d{0,2}([.,])\d{3}")
_DECIMALS = regex.compile(r"\d{1,9}([.,])\d{1,2}")
_BLANKS = regex.compile(r"[1-9]\d{0,2}(?:[ \u00a0\u202f\u2009]\d{3}){1,2}")
_UNSPACED = regex.compile(r"(?<![\p{Latin}\p{Nd}.,:/-])\d+(?:[.,]\d+)++(?![\p{Nd}:/-])")
_NO_QUANTITY_BEFORE = regex.compile(
    r"(?![\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}])[\p{L}\p{Nd}.,:/#@_+§№\\-]\Z|[\p{Nd}+(][ \u00a0]\Z|\p{L}\.[ \u00a0]?\Z"
)
_MONEY_BEFORE = regex.compile(r"(?:\byüzde|[$€£¥₽₴₹]|\b(?:USD|EUR|GBP|CHF|JPY|Rs))[ \u00a0]?\Z")
_SCALE = (
    r"[%‰％]|(?:percent|procent|prozent|prosent|proc\.|odsto|אחוז|(?:في[ \u00a0]ال|بال)(?:مئة|مائة)|درصد|퍼센트|パーセント"
    r"|प्रतिशत|फ़ीसदी|फीसदी"
    r"|pour[ \u00a0]?cent|por[ \u00a0]?ciento|per[ \u00a0]?cento"
    r"|процент|відсот|на[ \u00a0]сто|posto|százalék|yüzde"
    r"|mil(?:l?i(?:on|ão|ard|oner)|jo|joen|iard|lionen)?\b|mili|milli|mln|mlrd|mld|mrd|mio|bil|bn\b|tril|lakh|crore|tis|tys"
    r"|млн|млрд|миллион|миллиард|мільйон|мільярд|тис|тыс|万|億|亿|兆|만|억)"
)
_PHYSICAL = r"(?:[cmk]?m[²³23]?|[mk]?g|ha|hl|l|t|[kmg]wh?|°|º|км|м|см|мм|кг|га|л|т|公里|米|公斤|度|キロ|メートル)(?![\p{L}\p{Nd}])"
_MONEY = r"(?:[$€£¥₽₴₹]|eur|usd|dol[al]|dollár|korun|zł|forint|кр|руб|грн|грив|лев|дол|евро|євро|ft\b|kč|元|円|유로|달러)"
_MEASURED = regex.compile(rf"[ \u00a0\u202f-]?(?:{_SCALE}|{_PHYSICAL}|{_MONEY})", regex.IGNORECASE)
_PRECISE = regex.compile(rf"[ \u00a0\u202f-]?(?:{_SCALE}|{_PHYSICAL})", regex.IGNORECASE)
_COUNTED = regex.compile(r"[ \u00a0][\p{Ll}]{2}|[.,;]?[”\"]?[ \u00a0](?:of|and|in|to|people)\b")
_NEAR = 24  # letters beside a number that tell what it is


class Notation(NamedTuple):
    """A number at text[start:end] whose notation shows one system of marks beyond doubt."""

    start: int
    end: int
    system: str


@cache
def system_of(lang: str) -> str | None:
    """The system a language writes in; None when it has several or the table does not know it."""
    row = next((row for row in tables.table("number-symbols") if row["lang"] == lang), None)
    if row is None or row["fixed"] == "no":
        return None
    return POINT if row["decimal"] == "." else COMMA


def notations(article: AnnotatedArticle) -> Iterator[Notation]:
    """The numbers of an article that show their system."""
    text = article.text
    spans = [number[:2] for number in article.numbers] if article.language.spaced else [match.span() for match in _UNSPACED.finditer(text)]
    for start, end in spans:
        if end - start < len("1,2"):
            continue
        system = _system(text[start:end], text[max(0, start - _NEAR) : start], text[end : end + _NEAR])
        if system:
            yield Notation(start, end, system)


def _system(notation: str, before: str, after: str) -> str | None:
    money = _MONEY_BEFORE.search(before)
    if not money and _NO_QUANTITY_BEFORE.search(before):
        return None
    if match := _GROUPS.fullmatch(notation) or _GROUPS_AND_DECIMALS.fullmatch(notation):
        return _SEPARATOR[match[1]]
    if match := _ONE_GROUP.fullmatch(notation):
        return None if _PRECISE.match(after) else _SEPARATOR[match[1]]
    if match := _DECIMALS.fullmatch(notation):
        return _DECIMAL[match[1]] if money or _MEASURED.match(after) else None
    return BLANK if _BLANKS.fullmatch(notation) and (money or _COUNTED.match(after)) else None


def is_foreign(notation: Notation, own: str) -> bool:
    """Whether a notation is not its language's; blanks between thousands are foreign only where commas stand there."""
    return notation.system != own and not (notation.system == BLANK and own == COMMA)
