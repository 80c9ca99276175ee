"""Translations that were spoilt on purpose: what every reader would call worse than what it was made of.

Human judgements hardly hold a doubled word or a lost full stop, since engines of today hardly write them; so the weights of such faults
are learned from pairs of a translation and the same translation with one fault. Faults are general (a word twice, two words swapped),
drawn by chance, in any language; no list of words is used but the table of denials.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import regex
from numpy.typing import NDArray

from tqcheck import static_model, tables

Chance = random.Random
Strangers = Sequence[str]  # words of other translations into the same language

_WORD = regex.compile(r"[\p{L}\p{M}\p{Nd}]+(?:['’-][\p{L}\p{M}\p{Nd}]+)*")
_UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]{2}|[\p{L}\p{M}\p{Nd}]+", regex.V1)
_END = regex.compile(r"[.!?。！？।]\s*$")


def words(text: str) -> list[tuple[int, int]]:
    """Where the words are; two characters each, where words are not separated."""
    pattern = _UNSPACED if regex.search(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]", text) else _WORD
    return [match.span() for match in pattern.finditer(text)]


def _gap(text: str) -> str:
    return "" if regex.search(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]", text) else " "


def doubled(text: str, chance: Chance) -> str:
    """A word twice, or up to five times."""
    start, end = chance.choice(words(text))
    times = chance.choice((1, 1, 3, 4))
    return text[:end] + (_gap(text) + text[start:end]) * times + text[end:]


def doubled_at_end(text: str, chance: Chance) -> str:
    """The last word again and again."""
    start, end = words(text)[-1]
    return text[:end] + (_gap(text) + text[start:end]) * chance.choice((1, 3)) + text[end:]


def swapped(text: str, chance: Chance) -> str:
    """Two neighbours in the wrong order."""
    found = words(text)
    at = chance.randrange(len(found) - 1)
    (a, b), (c, d) = found[at], found[at + 1]
    return text[:a] + text[c:d] + text[b:c] + text[a:b] + text[d:]


def shuffled(text: str, chance: Chance) -> str:
    """All words in any order."""
    parts = [text[a:b] for a, b in words(text)]
    chance.shuffle(parts)
    end = _END.search(text)
    return _gap(text).join(parts) + (end.group() if end else "")


def misspelt(text: str, chance: Chance) -> str:
    """A letter lost, or two in the wrong order, in a word of four letters and more."""
    start, end = chance.choice([(a, b) for a, b in words(text) if b - a > 3 and text[a:b].isalpha()])
    at = chance.randrange(start, end - 1)
    return text[:at] + text[at + 1 :] if chance.random() < 0.6 else text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def endless(text: str, chance: Chance) -> str:  # noqa: ARG001
    """Without the last mark."""
    end = _END.search(text)
    return text[: end.start()] if end else text


def comma(text: str, chance: Chance) -> str:
    """A comma, or another mark, in the midst."""
    _, end = chance.choice(words(text)[:-1])
    return text[:end] + chance.choice(",,,.;:!") + text[end:]


def tokenized(text: str, chance: Chance) -> str:  # noqa: ARG001
    """Blanks around the marks, as in the output of an engine that was not put together again."""
    return regex.sub(r"(?<=\S)([.,;:!?()“”\"])|([.,;:!?()“”\"])(?=\S)", lambda m: f" {m.group()} ", text).replace("  ", " ").strip()


def lower(text: str, chance: Chance) -> str:  # noqa: ARG001
    """All in small letters."""
    return text.lower()


def lower_start(text: str, chance: Chance) -> str:  # noqa: ARG001
    """Begins with a small letter."""
    return text[:1].lower() + text[1:]


def dropped(text: str, chance: Chance) -> str:
    """A word is missing."""
    start, end = chance.choice(words(text))
    return (text[:start] + text[end:].lstrip()).strip()


def dropped_stretch(text: str, chance: Chance) -> str:
    """Three to six words are missing."""
    found = words(text)
    count = chance.randint(3, min(6, len(found) - 1))
    at = chance.randrange(len(found) - count)
    return (text[: found[at][0]] + text[found[at + count][0] :]).strip()


def cut(text: str, chance: Chance) -> str:
    """The second half is missing."""
    found = words(text)
    return text[: found[chance.randint(len(found) // 3, 2 * len(found) // 3)][1]]


def stranger(text: str, chance: Chance, strangers: Strangers) -> str:
    """A word that belongs to another sentence is put in."""
    _, end = chance.choice(words(text))
    return text[:end] + _gap(text) + chance.choice(strangers) + text[end:]


def replaced(text: str, chance: Chance, strangers: Strangers) -> str:
    """A word is another sentence's."""
    start, end = chance.choice([(a, b) for a, b in words(text) if b - a > 3 or not _gap(text)])
    return text[:start] + chance.choice(strangers) + text[end:]


