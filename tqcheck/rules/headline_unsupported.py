"""The headline holds a name or a number that the article contradicts.

The engine translates the headline by itself, and short texts badly: *Karbel* there is *Karpel* in the article, *45 sailors* there are *54
sailors* below. Read the source, and write in the headline what the article says.

A name is contradicted when no form of it stands in the body, but one that differs in a letter or two does, or the same first name with
another surname. Endings, demonyms (*Hungary*, *Hungarian*), transliterations and parts of compounds count as forms of a name. A number
is contradicted when the body does not have it, rounded or not, in figures or in words, but counts the same thing, in a sentence that
shares another word with the headline, with a different number (`data/number-words.tsv`).

`absent` also reports the names that the body merely lacks. It is off: one headline in ten of those that people write has such a name.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from typing import NamedTuple

import regex

from tqcheck import tables
from tqcheck.annotate import HEADLINE_MAX_LETTERS, AnnotatedArticle, Line
from tqcheck.article import Example, Mark, Severity
from tqcheck.names import Mention, fold, transliteration_key
from tqcheck.numbers import Number

SEVERITY = Severity.MAJOR
MQM = "accuracy/mistranslation"
PREVIEW = True  # too few findings on real articles to judge by
_TAIL = "The town was quiet on the day after, and nobody knew what would come next or who would pay for it all."
_ENDE = "Am Tag danach war es still in der kleinen Stadt, und niemand wusste, was noch kommen oder wer das alles zahlen würde."
BAD = [
    Example(
        f"On Monday Ottokar Velinsky came home. The house of Velinsky was cold.\n\n{_TAIL}",
        title="Where the famous painter Ottokar [[Velanski]] is living now",
    ),
    Example(f"On Monday Ottokar Velin came home. The house of Velin was cold.\n\n{_TAIL}", title="The cold house of Ottokar [[Marsh]]"),
    Example(f"The storm killed 54 sailors near the coast on Monday.\n\n{_TAIL}", title="The storm killed [[45]] sailors"),
    Example(f"Der Sturm tötete vor der Küste 54 Seeleute und einen Hund.\n\n{_ENDE}", title="Sturm tötete [[45]] Seeleute", lang="de"),
    Example(
        "Lundi, la tempête a tué 54 marins au large. Le lendemain, la ville était calme, et nul ne savait ce qui viendrait.",
        title="La tempête a tué [[45]] marins au large",
        lang="fr",
    ),
    Example(
        "V pondělí se Ottokar Karbelín vrátil domů. Dům, který koupil, byl studený. Ve městě bylo ticho a nikdo nevěděl, co dál.",
        title="Proč se vrátil [[Karpelin]] a kdo to zaplatí",
        lang="cs",
    ),
]
GOOD = [
    Example(
        f"On Monday Ottokar Velinsky came home. The house of Velinsky was cold.\n\n{_TAIL}",
        title="Where the famous painter Ottokar Velinskyy is living now",
    ),
    Example(f"Hungarian sailors came home. They had been away.\n\n{_TAIL}", title="Why sailors of Hungary came home"),
    Example(f"The storm killed 47 sailors near the coast on Monday.\n\n{_TAIL}", title="The storm killed more than 40 sailors"),
    Example(f"The storm killed twelve sailors and hurt 54 sailors.\n\n{_TAIL}", title="The storm killed 12 sailors"),
    Example(f"The storm killed 54 sailors and 45 dogs.\n\n{_TAIL}", title="The storm killed 45 dogs"),
    Example(f"He earned 7 coins. His wife had many.\n\n{_TAIL}", title="He found 5 coins"),
    Example(f"Der Sturm tötete vor der Küste 54 Seeleute.\n\n{_ENDE}", title="Sturm tötete rund 50 Seeleute", lang="de"),
    Example(
        "Kyjev mlčel. V pondělí se nikdo nevrátil domů a ve městě bylo ticho, protože nikdo nevěděl.", title="Proč mlčí Kyjevané", lang="cs"
    ),
]
MISSED = [
    Example(f"On Monday somebody came home to Peru. The house was cold.\n\n{_TAIL}", title="A cold house in [[Chile]] and its owner"),
    Example(f"The storm killed 54 sailors near the coast.\n\n{_TAIL}", title="The storm killed [[forty-five]] sailors"),
]

_MIN_BODY_WORDS = 20  # a shorter body cannot be expected to say all that the headline says
_MIN_LETTERS = 5  # of a name that is compared by letters
_STEM = 4  # letters that all forms of a name share
_WORD = regex.compile(r"[\p{L}\p{M}]+")
_COUNTED = regex.compile(r"(?:[ \u00a0-]+(?<word>[\p{L}\p{M}]{3,40}+)){1,2}")
_PUBLISHER = regex.compile(r"[ \u00a0][-–—|]+[ \u00a0]?|[(|<]|[-–—]{2}")  # after it: (Ise Shimbun) - Yahoo! News
_NEAR_WORDS = 100  # letters to both sides of a number in which another word of the headline must stand


class _Body(NamedTuple):
    """What the body has: all words folded, the stems of all words, and the names in it by form."""

    words: frozenset[str]
    stems: frozenset[str]
    keys: frozenset[str]
    names: Counter[str]


def check(article: AnnotatedArticle, *, absent: bool = False) -> Iterator[Mark]:
    """Yield one finding for each name or number of the headline that the body contradicts.

    Args:
        article: the article; without a headline there is nothing to compare.
        absent: also report names that the body lacks without contradicting them.
    """
    headline = article.headline
    if headline is None or not article.language.spaced:
        return
    if (letters := headline.end - headline.start) > HEADLINE_MAX_LETTERS:
        article.limit(f"headline-unsupported: a headline of {{}} letters was not compared: the limit is {HEADLINE_MAX_LETTERS}", letters)
        return
    if sum(word.start >= headline.end for word in article.words) < _MIN_BODY_WORDS:
        return
    yield from _numbers(article, headline)
    if not article.language.noun_capitals and _is_sentence_case(headline.text):
        yield from _names(article, headline, absent=absent)


# -- names --------------------------------------------------------------------------------------------------------------


def _names(article: AnnotatedArticle, headline: Line, *, absent: bool) -> Iterator[Mark]:
    said = _PUBLISHER.split(headline.text)[0]
    mentions = [mention for mention in article.names if headline.start <= mention.start < headline.start + len(said)]
    if not mentions:
        return
    body = _body(article, headline)
    own = {mention.form for mention in article.names if mention.start < headline.end}
    for mention in mentions:
        if len(mention.form) < _MIN_LETTERS or mention.form.isupper() or _stands_in(body, mention.form):
            continue
        if other := _like(mention.form, body, own) or _other_surname(article, headline, mention, own):
            message = f"“{mention.form}” in the headline, but “{other}” in the article."
            yield Mark(mention.start, mention.end, message, confidence=0.7, related=_first(article, headline, other))
        elif absent:
            yield Mark(mention.start, mention.end, f"The article does not speak of “{mention.form}”.", confidence=0.4)


def _is_sentence_case(headline: str) -> bool:
    """*Capitals In Every Word* do not show which words are names."""
    words: list[str] = [word for word in _WORD.findall(headline) if len(word) > 3]
    small = sum(word[0].islower() for word in words)
    return small >= 2 and small * 2 >= len(words)


def _body(article: AnnotatedArticle, headline: Line) -> _Body:
    words = frozenset(map(fold, _WORD.findall(article.text, headline.end)))
    names = Counter(mention.form for mention in article.names if mention.start >= headline.end and len(mention.form) >= _MIN_LETTERS)
    return _Body(words, frozenset(word[:_STEM] for word in words), frozenset(transliteration_key(name)[:_STEM] for name in names), names)


def _stands_in(body: _Body, name: str) -> bool:
    """Whether the body has some form of a name: another ending, another transliteration, its adjective, a part of a compound."""
    parts: list[str] = [part for part in regex.split(r"[-'’]", fold(name)) if len(part) >= _STEM]
    if not parts:
        return True  # *SAD-u*
    if any(
        part[:_STEM] in body.stems and any(_are_forms(part, word) for word in body.words if word[:_STEM] == part[:_STEM]) for part in parts
    ):
        return True
    return any(transliteration_key(name) == transliteration_key(other) for other in body.names)


def _are_forms(one: str, other: str) -> bool:
    """*Hungary*, *Hungarian*; *Kyjev*, *Kyjevan*: alike up to an ending of at most four letters on the one side."""
    shared = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return shared >= _STEM and len(one) - shared <= _STEM


def _like(name: str, body: _Body, own: set[str]) -> str | None:
    """A name of the body that differs in one or two letters within; None when the headline has that one, too."""
    folded = fold(name)
    found = [other for other in body.names if other not in own and abs(len(other) - len(name)) <= 2 and _distance(folded, fold(other)) <= 2]
    near = [other for other in found if _distance(folded, fold(other)) * 3 < len(name) and fold(other)[0] == folded[0]]
    return min(near, key=lambda other: (_distance(folded, fold(other)), -body.names[other], other), default=None)


def _distance(one: str, other: str) -> int:
    """Levenshtein's: how many letters must be changed, put in or taken out."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        previous, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (a != b))
    return row[-1]


