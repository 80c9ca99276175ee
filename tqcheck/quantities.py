"""The quantities of a text, in figures and in words, and what each may be worth.

*1.234* may be two numbers, so a quantity has a set of readings; *7.30* may also be a time or a date, and *10,12* a list, so it may
have parts. `find` is generous in what it reads, because a translator may write any number in any way: *30 tisíc*, *30,000*, *thirty
thousand*, 三万. What is only perhaps a number (*both*, *decade*, *May*, *XIV*) is a hint: it may answer a number of the other language,
and asks for no answer itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache, cached_property, lru_cache
from typing import NamedTuple

import regex

from tqcheck import number_words, tables

FIGURES, WORDS, HINT, CODE = "figures", "words", "hint", "code"
Reading = Decimal | str


class Unit(NamedTuple):
    """A unit of measurement: what it measures, and how many base units it is worth."""

    dimension: str
    factor: Decimal


@dataclass(frozen=True)
class Quantity:
    """A quantity at text[start:end].

    readings: what it may be worth; a str is a row of figures that is no number (007345). kind: figures, words, hint (may be a number)
    or code (A380, Covid-19). parts: the numbers it is made of if it is a list, a date or a time after all. scale: what a word such as
    *million* or a mark such as *mln* beside it multiplies it by.
    """

    start: int
    end: int
    readings: frozenset[Reading]
    kind: str = FIGURES
    unit: Unit | None = None
    parts: tuple[Quantity, ...] = ()
    scale: Decimal | None = None

    @cached_property
    def values(self) -> tuple[Decimal, ...]:
        """The readings that are numbers, in order."""
        return tuple(sorted(reading for reading in self.readings if isinstance(reading, Decimal)))


_CLOCK = Unit("clock", Decimal(1))
WEEKDAY = Unit("weekday", Decimal(1))
DAY = Unit("time", Decimal(86_400))
_FULL_WIDTH = {ord("．"): ".", ord("，"): ",", ord("："): ":", ord("／"): "/", ord("％"): "%", ord("－"): "-", ord("　"): " "}
_ARABIC_MARKS = {ord("٫"): ".", ord("٬"): ",", ord("٪"): "%"}
_STRANGE_FIGURE = regex.compile(r"[\d--[0-9]]", regex.VERSION1)  # of a later Unicode than Python's: nobody says what it is worth
_ADDRESS = regex.compile(
    r"(?:https?\s?:\s?/\s?/|www\.)[^\s<>\u3000-\u9fff]*+|(?<![\w.+-])[\w.+-]{1,64}+@[\w-]{1,63}+\.[\w.-]++"
    r"|(?<![\p{L}\p{Nd}])[@#][\p{L}\p{Nd}_]++"
    r"|(?<![\w.-])[\w-]{1,63}+(?:\.[\w-]{1,63}+){0,6}?\.(?:com|org|net|io|html|pdf|jpg|png)\b(?:/\S*+)?"
)
_MIXED_WORD = regex.compile(r"(?<![\p{Latin}\p{Cyrillic}])\p{Latin}*+\p{Cyrillic}[\p{Cyrillic}\p{Latin}]*+")
_BLANK = "[\u0020\u00a0\u2009\u202f]"
_CLUSTER = regex.compile(rf"(?<!\d)\d+(?:(?:(?<=\d)[.,'’:/](?=\d)|(?:{_BLANK}[.,]?|[.,]{_BLANK})(?=\d{{3}}(?!\d)))\d+){{0,99}}+")
_FEET = regex.compile(r"(?<=\d)['’′](?=\d{1,2}(?!\d))")  # 6'4", six feet and four inches
_DOT_OF_KANA = regex.compile(r"(?<=\d)[・·](?=\d)|(?<![\d\p{L}])[・·](?=\d)")
_GROUPS = regex.compile(r"\d{1,3}(?:(\D{1,2})\d{3})(?:\1\d{3})*(?:([.,])\d+)?")
_INDIAN = regex.compile(r"\d{1,2}(?:([.,])\d{2})+\1\d{3}(?:\.\d+)?")
_DECIMAL = regex.compile(r"(\d+)[.,](\d+)")
_DATE = regex.compile(
    r"(?:[0-2]?\d|3[01])[./](?:[0-2]?\d|3[01])(?:[./](?:\d{4}|\d{2}))?|(?:1[5-9]|20)\d\d[./](?:0?\d|1[0-2])(?:[./]\d{1,2})?"
)
_HOURS_AFTER = regex.compile(r" ?(?:GMT|UTC|BST|hrs|hours|Uhr)")
_TIME = regex.compile(r"(?:[01]?\d|2[0-4])[.:][0-5]\d(?:[.:][0-5]\d)?")
_LETTER_BEFORE = regex.compile(r"(?:[\p{Latin}\p{Cyrillic}\p{Greek}]|[\p{Latin}\p{Cyrillic}\p{Greek}]['’.]?[-‐‑–]|_)\Z")
_MONEY_BEFORE = regex.compile(
    r"(?:USD|EUR|GBP|RMB|CHF|JPY|CNY|INR|CZK|PLN|RUB|UAH|HRK|AUD|CAD|US|Rs|No|NT|HK|kr|Kč|zł|€|\$|£|¥|₹|₽)\.?[-$]?\Z"
)
_CODE_AFTER = regex.compile(r"[A-Z](?![\p{L}\p{M}])(?<![MKBCFTVWL])|[A-Z]\d")
_WORD = regex.compile(r"[\p{L}\p{M}]+(?:['’\u200c][\p{L}\p{M}]+){0,99}")
_AFTER = regex.compile(rf"\.?{_BLANK}?[-‐‑]?{_BLANK}?")
_ROUGHLY = regex.compile(r"[多余餘几幾数來来여]?")
_ROMAN = regex.compile(r"(?<![\p{L}\p{Nd}.’'-])[IVXLCІХ]{1,7}(?=(?:e|er|ème|eme|º|ª|th|ος|η|ο)?(?![\p{L}\p{Nd}’']))")
_ROMAN_NUMBER = regex.compile(r"(?:X{0,4}|XL|LX{0,3}|XC|C{1,3}X{0,3})(?:IX|IV|V?I{0,4})")
_ROMAN_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}
_VULGAR = {"½": "0.5", "¼": "0.25", "¾": "0.75", "⅓": "0.3333", "⅔": "0.6667", "⅛": "0.125"}
_VULGAR_AFTER = regex.compile(rf"{_BLANK}?([{''.join(_VULGAR)}])")
_TENTHS = regex.compile(
    r"((?<!\d)\d++|[一二两三四五六七八九])[割成](?!(?:\d|[一二三四五六七八九])[~～〜-])(?:(\d|[一二三四五六七八九])分)?(?:(\d|[一二三四五六七八九])厘)?"
)
_TENTHS_RANGE = regex.compile(r"(\d|[一二两三四五六七八九])割(\d|[一二三四五六七八九])[~～〜-](\d|[一二三四五六七八九])分")
# (?<!...): from the first figure of a row or not at all; else a row of 10 MB is read to its end from each of its figures.
_PART_OF = regex.compile(
    r"(?:(?<![\d〇零一二两三四五六七八九十百])|\G)([\d〇零一二两三四五六七八九十百]++)分[之の]([\d〇零一二两三四五六七八九十百]+(?:\.\d+)?)"
)
_NOT_LISTED = regex.compile(r"[%‰°℃]")
_OPAQUE = 4  # figures from which a row that begins with 0 is no number
_LONGEST_WORD = 120
_SCALE_STEM = 6  # letters from which a scale may have any ending: *millióan*, *milyonluk*, but no *centimètres*
_UNIT_STEM = 3  # the same for a unit: *2,5metrový*
_CLOSE = 14  # letters between two numbers that share a scale: 5 to 10 million
_SMALL = 12  # number words up to here are often idioms, articles, pronouns
_HALF = Decimal("0.5")


def find(text: str, lang: str) -> tuple[Quantity, ...]:
    """All quantities of a text in a language (a BCP 47 primary subtag), in order of their start."""
    plain = _plain(text)
    shares = [] if tables.language(lang).spaced else [*_shares(plain), *_eras(plain, lang)]
    figures = [*shares, *_figures(_without(plain, shares), lang)]
    rest = _without(plain, figures)
    signs = [] if tables.language(lang).spaced else list(_signs(rest))
    spelled = list(_spelled(rest, lang))
    found = _lend_scales(sorted([*figures, *signs, *spelled], key=lambda quantity: quantity.start))
    found = list(_merged_scales(plain, found))
    hints = list(_hints(plain, _without(rest, spelled), lang))
    return tuple(sorted([*found, *hints], key=lambda quantity: (quantity.start, quantity.end)))


def _without(plain: str, found: Iterable[Quantity]) -> str:
    """The text with a stop for each letter of what was found already, so that nothing is read twice or across it."""
    letters = list(plain)
    for quantity in found:
        letters[quantity.start : quantity.end] = "." * (quantity.end - quantity.start)
    return "".join(letters)


def _plain(text: str) -> str:
    """The text with ASCII figures and marks, and with blanks for addresses; every letter where it was."""
    folded = "".join(str(int(char)) if char.isdecimal() and not char.isascii() else char for char in text)
    folded = _STRANGE_FIGURE.sub(" ", folded)
    folded = _ADDRESS.sub(lambda match: " " * len(match.group()), folded.translate(_FULL_WIDTH | _ARABIC_MARKS))
    folded = _FEET.sub(" ", _DOT_OF_KANA.sub(".", folded))
    return _MIXED_WORD.sub(lambda match: match.group().translate(_cyrillic()), folded)


@cache
def _cyrillic() -> dict[int, str]:
    """Latin letters that stand in Cyrillic words, and the letters meant."""
    rows = (row for row in tables.table("lookalikes") if row["script"] == "Cyrillic" and row["langs"] != "-")
    return {ord(row["latin"]): row["lookalike"] for row in rows}


# -- figures ----------------------------------------------------------------------------------------------------------


def _figures(plain: str, lang: str) -> Iterator[Quantity]:
    skip = 0
    for match in _CLUSTER.finditer(plain):
        if match.start() < skip:
            continue
        start, end = match.span()
        before = plain[max(0, start - 6) : start]
        if (_LETTER_BEFORE.search(before) and not _MONEY_BEFORE.search(before)) or _CODE_AFTER.match(plain, end):
            parts = frozenset({Decimal(part) for part in regex.findall(r"\d+", match.group())})
            yield Quantity(start, end, parts | _readings(match.group()), CODE, _unit_at(plain, end, lang))
            continue
        if (signed := _with_signs(plain, start, end)) is not None:
            yield signed
            skip = signed.end
            continue
        yield from _figure(plain, start, end, lang)


def _with_signs(plain: str, start: int, end: int) -> Quantity | None:
    """1億2000万, 3万5千, 2.7万: figures with signs that multiply."""
    match = _SIGNED.match(plain, start)
    if match is None or match.end() <= end:
        return None
    value = number_words.value_of_signs(_ROUGH_SIGNS.sub("", match.group()))
    if value is None:
        return None
    end = match.end()
    return Quantity(
        start, end, frozenset({value}), unit=_unit_at(plain, end, "zh") or _unit_at(plain, end, "ja"), scale=_scale_within(value)
    )


_SCALE_SIGNS = "十百千万萬億亿兆"
_DIGITS = r"\d++(?:[.,]\d++){0,99}+"
_SIGNED = regex.compile(
    rf"{_DIGITS} ?[多余餘几幾数]?[{_SCALE_SIGNS}]"
    rf"(?: ?{_DIGITS}(?= ?[{_SCALE_SIGNS}])|(?<=\S){_DIGITS}| ?[{_SCALE_SIGNS}]|[〇零一二两三四五六七八九多余餘]){{0,99}}+"
)
_ROUGH_SIGNS = regex.compile(r"[多余餘几幾数 ]")


def _figure(plain: str, start: int, end: int, lang: str) -> Iterator[Quantity]:
    notation = plain[start:end]
    readings = _readings(notation)
    if not readings:
        yield from _composite(plain, start, end, lang)
        return
    scales, after = _scales_at(plain, end, lang)
    unit = _unit_at(plain, after, lang) or _money_before(plain, start) or _unit_at(plain, end, lang)
    listed = not scales and (unit is None or unit.dimension in {"time", "clock"})
    parts = _parts(plain, start, end, listed=listed)
    if vulgar := _VULGAR_AFTER.match(plain, end):
        share = Decimal(_VULGAR[vulgar[1]])
        readings, end = frozenset(value + share for value in readings if isinstance(value, Decimal)), vulgar.end()
    if _POINT_BEFORE.search(plain, max(0, start - 2), start) and notation.isdigit():
        readings |= {Decimal(f"0.{notation}")}  # .182
    if scales:
        readings, end = frozenset(value * scale for value in readings if isinstance(value, Decimal) for scale in scales), after
    elif backward := _scale_before(plain, start, lang):
        readings |= {value * backward for value in readings if isinstance(value, Decimal)}
    yield Quantity(start, end, readings, unit=unit, parts=() if scales else parts, scale=max(scales, default=None))


def _composite(plain: str, start: int, end: int, lang: str) -> Iterator[Quantity]:
    """What is no single number: a date, a time, a score, a telephone number; else two numbers with a comma between."""
    notation = plain[start:end]
    pieces = [(start + match.start(), start + match.end()) for match in regex.finditer(r"[^/:]+", notation)]
    if not (_DATE.fullmatch(notation) or _TIME.fullmatch(notation)) and len(pieces) == 1:
        listed = notation.count(",") > 1 and notation.replace(",", "").isdigit()
        pieces = [
            (start + match.start(), start + match.end()) for match in regex.finditer(r"\d+" if listed else r"\d(?:[^ ]*\d)?", notation)
        ]
        if len(pieces) > 1 and not _LEADING_ZERO.match(notation):
            for piece in pieces:
                yield from _figure(plain, *piece, lang)
            return
    elif len(pieces) == 1:
        pieces = [(start + match.start(), start + match.end()) for match in regex.finditer(r"\d+", notation)]
    parts = tuple(part for piece in pieces for part in _figure(plain, *piece, lang)) if len(pieces) > 1 else ()
    if parts and _TIME.fullmatch(notation):
        parts = (replace(parts[0], unit=_CLOCK), *parts[1:])
    digits = "".join(filter(str.isdigit, notation))
    yield Quantity(start, end, frozenset({digits if _LEADING_ZERO.match(notation) else notation}), parts=parts)


_LEADING_ZERO = regex.compile(r"0\d{2,}")
_POINT_BEFORE = regex.compile(r"(?<![\p{L}\d.])\.\Z")


def _is_fraction(notation: str) -> bool:
    head, _, tail = notation.partition("/")
    return head.isdigit() and tail.isdigit() and 0 < Decimal(head) < Decimal(tail) <= 100


def _readings(notation: str) -> frozenset[Reading]:
    """All values that a notation may stand for; empty when it is no single number."""
    if notation.isdigit():
        opaque = notation.startswith("0") and len(notation) >= _OPAQUE
        return frozenset({notation} if opaque else {Decimal(notation)})
    if "/" in notation:
        head, _, tail = notation.partition("/")
        if not _is_fraction(notation):
            return frozenset()
        share = (Decimal(head) / Decimal(tail)).quantize(Decimal("0.0001")).normalize()
        return frozenset(
            {share, Decimal(head + tail), *([Decimal(2) * int(tail)] if head == "1" else [])}
        )  # 9/11 is 911; 1/8 of a cup, the last 16
    if ":" in notation:
        return frozenset()
    found: set[Reading] = set()
    if grouped := _GROUPS.fullmatch(notation):
        mark, point = grouped.group(1), grouped.group(2)
        if point is None or point != mark.strip():
            whole = notation.rpartition(point)[0] if point else notation
            digits = "".join(filter(str.isdigit, whole))
            found.add(Decimal(f"{digits}.{notation.rpartition(point)[2]}" if point else digits))
    elif _INDIAN.fullmatch(notation):
        found.add(Decimal(notation.replace(",", "") if "," in notation else notation.replace(".", "")))
    if decimal := _DECIMAL.fullmatch(notation):
        found.add(Decimal(f"{decimal[1]}.{decimal[2]}"))
    return frozenset(found)


def _parts(plain: str, start: int, end: int, *, listed: bool) -> tuple[Quantity, ...]:
    """The numbers that a notation is made of, if it may be a date, a time, a list, a score; () when it may not."""
    notation = plain[start:end]
    pieces = [(start + match.start(), start + match.end()) for match in regex.finditer(r"\d+", notation)]
    timed, clock = bool(_TIME.fullmatch(notation)), False
    if len(pieces) < 2:
        clock = (
            notation.isdigit()
            and len(notation) == 4
            and (notation.startswith("0") or bool(_HOURS_AFTER.match(plain, end)))
            and int(notation[:2]) <= 24
            and notation[2:] < "60"
        )
        pieces = [(start, start + 2), (start + 2, end)] if clock else []
    elif ("." in notation and not (_DATE.fullmatch(notation) or timed)) or (
        "," in notation and notation.count(",") < 2 and not listed and " " not in notation
    ):
        return ()
    if not clock and not timed and not _DATE.fullmatch(notation) and any(plain[start] == "0" and end - start > 1 for start, end in pieces):
        return ()  # 10,000 is no list
    found = [Quantity(*piece, _readings(plain[slice(*piece)])) for piece in pieces]
    if (clock or timed) and found:
        found[0] = replace(found[0], unit=_CLOCK)
    return tuple(found)


# -- what stands beside figures -----------------------------------------------------------------------------------------


def _scales_at(plain: str, position: int, lang: str) -> tuple[list[Decimal], int]:
    """What the words after figures multiply them by: *million*, *mln*, *mil millones*; where these words end."""
    scales: list[Decimal] = []
    for _ in range(2):
        gap = _AFTER.match(plain, position)
        assert gap is not None
        begin = _ROUGHLY.match(plain, gap.end()).end()  # type: ignore[union-attr]
        word = _WORD.match(plain, begin)
        if word is None:
            break
        chosen, length = _scale_of(word.group().lower(), lang)
        if not chosen:
            break
        scales = [one * other for one in scales or [Decimal(1)] for other in chosen]
        position = begin + length
    return scales, position


def _scale_of(word: str, lang: str) -> tuple[list[Decimal], int]:
    known = number_words.words(lang)
    if word in known.marks:
        return ([known.marks[word], *([Decimal(1)] if len(word) == 1 or word in _units(lang) else [])], len(word))
    for bare, _ in number_words.without_prefix(word, lang):
        if bare in known.scales:
            return [known.scales[bare]], len(word)
        for length in range(len(bare), 0 if _is_hangul(bare) else _SCALE_STEM - 1, -1):
            if bare[:length] in known.scales:
                return [known.scales[bare[:length]]], len(word) - len(bare) + length
    return [], 0


def _is_hangul(word: str) -> bool:
    return "\uac00" <= word[:1] <= "\ud7af"


def _scale_before(plain: str, start: int, lang: str) -> Decimal | None:
    """*тысяч 100*: about a hundred thousand."""
    before = plain[max(0, start - 16) : start]
    words = _WORD.findall(before)
    if not words or not before.endswith((" ", "\u00a0")) or not before.rstrip().endswith(words[-1]):
        return None
    return number_words.words(lang).scales.get(words[-1].lower())


@cache
def _units(lang: str) -> dict[str, Unit]:
    return {row["entry"]: Unit(row["dimension"], Decimal(row["factor"])) for row in tables.table("units") if row["lang"] in {lang, "*"}}


@cache
def _unit_signs(lang: str) -> regex.Pattern[str]:
    entries = sorted((entry for entry in _units(lang) if not entry[0].isascii()), key=len, reverse=True)
    return regex.compile("|".join(map(regex.escape, entries)) or r"(?!)", regex.IGNORECASE)


_UNIT_WORDS = regex.compile(r"[%°º\p{L}\p{M}\p{Sc}²³/\"“”״'’.]+[23]?(?:[ \u00a0][°\p{L}\p{M}]+){0,2}")
_QUOTES = str.maketrans("“”״’", '"""\'')


