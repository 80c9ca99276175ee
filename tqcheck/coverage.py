"""What one text says that another one, in another language, does not: by length, and by the vectors of short stretches.

Neither tells alone. Translators shorten, so a short translation need not lack anything; and a stretch without a near vector on the other
side may only be said in other words. A sentence that is too short by far and has a stretch that nothing stands for, lacks it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import regex

from tqcheck import tables
from tqcheck.annotate import AnnotatedArticle, Pair, Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BOTH_WAYS = 1.1  # a text translated to English and back grows by this (the measured pairs of data/length-ratios.tsv)
STRETCH, STEP = 4, 2  # words of a stretch that is looked for, and words from one to the next
FOUND_IN = ((3, 1), (6, 2))  # the same of the stretches among which it is looked for
SMALL = 3  # letters of a word that hardly says anything by itself
QUOTED_LETTERS = 160
MAX_WORDS = 400  # of a text that is compared: more stands in no sentence; named where it cuts
# Where between "unrelated" (0) and "possibly the same" (1) the cosine of a stretch lies below which nothing stands for it; and above
# which a neighbouring sentence says it.
UNCOVERED, SAID_BESIDE = 0.2, 0.6

_UNSPACED = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]"
_UNSPACED_LETTER = regex.compile(_UNSPACED)
_UNIT = regex.compile(rf"(?V1){_UNSPACED}{{1,3}}|[[\p{{L}}\p{{M}}\p{{Nd}}]--{_UNSPACED}]++")


@dataclass(frozen=True)
class _Length:
    from_english: float
    to_english: float
    spread: float
    short: float


@cache
def _lengths(lang: str) -> _Length | None:
    for row in tables.table("length-ratios"):
        if row["lang"] == lang:
            out = float(row["from_english"])
            back = BOTH_WAYS / out if row["to_english"] == "-" else float(row["to_english"])
            return _Length(out, back, float(row["spread"]), float(row["short"]))
    return None


def length_deviation(source: str, target: str, source_lang: str, lang: str) -> float | None:
    """By how many standard deviations a translation is longer than usual, negative when shorter; None for an unknown language.

    Lengths are letters, their ratio is log-normal with the parameters of `data/length-ratios.tsv`; after Gale and Church (1993).
    """
    one, other = _lengths(tables.language(source_lang).tag), _lengths(tables.language(lang).tag)
    if one is None or other is None:
        return None
    usual = one.to_english * other.from_english
    if "en" not in {tables.language(source_lang).tag, tables.language(lang).tag}:
        usual /= BOTH_WAYS
    before, after = max(1, len(source.strip())), max(1, len(target.strip()))
    variance = one.spread**2 + other.spread**2 + max(one.short, other.short) / max(before, after)
    return math.log(after / before / usual) / math.sqrt(variance)


def english_letters(text: str, lang: str) -> float:
    """How many letters a text would have in English; 0 for an unknown language."""
    lengths = _lengths(tables.language(lang).tag)
    return len(text.strip()) / lengths.from_english if lengths else 0.0


@dataclass(frozen=True)
class Measure:
    """How a text of an article is measured against its counterpart: is what the source (or, with `of_target`, the translation) says there?

    min_letters: letters of English that a stretch needs to weigh; min_words: words that say something of their own.
    """

    article: AnnotatedArticle
    source_lang: str
    min_letters: int
    min_words: int
    of_target: bool = False

    @property
    def lang(self) -> str:
        """The language of the text that is measured."""
        return self.article.lang if self.of_target else self.source_lang

    def deviation(self, source: str, target: str) -> float:
        """By how many standard deviations a translation is longer than usual; 0 for an unknown language."""
        return length_deviation(source, target, self.source_lang, self.article.lang) or 0.0

    def surplus(self, source: str, target: str) -> float:
        """How many letters, counted in letters of English, the text that is measured has more than the other."""
        longer = english_letters(source, self.source_lang) - english_letters(target, self.article.lang)
        return -longer if self.of_target else longer

    def weighs(self, text: str) -> bool:
        """Whether a stretch says enough to be missed."""
        return english_letters(text, self.lang) >= self.min_letters and content_words(text, self.lang) >= self.min_words

    def gap(self, text: str, other: str, near: str) -> Uncovered:
        """The longest stretch of `text` that neither `other` nor what stands near it says."""
        return uncovered(self.article, text, other, near)


@dataclass(frozen=True)
class Uncovered:
    """The longest stretch of a text that nothing in the other text stands for."""

    span: Span | None  # code points of the text; None when all is covered
    share: float  # of the text's letters

    def letters(self) -> int:
        """The letters of the stretch."""
        return self.span.end - self.span.start if self.span else 0


def uncovered(article: AnnotatedArticle, text: str, other: str, near: str = "") -> Uncovered:
    """The longest stretch of a text that has no near vector in the other text. Needs `article.vectors`.

    Args:
        article: whose vectors are used.
        text: what must be said.
        other: where it must be said.
        near: what stands around the other text: a translator may say it there.
    """
    stretches = _stretches(article, text, STRETCH, STEP)
    if not stretches:
        return Uncovered(None, 0.0)
    nearest = _nearest(article, text, stretches, other)
    low = nearest < _level(article, UNCOVERED)
    if low.any() and near:
        low &= _nearest(article, text, stretches, near) < _level(article, SAID_BESIDE)
    best, start = Span(0, 0), None
    for stretch, open_ in zip(stretches, low.tolist(), strict=True):
        start = (stretch.start if start is None else start) if open_ else None
        if start is not None and stretch.end - start > best.end - best.start:
            best = Span(start, stretch.end)
    return Uncovered(best if best.end else None, (best.end - best.start) / len(text.strip()))


def repeated_share(article: AnnotatedArticle, text: str) -> float:
    """The share of a text's stretches that possibly say what another of its stretches says. Needs `article.vectors`."""
    import numpy as np

    assert article.vectors is not None  # for mypy: the caller has declared NEEDS_VECTORS
    size, step = FOUND_IN[-1]
    stretches = _stretches(article, text, size, step)
    if len(stretches) * step < 2 * size:
        return 0.0
    vectors = article.vectors.of([text[slice(*stretch)] for stretch in stretches])
    places = np.arange(len(stretches))
    apart = np.abs(places[:, None] - places[None, :]) * step >= size
    return float(np.mean(np.where(apart, vectors @ vectors.T, -1.0).max(axis=1) > article.vectors.thresholds.possibly))


