"""A number of the source is missing from the translation, has become another one, or the translation has one that the source does not have.

*25,000 dollars* becomes *255,000*, *15 June* is left out. Numbers are compared as quantities, however they are written: *30 tisíc* is *30,000*,
*fünfundzwanzig* is 25, *3 pm* is 15.00, *2.7万* is 27,000, *the nineties* are *1990s*, and 300 miles may have become 480 kilometres.

It is lenient where translators are free: small numbers in words (*two*, *first*) need no counterpart, a number said twice may be said once, and what is
absorbed in a word (*both*, *dreißigjährig*, *decade*) counts as said. Figures that belong to a name (*Covid-19*, *A380*), web addresses and tags are not
its business. A pair of languages of which it does not know the number words is left alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import product
from typing import NamedTuple

from tqcheck import number_words, quantities, tables
from tqcheck.annotate import AnnotatedArticle, Pair
from tqcheck.article import Example, Mark, Severity
from tqcheck.quantities import CODE, FIGURES, HINT, WORDS, Quantity

SEVERITY = Severity.MAJOR
MQM = "accuracy/mistranslation"
BAD = [
    Example("The price was [[255,000]] dollars.", source_lang="ru", source_text="Цена составила 25 000 долларов."),
    Example("Der Preis lag bei [[13]] Euro.", lang="de", source_lang="en", source_text="The price was 31 euros."),
    Example("[[Lidé přišli na náměstí.]]", lang="cs", source_lang="en", source_text="Some 85,000 people came to the square."),
]
GOOD = [
    Example("Some 30,000 people came.", source_lang="cs", source_text="Přišlo asi 30 tisíc lidí."),
    Example("Es waren fünfundzwanzig Leute.", lang="de", source_lang="en", source_text="There were 25 people."),
]

_TOLERANCE = Decimal("0.06")  # 500 km are 311 miles, and people say 300
_YEARS = range(1800, 2100)


class _Side(NamedTuple):
    """The quantities of one side of a pair, and those of them that ask for an answer."""

    all: tuple[Quantity, ...]
    asking: tuple[Quantity, ...]


def check(article: AnnotatedArticle) -> Iterator[Mark]:
    """Yield a finding for each number that one side of a pair has and the other has not."""
    if not article.has_source or not article.source_lang:
        return
    own, other = article.language.tag, tables.language(article.source_lang).tag
    if own == other or not number_words.known(own) or not number_words.known(other):
        return
    pairs = [pair for pair in article.pairs if pair.target.strip() or pair.source.strip()]
    sides = [(_side(pair.target, own), _side(pair.source, other)) for pair in pairs]
    left = [(_unanswered(target, source), _unanswered(source, target)) for target, source in sides]
    for index, pair in enumerate(pairs):
        if not pair.target.strip() or not pair.source.strip():
            continue
        near = [left[place] for place in (index - 1, index + 1) if 0 <= place < len(pairs)]
        extra = [quantity for quantity in left[index][0] if not _any(quantity, (one for _, lost in near for one in lost))]
        lost = [quantity for quantity in left[index][1] if not _any(quantity, (one for extra_there, _ in near for one in extra_there))]
        extra, lost = _without_conversions(extra, lost, sides[index])
        yield from _marks(pair, extra, lost)


def _side(text: str, lang: str) -> _Side:
    found = quantities.find(text, lang)
    return _Side(found, tuple(quantity for quantity in found if _asks(quantity)))


def _asks(quantity: Quantity) -> bool:
    """Whether the other side must have it: 0 and 1 are said in too many ways."""
    return quantity.kind in {FIGURES, WORDS} and not all(value <= 1 and value == value.to_integral_value() for value in quantity.values or (Decimal(2),))


def _unanswered(asking: _Side, answering: _Side) -> list[Quantity]:
    """The quantities of one side that nothing on the other side can stand for."""
    found: list[Quantity] = []
    for quantity in asking.asking:
        if _any(quantity, answering.all):
            continue
        missing = [part for part in quantity.parts if not _any(part, answering.all)]
        if quantity.parts and not missing:
            continue
        found.append(quantity)
    return found


def _any(quantity: Quantity, others: Iterable[Quantity]) -> bool:
    return any(_same(quantity, other) for other in others)


def _same(quantity: Quantity, other: Quantity) -> bool:
    """Whether two quantities share a reading, or one does with a part of the other."""
    if quantity.readings & other.readings:
        return True
    return any(quantity.readings & part.readings for part in other.parts)


def _without_conversions(extra: list[Quantity], lost: list[Quantity], sides: tuple[_Side, _Side]) -> tuple[list[Quantity], list[Quantity]]:
    """Leave out what stands for each other after some arithmetic, and what a hint of the other side explains."""
    for one, two in product(list(extra), list(lost)):
        if one in extra and two in lost and _converted(one, two):
            extra.remove(one)
            lost.remove(two)
    target, source = sides
    extra = [one for one in extra if not any(_related(one, other) for other in source.all)]
    lost = [one for one in lost if not any(_related(one, other) for other in target.all)]
    return extra, lost


def _converted(one: Quantity, two: Quantity) -> bool:
    """Whether two numbers are one quantity in different units, or on different clocks."""
    if any(abs(first - second) == 12 and max(first, second) <= 24 for first, second in product(one.values, two.values)):
        return True
    if one.unit is None or two.unit is None:
        return False
    for first, second in product(one.values, two.values):
        if {one.unit.dimension, two.unit.dimension} == {"celsius", "fahrenheit"}:
            celsius, fahrenheit = (first, second) if one.unit.dimension == "celsius" else (second, first)
            if abs(celsius * 9 / 5 + 32 - fahrenheit) <= 2 or abs(celsius * 9 / 5 - fahrenheit) <= 2:
                return True
        elif one.unit.dimension == two.unit.dimension and first and second:
            ratio = first * one.unit.factor / (second * two.unit.factor)
            if abs(ratio - 1) <= _TOLERANCE:
                return True
    return False


def _related(one: Quantity, other: Quantity) -> bool:
    """Looser kinship: *'98* and 1998, the 1800s and the 19th century, 0.5 and 50 %, 3.24 million and 3.2 million."""
    return any(_kin(first, second) or _kin(second, first) for first, second in product(one.values, other.values)) or _rounded(one, other)


