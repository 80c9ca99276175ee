"""The translation says something that the source does not.

The engine went on when the source had ended, said one thing twice, or made something up. Read the source there and take it out.

A sentence without counterpart counts when nothing near its place in the source says it. A part counts when the translation is far longer
than translations between these languages are (`data/length-ratios.tsv`) and a stretch of it has no near vector in the source, nor in the
sentences beside it; or when it says one thing twice and the source does not. A word of explanation, which translators add by right, is
not long enough. Needs the source text and a sentence model.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator

from tqcheck import coverage
from tqcheck.annotate import AnnotatedArticle, Pair
from tqcheck.article import Example, Mark, Severity

SEVERITY = Severity.MAJOR
MQM = "accuracy/addition"
NEEDS_VECTORS = True
BAD = [
    Example(
        "The ferry left the harbour at dawn. "
        "[[Dogs and cats may only travel in a cage that their owners bring along.]] Dinner is served on board.",
        source_lang="de",
        source_text="Die Fähre verließ den Hafen im Morgengrauen. Das Abendessen wird an Bord serviert.",
        bundled=True,
    ),
    Example(
        "Die Brücke ist gesperrt. [[Die Bäckerei verkauft jeden Morgen frisches Brot.]] Der Verkehr wird umgeleitet.",
        lang="de",
        source_lang="cs",
        source_text="Most je uzavřen. Doprava je odkloněna.",
        bundled=True,
    ),
    Example(
        "Le maire a inauguré la bibliothèque [[après deux ans de travaux qui ont coûté trois millions d'euros à la région]].",
        lang="fr",
        source_lang="en",
        source_text="The mayor opened the library.",
        bundled=True,
    ),
]
GOOD = [
    Example(
        "It was a matter of life and death.",
        source_lang="cs",
        source_text="Šlo o život.",
        bundled=True,
    ),
    Example(
        "Der Zug hielt mitten im Tunnel. Die Fahrgäste mussten zu Fuß zurückgehen.",
        lang="de",
        source_lang="en",
        source_text="The train stopped in the middle of the tunnel, and the passengers had to walk back.",
        bundled=True,
    ),
    "The bridge is closed.",  # no source
]

MOSTLY = 0.5  # share of a sentence that nothing near in the source says, from which it counts as added
LONG = 1.5  # standard deviations by which the text around it is longer than usual
LONG_SEGMENT = 2.5  # the same for a segment that has a sentence too many: translators make two sentences of one
FAR_TOO_LONG = 6.0  # the same for a sentence that must hold something else, whatever the vectors say
MIN_WORDS = 3  # that say something of their own, in a part that is added
TWICE, REPEATED_SHARE = 1.8, 0.35  # a translation that is so much longer and repeats so much of itself says one thing twice


def check(article: AnnotatedArticle, *, min_deviation: float = 3.8, min_share: float = 0.1, min_letters: int = 25) -> Iterator[Mark]:
    """Yield a finding for each stretch of the translation that the source lacks.

    Args:
        article: with its source.
        min_deviation: standard deviations by which a sentence must be longer than usual to hold a part too many.
        min_share: of the sentence that must have no counterpart.
        min_letters: letters of English, or as much in another language, that must be too many.
    """
    if article.source_lang is None:
        return
    measure = coverage.Measure(article, article.source_lang, min_letters, MIN_WORDS, of_target=True)
    parallel = article.article.source_segments is not None
    pairs = article.pairs if parallel else article.sentence_pairs
    alone = [pair for pair in article.sentence_pairs if pair.target and not pair.source] if parallel else []
    starts = [pair.start for pair in alone]
    for index, pair in enumerate(pairs):
        line = article.line_at(pair.span.start)
        if not pair.target.strip() or line is None or line.leftover:
            continue
        source, target = coverage.beside(pairs, index)
        if not pair.source.strip():
            found = [_added_sentence(measure, pair, source, f"{target} {pair.target}", LONG)]
        else:
            found = [_added_part(measure, pair, source, min_deviation, min_share)]
            if found == [None]:
                within = slice(bisect.bisect_left(starts, pair.start), bisect.bisect_left(starts, pair.end))
                found = [_added_sentence(measure, one, pair.source, pair.target, LONG_SEGMENT) for one in alone[within]]
        yield from (mark for mark in found if mark)


def _added_sentence(measure: coverage.Measure, pair: Pair, source: str, target: str, long: float) -> Mark | None:
    """A finding for a sentence that nothing near in the source says, where the text is too long by it."""
    if not measure.weighs(pair.target) or (source.strip() and measure.deviation(source, target) < long):
        return None
    if (source.strip() and measure.gap(pair.target, source, source).share < MOSTLY) or _is_headline(measure.article, pair.target):
        return None
    return _mark(pair, 0, len(pair.target), "The source has no sentence that says this: take it out, or look for what it stands for.")


def _is_headline(article: AnnotatedArticle, sentence: str) -> bool:
    """Whether the sentence says the headline again: that is another rule's business."""
    assert article.vectors is not None  # for mypy: NEEDS_VECTORS
    return article.headline is not None and article.similarity(sentence, article.headline.text) >= article.vectors.thresholds.same


def _added_part(measure: coverage.Measure, pair: Pair, near: str, min_deviation: float, min_share: float) -> Mark | None:
    """A finding for what makes a translation longer than it can be."""
    deviation = measure.deviation(pair.source, pair.target)
    if deviation < TWICE or measure.surplus(pair.source, pair.target) < measure.min_letters:
        return None
    repeated = coverage.repeated_share(measure.article, pair.target)
    if repeated >= REPEATED_SHARE and repeated > 2 * coverage.repeated_share(measure.article, pair.source):
        return _mark(pair, 0, len(pair.target), "This says one thing more than once; the source says it once: keep the better wording.")
    if deviation < min_deviation:
        return None
    gap = measure.gap(pair.target, pair.source, near)
    if gap.span and gap.share >= min_share and measure.weighs(pair.target[slice(*gap.span)]):
        return _mark(pair, *gap.span, "The source does not say this: take it out, or look for what it stands for.")
    if deviation >= FAR_TOO_LONG:
        return _mark(pair, 0, len(pair.target), "This is far longer than its source can be: take out what the source does not say.")
    return None


def _mark(pair: Pair, start: int, end: int, message: str) -> Mark:
    stretch = pair.target[start:end]
    lead, tail = len(stretch) - len(stretch.lstrip()), len(stretch) - len(stretch.rstrip())
    return Mark(pair.start + start + lead, pair.start + end - tail, message, confidence=0.8)