def _unit_at(plain: str, position: int, lang: str) -> Unit | None:
    """The unit that stands after a number."""
    gap = _AFTER.match(plain, position)
    assert gap is not None
    if not tables.language(lang).spaced or lang == "ko":
        match = _unit_signs(lang).match(plain, gap.end())
        if match:
            return _units(lang)[match.group().lower()]
    words = _UNIT_WORDS.match(plain, gap.end())
    if words is None:
        return None
    return _unit_named(words.group().lower().translate(_QUOTES).replace("\u00a0", " "), lang)


@lru_cache(maxsize=50_000)
def _unit_named(text: str, lang: str) -> Unit | None:
    """The unit that some words begin with, whatever the ending of the first."""
    units, tokens = _units(lang), text.split(" ")
    for length in range(len(tokens), 0, -1):
        if unit := units.get(" ".join(tokens[:length])) or units.get(" ".join(tokens[:length]).rstrip(".'\"")):
            return unit
    first = tokens[0]
    return next((units[first[:length]] for length in range(len(first), _UNIT_STEM - 1, -1) if first[:length] in units), None)


_MONEY_SIGN = regex.compile(
    r"(?:(US|HK|NT|A|C)?([$€£¥₽₴₹])|\b(USD|EUR|GBP|RMB|CHF|JPY|CNY|INR|CZK|PLN|RUB|UAH|HRK|Rs|Kč|zł))\.?[ \u00a0]?\Z"
)


