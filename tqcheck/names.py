"""Names: where they stand, and when two spellings may be one name.

Two spellings are held to be one name when they differ only in ways in which transliteration systems differ (Cherniak,
Chernyak, Černjak; Kharkiv, Kharkov; Zelensky, Zelenskyy). Letter distance alone cannot tell: Kyiv is as far from Kiev
as Iran is from Iraq, and Austria is nearer to Australia than Kharkiv to Kharkov.
"""

from __future__ import annotations

import bisect
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

import regex


class Mention(NamedTuple):
    """One capitalised word at text[start:end], without a possessive 's or another ending after an apostrophe."""

    start: int
    end: int
    form: str
    sentence_initial: bool  # the capital may only be due to the sentence
    before: str  # the capitalised word right before it, or ""
    after: str  # the capitalised word right after it, or ""


class NamePhrase(NamedTuple):
    """Capitalised words joined by short lower-case ones: *Legion of Freedom in Russia*."""

    start: int
    end: int
    words: tuple[str, ...]

    @property
    def content(self) -> tuple[str, ...]:
        """The capitalised words."""
        return tuple(word for word in self.words if word[0].isupper())

    @property
    def connectors(self) -> tuple[str, ...]:
        """The small words between them."""
        return tuple(word for word in self.words if not word[0].isupper())


NAME = r"\p{Lu}[\p{L}\p{M}]++(?:[-'’]\p{L}[\p{L}\p{M}]*+){0,99}+"  # a capitalised word, for the patterns of rules
_CAPITALISED = regex.compile(r"(?<![\p{L}\p{M}\p{Nd}_@#/.])\p{Lu}[\p{L}\p{M}]*+(?:[-'’]\p{L}[\p{L}\p{M}]*+){0,99}+")
_DOUBLE = regex.compile(r"(\p{L})\1+")
_SUFFIX = regex.compile(r"(?<=\p{L}{3})['’]\p{Ll}+$")
# Combining marks of Latin, Greek and Cyrillic, and the vowel points of Hebrew and Arabic.
_ACCENTS = re.compile("[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670]")
_OPENERS = " \u00a0\"'“”„«»‘’‚‹›([–—-"
_OPENED = regex.compile("[" + regex.escape(_OPENERS) + "]*+")
_CAPITAL = r"\p{Lu}[\p{L}\p{M}’'-]{1,40}+"
_PHRASE = regex.compile(
    rf"(?<![\p{{L}}\p{{M}}\p{{Nd}}-]){_CAPITAL}(?:[ \u00a0](?:\p{{Ll}}{{1,4}}[ \u00a0]){{0,2}}{_CAPITAL}){{1,7}}(?![\p{{L}}\p{{M}}])"
)


def mentions(text: str, sentence_starts: list[int]) -> tuple[Mention, ...]:
    """All capitalised words of a text of two letters and more; words in capitals throughout are not names but emphasis."""
    found: list[Mention] = []
    matches = [match for match in _CAPITALISED.finditer(text) if len(match.group()) > 1]
    for index, match in enumerate(matches):
        form = _SUFFIX.sub("", match.group())  # the possessive 's, and Turkish case endings
        adjoins = bool(index) and text[matches[index - 1].end() : match.start()] in {" ", "\u00a0"}
        # *Later Chernyak left*: a capital at the start of a sentence need not be a first name.
        before = matches[index - 1].group() if adjoins and not found[-1].sentence_initial else ""
        follows = index + 1 < len(matches) and text[match.end() : matches[index + 1].start()] in {" ", "\u00a0"}
        after = matches[index + 1].group() if follows else ""
        end = match.start() + len(form)
        found.append(Mention(match.start(), end, form, is_initial(text, match.start(), sentence_starts), before, after))
    return tuple(found)


def first_names(mentions: Iterable[Mention], *surnames: str) -> set[str]:
    """The capitalised words that stand right before any of some surnames."""
    return {mention.before for mention in mentions if mention.form in surnames and mention.before}


