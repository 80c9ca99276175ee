"""A sentence of the source, or a good part of one, is missing in the translation.

The engine stopped too early, merged two sentences, or skipped what it could not translate. Read the source there and add what is missing.

A sentence without counterpart counts when nothing near its place says it. A part counts when the translation is far shorter than
translations between these languages are (`data/length-ratios.tsv`) and a stretch of the source has no near vector in it, nor in the
sentences beside it; translators who only shorten leave no such stretch. Needs the source text and a sentence model.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Sequence

import regex

from tqcheck import coverage
from tqcheck.annotate import AnnotatedArticle, Pair, split_sentences
from tqcheck.article import Example, Mark, Severity

SEVERITY = Severity.MAJOR
MQM = "accuracy/omission"
NEEDS_VECTORS = True
BAD = [
    Example(
        "The ferry left the harbour at dawn. [[The crossing takes two hours.]] Dinner is served on board.",
        source_lang="de",
        source_text="Die Fähre verließ den Hafen im Morgengrauen. Die Überfahrt dauert zwei Stunden. "
        "Hunde dürfen nur in einem Käfig mitreisen. Das Abendessen wird an Bord serviert.",
        bundled=True,
    ),
    Example(
        "[[The mayor opened the new library.]]",
        source_lang="fr",
        source_text="Le maire a inauguré la nouvelle bibliothèque, qui compte vingt mille livres et une salle de lecture pour les "
        "enfants du quartier.",
        bundled=True,
    ),
    Example(
        "[[Die Brücke ist gesperrt.]]",
        lang="de",
        source_lang="cs",
        source_text="Most je uzavřen, protože povodeň poškodila jeden z pilířů a odborníci ho budou zkoumat nejméně týden.",
        bundled=True,
    ),
    Example(
        "[[El tren se detuvo en el túnel.]]",
        lang="es",
        source_lang="en",
        source_text="The train stopped in the tunnel, and the passengers had to walk back to the station along the tracks in the dark.",
        bundled=True,
    ),
]
GOOD = [
    Example(
        "The bridge is closed because the flood has damaged a pillar.",
        source_lang="cs",
        source_text="Most je uzavřen, protože povodeň poškodila jeden z jeho pilířů.",
        bundled=True,
    ),
    Example(
        "He didn't ask why.",
        source_lang="de",
        source_text="Er habe nicht nach den Gründen gefragt.",
        bundled=True,
    ),
    Example(
        "Se espera que el presidente hable mañana.",
        lang="es",
        source_lang="en",
        source_text="It is expected that the president is going to speak tomorrow.",
        bundled=True,
    ),
    "The bridge is closed.",  # no source
]

_ENDS = regex.compile(r"[.!?…。！？।۔][\p{Pe}\p{Pf}\p{Pi}\"'”’»]*\s*$")
_BREAKS_OFF = regex.compile(r"[\p{L}\p{M}\p{Nd},，、(]\s*$")
MOSTLY = 0.4  # share of a sentence that nothing near says, from which it counts as left out
NEAR = 50  # sentences before and after an empty place among which one is looked for that can be shown
SHORT = -1.5  # standard deviations by which the text around its place is shorter than usual
MIN_WORDS = 3  # of a part that is missing: *it was the manner in which* has a counterpart in no other language
CUT = -2.0  # standard deviations, for a translation that ends without a full stop where the source has one
LESS_SHORT, LARGER_SHARE = 0.6, 0.35  # a larger share of the source proves as much in a translation that is less short


def check(article: AnnotatedArticle, *, min_deviation: float = 3.0, min_share: float = 0.1, min_letters: int = 25) -> Iterator[Mark]:
    """Yield a finding for each stretch of the source that the translation lacks.

    Args:
        article: with its source.
        min_deviation: standard deviations by which a sentence must be shorter than usual to lack a part.
        min_share: of the source sentence that must have no counterpart.
        min_letters: letters of English, or as much in another language, that must be missing.
    """
    if article.source_lang is None:
        return
    measure = coverage.Measure(article, article.source_lang, min_letters, MIN_WORDS)
    parallel = article.article.source_segments is not None
    pairs = article.pairs if parallel else article.sentence_pairs
    alone = [pair for pair in article.sentence_pairs if pair.source and not pair.target] if parallel else []
    starts = [pair.source_start for pair in alone]
    for index, pair in enumerate(pairs):
        if not pair.source.strip():
            continue
        source, target = coverage.beside(pairs, index)
        if not pair.target.strip():
            lost = _lost_sentence(measure, pair.source, f"{source} {pair.source}", target)
        else:
            lost = _lost_part(measure, pair, target, min_deviation, min_share)
            within = slice(bisect.bisect_left(starts, pair.source_start), bisect.bisect_left(starts, pair.source_end))
            sentences = (_lost_sentence(measure, one.source, pair.source, pair.target) for one in alone[within])
            lost = lost or next(filter(None, sentences), None)
        if lost:
            start, end = _place(pairs, index) or (article.lines[0].start, article.lines[0].end)
            told = coverage.quoted(_longest_sentence(lost, article.source_lang))
            yield Mark(start, end, f"The source says “{told}”; the translation does not.", confidence=0.85)


def _longest_sentence(text: str, lang: str) -> str:
    """The longest of the sentences, whole or not, that a stretch runs over: it is what an editor looks for."""
    return max((text[slice(*sentence)] for sentence in split_sentences(text, lang)), key=len, default=text)


def _lost_sentence(measure: coverage.Measure, sentence: str, source: str, target: str) -> str | None:
    """The source sentence, if nothing near says it and the text near its place is short of it."""
    if not measure.weighs(sentence) or (target.strip() and measure.deviation(source, target) > SHORT):
        return None
    return sentence if not target.strip() or measure.gap(sentence, target, target).share >= MOSTLY else None


def _lost_part(measure: coverage.Measure, pair: Pair, near: str, min_deviation: float, min_share: float) -> str | None:
    """The stretch of the source that a translation lacks which is shorter than it can be."""
    deviation = measure.deviation(pair.source, pair.target)
    if deviation > CUT or measure.surplus(pair.source, pair.target) < measure.min_letters:
        return None
    gap = measure.gap(pair.source, pair.target, near)
    if gap.span is None or not measure.weighs(pair.source[slice(*gap.span)]):
        return None
    much = deviation <= -min_deviation and gap.share >= min_share
    larger = deviation <= -min_deviation + LESS_SHORT and gap.share >= LARGER_SHARE
    cut = _ENDS.search(pair.source) and _BREAKS_OFF.search(pair.target)
    return pair.source[slice(*gap.span)] if much or larger or cut else None


def _place(pairs: Sequence[Pair], index: int) -> tuple[int, int] | None:
    """Where the finding is shown: the translation of the sentence, or what stands near the place where it should stand; None if nothing."""
    order = [index, *range(index - 1, max(-1, index - NEAR), -1), *range(index + 1, min(len(pairs), index + NEAR))]
    pair = next((pairs[near] for near in order if pairs[near].target.strip()), None)
    return pair.span if pair else None
