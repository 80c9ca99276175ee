"""A number of the source is missing from the translation, has become another one, or the translation has one that the source does not have.

*25,000 dollars* becomes *255,000*, *15 June* is left out. Numbers are compared as quantities, however they are written: *30 tisíc* is *30,000*,
*fünfundzwanzig* is 25, *3 pm* is 15.00, *2.7万* is 27,000, *the nineties* are *1990s*, and 300 miles may have become 480 kilometres.

It is lenient where translators are free: small numbers in words (*two*, *first*) need no counterpart, a number said twice may be said once, and what is
absorbed in a word (*both*, *dreißigjährig*, *decade*) counts as said. Figures that belong to a name (*Covid-19*, *A380*), web addresses and tags are not
its business. A pair of languages of which it does not know the number words is left alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from decimal import Decimal
from itertools import product

from tqcheck import number_words, quantities, tables
from tqcheck.annotate import AnnotatedArticle, Pair
from tqcheck.article import Example, Mark, Severity
from tqcheck.quantities import DAY, FIGURES, WEEKDAY, WORDS, Quantity, Reading

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

_TOLERANCE = Decimal("0.1")  # 500 km are 311 miles, and people say 300
_HALF = Decimal("0.55")  # 2.54 centimetres are said to be 3
_CENTURY = Decimal(3_155_760_000)
_YEARS = range(1800, 2100)
Quantities = Sequence[Quantity]


_SMALLEST = Decimal(3)  # a smaller number that is missing may hide in *both*, *again*, *sequel*, in a dual or a singular


def check(article: AnnotatedArticle) -> Iterator[Mark]:
    """Yield a finding for each number that one side of a pair has and the other has not."""
    if not article.has_source or not article.source_lang:
        return
    own, other = article.language.tag, tables.language(article.source_lang).tag
    if own == other or not number_words.known(own) or not number_words.known(other):
        return
    pairs = [pair for pair in article.pairs if pair.target.strip() or pair.source.strip()]
    sides = [(quantities.find(pair.target, own), quantities.find(pair.source, other)) for pair in pairs]
    left = [(_unanswered(target, source), _unanswered(source, target)) for target, source in sides]
    said = {reading for _, source in sides for quantity in source for reading in quantity.readings}
    for index, pair in enumerate(pairs):
        if not pair.target.strip() or not pair.source.strip():
            continue
        extra, lost = left[index]
        near = [left[place] for place in (index - 1, index + 1) if 0 <= place < len(pairs)]
        extra = [quantity for quantity in extra if not _any(quantity, (one for _, lost_there in near for one in lost_there))]
        lost = [quantity for quantity in lost if not _any(quantity, (one for extra_there, _ in near for one in extra_there))]
        yield from _marks(pair, extra, lost, said)


def _unanswered(asking: Quantities, answering: Quantities) -> list[Quantity]:
    """The quantities of one side that nothing on the other side can stand for."""
    found: list[Quantity] = []
    currencies = _currencies(answering)
    for quantity in asking:
        if currencies and (own := _currencies([quantity])) and not own & currencies:
            continue  # in another currency
        if not _asks(quantity) or _any(quantity, answering) or _any_related(quantity, answering):
            continue
        missing = [part for part in quantity.parts if _asks(part) and not _any(part, answering) and not _any_related(part, answering)]
        if missing and missing[0].unit and missing[0].unit.dimension == "clock":
            missing = [] if _said_as_half(quantity, answering) else missing
        if quantity.parts and not missing:
            continue
        found.append(quantity)
    return found


def _said_as_half(time: Quantity, answering: Quantities) -> bool:
    """5.30 is *půl šesté*, 4.45 *čtvrt na pět bez...*: the hour to come is named."""
    hour, minutes = time.parts[0], time.parts[1]
    coming = {(value + 1) % 12 for value in hour.values}
    named = any(value % 12 in coming for other in answering if other.kind != FIGURES for value in other.values)
    return named and _any(minutes, answering) and bool(minutes.readings & {Decimal(15), Decimal(30), Decimal(45)})


def _currencies(found: Iterable[Quantity]) -> set[str]:
    return {quantity.unit.dimension for quantity in found if quantity.unit and quantity.unit.dimension.isupper()}


def _asks(quantity: Quantity) -> bool:
    """Whether the other side must have it: 0 and 1 are said in too many ways, and *100 percent* is only *fully*."""
    if quantity.kind not in {FIGURES, WORDS}:
        return False
    if quantity.unit and quantity.unit.dimension == "percent" and Decimal(100) in quantity.readings:
        return False
    if quantity.parts and not quantity.values:
        return any(map(_asks, quantity.parts))
    return not quantity.values or any(value > 1 or value % 1 for value in quantity.values)


def _any(quantity: Quantity, others: Iterable[Quantity]) -> bool:
    return any(_same(quantity, other) for other in others)


def _same(quantity: Quantity, other: Quantity) -> bool:
    """Whether two quantities share a reading, or one does with a part of the other."""
    return bool(quantity.readings & other.readings) or any(quantity.readings & part.readings for part in other.parts)


def _any_related(quantity: Quantity, others: Iterable[Quantity]) -> bool:
    return any(_related(quantity, other) or any(_related(quantity, part) for part in other.parts) for other in others)


def _related(one: Quantity, other: Quantity) -> bool:
    """Whether two numbers are one quantity after some arithmetic: in other units, on another clock, of another calendar, rounded."""
    return (
        _converted(one, other)
        or _rounded(one, other)
        or _of_one_year(one, other)
        or _of_one_year(other, one)
        or _of_one_century(one, other)
        or _of_one_century(other, one)
    )


def _converted(one: Quantity, two: Quantity) -> bool:
    """Whether two numbers are one quantity in different units or currencies, or on different clocks."""
    if (_is_clock(one) or _is_clock(two)) and any(
        abs(first - second) == 12 and max(first, second) <= 24 for first, second in _values(one, two)
    ):
        return True
    if one.unit is None or two.unit is None:
        return False
    if two.unit == WEEKDAY:
        return one.unit == DAY and all(value <= 31 for value in one.values)
    dimensions = {one.unit.dimension, two.unit.dimension}
    if dimensions == {"celsius", "fahrenheit"}:
        pairs = _values(one, two) if one.unit.dimension == "celsius" else _values(two, one)
        return any(abs(celsius * 9 / 5 + 32 - heat) <= 4 or abs(celsius * 9 / 5 - heat) <= 2 for celsius, heat in pairs)
    if len(dimensions) == 2 or one.unit == two.unit:
        return False
    ratio = one.unit.factor / two.unit.factor
    return any(
        second and (abs(first * ratio / second - 1) <= _TOLERANCE or abs(first * ratio - second) < _HALF)
        for first, second in _values(one, two)
    )


def _values(one: Quantity, two: Quantity) -> Iterator[tuple[Decimal, Decimal]]:
    return product(one.values, two.values)


def _is_clock(quantity: Quantity) -> bool:
    unit = quantity.unit
    return unit is not None and (unit.dimension == "clock" or (unit.dimension == "time" and unit.factor == 3600))


def _of_one_year(year: Quantity, short: Quantity) -> bool:
    """1998 and *'98*, the 1800s and the 19th century; 0.5 and 50 percent."""
    bare = short.unit is None or short.unit.dimension == "time"
    for first, second in _values(year, short):
        if second == first * 100 and first < 1:
            return True
        if bare and first in _YEARS and second < 100 and (first % 100 == second or (first % 100 == 0 and second == first / 100 + 1)):
            return True
    return False