def _money_before(plain: str, start: int) -> Unit | None:
    match = _MONEY_SIGN.search(plain, max(0, start - 6), start)
    return _units("*").get((match[2] or match[3]).lower()) if match else None


def _lend_scales(found: list[Quantity]) -> list[Quantity]:
    """*5 to 10 million*, *1.3–1.5 млрд*, *2 to 4 inches*: the scale and the unit of the last number are perhaps those of all."""
    lent: list[Quantity] = []
    scale: Decimal | None = None
    for quantity in reversed(found):
        near = bool(lent) and 0 < lent[-1].start - quantity.end <= _CLOSE
        unit = quantity.unit or (lent[-1].unit if near else None)
        scale = quantity.scale or (scale if near else None)
        more = {value * scale for value in quantity.values} if scale and not quantity.scale else set()
        lent.append(replace(quantity, unit=unit, readings=quantity.readings | more) if more or unit is not quantity.unit else quantity)
    return lent[::-1]


def _scale_within(value: Decimal) -> Decimal | None:
    """The largest of 万, 億 and 兆 that a number holds."""
    return next((scale for scale in map(Decimal, (10**12, 10**8, 10**4)) if value >= scale), None)


def _merged_scales(plain: str, found: list[Quantity]) -> Iterator[Quantity]:
    """*2 million 300 thousand*, 1억 2,000만, 1 m 98: one number, or two after all."""
    index = 0
    while index < len(found):
        quantity, following = found[index], found[index + 1] if index + 1 < len(found) else None
        if following and (total := _total(quantity, following, plain[quantity.end : following.start])):
            yield Quantity(
                quantity.start, following.end, frozenset({total}), quantity.kind, quantity.unit, (quantity, following), quantity.scale
            )
            index += 2
            continue
        yield quantity
        index += 1


