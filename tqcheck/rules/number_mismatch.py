"""A number of the source is missing from the translation or has become another one, or the translation has one of its own.

*25,000 dollars* becomes *255,000*, *15 June* is left out. Numbers are compared as quantities, however they are written: *30 tisíc* is
*30,000*, *fünfundzwanzig* is 25, *3 pm* is 15.00, 2.7万 is 27,000, *the nineties* are the *1990s*; 300 miles may have become 480
kilometres, and dollars crowns. A number that is the same figures at another power of ten (10,000 and 100,000) is critical.

It is lenient where translators are free: small numbers in words (*two*, *first*) need no counterpart, a number said twice may be said
once, and what a word holds (*both*, *dreißigjährig*, *decade*) counts as said. Figures that belong to a name (*Covid-19*, *A380*), web
addresses and tags are not its business. A pair of languages of which it does not know the number words is left alone.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from decimal import Decimal
from itertools import product

import regex

from tqcheck import number_words, quantities, tables
from tqcheck.annotate import AnnotatedArticle, Pair
from tqcheck.article import Example, Mark, Severity
from tqcheck.quantities import DAY, FIGURES, WEEKDAY, WORDS, Quantity, Reading

SEVERITY = Severity.MAJOR
MQM = "accuracy/mistranslation"
BAD = [
    Example("The flat costs [[255,000]] dollars.", source_lang="ru", source_text="Квартира стоит 25 000 долларов."),
    Example("Der Eintritt kostet [[13]] Euro.", lang="de", source_lang="en", source_text="Admission is 31 euros."),
    Example("[[Lidé přišli na náměstí.]]", lang="cs", source_lang="en", source_text="Some 85,000 people came to the square."),
    Example("Він народився [[1989]] року.", lang="uk", source_lang="cs", source_text="Narodil se v roce 1998."),
    Example("Le pont mesure [[1370]] mètres.", lang="fr", source_lang="de", source_text="Die Brücke ist 137 Meter lang."),
    Example("They raised [[1.2 billion]] yen.", source_lang="ja", source_text="１億２０００万円を集めた。"),
    Example("The set costs RMB[[399]].", source_lang="zh", source_text="套餐价格：3999元"),
    Example("她花了[[30万]]元买车。", lang="zh", source_lang="en", source_text="She paid 30,000 yuan for the car."),
    Example("Na schůzi přišlo [[45]] lidí.", lang="cs", source_lang="ru", source_text="На собрание пришло пятьдесят четыре человека."),
    Example("Il corso dura [[15]] giorni.", lang="it", source_lang="pl", source_text="Kurs trwa dwadzieścia pięć dni."),
    Example("Han sålde [[18]] bilar.", lang="sv", source_lang="fi", source_text="Hän myi kahdeksankymmentä autoa."),
    Example("The law of [[12.5.2003]] is in force.", source_lang="bg", source_text="Законът от 12.5.2013 е в сила."),
    Example("Hicieron falta [[2 millones]] de euros.", lang="es", source_lang="it", source_text="Servirono 2 miliardi di euro."),
    Example("Vlak odjíždí v [[16:45]].", lang="cs", source_lang="de", source_text="Der Zug fährt um 15.45 Uhr."),
    Example("The shop sold [[2,500]] books.", source_lang="ar", source_text="باع المتجر ٢٥٠ كتابا."),
    Example("[[Der Zug hielt nicht an.]]", lang="de", source_lang="fr", source_text="Le train de 128 voyageurs ne s'est pas arrêté."),
    Example("도시에는 [[3만]] 명이 산다.", lang="ko", source_lang="en", source_text="The town has 300,000 inhabitants."),
    Example("Δόθηκαν [[75]] δώρα.", lang="el", source_lang="en", source_text="They gave 57 presents."),
]
GOOD = [
    Example("Some 30,000 people came at 3 pm.", source_lang="cs", source_text="V 15 hodin přišlo asi 30 tisíc lidí."),
    Example("Es waren fünfundzwanzig Leute da.", lang="de", source_lang="en", source_text="There were 25 people."),
    Example(
        "Ce fut dans les années 1990, au XXe siècle.",
        lang="fr",
        source_lang="de",
        source_text="Es war in den 90er Jahren des 20. Jahrhunderts.",
    ),
    Example("Dreißigjährige zahlen 1.250,50 Euro.", lang="de", source_lang="en", source_text="Those aged 30 pay 1,250.50 euros."),
    Example("It is 300 miles away, and 68 degrees there.", source_lang="cs", source_text="Je to odsud 500 kilometrů a je tam 20 stupňů."),
    Example(
        "Prodalo se 1,2 milionu kusů, tedy o polovinu víc.", lang="cs", source_lang="en", source_text="They sold 1.2m of them, 50% more."
    ),
    Example("About 27,000 people saw it within 24 hours.", source_lang="zh", source_text="一天内约有2.7万人观看。"),
    Example("Almost 1.2 million yen, 30 percent, in 2006.", source_lang="ja", source_text="平成18年には、3割にあたる約120万円だった。"),
    Example(
        "Обоє мали по дванадцять років, 100 тисяч бачили це.",
        lang="uk",
        source_lang="en",
        source_text="The 2 of them were 12; 100,000 saw it.",
    ),
    Example("Il y en avait quatre-vingt-dix-sept.", lang="fr", source_lang="en", source_text="There were 97 of them."),
    Example("Se vendieron mil quinientas entradas.", lang="es", source_lang="en", source_text="They sold 1,500 tickets."),
    Example("They won 3-2 on 5 March 2021.", source_lang="pl", source_text="Wygrali 3:2 w dniu 05.03.2021."),
    Example("Kaksikymmentäviisi ihmistä tuli paikalle.", lang="fi", source_lang="en", source_text="25 people were there."),
    Example("حضر خمسة وعشرون شخصا.", lang="ar", source_lang="en", source_text="25 people attended."),
    Example("1,00,000 लोग आए।", lang="hi", source_lang="en", source_text="A crowd of 100,000 came."),
    Example("Se otevírá v půl šesté.", lang="cs", source_lang="en", source_text="It opens at 5.30."),
    Example("Covid-19 is over; see https://example.org/2020/17.", source_lang="de", source_text="Die Seuche ist vorbei."),
    Example("Die Mannschaft steht im Achtelfinale.", lang="de", source_lang="en", source_text="The team is in the last 16."),
    "There were 25 people, and there is no source.",
    Example("Bhí 25 duine ann.", lang="ga", source_lang="en", source_text="There were 52 people."),
]
MISSED = [
    Example("Sie hatte [[drei]] Brüder.", lang="de", source_lang="en", source_text="She had five brothers."),
    Example("The train left at [[3]] o'clock.", source_lang="cs", source_text="Vlak odjel ve 14 hodin a 3 minuty."),
]

_TOLERANCE = Decimal("0.1")  # 500 km are 311 miles, and people say 300
_HALF = Decimal("0.55")  # 2.54 centimetres are said to be 3
_CENTURY = Decimal(3_155_760_000)
_YEARS = range(1800, 2100)
Quantities = Sequence[Quantity]


_BLANKS = regex.compile(r"[\s'’]")
_PLAIN = regex.compile(r"\d+(?:\.\d+)?", regex.ASCII)
_GROUPED_FROM = 10_000
# In one pair, each number of one side with each of the other; with more it is a table, or no pair. Named where it cuts.
MOST_COMPARISONS = 10_000
AROUND = 3  # numbers to both sides of the same place that are compared then
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
    left = [(unanswered(target, source), unanswered(source, target)) for target, source in sides]
    said = {reading for _, source in sides for quantity in source for reading in quantity.readings}
    for index, pair in enumerate(pairs):
        if not pair.target.strip() or not pair.source.strip():
            continue
        extra, lost = left[index]
        near = [left[place] for place in (index - 1, index + 1) if 0 <= place < len(pairs)]
        lost_near, extra_near = _Said([one for _, there in near for one in there]), _Said([one for there, _ in near for one in there])
        extra = [quantity for quantity in extra if not lost_near.has(quantity)]
        lost = [quantity for quantity in lost if not extra_near.has(quantity)]
        if len(extra) * len(lost) > MOST_COMPARISONS:
            told = f"number-mismatch: of {{}} numbers in one pair that the other side lacks each was compared with {2 * AROUND}"
            article.limit(told, len(extra) + len(lost))
        yield from _marks(pair, extra, lost, said, (own, other), sides[index][0])


class _Said:
    """The quantities of one side, found by what they may be worth."""

    def __init__(self, quantities_: Quantities, asking: int = 0) -> None:
        """`asking`: how many there are on the other side."""
        self._readings = {reading for quantity in quantities_ for reading in quantity.readings}
        self._in_parts = {reading for quantity in quantities_ for part in quantity.parts for reading in part.readings}
        distinct = {_worth(one): one for quantity in quantities_ for one in (quantity, *quantity.parts)}
        self._distinct = sorted(distinct.values(), key=lambda one: one.start)
        self._all = asking * len(distinct) <= MOST_COMPARISONS
        self._starts = [one.start for one in self._distinct]
        self._end = max((one.end for one in quantities_), default=0)
        self._known: dict[object, bool] = {}

    def has(self, quantity: Quantity) -> bool:
        """Whether one of them shares a reading with a quantity, or a part of one does."""
        return not (quantity.readings.isdisjoint(self._readings) and quantity.readings.isdisjoint(self._in_parts))

    def has_related(self, quantity: Quantity, share: float) -> bool:
        """Whether a quantity is one of them after some arithmetic. Of very many, those around the same `share` of the text are tried."""
        among: Sequence[Quantity] = self._distinct
        if not self._all:
            place = bisect.bisect_left(self._starts, share * self._end)
            among = among[max(0, place - AROUND) : place + AROUND]
            return any(_related(quantity, other) for other in among)
        key = _worth(quantity)
        if key not in self._known:
            self._known[key] = any(_related(quantity, other) for other in among)
        return self._known[key]


def _worth(quantity: Quantity) -> object:
    """All of a quantity that its relations to others depend on."""
    return quantity.readings, quantity.unit, quantity.scale


def unanswered(asking: Quantities, answering: Quantities) -> list[Quantity]:
    """The quantities of one side that nothing on the other side can stand for."""
    found: list[Quantity] = []
    said = _Said(answering, len(asking))
    end = max((quantity.end for quantity in asking), default=1)
    currencies = _currencies(answering)
    for quantity in asking:
        if currencies and (own := _currencies([quantity])) and not own & currencies:
            continue  # in another currency
        if not _asks(quantity) or said.has(quantity) or said.has_related(quantity, quantity.start / end):
            continue
        missing = [
            part for part in quantity.parts if _asks(part) and not said.has(part) and not said.has_related(part, quantity.start / end)
        ]
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
    return named and _Said(answering).has(minutes) and bool(minutes.readings & {Decimal(15), Decimal(30), Decimal(45)})


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
    if not (one.scale or other.scale):
        return False
    for pair in _values(one, other):
        fewer, more = sorted(pair, key=_figures_of)
        figures = _figures_of(fewer)
        if figures >= 2 and fewer >= 1000 and abs(more - fewer) < Decimal(10) ** (fewer.adjusted() - figures + 1):
            return True
    return False


def _figures_of(value: Decimal) -> int:
    return len(value.normalize().as_tuple().digits)


def _marks(  # noqa: PLR0913, PLR0917 - what both sides of a pair lack, and what excuses it
    pair: Pair, extra: Quantities, lost: Quantities, said: AbstractSet[Reading], langs: tuple[str, str], own: Quantities
) -> Iterator[Mark]:
    """Each number that became another, that is new, that is missing."""
    twins = _twins(extra, lost)
    taken = set(twins.values())
    year_lost = any(map(_is_year, lost))
    for quantity in extra:
        start, end = pair.start + quantity.start, pair.start + quantity.end
        surface = pair.target[quantity.start : quantity.end]
        if twin := twins.get(quantity):
            said_there = pair.source[twin.start : twin.end]
            message = f"The source has “{said_there}”; the translation has “{surface}”."
            severity = Severity.CRITICAL if _other_magnitude(quantity, twin) else None
            yield Mark(start, end, message, _rendered(quantity, twin, said_there, langs), confidence=0.85, severity=severity)
        elif not _is_excused(quantity, said, year_lost=year_lost):
            yield Mark(start, end, f"The translation has “{surface}”; the source has no such number.", confidence=0.7)
    values = {value for other in own for value in other.values}
    missing = [quantity for quantity in lost if quantity not in taken and not _may_hide(quantity, pair, values)]
    if missing:
        names = ", ".join(dict.fromkeys(f"“{pair.source[one.start : one.end]}”" for one in missing))
        message = f"The source has {names}; the translation has no such number."
        yield Mark(*pair.span, message, confidence=0.75)


def _other_magnitude(one: Quantity, other: Quantity) -> bool:
    """Whether two numbers are the same figures at another power of ten: 10,000 and 100,000, 60 亿 and 6."""
    values = {value.normalize().as_tuple().digits for value in one.values} & {value.normalize().as_tuple().digits for value in other.values}
    return bool(values)


def _rendered(quantity: Quantity, twin: Quantity, notation: str, langs: tuple[str, str]) -> str | None:
    """The source's number, in its notation, as the target language writes it; None where it is more than figures."""
    target, source = (next((row for row in tables.table("number-symbols") if row["lang"] == lang), None) for lang in langs)
    plain = all(one.kind == FIGURES and not one.scale and one.values for one in (quantity, twin))
    if not plain or target is None or source is None or quantity.unit != twin.unit:
        return None
    figures = _BLANKS.sub("", notation).replace(source["group"], "").replace(source["decimal"], ".")
    whole, _, rest = figures.partition(".")
    if not _PLAIN.fullmatch(figures) or Decimal(figures) not in twin.values:
        return None
    if Decimal(whole) >= _GROUPED_FROM:  # not int, which refuses more than 4300 digits
        whole = f"{Decimal(whole):,}".replace(",", "\u00a0" if target["group"] == "blank" else target["group"])
    return whole + (target["decimal"] + rest if rest else "")