def mean_coverage(article: AnnotatedArticle, one: str, other: str) -> float:
    """How well the stretches of two texts are covered by one another: the mean of the two medians, a cosine. Needs `article.vectors`."""
    import numpy as np

    medians = [
        float(np.median(_nearest(article, text, stretches, counterpart)))
        for text, counterpart in ((one, other), (other, one))
        if (stretches := _stretches(article, text, STRETCH, STEP))
    ]
    return round(sum(medians) / len(medians), 3) if medians else 0.0


def content_words(text: str, lang: str) -> int:
    """How many words of a text say something of their own: not *have been the* (`data/function-words.tsv`), nor other short words."""
    small = tables.entries("function-words", tables.language(lang).tag)
    words = [word.lower() for word in _UNIT.findall(text)]
    return sum(len(word) > 1 if _UNSPACED_LETTER.match(word) else len(word) > SMALL and word not in small for word in words)


def beside(pairs: Sequence[Pair], index: int) -> tuple[str, str]:
    """What stands before and after a pair: (in the source, in the translation)."""
    near = [pairs[place] for place in (index - 1, index + 1) if 0 <= place < len(pairs)]
    return " ".join(pair.source for pair in near), " ".join(pair.target for pair in near)


def quoted(text: str) -> str:
    """A stretch of the source for a message: in one line, and not too long."""
    text = " ".join(text.split())
    return text if len(text) <= QUOTED_LETTERS else text[: QUOTED_LETTERS - 1].rsplit(" ", 1)[0] + "…"


def _level(article: AnnotatedArticle, share: float) -> float:
    assert article.vectors is not None  # for mypy: the caller has declared NEEDS_VECTORS
    limits = article.vectors.thresholds
    return limits.unrelated + share * (limits.possibly - limits.unrelated)


def _nearest(article: AnnotatedArticle, text: str, stretches: Sequence[Span], other: str) -> NDArray[np.float32]:
    """For each stretch of a text, the cosine of the nearest stretch of the other text; shape (len(stretches),)."""
    import numpy as np

    assert article.vectors is not None  # for mypy: the caller has declared NEEDS_VECTORS
    places = [span for size, step in FOUND_IN for span in _stretches(article, other, size, step)]
    if not places:
        return np.zeros(len(stretches), dtype=np.float32)
    own = article.vectors.of([text[slice(*span)] for span in stretches])
    others = article.vectors.of([other[slice(*span)] for span in places])
    nearest: NDArray[np.float32] = (own @ others.T).max(axis=1).round(3)
    return nearest


def _stretches(article: AnnotatedArticle, text: str, size: int, step: int) -> list[Span]:
    """Stretches of `size` words, a new one every `step` words; the last one ends with the text."""
    words = [match.span() for match in _UNIT.finditer(text)]
    if len(words) > MAX_WORDS:
        article.limit(f"sentences: of a sentence of {{}} words the first {MAX_WORDS} were compared with its counterpart", len(words))
        del words[MAX_WORDS:]
    if len(words) <= size:
        return [Span(words[0][0], words[-1][1])] if words else []
    firsts = sorted({*range(0, len(words) - size + 1, step), len(words) - size})
    return [Span(words[first][0], words[first + size - 1][1]) for first in firsts]