def is_initial(text: str, position: int, sentence_starts: list[int]) -> bool:
    """Whether only opening marks stand between the start of a sentence and a position."""
    index = bisect.bisect_right(sentence_starts, position) - 1
    if index < 0:
        return True
    opened = _OPENED.match(text, sentence_starts[index], position)
    return opened is None or opened.end() == position


def phrases(text: str, articles: frozenset[str]) -> list[NamePhrase]:
    """All name phrases of two capitalised words and more, and what follows an article within one.

    *So the Legion of Freedom* is also given as *Legion of Freedom*, *the Corps and the Legion of Freedom* likewise: whether an
    article belongs to the name, only a second mention shows.
    """
    found = []
    for match in _PHRASE.finditer(text):
        words = match.group().replace("\u00a0", " ").split(" ")
        for first in (0, *(index + 1 for index, word in enumerate(words[:-1]) if word.lower() in articles)):
            start = match.start() + sum(len(word) + 1 for word in words[:first])
            found.append(NamePhrase(start, match.end(), tuple(words[first:])))
    return [phrase for phrase in found if phrase.words[0][0].isupper() and len(phrase.content) > 1]


# Rewriting steps from the newsroom's and the scholars' transliteration systems to one key; the order matters.
_SPECIAL = str.maketrans(
    {
        "š": "ʃ", "ş": "ʃ", "ș": "ʃ", "ś": "ʃ", "č": "ʧ", "ć": "ʧ", "ç": "ʧ", "ž": "ʒ", "ż": "ʒ", "ź": "ʒ",
        "ß": "ss", "ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "ʼ": "", "’": "", "'": "", "ь": "", "ъ": "",
        "э": "е", "ё": "е", "є": "е", "і": "и", "ї": "и", "ы": "и", "ю": "у", "ґ": "г",
    }
)  # fmt: skip
_REWRITES = tuple(
    (regex.compile(pattern), replacement)
    for pattern, replacement in (
        (r"enka\b", "enko"),  # Belarusian Lukashenka
        (r"schtsch|shch|szcz|ʃʧ", "ʃʧ"),
        (r"tsch|tsj|tʃ|тч|tj(?=e)", "ʧ"),
        (r"cs(?=[aeiouyk])", "ʧ"),  # Hungarian Tkacsenko
        (r"sch|sh|sz", "ʃ"),
        (r"tch|cz|ch(?=[aeiouyj]|k\b)|(?<=i)ch\b", "ʧ"),
        (r"zh", "ʒ"),
        (r"gu(?=[eiy])", "g"),
        (r"kh", "h"),
        (r"ck|q(?!u)", "k"),
        (r"(?<=i)c\b", "ʧ"),
        (r"x", "ks"),
        (r"ph", "f"),
        (r"w", "v"),
        (r"[jy]", "i"),
        (r"ou", "u"),
        (r"([ou])e(?!\b)", r"\1"),
        (r"ae", "a"),
        (r"(?<=[ao])ie\b", "e"),
        (r"i+e|ei\b|i{2,}", "i"),
        (r"[ieo]v\b", "V"),
        (r"(?<=[aeiou])g(?=[aeiouV])", "h"),
        (r"ае", "е"),
        (r"\bх", "г"),
        (r"(.)\1+", r"\1"),
    )
)


@lru_cache(maxsize=65536)
def transliteration_key(name: str) -> str:
    """What is left of a name when the differences between transliteration systems are taken out (Latin and Cyrillic script)."""
    key = name.lower().translate(_SPECIAL).replace("йу", "у")
    key = _ACCENTS.sub("", unicodedata.normalize("NFD", key))
    for pattern, replacement in _REWRITES:
        key = pattern.sub(replacement, key)
    return key


def squeezed(word: str) -> str:
    """Double letters made single."""
    return _DOUBLE.sub(r"\1", word)


def fold(word: str) -> str:
    """Lower case without accents: *Sánchez* and *Sanchez* are one."""
    folded = word.casefold()
    if folded.isascii():
        return folded
    return _ACCENTS.sub("", unicodedata.normalize("NFD", folded))
