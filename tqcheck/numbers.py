"""Numbers written in digits, and what they are worth.

*1,234.5*, *1.234,5*, *1 234,5* and *1'234.5* are one number; *1.234* alone may be two, so its value is None. Dates, times
and telephone numbers are left as they stand: what is not clearly a quantity has no value.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

import regex


class Number(NamedTuple):
    """A number at text[start:end]; `value` is None when the notation allows two readings or shows no quantity."""

    start: int
    end: int
    value: Decimal | None


_BLANK = "[\u0020\u00a0\u2009\u202f]"
_NUMBER = regex.compile(rf"(?<![\p{{L}}\p{{Nd}}])\d+(?:(?:[.,:/'’-]|{_BLANK}(?=\d{{3}}(?!\d)))\d+){{0,99}}(?![\p{{Nd}}])")
_GROUPED = regex.compile(r"[0-9]{1,3}(?:([.,'’ \u00a0\u2009\u202f])[0-9]{3})(?:\1[0-9]{3})*(?:([.,])[0-9]+)?")


def find(text: str) -> tuple[Number, ...]:
    """All numbers of a text, in order. ASCII and other decimal digits alike."""
    return tuple(Number(*match.span(), value_of(match.group())) for match in _NUMBER.finditer(text))


def value_of(notation: str) -> Decimal | None:
    """The quantity that a notation stands for, None when two readings are possible or it is a date, a time or a range."""
    notation = "".join(str(int(char)) if char.isdecimal() else char for char in notation)
    if notation.isdigit():
        return Decimal(notation)
    grouped = _GROUPED.fullmatch(notation)
    if grouped and grouped.group(1) not in {".", ","}:
        return _plain(notation, grouped.group(1), grouped.group(2))
    if grouped and grouped.group(2) and grouped.group(2) != grouped.group(1):
        return _plain(notation, grouped.group(1), grouped.group(2))
    if grouped and not grouped.group(2):
        return _plain(notation, grouped.group(1), None) if notation.count(grouped.group(1)) > 1 else None
    head, mark, tail = notation.partition("." if "." in notation else ",")
    return Decimal(f"{head}.{tail}") if mark and head.isdigit() and tail.isdigit() else None


def _plain(notation: str, group: str, point: str | None) -> Decimal:
    digits = notation.replace(group, "")
    return Decimal(digits.replace(point, ".") if point else digits)