def renamed(text: str, chance: Chance, strangers: Strangers) -> str:
    """A name is another one, or is missing."""
    start, end = chance.choice([(a, b) for a, b in words(text)[1:] if text[a].isupper() and b - a > 2])
    names = [word for word in strangers if word[0].isupper()]
    return text[:start] + (chance.choice(names) if chance.random() < 0.6 else "") + text[end:]


def nameless(text: str, chance: Chance) -> str:
    """A name, of one word or more, is missing."""
    found = words(text)
    starts = [at for at in range(len(found)) if text[found[at][0]].isupper() and found[at][1] - found[at][0] > 2]
    at = last = chance.choice([at for at in starts if at] or starts)
    while last + 1 in starts and text[found[last][1] : found[last + 1][0]] == " ":
        last += 1
    rest = text[: found[at][0]] + text[found[last][1] :].lstrip()
    return rest[:1].upper() + rest[1:]


def added_stretch(text: str, chance: Chance, strangers: Strangers) -> str:
    """Two to five words of another sentence are put in."""
    _, end = chance.choice(words(text))
    count = min(chance.randint(2, 5), len(strangers))
    at = chance.randrange(len(strangers) - count + 1)
    return text[:end] + "".join(_gap(text) + word for word in strangers[at : at + count]) + text[end:]