def _of_one_century(century: Quantity, other: Quantity) -> bool:
    """*80. let 19. století* and *the 1880s*; *od 70. let 20. století* and *since the seventies*."""
    if century.unit is None or century.unit.factor != _CENTURY:
        return False
    return any(
        (second in _YEARS and second // 100 + 1 == first)
        or (first == 1 and second == 2000)  # *the early 2000s*
        or (second in range(10, 100, 10) and first == 20)
        for first, second in _values(century, other)
    )


def _rounded(one: Quantity, other: Quantity) -> bool:
    """3.24 million and 3.2 million: one is the other with fewer figures, two at least."""
    if not (one.scaled or other.scaled):
        return False
    for pair in _values(one, other):
        fewer, more = sorted(pair, key=_figures_of)
        figures = _figures_of(fewer)
        if figures >= 2 and fewer >= 1000 and abs(more - fewer) < Decimal(10) ** (fewer.adjusted() - figures + 1):
            return True
    return False


def _figures_of(value: Decimal) -> int:
    return len(value.normalize().as_tuple().digits)


def _marks(pair: Pair, extra: Sequence[Quantity], lost: Sequence[Quantity], said: Set[Reading]) -> Iterator[Mark]:
    """Each number that became another, that is new, that is missing."""
    twins = _twins(extra, lost)
    for quantity in extra:
        start, end = pair.start + quantity.start, pair.start + quantity.end
        surface = pair.target[quantity.start : quantity.end]
        if twin := twins.get(quantity):
            source = pair.source[twin.start : twin.end]
            yield Mark(start, end, f"The source has “{source}”; the translation has “{surface}”.", confidence=0.85)
        elif not _is_excused(quantity, said, lost):
            yield Mark(start, end, f"The translation has “{surface}”; the source has no such number.", confidence=0.7)
    missing = [quantity for quantity in lost if quantity not in twins.values() and min(quantity.values, default=_SMALLEST) >= _SMALLEST]
    if missing:
        start = pair.start + len(pair.target) - len(pair.target.lstrip())
        names = ", ".join(dict.fromkeys(f"“{pair.source[one.start : one.end]}”" for one in missing))
        message = f"The source has {names}; the translation has no such number."
        yield Mark(start, pair.start + len(pair.target.rstrip()), message, confidence=0.75)


def _is_excused(quantity: Quantity, said: Set[Reading], lost: Iterable[Quantity]) -> bool:
    """A number that only the translation has may complete a date or a name; in words it may be no number."""
    if quantity.kind == WORDS:
        return True
    if _is_year(quantity):
        return not any(_is_year(other) for other in lost)
    return bool(quantity.readings & said) and max(quantity.values, default=Decimal(0)) > _SMALLEST


def _is_year(quantity: Quantity) -> bool:
    return any(value in _YEARS for value in quantity.values)


def _twins(extra: Sequence[Quantity], lost: Sequence[Quantity]) -> dict[Quantity, Quantity]:
    """Which new number most likely stands for which lost one: those that look most alike first."""
    found: dict[Quantity, Quantity] = {}
    for _, one, two in sorted(
        ((_distance(one, two), one, two) for one, two in product(extra, lost)),
        key=lambda candidate: (candidate[0], candidate[1].start, candidate[2].start),
    ):
        if one not in found and two not in found.values():
            found[one] = two
    return found


def _distance(one: Quantity, other: Quantity) -> tuple[int, Decimal]:
    """How unlike two numbers are: first by their figures, then by size."""
    figures, others = (str(min(quantity.values, default=Decimal(0)).normalize()) for quantity in (one, other))
    common = sum(min(figures.count(digit), others.count(digit)) for digit in set(figures))
    return len(figures) + len(others) - 2 * common, abs(min(one.values, default=Decimal(0)) - min(other.values, default=Decimal(0)))
