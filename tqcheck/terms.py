"""Where terms stand in a text: as they are, inflected, in a compound, in scripts without blanks.

A `TermIndex` finds all of its terms in one pass over the words of a text, however many terms there are; `stands` asks the other way
round, whether one term stands anywhere, and is generous: it is asked before a complaint is made.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

import regex

from tqcheck import tables
from tqcheck.glossary import Entry, Glossary
from tqcheck.lemmas import WORD, forms_of, is_akin, is_known, is_same, keys, stems
from tqcheck.names import fold

GAP = 3  # other words that may stand among those of a term in the text that is searched generously
_UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")
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
    """Terms of one language, to be found by the key or stem of their first word."""

    def __init__(self, terms: Sequence[Term], lang: str) -> None:
        self._terms = terms
        self._lang = lang
        self._split = [tuple(WORD.findall(term.text)) for term in terms]
        self._noun_capitals = tables.language(lang).noun_capitals
        self._by_first: dict[str, list[int]] = defaultdict(list)
        self._by_letters: dict[str, list[int]] = defaultdict(list)  # unspaced scripts
        for number, (term, words) in enumerate(zip(terms, self._split, strict=True)):
            if is_unspaced(term.text):
                self._by_letters[term.text[:2]].append(number)
                continue
            for key in self._first_keys(words[0]) | ({"".join(words).casefold()} if len(words) > 1 else set()) if words else ():
                self._by_first[key].append(number)

    def _first_keys(self, word: str) -> set[str]:
        """What the first word of a term is filed under: a stem is marked, so that it meets stems alone."""
        return {*keys(word, self._lang), *(f"~{stem}" for stem in stems(word))}

    def find(self, text: str) -> list[Found]:
        """Where terms stand, in order; one that lies within a longer one is not told."""
        found = [*self._in_words(text), *self._in_letters(text)]
        return sorted(_longest(found))

    def _in_words(self, text: str) -> Iterator[Found]:
        words = words_of(text)
        for index, word in enumerate(words):
            looked_up = set(keys(word.text, self._lang))
            if not is_known(word.text, self._lang):
                looked_up |= {f"~{stem}" for stem in stems(word.text)}
            for number in sorted({number for key in looked_up for number in self._by_first.get(key, ())}):
                last = self._match(text, words, index, number)
                if last is not None:
                    yield Found(word.start, words[last].end, number)

    def _match(self, text: str, words: list[_Word], index: int, number: int) -> int | None:
        """The number of the last word of a term that begins at words[index]; None when it is not there."""
        term, wanted = self._terms[number], self._split[number]
        if len(wanted) > 1 and fold(words[index].text).startswith(fold("".join(wanted))):
            return index if is_same("".join(wanted), words[index].text, self._lang) else None
        last = index + len(wanted) - 1
        if last >= len(words):
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


def _longest(found: list[Found]) -> Iterator[Found]:
    """Those that do not lie within another, longer one."""
    end = start = -1
    for one in sorted(found, key=lambda one: (one.start, -one.end)):
        if one.end > end or (one.start, one.end) == (start, end):
            start, end = one.start, max(end, one.end)
            yield one


def stands(term: str, text: str, lang: str) -> bool:
    """Whether a term stands in a text in any form: inflected, derived, in a compound, with other words in between."""
    if is_unspaced(term):
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
