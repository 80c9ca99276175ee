"""One fact stands in the article twice, and not alike.

*Novak, 34*, and further down *the 43-year-old Novak*; *Monday, 3 May*, and then *Tuesday, 3 May*; a sentence that comes again with another
number. The engine swaps digits and guesses weekdays, each sentence for itself. Look it up in the source.

Four things are compared: the ages of one person, of which at least one is plainly an age; the weekdays of two dates of a month or of
neighbouring months; a weekday and a date with its year, by the calendar; and sentences that agree word for word but for one number.
What another time or another person may explain is left alone: *the then 17-year-old*, two first names with the surname, weekdays
without a date. The words are in `data/age-words.tsv` and `data/calendar.tsv`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import NamedTuple

import regex

from tqcheck import tables
from tqcheck.annotate import AnnotatedArticle, Span
from tqcheck.article import Example, Mark, Severity
from tqcheck.names import NAME, first_names

SEVERITY = Severity.MAJOR
MQM = "accuracy/mistranslation"
PREVIEW = True  # too few findings on real articles to judge by
BAD = [
    "Ottokar Karbel, 34, came home. The [[43-year-old Karbel]] slept.",
    "They left on Monday, May 3, and came back late. The trip of [[Tuesday, May 3]] was long.",
    "They left on Monday, May 3, and came back late. The trip of [[Wednesday, May 4]] was long.",
    "It began on [[Friday, 3 May 2021]], and it rained.",
    "The storm over Karbel killed 45 people on that day. It rained. The storm over Karbel killed [[54]] people on that day.",
    Example("Ottokar Karbel (34) kam heim. Der [[43-jährige Karbel]] schlief.", lang="de"),
    Example("Es begann am [[Freitag, dem 3. Mai 2021]], und es regnete.", lang="de"),
    Example("Ça a commencé le [[vendredi 3 mai 2021]], sous la pluie.", lang="fr"),
    Example("Ottokar Karbel, 34 let, se vrátil. Později [[43letého Karbela]] našli.", lang="cs"),
    Example("Всё началось в [[пятницу, 3 мая 2021]] года.", lang="ru"),
    Example("会议于2021年5月3日（[[星期五]]）举行。", lang="zh"),
]
GOOD = [
    "Ottokar Karbel, 34, came home. The 34-year-old Karbel slept. The then 17-year-old Karbel won.",
    "Ottokar Karbel, 34, and his son came. The 11-year-old Jan Karbel slept.",
    "They left on Monday, May 3, and came back on Tuesday, May 4.",
    "It began on Monday, 3 May 2021, and it rained.",
    "They met on Friday, 5 May 1950. They met again on Saturday, 5 May 1951.",
    "The storm over Karbel killed 45 people on that day. The fire at Osten killed 54 people on that day.",
    "Karbel (34) and Osten (56) scored; Karbel (61) once more.",
    "On Sundays at 10 May sings.",
    Example("Es begann am Montag, dem 3. Mai 2021, und es regnete.", lang="de"),
    Example("Der damals 17-jährige Karbel gewann. Ottokar Karbel (34) kam heim.", lang="de"),
]
MISSED = [
    "The storm killed 45 people. By night [[54]] were known to have died in it.",
    Example("Ottokar Karbel (34) kam heim. Der Mann, [[43]], schlief.", lang="de"),
]

_MIN_WORDS = 8  # of a sentence that comes again with another number: shorter ones are headings and scores
_COMMON_YEAR = 2001  # any that is no leap year
_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_MOST_DATES = 50  # that a date is compared with
_NUMBER = regex.compile(r"(?<![\p{L}\p{Nd}])\d+(?:[.,]\d+)*+")
_WORD = regex.compile(r"[\p{L}\p{M}\p{Nd}]++")
_LINK = r"(?:[,.]?[ \u00a0](?:(?:de|del|den|dem|der|do|di|the|of|le|el|o|dne|dňa|dnia)[ \u00a0])?)"
_DAY = r"(?<day>[1-9]|[12]\d|3[01])(?:\.|º|°|st|nd|rd|th|er)?"
_EAST_ASIAN = regex.compile(
    r"(?:(?<year>(?:19|20)\d\d)[年년] ?)?(?<month>1[0-2]|0?[1-9])[月월] ?(?<day>3[01]|[12]\d|0?[1-9])[日일号號]"
    r"[ （(]{0,2}(?<weekday>\p{L}{1,4})(?<close>[）)]?)"
)


class _Date(NamedTuple):
    """A weekday with a date at text[start:end]; `year` is 0 when it is not given."""

    start: int
    end: int
    weekday: int  # 1 is Monday
    day: int
    month: int
    year: int


class _Age(NamedTuple):
    """A person with an age at text[start:end]."""

    start: int
    end: int
    name: str  # the surname
    given: str  # the first name, or ""
    age: int
    plain: bool  # no other figure than an age


def check(article: AnnotatedArticle) -> Iterator[Mark]:
    """Yield one finding for each age, weekday or number that does not agree with what stands before it."""
    yield from _ages_differ(article)
    yield from _dates_differ(article)
    yield from _numbers_differ(article)


# -- ages ---------------------------------------------------------------------------------------------------------------


def _ages_differ(article: AnnotatedArticle) -> Iterator[Mark]:
    first: dict[str, _Age] = {}
    for age in _ages(article):
        key = age.name[: max(4, len(age.name) - 3)] if article.language.inflects_names else age.name
        known = first.setdefault(key, age)
        if known.age == age.age or not (known.plain or age.plain) or _may_be_two(article, known, age):
            continue
        surfaces = [article.text[found.start : found.end] for found in (age, known)]
        message = f"“{surfaces[0]}” here, but “{surfaces[1]}” before: one person with two ages."
        yield Mark(age.start, age.end, message, confidence=0.75, related=((known.start, known.end),))


def _ages(article: AnnotatedArticle) -> Iterator[_Age]:
    lang = article.language.tag
    past = tables.entries("age-words", lang, "past")
    for match in _age_pattern(lang).finditer(article.text):
        before = article.text[max(0, match.start() - 20) : match.start()].split()
        if match["age1"] and before and before[-1].lower() in past:
            continue
        name, given = (match["name1"], match["given1"]) if match["age1"] else (match["name2"], match["given2"])
        plain = bool(match["age1"] or match["unit"])
        yield _Age(match.start(), match.end(), name, given or "", int(match["age1"] or match["age2"]), plain)


@cache
def _age_pattern(lang: str) -> regex.Pattern[str]:
    before, after = (tables.alternation(tables.entries("age-words", lang, kind)) for kind in ("before", "after"))
    return regex.compile(
        rf"(?<![\p{{L}}\p{{Nd}}.,:-])(?:(?<age1>[1-9]\d)[- \u00a0]?(?:{before})"
        rf"[ \u00a0](?:(?<given1>{NAME})[ \u00a0])?(?<name1>{NAME})(?![ \u00a0]\p{{Lu}})"
        rf"|(?:(?<given2>{NAME})[ \u00a0])?(?<name2>{NAME})(?:[ \u00a0]\((?<age2>[1-9]\d)\)"
        rf"|,[ \u00a0](?:de |di )?(?<age2>[1-9]\d)(?:[ \u00a0](?<unit>{after}))?(?=,|\.(?!\d)))(?![\p{{L}}\p{{Nd}}]))"
    )


def _may_be_two(article: AnnotatedArticle, one: _Age, other: _Age) -> bool:
    """Two first names with the surname, here or elsewhere in the article."""
    if one.given and other.given and one.given != other.given:
        return True
    return len(first_names(article.names, one.name, other.name)) > 1


# -- dates --------------------------------------------------------------------------------------------------------------


def _dates_differ(article: AnnotatedArticle) -> Iterator[Mark]:
    first: list[_Date] = []
    seasons = 0
    for found in _dates(article):
        surface = article.text[found.start : found.end]
        real = _weekday(found)
        if real and real != found.weekday:
            yield Mark(found.start, found.end, f"“{surface}”: by the calendar this date is another day of the week.", confidence=0.85)
            continue
        known = next((other for other in first if _is_one_season(other, found)), None)
        if known is None:
            seasons += 1
            if seasons <= _MOST_DATES:
                first.append(found)
            else:
                article.limit(f"fact-inconsistent: of {{}} dates far apart the others were compared with the first {_MOST_DATES}", seasons)
        elif _new_year(known) != _new_year(found):
            message = f"“{surface}” here, but “{article.text[known.start : known.end]}” before: in no year both are right."
            yield Mark(found.start, found.end, message, confidence=0.75, related=((known.start, known.end),))


def _is_one_season(one: _Date, other: _Date) -> bool:
    """Whether two dates are of one year and so near to each other that nobody would need to name it."""
    leap = (one.month < 3) == (other.month < 3)  # 29 February does not stand between them
    return leap and abs(one.month - other.month) <= 1 and (one.year == other.year or 0 in {one.year, other.year})


def _new_year(found: _Date) -> int:
    """The weekday, from 0, that the first day of the year has if the date is right and the year is no leap year."""
    return (found.weekday - date(_COMMON_YEAR, found.month, min(found.day, _LENGTHS[found.month - 1])).timetuple().tm_yday) % 7


def _weekday(found: _Date) -> int:
    try:
        return date(found.year, found.month, found.day).isoweekday()
    except ValueError:  # no year, or 30 February
        return 0


def _dates(article: AnnotatedArticle) -> Iterator[_Date]:
    lang = article.language.tag
    weekdays, months = _calendar(lang, "weekday"), _calendar(lang, "month")
    if not article.language.spaced or lang == "ko":
        yield from _east_asian_dates(article.text, weekdays)
    elif weekdays and months:
        for match in _date_pattern(lang).finditer(article.text):
            weekday, month = (match[part].lower().replace("’", "'") for part in ("weekday", "month"))
            yield _Date(*match.span(), weekdays[weekday], int(match["day"]), months[month], int(match["year"] or 0))


def _east_asian_dates(text: str, weekdays: dict[str, int]) -> Iterator[_Date]:
    for match in _EAST_ASIAN.finditer(text):
        name = match["weekday"]
        found = next((number for entry, number in weekdays.items() if name.startswith(entry)), None)
        if found is None and match["close"]:
            found = next((number for entry, number in weekdays.items() if name == entry[0] and entry[0] not in "星周礼"), None)
        if found is not None:
            yield _Date(*match.span("weekday"), found, int(match["day"]), int(match["month"]), int(match["year"] or 0))


@cache
def _calendar(lang: str, kind: str) -> dict[str, int]:
    return {row["entry"]: int(row["number"]) for row in tables.table("calendar") if (row["lang"], row["kind"]) == (lang, kind)}


@cache
def _date_pattern(lang: str) -> regex.Pattern[str]:
    weekday, month = (tables.alternation(_calendar(lang, kind)).replace("'", "['’]") for kind in ("weekday", "month"))
    month = rf"(?<month>{month})"
    return regex.compile(
        rf"(?<![\p{{L}}\p{{M}}])(?<weekday>{weekday}){_LINK}(?:{_DAY}{_LINK}?{month}|{month}[ \u00a0]{_DAY}(?!\d))(?![\p{{L}}\p{{M}}])"
        rf"(?:{_LINK}(?<year>(?:19|20)\d\d)(?!\p{{Nd}}|[.:]\p{{Nd}}))?",
        regex.IGNORECASE,
    )


# -- numbers ------------------------------------------------------------------------------------------------------------


def _numbers_differ(article: AnnotatedArticle) -> Iterator[Mark]:
    """A sentence that comes again with one other number."""
    first: dict[str, Span] = {}
    for sentence in article.sentences:
        text = article.text[sentence.start : sentence.end]
        numbers = _NUMBER.findall(text)
        if not numbers or len(_WORD.findall(text)) < _MIN_WORDS or len(set(numbers)) != len(numbers):
            continue
        known = first.setdefault(_NUMBER.sub("0", text).casefold(), sentence)
        spans = list(zip(_places(article.text, known), _places(article.text, sentence), strict=True))
        differ = [(one, other) for one, other in spans if article.text[slice(*one)] != article.text[slice(*other)]]
        if len(differ) == 1:
            (one, other) = differ[0]
            message = f"“{article.text[slice(*other)]}” here, but “{article.text[slice(*one)]}” in the same sentence before."
            yield Mark(*other, message, confidence=0.6, related=(one,))


def _places(text: str, sentence: Span) -> list[tuple[int, int]]:
    return [match.span() for match in _NUMBER.finditer(text, *sentence)]