class Vocabulary:
    """Words of translations into one language, with their vectors: to find the one that is easily taken for another."""

    MOST = 4000
    ASKED = 400  # so many, by chance, are looked at for one fault

    def __init__(self, texts: Sequence[str], chance: Chance) -> None:
        found = {text[a:b] for text in texts for a, b in words(text)[1:] if b - a > 3 or not _gap(text)}
        self.words = sorted(found)
        chance.shuffle(self.words)
        del self.words[self.MOST :]
        self._model = static_model.bundled()
        self.rows = self._unit(self.words) if self.words else np.zeros((0, 0))

    def _unit(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = np.asarray(self._model.encode(list(texts)), dtype=np.float32)
        found: NDArray[np.float32] = rows / np.maximum(np.sqrt(np.square(rows).sum(axis=1, keepdims=True)), np.float32(1e-6))
        return found

    def near(self, text: str, chance: Chance, unlike: str = "") -> str:
        """A word near a text in meaning that does not begin as `unlike` does, and has its capital or small first letter."""
        known = [at for at in chance.sample(range(len(self.words)), min(self.ASKED, len(self.words))) if self._fits(self.words[at], unlike)]
        order = np.argsort(-(self.rows[known] @ self._unit([text])[0]), kind="stable")
        return self.words[known[int(order[chance.randrange(3)])]]

    @staticmethod
    def _fits(word: str, unlike: str) -> bool:
        return not unlike or (word[:3].casefold() != unlike[:3].casefold() and word[0].isupper() == unlike[0].isupper())


def mistaken(text: str, chance: Chance, vocabulary: Vocabulary) -> str:
    """A word is another one of its kind: *reduce* and *increase*, *Austria* and *Hungary*."""
    start, end = chance.choice([(a, b) for a, b in words(text) if b - a > 3 or not _gap(text)])
    return text[:start] + vocabulary.near(text[start:end], chance, text[start:end]) + text[end:]


def embellished(text: str, chance: Chance, vocabulary: Vocabulary) -> str:
    """A word that suits the sentence, but is not the source's, is put in."""
    found = words(text)
    at = chance.randrange(len(found) - 1)
    near = vocabulary.near(text[found[at][0] : found[at + 1][1]] if chance.random() < 0.5 else text, chance)
    if near.casefold() in text.casefold():
        return text
    return text[: found[at][1]] + _gap(text) + near + text[found[at][1] :]


def miscounted(text: str, chance: Chance) -> str:
    """Another number."""
    at = chance.choice([index for index, char in enumerate(text) if char.isdecimal()])
    return text[:at] + chance.choice([digit for digit in "23456789" if digit != text[at]]) + text[at + 1 :]


def asked(text: str, chance: Chance) -> str:  # noqa: ARG001
    """A statement becomes a question."""
    return regex.sub(r"[.。।](\s*)$", r"?\1", text)


def left_over(text: str, chance: Chance, source: str) -> str:
    """A word is left in the source's language."""
    start, end = chance.choice([(a, b) for a, b in words(text) if b - a > 3 or not _gap(text)])
    original = chance.choice([source[a:b] for a, b in words(source)[1:] if source[a].islower() or not source[a].isupper()])
    return text[:start] + original + text[end:]


def denied(text: str, chance: Chance, lang: str) -> str:
    """A denial is lost, or put in."""
    known = sorted(row["entry"] for row in tables.table("denials") if row["lang"] == lang)
    found = [(a, b) for a, b in words(text) if text[a:b].casefold() in known]
    if found:
        start, end = chance.choice(found)
        return text[:start] + text[end:].lstrip()
    _, end = chance.choice(words(text)[:-1])
    return text[:end] + _gap(text) + chance.choice([entry for entry in known if entry.isalpha()]) + text[end:]


PLAIN: Mapping[str, Callable[[str, Chance], str]] = {
    entry.__name__: entry
    for entry in (
        doubled, doubled_at_end, swapped, shuffled, misspelt, endless, comma, tokenized, lower, lower_start, dropped, dropped_stretch, cut,
        nameless, miscounted, asked,
    )
}  # fmt: skip
_FROM_OTHERS: Mapping[str, Callable[[str, Chance, Strangers], str]] = {
    "stranger": stranger, "added_stretch": added_stretch, "replaced": replaced, "renamed": renamed,
}  # fmt: skip
_OF_VOCABULARY: Mapping[str, Callable[[str, Chance, Vocabulary], str]] = {"mistaken": mistaken, "embellished": embellished}
KINDS = (*PLAIN, *_OF_VOCABULARY, "stranger", "added_stretch", "replaced", "renamed", "left_over", "denied", "other")


def spoil(kind: str, pair: tuple[str, str, str, str], chance: Chance, others: Sequence[str], vocabulary: Vocabulary) -> str | None:
    """A worse translation of (source, target, source_lang, lang), or None where this fault cannot be made in it.

    others: translations of other sentences into the same language; vocabulary: their words.
    """
    source, target, _, lang = pair
    other = chance.choice(others)
    try:
        if kind == "other":
            worse = other
        elif kind in PLAIN:
            worse = PLAIN[kind](target, chance)
        elif kind in _OF_VOCABULARY:
            worse = _OF_VOCABULARY[kind](target, chance, vocabulary)
        elif kind == "left_over":
            worse = left_over(target, chance, source)
        elif kind == "denied":
            worse = denied(target, chance, lang)
        else:
            strangers = [other[a:b] for a, b in words(other)[1:] if b - a > 2 or not _gap(other)]
            worse = _FROM_OTHERS[kind](target, chance, strangers)
    except (IndexError, ValueError):  # too short for this fault
        return None
    return worse if worse.strip() and worse != target else None