_FEET_BETWEEN = regex.compile(r"[- ]?(?:foot|feet|ft|['’′])[- ]?")
_FOOT = Decimal("0.3048")


def _total(quantity: Quantity, following: Quantity, between: str) -> Decimal | None:
    """What two neighbouring quantities are worth together, counted in the unit of the first; None when they are two."""
    if not quantity.values or not following.values or HINT in (quantity.kind, following.kind):
        return None
    large, small = quantity.values[-1], following.values[-1]
    if quantity.scale and _SCALE_BETWEEN.fullmatch(between) and small < quantity.scale:
        return large + small
    if quantity.unit and quantity.unit.factor == _FOOT and small < 12 and _FEET_BETWEEN.fullmatch(between):
        return round(large + small / 12, 3)
    if (
        quantity.unit
        and quantity.unit == Unit("length", Decimal(1))
        and len(between) <= 9
        and small.is_normal()
        and 10 <= small < 100
        and large < 10
    ):
        return large + small / 100
    return None


_SCALE_BETWEEN = regex.compile(r" ?(?:\p{L}{1,3} )?")


# -- words ----------------------------------------------------------------------------------------------------------------


class _Token(NamedTuple):
    start: int
    end: int
    word: str


_WITHIN = regex.compile(r"[ \u00a0\u00ad-]{1,2}|\u200c")


