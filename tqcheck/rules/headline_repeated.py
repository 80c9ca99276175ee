"""The headline stands again as a line of its own.

The page's title, its h1 and its share text are translated one by one and all end up in the article, so the reader meets
the headline twice or three times: word for word, nearly so, or in other words. Keep one.

Exact and near repeats are found by comparing letters. A headline in other words is found by sentence vectors: a short line
near the top, without a full stop, whose cosine to the headline reaches the model's own threshold for "the same headline".
"""

from __future__ import annotations

from collections.abc import Iterator

import regex

from tqcheck.annotate import AnnotatedArticle, Line
from tqcheck.article import Example, Mark, Severity

SEVERITY = Severity.MAJOR
MQM = "accuracy/addition"
FIX = "safe"
FIX_FROM = 0.99  # the same words; a headline in other words may say more
NEEDS_VECTORS = "headline in other words"
BAD = [
    "Mayor opens the new bridge over the river\n\n[[Mayor opens the new bridge over the river]]\n\nThe mayor opened it on Monday.",
    Example(
        "[[MAYOR OPENS NEW BRIDGE OVER THE RIVER]]\n\nHe opened it on Monday.",
        title="Mayor opens the new bridge over the river",
    ),
    Example(
        "Bürgermeister eröffnet neue Brücke über den Fluss\n\n[[Bürgermeister eröffnete neue Brücke über den Fluss]]\n\nEr kam am Montag.",
        lang="de",
    ),
    Example(
        "Le maire inaugure le nouveau pont\n\n[[Nouveau pont : le maire coupe le ruban]]\n\nIl est venu lundi.",
        lang="fr",
        same=("Le maire inaugure le nouveau pont", "Nouveau pont : le maire coupe le ruban"),
    ),
    Example("市长为新桥主持通车仪式\n\n[[市长为新桥主持通车仪式]]\n\n周一，市长来到现场。", lang="zh"),
]
GOOD = [
    "Mayor opens the new bridge\n\nThe mayor opened the new bridge over the river on Monday, three years after the flood.",
    "Mayor opens the new bridge\n\nMayor blames the flood\n\nHe said so on Monday.",
    "Votes\n\nThe count began.\n\nVotes\n\nThe count ended.",
    "1. Old bridge in the town of Lund\n\n2. Old bridge in the town of Lund\n\nBoth are closed.",
    Example("Bürgermeister eröffnet neue Brücke\n\nWarum es drei Jahre dauerte\n\nEr kam am Montag.", lang="de"),
]
MISSED = [
    Example(
        "Mayor opens the new bridge\n\n[[After three years the town can cross the river again.]]\n\nHe came on Monday.",
        same=("Mayor opens the new bridge", "After three years the town can cross the river again."),
    )
]

_NOISE = regex.compile(r"[^\p{L}\p{M}\p{Nd}]+")
_FULL_STOP = regex.compile(r"[.。।۔…:;,؛،][\p{Pe}\p{Pf}\"'”’»]*$")
_DIGITS = regex.compile(r"\p{Nd}+")
_CJK = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}]")


def check(article: AnnotatedArticle, *, min_words: int = 4, near: float = 80.0, first_lines: int = 6) -> Iterator[Mark]:
    """Yield a finding for each line that repeats the headline.

    Args:
        article: the article.
        min_words: a shorter headline may well be a rubric that comes back (two characters count as a word in CJK).
        near: chrF (0 to 100) to the headline from which a line is a near repeat.
        first_lines: how far down a headline in other words is looked for, and any repeat of a headline that is only guessed.
    """
    headline = article.headline
    if headline is None or _words(headline.text) < min_words:
        return
    plain = _plain(headline.text)
    given = article.article.title is not None
    for index, line in enumerate(article.lines[1:], start=1):
        near_top = index <= first_lines
        if (given or near_top) and _plain(line.text) == plain:
            yield _mark(headline, line, "The headline is printed again here: keep one of the two.", confidence=0.99)
        elif near_top and _reads_like_headline(line, headline):
            yield from _reworded(article, headline, line, near)


def _reworded(article: AnnotatedArticle, headline: Line, line: Line, near: float) -> Iterator[Mark]:
    if _may_be_near(headline.text, line.text) and _chrf(headline.text, line.text) >= near:
        yield _mark(headline, line, "Nearly the same headline is printed again here: keep one of the two.", confidence=0.95)
    elif article.vectors is not None:
        similarity = article.similarity(headline.text, line.text)
        if similarity >= article.vectors.thresholds.same:
            message = "This line says the headline again in other words: keep one of the two."
            yield _mark(headline, line, message, confidence=0.9, similarity=similarity)


def _mark(headline: Line, line: Line, message: str, *, confidence: float, similarity: float | None = None) -> Mark:
    related = ((headline.start, headline.end),)
    return Mark(line.start, line.end, message, suggestion="", confidence=confidence, similarity=similarity, related=related)


def _plain(text: str) -> str:
    return _NOISE.sub(" ", text).strip().casefold()


def _words(text: str) -> int:
    return len(_CJK.findall(text)) // 2 + len(_CJK.sub(" ", text).split())


def _reads_like_headline(line: Line, headline: Line) -> bool:
    if _FULL_STOP.search(line.text) and not _FULL_STOP.search(headline.text):
        return False
    if _DIGITS.findall(line.text) != _DIGITS.findall(headline.text):
        return False  # items of a list, results of a season
    return 0.5 <= len(line.text) / len(headline.text) <= 2


def _may_be_near(one: str, other: str) -> bool:
    """A cheap test that spares most lines the chrF: half of the letter pairs are shared."""
    first, second = ({text[i : i + 2] for i in range(len(text) - 1)} for text in (_plain(one), _plain(other)))
    return len(first & second) * 2 >= min(len(first), len(second))


def _chrf(headline: str, line: str) -> float:
    """ChrF (Popović 2015) by sacrebleu, 0 to 100."""
    from sacrebleu.metrics.chrf import CHRF

    return float(CHRF().sentence_score(_plain(line), [_plain(headline)]).score)