def _may_hide(quantity: Quantity, pair: Pair, said: AbstractSet[Decimal]) -> bool:
    """A missing number that a word may hold, or a time told by its hour: *on 13:10* is *in the 13th minute*."""
    if not quantity.values and len(quantity.parts) == 2 and ":" in pair.source[quantity.start : quantity.end]:
        hours = {value + more for value in quantity.parts[0].values for more in (0, 1)}
        return not hours.isdisjoint(said)
    return bool(quantity.values) and min(quantity.values) < _SMALLEST


def _is_excused(quantity: Quantity, said: AbstractSet[Reading], *, year_lost: bool) -> bool:
    """A number that only the translation has may complete a date or a name; in words it may be no number."""
    if quantity.kind == WORDS:
        return True
    if _is_year(quantity):
        return not year_lost
    return bool(quantity.readings & said) and max(quantity.values, default=Decimal(0)) > _SMALLEST


def _is_year(quantity: Quantity) -> bool:
    return any(value in _YEARS for value in quantity.values)


def _twins(extra: Sequence[Quantity], lost: Sequence[Quantity]) -> dict[Quantity, Quantity]:
    """Which new number most likely stands for which lost one: those that look most alike first."""
    found: dict[Quantity, Quantity] = {}
    taken: set[Quantity] = set()
    for _, one, two in sorted(
        ((_distance(one, two), one, two) for one, two in _candidates(extra, lost)),
        key=lambda candidate: (candidate[0], candidate[1].start, candidate[2].start),
    ):
        if one not in found and two not in taken and _is_year(one) <= _is_year(two):
            found[one] = two
            taken.add(two)
    return found


def _candidates(extra: Quantities, lost: Quantities) -> Iterator[tuple[Quantity, Quantity]]:
    """Each new number with each lost one; where there are very many, with those that stand about as far on."""
    if len(extra) * len(lost) <= MOST_COMPARISONS:
        yield from product(extra, lost)
        return
    for number, one in enumerate(extra):
        place = number * len(lost) // len(extra)
        yield from ((one, two) for two in lost[max(0, place - AROUND) : place + AROUND])


def _distance(one: Quantity, other: Quantity) -> tuple[int, Decimal]:
    """How unlike two numbers are: first by their figures, then by size."""
    figures, others = (str(min(quantity.values, default=Decimal(0)).normalize()) for quantity in (one, other))
    common = sum(min(figures.count(digit), others.count(digit)) for digit in set(figures))
    return len(figures) + len(others) - 2 * common, abs(min(one.values, default=Decimal(0)) - min(other.values, default=Decimal(0)))