def _tokens(plain: str) -> list[_Token]:
    found = ((*match.span(), match.group()) for match in _WORD.finditer(plain))
    return [_Token(start, end, word.lower().replace("’", "'")) for start, end, word in found if end - start <= _LONGEST_WORD]


def _merged(tokens: list[_Token], lang: str) -> Iterator[_Token]:
    """*quatre-vingt* is one word: nothing of it may be read alone."""
    index = 0
    while index < len(tokens):
        pair = tokens[index : index + 2]
        if len(pair) == 2 and pair[1].start - pair[0].end == 1 and f"{pair[0].word}-{pair[1].word}" in number_words.words(lang).exact:
            yield _Token(pair[0].start, pair[1].end, f"{pair[0].word}-{pair[1].word}")
            index += 2
            continue
        yield tokens[index]
        index += 1


def _spelled(plain: str, lang: str) -> Iterator[Quantity]:
    """Number words, as long as they make one number together."""
    tokens = list(_merged(_tokens(plain), lang))
    index = 0
    while index < len(tokens):
        pieces = _pieces(tokens, index, lang)
        if not pieces or pieces[0].kind == "and":
            index += 1
            continue
        first = last = index
        value = number_words.value_of(pieces)
        while index + 1 < len(tokens) and _WITHIN.fullmatch(plain[tokens[index].end : tokens[index + 1].start]):
            more = _pieces(tokens, index + 1, lang)
            longer = number_words.value_of([*pieces, *more]) if more else None
            if longer is None:
                break
            pieces, index = [*pieces, *more], index + 1
            if more[-1].kind != "and":
                last, value = index, longer
        index = last + 1
        if value is not None:
            yield _worded(plain, (tokens[first].start, tokens[last].end), pieces, value, lang)