def _other_surname(article: AnnotatedArticle, headline: Line, mention: Mention, own: set[str]) -> str | None:
    """The surname that the first name of a headline's person has in the body, when it is always the same one and another."""
    if len(mention.before) < _STEM:
        return None
    body = [other for other in article.names if other.start >= headline.end and other.before == mention.before]
    forms = {other.form for other in body}
    return body[0].form if len(forms) == 1 and not forms & own else None


def _first(article: AnnotatedArticle, headline: Line, form: str) -> tuple[tuple[int, int], ...]:
    return next(((other.start, other.end),) for other in article.names if other.start >= headline.end and other.form == form)


# -- numbers ------------------------------------------------------------------------------------------------------------


def _numbers(article: AnnotatedArticle, headline: Line) -> Iterator[Mark]:
    own = [number for number in article.numbers if headline.start <= number.start < headline.end and number.value is not None]
    if not own:
        return
    body = [number for number in article.numbers if number.start >= headline.end]
    words = {_stem(word) for word in _WORD.findall(headline.text) if len(word) > 3}
    for number in own:
        counted = _counted(article, number, headline.end)
        if not counted or any(_says(other.value, number.value) for other in body) or _in_words(article, headline, number.value):
            continue
        other = next((other for other in body if _counts_the_same(article, other, counted, words, headline.end)), None)
        if other is not None:
            surfaces = [article.text[found.start : found.end] for found in (number, other)]
            message = f"“{surfaces[0]}” in the headline, but “{surfaces[1]}” of the same in the article."
            yield Mark(number.start, number.end, message, confidence=0.6, related=((other.start, other.end),))


