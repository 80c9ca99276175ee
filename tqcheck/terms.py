"""Where terms stand in a text: as they are, inflected, in a compound, in scripts without blanks.

A `TermIndex` finds all of its terms in one pass over the words of a text, however many terms there are; `stands` asks the other way
round, whether one term stands anywhere, and is generous: it is asked before a complaint is made.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

import regex

from tqcheck import tables
from tqcheck.glossary import Entry, Glossary
from tqcheck.lemmas import WORD, forms_of, is_akin, is_known, is_same, keys, stems
from tqcheck.names import fold

GAP = 3  # other words that may stand among those of a term in the text that is searched generously
_UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")
_HANGUL = regex.compile(r"\p{Hangul}")
_HYPHEN = regex.compile(r"[-‐‑]")
_JOINT = regex.compile(r"[ \u00a0\u202f\u200c'’‐‑-]{1,2}")
_BLANKS = regex.compile(r"[\s\u200c·・‐‑-]+")
_OPENS = regex.compile(r"(?:^|\n|[.!?:…。！？؟।][\p{Pf}\p{Pe}\"'”’»]*\s)[\p{Ps}\p{Pi}\p{Pf}\"'„“«¿¡–—-]*\s?$")
_NEAR = 12  # characters before a word that show whether a sentence begins with it


class Term(NamedTuple):
    """A term to be found: its text, and whether its capitals must be as they are."""

    text: str
    case_sensitive: bool = False


class Found(NamedTuple):
    """Where a term stands: text[start:end] is a form of terms[number]."""

    start: int
    end: int
    number: int


class _Word(NamedTuple):
    start: int
    end: int
    text: str


def words_of(text: str, offset: int = 0) -> list[_Word]:
    """The words of a text, cut at hyphens and apostrophes."""
    return [_Word(match.start() + offset, match.end() + offset, match.group()) for match in WORD.finditer(text)]


def is_unspaced(text: str) -> bool:
    """Whether a term is written in a script that puts no blanks between words."""
    return bool(_UNSPACED.search(text))


class TermIndex:
    """Terms of one language, filed under the keys and stems of their first words."""

    def __init__(self, terms: Sequence[Term], lang: str) -> None:
        self._terms = terms
        self._lang = lang
        self._split = [tuple(WORD.findall(term.text)) for term in terms]
        self._noun_capitals = tables.language(lang).noun_capitals
        self._first_words: dict[str, list[str]] = defaultdict(list)  # key or ~stem -> first words of terms
        self._starting: dict[str, dict[str, dict[str, list[int]]]] = {}  # first word -> initial of the second -> second, or "" -> terms
        self._joined: dict[str, list[int]] = defaultdict(list)  # *heatpump* -> *heat pump*
        self._by_letters: dict[str, list[int]] = defaultdict(list)  # unspaced scripts, by the first two letters
        for number, (term, words) in enumerate(zip(terms, self._split, strict=True)):
            if is_unspaced(term.text):
                self._by_letters[term.text[:2]].append(number)
            elif words:
                self._file(number, words)

    def _file(self, number: int, words: tuple[str, ...]) -> None:
        if words[0] not in self._starting:
            self._starting[words[0]] = defaultdict(lambda: defaultdict(list))
            for key in _keys_and_stems(words[0], self._lang):
                self._first_words[key].append(words[0])
        second = "".join(words[1:2])
        self._starting[words[0]][self._initial(second)][second].append(number)
        if len(words) > 1:
            for key in _keys_and_stems("".join(words), self._lang):
                self._joined[key].append(number)

    def _initial(self, word: str) -> str:
        """The letter that all forms of a word begin with; none where small words are written together with it."""
        return fold(word[:1]) if not forms_of(self._lang).clitics else word[:0]

    def find(self, text: str) -> list[Found]:
        """Where terms stand, in order; one that lies within a longer one is not told."""
        found = {*self._in_words(text), *self._in_letters(text)}
        return sorted(_longest(found))

    def _in_words(self, text: str) -> Iterator[Found]:
        words = words_of(text)
        for index, word in enumerate(words):
            after = words[index + 1].text if index + 1 < len(words) else ""
            for number in sorted({number for first in self._like(word.text) for number in self._going_on(first, after)}):
                last = self._match(text, words, index, number)
                if last is not None:
                    yield Found(word.start, words[last].end, number)
            for number in sorted({number for key in self._looked_up(word.text) for number in self._joined.get(key, ())}):
                if is_same("".join(self._split[number]), word.text, self._lang):
                    yield Found(word.start, word.end, number)

    def _going_on(self, first: str, after: str) -> Iterator[int]:
        """The terms of one word, and those whose second word is the one after."""
        starting = self._starting[first]
        for initial in dict.fromkeys((self._initial(""), self._initial(after))):
            for second, numbers in starting[initial].items() if initial in starting else ():
                if not second or (after and is_same(second, after, self._lang)):
                    yield from numbers

    def _like(self, word: str) -> list[str]:
        """The first words of terms that a word may be a form of."""
        found = {first for key in self._looked_up(word) for first in self._first_words.get(key, ())}
        return sorted(first for first in found if is_same(first, word, self._lang))

    def _looked_up(self, word: str) -> frozenset[str]:
        return keys(word, self._lang) if is_known(word, self._lang) else _keys_and_stems(word, self._lang)

    def _match(self, text: str, words: list[_Word], index: int, number: int) -> int | None:
        """The number of the last word of a term that begins at words[index]; None when it is not there."""
        term, wanted = self._terms[number], self._split[number]
        last = index + len(wanted) - 1
        if last >= len(words) or (len(wanted) == 1 and _is_hyphenated(text, words[index])):
            return None
        for here, (word, form) in enumerate(zip(wanted, words[index : last + 1], strict=True)):
            if here and not _JOINT.fullmatch(text[words[index + here - 1].end : form.start]):
                return None
            if not is_same(word, form.text, self._lang) or not self._has_case(text, word, form, case_sensitive=term.case_sensitive):
                return None
        return last

    def _has_case(self, text: str, word: str, form: _Word, *, case_sensitive: bool) -> bool:
        """A term in capitals is a name; a capital in mid-sentence is a name's where nouns have none (*Bill*, *May*)."""
        if form.text[0] == word[0] or (form.text.isupper() and len(form.text) > 1):
            return not case_sensitive or form.text[: len(word) - 3] == word[: len(word) - 3]
        if case_sensitive or word[0].isupper():
            return not word[0].isupper() and not case_sensitive
        return self._noun_capitals or bool(_OPENS.search(text[max(0, form.start - _NEAR) : form.start]))

    def _in_letters(self, text: str) -> Iterator[Found]:
        if not self._by_letters:
            return
        for start in range(len(text)):
            for number in self._by_letters.get(text[start : start + 2], ()):
                if text.startswith(self._terms[number].text, start):
                    yield Found(start, start + len(self._terms[number].text), number)
            for number in self._by_letters.get(text[start], ()):
                yield Found(start, start + 1, number)