def _pieces(tokens: list[_Token], index: int, lang: str) -> list[number_words.Piece]:
    word = tokens[index].word
    for bare, is_and in number_words.without_prefix(word, lang):
        if pieces := number_words.pieces_of(bare, lang):
            return [number_words.Piece("and", Decimal(0)), *pieces] if is_and and bare != word else list(pieces)
    return []


def _worded(plain: str, span: tuple[int, int], pieces: list[number_words.Piece], value: Decimal, lang: str) -> Quantity:
    counted = [piece for piece in pieces if piece.kind == "number"]
    sure = value > _SMALL and bool(counted) and not _is_round(value) and not _is_hangul(plain[slice(*span)])
    scale = max((piece.value for piece in pieces if piece.kind == "scale" and piece.value >= 1000), default=None)
    return Quantity(*span, frozenset({value}), WORDS if sure else HINT, _unit_at(plain, span[1], lang), scale=scale)


def _is_round(value: Decimal) -> bool:
    """Whether a number in words may be no count: *hundred*, *Zehntausende*."""
    return value.normalize().as_tuple().digits == (1,)


# -- signs ----------------------------------------------------------------------------------------------------------------

_TWO_COUNTS = regex.compile(r"([一二三四五六七八九])([一二三四五六七八九])([十百千万亿])")
_SIGN_RUN = regex.compile(r"[〇零一二两兩三四五六七八九十百千万萬億亿兆]+")
_SURE_SIGNS = regex.compile(
    r"[一二三四五六七八九][十百千万萬億亿].*[一二三四五六七八九].*|十[一二三四五六七八九]|[一二][〇零一二三四五六七八九]{3}"
)


