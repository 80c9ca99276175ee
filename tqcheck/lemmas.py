"""Which words are forms of one word: *pumps* and *pump*, *Häuser* and *Haus*, *насосов* and *насос*.

Base forms are simplemma's (Barbaresi 2021-2026, MIT; word lists for 54 languages, read when a language is first asked for). For a word
that its lists do not have, and for languages that it does not know, two words are one when they share their beginning and differ in an
ending of a few letters. What a language does to its words is in `data/word-forms.tsv`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache

import regex

from tqcheck import tables
from tqcheck.names import fold

LONGEST_ENDING = 3  # letters that an ending may have where no word list tells
SHORTEST_STEM = 4  # letters
SHORTEST_HANGUL = 2  # syllables; particles are written together with the word
SHARED = 0.6  # of the shorter word: a beginning shared by words that are derived from each other (vláda, vládní)
LONGEST_DERIVED = 5  # letters after that beginning
WORD = regex.compile(r"[\p{L}\p{M}\p{Nd}]+(?:['’ʼ](?=\p{Cyrillic})[\p{L}\p{M}]+)*")
_HANGUL = regex.compile(r"\p{Hangul}")
_APOSTROPHES = str.maketrans("’ʼ", "''")


@dataclass(frozen=True)
class Forms:
    """What a language does to its words (columns of `data/word-forms.tsv`).

    dictionary: the name of simplemma's word list, "" for none.
    compounds: words are made of words without a blank (Wärmepumpenhersteller).
    other_endings: endings that make another part of speech of a noun (English: pumped, pumping).
    clitics: small words that are written together with the next (Hebrew, Arabic), longest first.
    """

    dictionary: str = ""
    compounds: bool = False
    other_endings: tuple[str, ...] = ()
    clitics: tuple[str, ...] = ()


@cache
def forms_of(lang: str) -> Forms:
    """The entry of a language, given by its BCP 47 tag; one that is not listed has no word list and no peculiarities."""
    tag = tables.language(lang).tag
    for row in tables.table("word-forms"):
        if row["lang"] == tag:
            endings, clitics = (tuple(row[name].split()) if row[name] != "-" else () for name in ("other_endings", "clitics"))
            by_length = tuple(sorted(clitics, key=lambda clitic: (-len(clitic), clitic)))
            return Forms(row["dictionary"].strip("-"), row["compounds"] == "yes", endings, by_length)
    return Forms()


@lru_cache(maxsize=65536)
def is_known(word: str, lang: str) -> bool | None:
    """Whether a word list of the language has the word, in this form; None when there is no word list."""
    dictionary = forms_of(lang).dictionary
    if not dictionary:
        return None
    import simplemma

    return any(
        simplemma.is_known(form, lang=dictionary, low_memory=True) for form in dict.fromkeys((word, word.lower(), word.capitalize()))
    )


@lru_cache(maxsize=65536)
def keys(word: str, lang: str) -> frozenset[str]:
    """The word and its base forms, case-folded: two words are forms of one when they have a key in common."""
    word = word.translate(_APOSTROPHES)
    found = {word.casefold()}
    if dictionary := forms_of(lang).dictionary:
        import simplemma

        variants = dict.fromkeys((word, word.lower()))
        found |= {simplemma.lemmatize(form, lang=dictionary, low_memory=True).casefold() for form in variants}
    for clitic in forms_of(lang).clitics:
        if word.startswith(clitic) and len(word) - len(clitic) >= LONGEST_ENDING:
            found.add(word[len(clitic) :])
    return frozenset(found)


@lru_cache(maxsize=65536)
def stems(word: str) -> tuple[str, ...]:
    """The word, folded, with endings of up to three letters cut off; nothing for a word that is too short to tell."""
    folded = fold(word)
    shortest = SHORTEST_HANGUL if _HANGUL.match(folded) else SHORTEST_STEM
    return tuple(folded[: len(folded) - cut] for cut in range(LONGEST_ENDING + 1) if len(folded) - cut >= shortest)


@lru_cache(maxsize=65536)
def is_same(word: str, other: str, lang: str) -> bool:
    """Whether two words are forms of one; in doubt they are not."""
    if word.casefold() == other.casefold():
        return True
    endings = forms_of(lang).other_endings
    if endings and other.casefold().endswith(endings) and not word.casefold().endswith(endings):
        return False
    if keys(word, lang) & keys(other, lang):
        return True
    if is_known(word, lang) and is_known(other, lang):
        return False
    return not set(stems(word)).isdisjoint(stems(other))


@lru_cache(maxsize=65536)
def is_akin(word: str, other: str, lang: str) -> bool:
    """Whether two words are forms of one, or one is derived from the other; in doubt they are."""
    if is_same(word, other, lang):
        return True
    one, two = fold(word.translate(_APOSTROPHES)), fold(other.translate(_APOSTROPHES))
    shorter, longer = sorted((one, two), key=len)
    shared = next((index for index, pair in enumerate(zip(shorter, longer, strict=False)) if pair[0] != pair[1]), len(shorter))
    if shared >= min(SHORTEST_STEM, len(shorter)) and shared >= SHARED * len(shorter) and len(longer) - shared <= LONGEST_DERIVED:
        return len(shorter) >= LONGEST_ENDING or shared == len(longer)
    forms = forms_of(lang)
    if forms.clitics and any(two.startswith(c) and is_akin(one, two[len(c) :], "und") for c in forms.clitics if len(two) > len(c) + 1):
        return True
    return forms.compounds and len(one) >= SHORTEST_STEM and is_part_of_compound(one, two)


def is_part_of_compound(part: str, word: str) -> bool:
    """Whether a word, in the form it has within a compound, begins or ends another or stands at a seam of it."""
    stem = part[:-1] if len(part) > SHORTEST_STEM + 1 else part
    return stem in word