def _keys_and_stems(word: str, lang: str) -> frozenset[str]:
    """A stem is marked as such, so that it meets stems alone."""
    return keys(word, lang).union(f"~{stem}" for stem in stems(word))


def _is_hyphenated(text: str, word: _Word) -> bool:
    """Whether a word is part of another one: *team-mates*, *re-election*."""
    before, after = text[max(0, word.start - 2) : word.start], text[word.end : word.end + 2]
    return any(len(joint) == 2 and joint[0].isalnum() and _HYPHEN.match(joint[1]) is not None for joint in (before, after[::-1]))


def _longest(found: Iterable[Found]) -> Iterator[Found]:
    """Those that do not lie within another, longer one."""
    end = start = -1
    for one in sorted(found, key=lambda one: (one.start, -one.end)):
        if one.end > end or (one.start, one.end) == (start, end):
            start, end = one.start, max(end, one.end)
            yield one


def stands(term: str, text: str, lang: str) -> bool:
    """Whether a term stands in a text in any form: inflected, derived, in a compound, with other words in between."""
    if is_unspaced(term) or _HANGUL.search(term):
        return _BLANKS.sub("", term).casefold() in _BLANKS.sub("", text).casefold()
    wanted = WORD.findall(term)
    if not wanted:
        return term.casefold() in text.casefold()
    words = [word.text for word in words_of(text)]
    glued = _BLANKS.sub("", fold(term))
    if any(fold(word).startswith(glued[: max(4, len(glued) - 2)]) for word in words if len(glued) >= 4):
        return True
    places = [[index for index, form in enumerate(words) if is_akin(word, form, lang)] for word in wanted]
    if not all(places):
        return len(glued) >= 6 and forms_of(lang).compounds and glued[:-2] in _BLANKS.sub("", fold(text))
    return any(all(any(abs(place - first) < len(wanted) + GAP for place in others) for others in places[1:]) for first in places[0])


def is_copied(term: str, text: str) -> bool:
    """Whether a term stands in a text letter by letter, perhaps with an ending (*iPhonu*)."""
    position = text.find(term)
    while position >= 0:
        end = position + len(term)
        after = regex.match(r"['’:-]?\p{Ll}*", text[end:])
        if not (position and text[position - 1].isalnum() and text[position].isalnum() and not is_unspaced(text[position - 1])):
            ending = after.group() if after else ""
            if len(ending) <= 6 or ending[:1] in "'’:-":
                return True
        position = text.find(term, end)
    shorter = term[:-1] if len(term) > 4 and term.isalpha() and term[-1].islower() else ""
    return bool(shorter) and bool(regex.search(rf"(?<!\p{{L}}){regex.escape(shorter)}\p{{L}}{{1,4}}(?!\p{{L}})", text))


class Asked(NamedTuple):
    """What a glossary asks for in one direction: the entries, and indexes that find their terms in the source and in the translation."""

    entries: list[Entry]
    sources: TermIndex
    forbidden: TermIndex
    forbidden_of: list[Entry]  # for each term of the index `forbidden`


class Termbase:
    """The glossary of a run, made ready for each pair of languages when its first article comes."""

    def __init__(self, glossary: Glossary) -> None:
        self._glossary = glossary
        self.between = cache(self._between)

    def _between(self, source_lang: str | None, lang: str) -> Asked:
        entries = self._glossary.between(source_lang, lang)
        with_source = [entry for entry in entries if entry.source]
        refused = dict.fromkeys((text, entry) for entry in entries for text in entry.forbidden)
        return Asked(
            with_source,
            TermIndex([Term(entry.source, entry.case_sensitive) for entry in with_source], source_lang or lang),
            TermIndex([Term(text, entry.case_sensitive) for text, entry in refused], lang),
            [entry for _, entry in refused],
        )