def _signs(plain: str) -> Iterator[Quantity]:
    """二十五, 三万五千, 二〇二三; what may as well be part of a word is a hint."""
    for match in _SIGN_RUN.finditer(plain):
        value = number_words.value_of_signs(match.group())
        sure = value is not None and value > _SMALL and bool(_SURE_SIGNS.fullmatch(match.group())) and not _TWO_COUNTS.search(match.group())
        if value is not None:
            readings: frozenset[Reading] = frozenset({value} if sure else {value, *_values_within(match.group())})
            yield Quantity(*match.span(), readings, WORDS if sure else HINT, _unit_at(plain, match.end(), "zh"), scale=_scale_within(value))


def _values_within(signs: str) -> set[Decimal]:
    """What parts of a run of signs may be worth: 六七十 is sixty or seventy, 十四五 the fourteenth five-year plan."""
    found = {
        value
        for start in range(min(len(signs), 8))
        for end in range(start + 1, min(len(signs), start + 5) + 1)
        if (value := number_words.value_of_signs(signs[start:end])) is not None
    }
    for one, other, scale in _TWO_COUNTS.findall(signs):
        found |= {_sign_value(digit) * number_words.signs()[scale].value for digit in (one, other)}
    return found


def _shares(plain: str) -> Iterator[Quantity]:
    """1割8分2厘 and 百分之五: tenths, and parts of a whole."""
    for match in _TENTHS.finditer(plain):
        digits = [_sign_value(group) for group in match.groups() if group]
        tenth = sum((digit / Decimal(10) ** place for place, digit in enumerate(digits, 1)), Decimal(0))
        kind = FIGURES if match.group()[0].isdigit() else HINT
        yield Quantity(*match.span(), frozenset({tenth, tenth * 10, tenth * 100}), kind)
    for match in _TENTHS_RANGE.finditer(plain):
        tenth, *ends = (_sign_value(group) for group in match.groups())
        yield Quantity(*match.span(), frozenset((tenth * 10 + end) / scale for scale in (1, 100) for end in ends))
    for match in _PART_OF.finditer(plain):
        below, above = number_words.value_of_signs(match.group(1)), number_words.value_of_signs(match.group(2))
        if below and above is not None:
            yield Quantity(*match.span(), frozenset({(above / below).quantize(Decimal("0.0001")).normalize(), above}), HINT)


def _sign_value(text: str) -> Decimal:
    return Decimal(text) if text.isdigit() else number_words.signs()[text].value


# -- hints ----------------------------------------------------------------------------------------------------------------