def _kin(first: Decimal, second: Decimal) -> bool:
    if first in _YEARS and second < 100 and (first % 100 == second or (first % 100 == 0 and second == first / 100 + 1)):
        return True
    return second == first * 100 and first < 1


def _rounded(one: Quantity, other: Quantity) -> bool:
    if not (one.scaled or other.scaled):
        return False
    for first, second in product(one.values, other.values):
        small, large = sorted((first, second))
        if small >= 1000 and large / small < Decimal("1.05") and min(_figures_of(first), _figures_of(second)) >= 2:
            fewer, more = sorted((first, second), key=_figures_of)
            if abs(more - fewer) <= Decimal(10) ** (fewer.adjusted() - _figures_of(fewer) + 1):
                return True
    return False


def _figures_of(value: Decimal) -> int:
    return len(value.normalize().as_tuple().digits)


def _marks(pair: Pair, extra: Sequence[Quantity], lost: Sequence[Quantity]) -> Iterator[Mark]:
    """Pair what is lost with what is new: those look like each other; the rest is missing or invented."""
    rest = list(lost)
    for quantity in extra:
        start, end = pair.start + quantity.start, pair.start + quantity.end
        said = pair.target[quantity.start : quantity.end]
        twin = min(rest, key=lambda other: _distance(quantity, other), default=None)
        if twin is None:
            yield Mark(start, end, f"The translation has “{said}”; the source has no such number.", confidence=0.7)
            continue
        rest.remove(twin)
        source = pair.source[twin.start : twin.end]
        yield Mark(start, end, f"The source has “{source}”; the translation has “{said}”.", confidence=0.85)
    if not rest:
        return
    target = pair.target
    start = pair.start + len(target) - len(target.lstrip())
    end = pair.start + len(target.rstrip())
    names = ", ".join(f"“{pair.source[one.start : one.end]}”" for one in rest)
    yield Mark(start, end, f"The source has {names}; the translation has no such number.", confidence=0.75)


def _distance(one: Quantity, other: Quantity) -> tuple[int, Decimal]:
    """How unlike two numbers are: first by their figures, then by size."""
    figures, others = (str(min(quantity.values, default=Decimal(0)).normalize()) for quantity in (one, other))
    common = sum(min(figures.count(digit), others.count(digit)) for digit in set(figures))
    return len(figures) + len(others) - 2 * common, abs(min(one.values, default=Decimal(0)) - min(other.values, default=Decimal(0)))
