"""Number words: *twenty-five*, *fünfundzwanzig*, *двадцати пяти*, 二十五 and what they are worth.

A word is taken apart into the pieces of `data/quantity-words.tsv` (*fünf-und-zwanzig*), and the pieces of one or more words are put
together by one arithmetic that serves all languages: what multiplies (*hundred*, *thousand*) multiplies the smaller part before it,
what is small enough is added, and units may stand before tens (*fünfundzwanzig*, خمسة وعشرون).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import cache, lru_cache
from typing import NamedTuple

import regex

from tqcheck import tables


class Piece(NamedTuple):
    """A part of a number word: a number, a scale (multiplies what stands before it) or what joins two ("and")."""

    kind: str
    value: Decimal


class Words(NamedTuple):
    """The words of quantities of one language.

    exact: word -> its pieces, one choice after the other. fractions: word -> what else it may be worth. compound: matches a word that is
    made of the words of `exact` only. stems: beginnings of words that hold a number -> the values. marks: scales that are written right
    after figures (mln). prefixes: what is written together with the next word. duals: endings that say two.
    """

    exact: dict[str, tuple[Piece, ...]]
    fractions: dict[str, frozenset[Decimal]]
    compound: regex.Pattern[str] | None
    stems: dict[str, frozenset[Decimal]]
    longest_stem: int
    marks: dict[str, Decimal]
    scales: dict[str, Decimal]
    prefixes: tuple[str, ...]
    duals: tuple[str, ...]


_SHORTEST_COMPOUND_PIECE = 2
_SHORTEST_TAIL = 6  # letters of a number that a word may end with
_LONGEST_WORD = 100
_KINDS = ("number", "ten", "scale", "and")


@cache
def known(lang: str) -> bool:
    """Whether the table knows the language."""
    return any(row["lang"] == lang for row in tables.table("quantity-words"))


@cache
def words(lang: str) -> Words:
    """What the table knows of a language; empty for one that it does not know."""
    rows = [row for row in tables.table("quantity-words") if row["lang"] == lang]
    exact: dict[str, tuple[Piece, ...]] = {}
    fractions: dict[str, frozenset[Decimal]] = {}
    stems: dict[str, frozenset[Decimal]] = {}
    for row in rows:
        values = [Decimal(value) for value in row["value"].split()]
        if row["kind"] in _KINDS:
            whole = [value for value in values if value == value.to_integral_value()]
            if whole and len(whole) == len(values) == 1:
                exact.setdefault(row["entry"], ())
                exact[row["entry"]] += (Piece(row["kind"], whole[0]),)
            else:
                fractions[row["entry"]] = frozenset(values)
        elif row["kind"] == "stem":
            stems[row["entry"]] = frozenset(values)
    pieces = [word for word in exact if len(word) >= _SHORTEST_COMPOUND_PIECE or exact[word][0].kind == "and"]
    chosen = {kind: {row["entry"]: Decimal(row["value"].split()[0]) for row in rows if row["kind"] == kind} for kind in ("mark", "scale")}
    return Words(
        exact,
        fractions,
        regex.compile(r"(?:(\L<pieces>))+", pieces=pieces) if pieces else None,
        stems,
        max(map(len, stems), default=0),
        chosen["mark"],
        chosen["scale"],
        tuple(sorted((row["entry"] for row in rows if row["kind"] == "prefix"), key=len, reverse=True)),
        tuple(row["entry"] for row in rows if row["kind"] == "dual"),
    )


@lru_cache(maxsize=50_000)
def pieces_of(word: str, lang: str) -> tuple[Piece, ...]:
    """The pieces of one word, lower case; () when it is no number word."""
    known_words = words(lang)
    if word in known_words.exact:
        return known_words.exact[word][:1]
    if known_words.compound is None or not 3 <= len(word) <= _LONGEST_WORD:
        return ()
    match = known_words.compound.fullmatch(word)
    if match is None:
        return ()
    found = [known_words.exact[piece][0] for piece in match.captures(1)]
    if found[0].kind == "and" or all(piece.kind == "scale" for piece in found):
        return tuple(found) if value_of(found) is not None else ()
    value = value_of(found, closed=True)
    return () if value is None else (Piece("number", value),)


def without_prefix(word: str, lang: str) -> Iterator[tuple[str, bool]]:
    """The word itself, and what is left of it after a word that is written together with it; whether that is *and*."""
    yield word, False
    for prefix in words(lang).prefixes:
        if word.startswith(prefix) and len(word) > len(prefix) + 1:
            yield word.removeprefix(prefix), any(prefix[:length] in words(lang).exact for length in range(1, len(prefix) + 1))


def value_of(pieces: Sequence[Piece], *, closed: bool = False) -> Decimal | None:
    """What pieces are worth together; None when they are no single number (*five twenty*).

    closed: they are written in one word, so units may stand before tens without an *and* (*jednačtyřicet*).
    """
    total = Decimal(0)
    started, joined = False, closed
    for piece in pieces:
        if piece.kind == "and":
            joined = started
            continue
        if piece.kind == "ten" and 0 < total % 100 < 10:  # خمسة عشر, חמש עשרה
            grown: Decimal | None = total + piece.value
        elif piece.kind == "scale":
            grown = _multiplied(total, piece.value, started=started)
        else:
            grown = _added(total, piece.value, started, joined)
        if grown is None:
            return None
        total, started, joined = grown, True, closed
    return total if started else None


def _multiplied(total: Decimal, scale: Decimal, *, started: bool) -> Decimal | None:
    """*three million two hundred* and then *thousand*: only the 200 is multiplied."""
    if not started:
        return scale
    part = total % scale
    if not part:
        return total * scale if total and total < scale else total + scale if total >= scale * 10 else None
    return total - part + part * scale


def _added(total: Decimal, value: Decimal, started: bool, joined: bool) -> Decimal | None:
    if not started:
        return value
    if value < _room(total) and value:
        return total + value
    unit = total % 100
    if joined and 0 < unit < 10 and 20 <= value <= 90 and not value % 10:  # *fünfundzwanzig*
        return total + value
    if unit in {60, 80} and 10 <= value < 20:  # *soixante-dix*
        return total + value
    return None


def _room(total: Decimal) -> Decimal:
    """Less than this may be added to a total: 20 leaves room for 5, 100 for 25, 5 for nothing."""
    room = Decimal(1)
    while total and not total % (room * 10):
        room *= 10
    return room


@lru_cache(maxsize=20_000)
def hints(word: str, lang: str) -> frozenset[Decimal]:
    """The numbers that a word may hold without being a number word: *both*, *třicetiletý*, *decade*."""
    known_words = words(lang)
    found: set[Decimal] = set(known_words.fractions.get(word, ()))
    for bare, _ in without_prefix(word, lang):
        found |= known_words.fractions.get(bare, frozenset())
        found |= _stem_values(bare, lang)
    if any(word.endswith(dual) and len(word) > len(dual) + 2 for dual in known_words.duals):
        found.add(Decimal(2))
    return frozenset(found)


def hints_anywhere(text: str, lang: str) -> Iterator[tuple[int, int, frozenset[Decimal]]]:
    """The same where words are not separated: spans of the text that may hold a number, and which."""
    stems = words(lang).stems
    for match in _stems_anywhere(lang).finditer(text):
        yield match.start(), match.end(), stems[match.group()]


@cache
def _stems_anywhere(lang: str) -> regex.Pattern[str]:
    return regex.compile(r"\L<stems>", stems=list(words(lang).stems)) if words(lang).stems else regex.compile(r"(?!)")


@lru_cache(maxsize=50_000)
def head(word: str, lang: str) -> tuple[Decimal, str] | None:
    """The longest number word that a word begins with, and the rest: *dvou-metrový*."""
    for length in range(min(len(word), _LONGEST_WORD), 2, -1):
        pieces = pieces_of(word[:length], lang)
        value = value_of(pieces) if pieces else None
        if value is not None:
            return value, word[length:]
    return None


@lru_cache(maxsize=50_000)
def _stem_values(word: str, lang: str) -> frozenset[Decimal]:
    """The values of all known beginnings of a word, and of the longest number word that it begins with."""
    known_words = words(lang)
    found: set[Decimal] = set()
    for length in range(1, min(len(word), known_words.longest_stem) + 1):
        found |= known_words.stems.get(word[:length], frozenset())
    if first := head(word, lang):
        found.add(first[0])
    for length in range(_SHORTEST_TAIL, len(word) - 3):  # *Tabellenvierten*
        if (piece := known_words.exact.get(word[-length:], (None,))[0]) and piece.kind == "number":
            found.add(piece.value)
    return frozenset(found)


# -- Chinese and Japanese signs -------------------------------------------------------------------------------------


@cache
def signs() -> dict[str, Piece]:
    """The signs of Chinese and Japanese numbers, those of contracts included."""
    return {row["sign"]: Piece(row["kind"], Decimal(row["value"])) for row in tables.table("number-signs")}


def value_of_signs(text: str) -> Decimal | None:
    """What a run of signs and ASCII figures is worth: 二万五千, 1億2000万, 二〇二三; None when it is no number."""
    parts = regex.findall(r"\d+(?:[.,]\d+)*|.", text)
    pieces = [
        signs()[part] if part in signs() else Piece("number", Decimal(part.replace(",", ""))) for part in parts if not part.count(".") > 1
    ]
    if len(pieces) != len(parts) or not pieces:
        return None
    if all(piece.kind == "number" for piece in pieces):
        return (
            Decimal("".join(str(piece.value) for piece in pieces))
            if all(piece.value < 10 for piece in pieces) or len(pieces) == 1
            else None
        )
    return _sum_of_signs(pieces)


def _sum_of_signs(pieces: Iterable[Piece]) -> Decimal:
    """Digits times 十, 百, 千 make a section; a section times 万, 億, 兆 makes a part of the sum."""
    total = section = digit = Decimal(0)
    seen = False
    for piece in pieces:
        if piece.kind == "number":
            section, digit, seen = section + (digit if seen and digit else 0), piece.value, True
        elif piece.value < 10_000:
            section += (digit if seen else Decimal(1)) * piece.value
            digit, seen = Decimal(0), False
        else:
            part = section + digit
            total = (total + part) * piece.value if total and total < piece.value else total + (part or Decimal(1)) * piece.value
            section, digit, seen = Decimal(0), Decimal(0), False
    return total + section + digit