def _hints(plain: str, rest: str, lang: str) -> Iterator[Quantity]:
    """Words that may hold a number, in what the number words left; fractions of what stands before them, Roman numerals."""
    if not tables.language(lang).spaced:
        for start, end, values in number_words.hints_anywhere(rest, lang):
            yield Quantity(start, end, frozenset(values), HINT)
        tokens = []
    else:
        tokens = _tokens(plain)
    for index, token in enumerate(tokens):
        values = number_words.hints(token.word, lang) | _month(token.word, lang)
        if values and (rest[token.start] != "." or any(value < 1 for value in values)):
            head = number_words.head(token.word, lang)
            unit = _unit_named(head[1], lang) if head and len(head[1]) >= _UNIT_STEM else None
            yield Quantity(token.start, token.end, frozenset(values | _fractions_of_more(tokens, index, values, lang)), HINT, unit)
    weekdays = _weekdays(lang)
    yield from (Quantity(token.start, token.end, frozenset(), HINT, WEEKDAY) for token in tokens if token.word in weekdays)
    yield from _bare_units(tokens, rest, lang)
    for match in _ROMAN.finditer(plain):
        numeral = match.group().replace("І", "I").replace("Х", "X")
        if _ROMAN_NUMBER.fullmatch(numeral):
            yield Quantity(*match.span(), frozenset({Decimal(_roman(numeral))}), HINT)
    for index, char in enumerate(plain):
        if char in _VULGAR:
            yield Quantity(index, index + 1, frozenset({Decimal(_VULGAR[char])}), HINT)


def _bare_units(tokens: list[_Token], rest: str, lang: str) -> Iterator[Quantity]:
    """*a mile*, *last week*: one of it."""
    for token in tokens:
        unit = _units(lang).get(token.word)
        if unit and len(token.word) >= _UNIT_STEM and rest[token.start] != "." and unit.dimension.islower():
            yield Quantity(token.start, token.end, frozenset({Decimal(1)}), HINT, unit)


@cache
def _era_names(lang: str) -> dict[str, int]:
    return {row["entry"]: int(row["value"]) for row in tables.table("quantity-words") if row["lang"] == lang and row["kind"] == "era"}


def _eras(plain: str, lang: str) -> Iterator[Quantity]:
    """平成18年 is 2006."""
    names = _era_names(lang)
    if not names:
        return
    for match in regex.finditer(r"(\L<names>)(\d{1,2}|元)年?", plain, names=list(names)):
        year = 1 if match[2] == "元" else int(match[2])
        yield Quantity(*match.span(), frozenset({Decimal(names[match[1]] + year), Decimal(year)}))


def _fractions_of_more(tokens: list[_Token], index: int, values: Iterable[Decimal], lang: str) -> set[Decimal]:
    """*two thirds*, *two and a half*, *half a million*, *two and a half million*."""
    fractions = [value for value in values if 0 < value < 1]
    if not fractions:
        return set()
    found: set[Decimal] = set()
    scales = [number_words.words(lang).scales.get(token.word) for token in tokens[index + 1 : index + 3]]
    scale = next((scale for scale in scales if scale), None)
    for fraction in fractions:
        counts = [_count(token, lang) for token in tokens[max(0, index - 3) : index]]
        found |= {round(count * fraction, 4) for count in counts if count} | {count + fraction for count in counts if count}
        if scale:
            found |= {value * scale for value in (*found, fraction)}
    return {value.normalize() for value in found}


def _count(token: _Token, lang: str) -> Decimal | None:
    pieces = number_words.pieces_of(token.word, lang)
    return number_words.value_of(pieces) if pieces else None


@cache
def _weekdays(lang: str) -> frozenset[str]:
    return frozenset(row["entry"] for row in tables.table("calendar") if row["kind"] == "weekday" and row["lang"] == lang)


@cache
def _months(lang: str) -> dict[str, Decimal]:
    rows = (row for row in tables.table("calendar") if row["kind"] == "month" and row["lang"] == lang)
    return {row["entry"]: Decimal(int(row["number"])) for row in rows}


@lru_cache(maxsize=20_000)
def _month(word: str, lang: str) -> frozenset[Decimal]:
    """The number of a month, whatever its ending."""
    months = _months(lang)
    found = {months[word[:length]] for length in range(3, len(word) + 1) if word[:length] in months}
    return frozenset(found or ({number for name, number in months.items() if name.startswith(word)} if 3 <= len(word) <= 4 else ()))


def _roman(numeral: str) -> int:
    values = [_ROMAN_VALUES[letter] for letter in numeral]
    return sum(-value if value < following else value for value, following in zip(values, [*values[1:], 0], strict=True))