def _stem(word: str) -> str:
    return fold(word)[:5]


def _counted(article: AnnotatedArticle, number: Number, limit: int) -> list[str]:
    """The stems of the one or two words after a number, unless they are units, which every number may have."""
    match = _COUNTED.match(article.text, number.end, min(limit, number.end + 90))
    stems = [_stem(word) for word in match.captures("word")] if match else []
    return [] if any(stem in _units(article.language.tag) for stem in stems) else [stem for stem in stems if len(stem) > 3]


def _counts_the_same(article: AnnotatedArticle, other: Number, counted: list[str], words: set[str], limit: int) -> bool:
    if other.value is None or not (set(_counted(article, other, len(article.text))) & set(counted)):
        return False
    near = article.text[max(limit, other.start - _NEAR_WORDS) : other.end + _NEAR_WORDS]
    shared = {_stem(word) for word in _WORD.findall(near) if len(word) > 3} & words
    return not shared <= {*counted, *_common(article.language.tag)}


def _says(value: Decimal | None, wanted: Decimal | None) -> bool:
    """Whether a number of the body is the headline's: the same, in another scale, or the one that it rounds. No value: it may be."""
    if value is None or wanted is None:
        return True
    one, other = (_digits(number) for number in (value, wanted))
    return one == other or (one[:1] == other[:1] and len(other) < len(one)) or bool(abs(value - wanted) * 10 <= max(value, wanted))


def _digits(value: Decimal) -> str:
    return f"{value:f}".replace(".", "").strip("0") or "0"


def _in_words(article: AnnotatedArticle, headline: Line, value: Decimal | None) -> bool:
    """Whether the body may write the number in words."""
    found = _number_words(article.language.tag).get(str(value), set())
    small = value is not None and value <= 12
    body = {word.lower() for word in _WORD.findall(article.text, headline.end)}
    return bool(found & body) or (small and not found)


@cache
def _number_words(lang: str) -> dict[str, set[str]]:
    """The words for each number; and, for "unit", the units."""
    found: dict[str, set[str]] = defaultdict(set)
    for row in tables.table("number-words"):
        if row["lang"] == lang:
            found[row["value"]].add(row["entry"])
    return dict(found)


@cache
def _units(lang: str) -> frozenset[str]:
    """Stems of scales, units of time and money: *5 percent* and *7 percent* need not be one number."""
    return frozenset(_stem(word) for own in (lang, "*") for word in _number_words(own).get("unit", ()))


@cache
def _common(lang: str) -> frozenset[str]:
    return frozenset(map(_stem, tables.entries("function-words", lang)))
