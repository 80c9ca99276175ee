"""Which words are forms of one word: *pumps* and *pump*, *Häuser* and *Haus*, *насосов* and *насос*.

Base forms are simplemma's (Barbaresi 2021-2026, MIT; word lists for 54 languages, read when a language is first asked for). For a word
that its lists do not have, and for languages that it does not know, two words are one when they share their beginning and differ in an
ending of a few letters. What a language does to its words is in `data/word-forms.tsv`.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

import regex

from tqcheck import tables
from tqcheck.names import fold

if TYPE_CHECKING:
    from simplemma import Lemmatizer
    from simplemma.strategies import DictionaryLookupStrategy

LONGEST_ENDING = 3  # letters that an ending may have where no word list tells
SHORTEST_STEM = 4  # letters
SHORTEST_HANGUL = 2  # syllables; particles are written together with the word
SURE = 0.5  # of the longer word: what two forms of a word that no list has must share, at least
SURE_KNOWN = 0.7  # the same where one of the two is in a list, so that its forms should be too (school, Scholz)
SHARED = 0.6  # of the shorter word: a beginning shared by words that are derived from each other (vláda, vládní)
LONGEST_DERIVED = 5  # letters after that beginning
WORD = regex.compile(r"[\p{L}\p{M}\p{Nd}]+(?:['’ʼ](?=\p{Cyrillic})[\p{L}\p{M}]+)*")
_HANGUL = regex.compile(r"\p{Hangul}")
_APOSTROPHES = str.maketrans("’ʼ", "''")


@dataclass(frozen=True)
class Forms:
    """What a language does to its words (columns of `data/word-forms.tsv`).

    dictionary: the name of simplemma's word list, "" for none.
    long_list: the list has nearly all words that a newspaper writes small, loans too, so that a word which it lacks is foreign.
    compounds: words are made of words without a blank (Wärmepumpenhersteller).
    other_endings: endings that make another part of speech of a noun (English: pumped, pumping).
    clitics: small words that are written together with the next (Hebrew, Arabic), longest first.
    """

    dictionary: str = ""
    long_list: bool = False
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
            return Forms(row["dictionary"].strip("-"), row["long_list"] == "yes", row["compounds"] == "yes", endings, by_length)
    return Forms()


class _Lists(NamedTuple):
    lookup: DictionaryLookupStrategy
    lemmatizer: Lemmatizer


@cache
def _lists() -> _Lists:
    """Simplemma's word lists in their frugal form; as many as there are, since a feed may hold all languages by turns."""
    from simplemma import Lemmatizer
    from simplemma.strategies import DefaultStrategy, DictionaryLookupStrategy
    from simplemma.strategies.dictionaries import StreamDictionaryFactory

    factory = StreamDictionaryFactory(cache_max_size=64)
    return _Lists(DictionaryLookupStrategy(factory), Lemmatizer(lemmatization_strategy=DefaultStrategy(dictionary_factory=factory)))


@lru_cache(maxsize=65536)
def is_known(word: str, lang: str) -> bool | None:
    """Whether a word list of the language has the word, in capitals or not; None when there is no word list."""
    dictionary = forms_of(lang).dictionary
    if not dictionary:
        return None
    return any(is_listed(form, lang) for form in dict.fromkeys((word, word.lower(), word.capitalize())))


@lru_cache(maxsize=65536)
def is_listed(word: str, lang: str) -> bool | None:
    """Whether a word list of the language has the word with these very capitals; None when there is no word list."""
    dictionary = forms_of(lang).dictionary
    return _lists().lookup.get_lemma(unicodedata.normalize("NFC", word), dictionary) is not None if dictionary else None


@lru_cache(maxsize=65536)
def keys(word: str, lang: str) -> frozenset[str]:
    """The word and its base forms, case-folded: two words are forms of one when they have a key in common."""
    word = word.translate(_APOSTROPHES)
    found = {word.casefold()}
    if dictionary := forms_of(lang).dictionary:
        found |= {_lists().lemmatizer.lemmatize(form, dictionary).casefold() for form in dict.fromkeys((word, word.lower()))}
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


@lru_cache(maxsize=262144)
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
    shared = (SURE_KNOWN if is_known(word, lang) or is_known(other, lang) else SURE) * max(len(word), len(other))
    return any(len(stem) >= shared for stem in set(stems(word)).intersection(stems(other)))


@lru_cache(maxsize=65536)
def is_akin(word: str, other: str, lang: str) -> bool:
    """Whether two words are forms of one, or one is derived from the other; in doubt they are."""
    if is_same(word, other, lang):
        return True
    one, two = fold(word.translate(_APOSTROPHES)), fold(other.translate(_APOSTROPHES))
    forms = forms_of(lang)
    bare = (two, *(two[len(clitic) :] for clitic in forms.clitics if two.startswith(clitic) and len(two) > len(clitic) + 1))
    if any(_share_a_beginning(one, form, len(one) - bool(forms.clitics)) for form in bare):
        return True
    return forms.compounds and len(one) >= SHORTEST_STEM and is_part_of_compound(one, two)


def _share_a_beginning(one: str, two: str, short: int) -> bool:
    """Whether two folded words differ in an ending alone; of a word of four letters, `short` must be shared."""
    shorter, longer = sorted((one, two), key=len)
    shared = next((index for index, pair in enumerate(zip(shorter, longer, strict=False)) if pair[0] != pair[1]), len(shorter))
    least = SHARED * len(shorter) if len(shorter) > SHORTEST_STEM else min(short, len(shorter))
    return shared >= max(2, least) and len(longer) - shared <= (LONGEST_DERIVED if len(shorter) >= LONGEST_ENDING else 0)


def is_part_of_compound(part: str, word: str) -> bool:
    """Whether a word, in the form it has within a compound, begins or ends another or stands at a seam of it."""
    stem = part[:-1] if len(part) > SHORTEST_STEM + 1 else part
    return stem in word
