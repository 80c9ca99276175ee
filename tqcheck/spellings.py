"""When two spellings are one name: what `name-variant` asks within an article, and `feed-name-variant` across articles.

Letters alone do not tell (names.py). Here is what else counts: the pairs of `data/place-names.tsv`, what endings of cases do to a name,
first names that are one in several languages, and places where an odd form is right.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cache, lru_cache
from itertools import combinations

import regex

from tqcheck import tables
from tqcheck.annotate import AnnotatedArticle
from tqcheck.names import Mention, fold, squeezed

ENDING = 3  # letters of a case ending
_MIN_STEM = 4  # letters of a form that may lose its final vowel
_ATTACHED_BEFORE = "[וبفولكהבלמשכ]{0,2}"  # *and*, *in*, *to*, *the* are written together with their noun in Arabic and Hebrew
_ATTACHED_AFTER = r"\p{Hangul}{0,4}+"  # and particles in Korean
_SURNAME = regex.compile(r"(?<=[sc]k|ськ|ск)(?:yy|yi|yj|ij|iy|ii|y|i|ý)$")
_ADJECTIVE = regex.compile(r"ck[ýáéíou]\p{L}{0,3}$")
_OPENING, _CLOSING = '“„«»"「『《', '”“»«"」』》'


@cache
def place_pairs(lang: str) -> tuple[set[tuple[str, str]], regex.Pattern[str] | None, dict[str, str]]:
    """Pairs of two forms of one place, the one to prefer first; a pattern that finds any form; what form each of its groups stands for."""
    rows = [row for row in tables.table("place-names") if row["lang"] == lang and row["note"] != "co-use"]
    pairs = {(row["prefer"], row["variant"]) for row in rows}
    by_prefer: dict[str, set[str]] = defaultdict(set)
    for prefer, variant in pairs:
        by_prefer[prefer].add(variant)
    pairs |= {pair for variants in by_prefer.values() for pair in combinations(sorted(variants), 2)}
    if not pairs:
        return pairs, None, {}
    stems, names = pattern_of({form for pair in pairs for form in pair}, inflects=tables.language(lang).inflects_names)
    if tables.language(lang).spaced:
        before = rf"(?<![\p{{L}}\p{{M}}\p{{Nd}}_@#/-]){_ATTACHED_BEFORE}"
        after = rf"{_ATTACHED_AFTER}(?![\p{{L}}\p{{M}}\p{{Nd}}]|-\p{{Lu}})"
    else:
        before, after = r"(?<![\p{Katakana}ー])", r"(?![\p{Katakana}ー])"
    return pairs, regex.compile(rf"{before}(?:{stems}){after}"), names


def pattern_of(forms: Iterable[str], *, inflects: bool) -> tuple[str, dict[str, str]]:
    """A pattern for any of some forms of names, each a named group; and what form each group stands for."""
    names = {f"f{number}": form for number, form in enumerate(sorted(forms, key=lambda form: (-len(form), form)))}
    return "|".join(f"(?P<{name}>{_stem_pattern(form) if inflects else regex.escape(form)})" for name, form in names.items()), names


def _stem_pattern(form: str) -> str:
    """A form and its cases: a final vowel may go, an ending of four letters may come (*Lviv*, *Lvivie*; *Odessa*, *Odessy*)."""
    stem = regex.sub(r"[aeiouyáéíóúýаеиіоуыяю]$", "", form) if len(form) > _MIN_STEM else form
    return rf"{regex.escape(stem)}\p{{Ll}}{{0,4}}"


def is_excused(article: AnnotatedArticle, start: int, end: int) -> bool:
    """In a quotation, or in front of another capitalised word (*the Kiev Courier*): a title."""
    if article.in_quotation(start):
        return True
    follows = article.text[end : end + 2]
    return not article.language.noun_capitals and len(follows) == 2 and follows[0] in " \u00a0" and follows[1].isupper()


def is_spoken(article: AnnotatedArticle, mention: Mention) -> bool:
    """Within a quotation that is more than the name: *“Kiev is ours”*, but not the paper *“Viasna”*."""
    if not article.in_quotation(mention.start):
        return False
    around = article.text[max(0, mention.start - 1) : mention.end + 1]
    return not (len(around) > 1 and around[0] in _OPENING and around[-1] in _CLOSING)


def is_respelt(one: str, other: str, kind: str) -> bool:
    """Where names have cases: whether the forms differ in more than their endings and in what endings do to a stem."""
    if kind == "stem":
        first, second = fold(one[:-ENDING]), fold(other[:-ENDING])
        unlike = [at for at, (a, b) in enumerate(zip(first, second, strict=False)) if a != b]
        return len(first) == len(second) and len(unlike) in {1, 2} and unlike[-1] < len(first) - 2  # *Пардубіцькому*, *Пардубицького*
    if _ADJECTIVE.search(one) or _ADJECTIVE.search(other):
        return False  # Czech *Afriky*, *Africký*
    if _SURNAME.search(one) and _SURNAME.search(other) and one[-1] != other[-1] and _SURNAME.sub("", one) == _SURNAME.sub("", other):
        return True  # *Zelensky*, *Zelenskyj*: both are nominatives
    if _differ_only_at_the_end(one, other):
        return False
    return squeezed(one) != squeezed(other)  # Finnish *Euroopan*, *Eurooppaan*


def _differ_only_at_the_end(one: str, other: str, ending: int = 2) -> bool:
    shared = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return shared >= max(len(one), len(other)) - ending and not _same_ending(one, other, shared)


def _same_ending(one: str, other: str, shared: int) -> bool:
    """*Zelenskyj* and *Zelenskij* differ before their last letter, which they share: no case ending does that."""
    return shared < min(len(one), len(other)) - 1 and one[-1] == other[-1]


@lru_cache(maxsize=64)
def side_by_side(lang: str) -> frozenset[frozenset[str]]:
    """Pairs that stand for two things (*Shanxi*, *Shaanxi*), or that careful writers set side by side."""
    rows = [row for row in tables.table("place-names") if row["lang"] == lang and row["note"] == "co-use"]
    return frozenset(frozenset((row["prefer"], row["variant"])) for row in rows)


@lru_cache(maxsize=1)
def first_names() -> dict[str, frozenset[int]]:
    """For each form of a first name, the groups of forms of one name it belongs to."""
    groups: dict[str, set[int]] = defaultdict(set)
    for number, row in enumerate(tables.table("first-names")):
        for form in (row["name"], *row["forms"].split()):
            groups[fold(form)].add(number)
    return {form: frozenset(numbers) for form, numbers in groups.items()}
