"""`tqcheck score`: how much of the meaning a translation kept, and how near it is to a reference, per segment, article and corpus.

An article's segments are those it is given in; those of an unaligned text are its aligned sentences, and a reference text is compared
with the text as a whole. Adequacy and similarities of an article or corpus are means over its segments; BLEU, chrF and TER are computed
from the sums of their counts, as sacrebleu does, for each target language with its own tokenizer.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import tqcheck
from tqcheck import metrics, pipeline, significance, tables
from tqcheck.adequacy import Adequacy, Score
from tqcheck.annotate import AnnotatedArticle, limit_told
from tqcheck.article import Article, FieldName, Problem, SentencePair
from tqcheck.config import Options
from tqcheck.embed import Vectors, load_vectors
from tqcheck.limits import Clock
from tqcheck.significance import Interval
from tqcheck.table_extensions import Extension

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Counts = NDArray[np.float64]

MEANS = ("adequacy", "similarity", "reference_similarity")
NAMES = (*MEANS, *metrics.METRICS)
DECIMALS = 6  # of adequacies and means, which are added up in whole millionths: such sums are exact
MILLION = 10**DECIMALS
MANY = 1000  # tables that are joined to one while a corpus is read
MEANS_WIDTH = 2 * len(MEANS)  # in a row of counts: value and 1 for each mean, then what the metrics count
WIDTH = MEANS_WIDTH + metrics.COUNTS
COLUMNS: Mapping[str, slice] = {name: slice(2 * number, 2 * number + 2) for number, name in enumerate(MEANS)} | {
    name: slice(MEANS_WIDTH + columns.start, MEANS_WIDTH + columns.stop) for name, columns in metrics.COLUMNS.items()
}


@dataclass(frozen=True)
class SegmentScores:
    """A segment with its scores; `start` and `end` are code points of its field. The `text` of what was not translated is empty."""

    field: FieldName
    segment: int | None
    start: int
    end: int
    text: str
    source: str | None
    scores: Mapping[str, float | None]  # in the order of NAMES; what cannot be measured is absent
    low: float | None = None  # the range in which the adequacy probably lies
    high: float | None = None
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Total:
    """The scores of an article or corpus, and their confidence intervals where there is more than one segment."""

    segments: int
    scores: Mapping[str, float | None]
    intervals: Mapping[str, Interval] = field(default_factory=dict)


@dataclass(frozen=True)
class ArticleScores:
    """An article, or a pair of sentences, with all its scores. `counts` has a row for each unit by which a corpus is resampled."""

    id: str
    origin: str
    lang: str
    source_lang: str | None
    is_pair: bool
    segments: tuple[SegmentScores, ...]
    total: Total
    counts: Counts
    problems: tuple[Problem, ...] = ()


class Scorer:
    """Scores articles; the model is loaded once."""

    def __init__(self, options: Options, vectors: Vectors | None = None) -> None:
        """`vectors`: those that are loaded already."""
        self.options = options
        self.vectors = vectors or load_vectors(options.model, device=options.device, cache=options.cache)
        self.adequacy = Adequacy(self.vectors)

    def __call__(self, article: Article) -> ArticleScores | Problem:
        """Score one article; a Problem when there is nothing to score it by. Never raises for what it holds."""

        def work(given: Article) -> ArticleScores | Problem:
            clock = Clock(self.options.article_timeout)
            return clock.run(lambda: self.score(AnnotatedArticle(given, self.vectors)), share=1.0)

        return pipeline.guarded(article, self.options, self.vectors, work, what="scored")

    def score(self, article: AnnotatedArticle) -> ArticleScores | Problem:
        """Score an article that is taken apart already."""
        given = article.article
        if not (_has_source(given) or _has_reference(given)):
            return Problem(given.origin or given.id, "has neither a source nor a reference: there is nothing to score it by")
        scored = list(self._segments(article))
        rows = [_row(segment.scores, counts) for segment, counts in scored]
        if given.reference_segments is None and given.reference_text is not None:
            text = given.text if given.text is not None else "\n".join(given.segments or ())
            rows.append(_row(*self._by_reference(article, text, given.reference_text, ter_words=metrics.MOST_TER_WORDS_OF_TEXT)))
        counts = stack(rows)
        is_pair = isinstance(given, SentencePair)
        return ArticleScores(
            id=given.id,
            origin=given.origin,
            lang=article.lang,
            source_lang=article.source_lang,
            is_pair=is_pair,
            segments=tuple(segment for segment, _ in scored),
            total=total(counts, len(scored), with_intervals=not is_pair),
            counts=counts,
        )

    def _segments(self, article: AnnotatedArticle) -> Iterator[tuple[SegmentScores, Counts | None]]:
        units = list(_units(article))
        for unit, adequacy in zip(units, self._adequacies(article, units), strict=True):
            scores: dict[str, float | None] = {}
            counts = None
            if adequacy is not None:
                scores["adequacy"] = round(adequacy.value, DECIMALS)
                if self.vectors is not None:
                    scores["similarity"] = self.vectors.similarity(unit.source or "", unit.text)
            if unit.reference is not None:
                similarity, counts = self._by_reference(article, unit.text, unit.reference)
                scores |= similarity | _metrics_for(article).scores(counts, sentence=True)
            yield _segment(unit, scores, adequacy), counts

    def _adequacies(self, article: AnnotatedArticle, units: list[_Unit]) -> list[Score | None]:
        """The adequacy of each unit that has a source; a unit that is empty on both sides has none."""
        asked = [unit.source is not None and bool(unit.source.strip() or unit.text.strip()) for unit in units]
        langs = (article.source_lang or "und", article.lang)
        given = iter(
            self.adequacy.score_all([(unit.source or "", unit.text, *langs) for unit, ask in zip(units, asked, strict=True) if ask])
        )
        return [next(given) if ask else None for ask in asked]

    def _by_reference(
        self, article: AnnotatedArticle, text: str, reference: str, *, ter_words: int = metrics.MOST_TER_WORDS
    ) -> tuple[dict[str, float | None], Counts]:
        similarity = {"reference_similarity": self.vectors.similarity(text, reference)} if self.vectors is not None else {}
        return dict(similarity), _metrics_for(article).counts(text, reference, ter_words=ter_words)


# -- what is scored -----------------------------------------------------------------------------------------------------


class _Unit(NamedTuple):
    """A stretch of the article that is scored, and what it is compared with."""

    field: FieldName
    segment: int | None
    start: int
    end: int
    text: str
    source: str | None = None
    reference: str | None = None


def _has_source(article: Article) -> bool:
    return article.source_segments is not None or bool((article.source_text or "").strip())


def _has_reference(article: Article) -> bool:
    return article.reference_segments is not None or bool((article.reference_text or "").strip())


def _units(article: AnnotatedArticle) -> Iterator[_Unit]:
    """The segments as they are given, or the aligned sentences of an unaligned text; the title where the source has one, too."""
    given = article.article
    if given.source_segments is None and _has_source(given):
        for pair in article.sentence_pairs:
            if pair.target or metrics.is_untranslated(article, pair):
                place = article.place(pair.start, pair.end)
                yield _Unit(place.field, place.segment, place.start, place.end, pair.target, pair.source)
    elif given.title is not None and given.source_title is not None:
        yield _Unit("title", None, 0, len(given.title), given.title, given.source_title)
    nothing = (None,) * len(given.segments or ())
    parallel = zip(given.segments or (), given.source_segments or nothing, given.reference_segments or nothing, strict=True)
    for index, (text, source, reference) in enumerate(parallel):
        if source is not None or reference is not None:
            yield _Unit("segments", index, 0, len(text), text, source, reference)


def _segment(unit: _Unit, scores: Mapping[str, float | None], adequacy: Score | None) -> SegmentScores:
    place = (unit.field, unit.segment, unit.start, unit.end)
    if adequacy is None:
        return SegmentScores(*place, unit.text, unit.source, scores)
    low, high = (round(value, DECIMALS) for value in (adequacy.low, adequacy.high))
    limits = (f"Limit: {limit_told(*limit)}." for limit in adequacy.limits)
    return SegmentScores(*place, unit.text, unit.source, scores, low, high, (*adequacy.reasons, *limits))


def _metrics_for(article: AnnotatedArticle) -> metrics.ReferenceMetrics:
    return metrics.reference_metrics(metrics.tokenizer(article.lang))


# -- counts and totals --------------------------------------------------------------------------------------------------


def _row(scores: Mapping[str, float | None], counts: Counts | None) -> Counts:
    """A row of COLUMNS; NaN for what was not measured."""
    import numpy as np

    row = np.full(WIDTH, np.nan)
    for name in MEANS:
        value = scores.get(name)
        if value is not None:
            row[COLUMNS[name]] = round(value * MILLION), 1
    if counts is not None:
        row[MEANS_WIDTH:] = counts
    return row


def stack(tables_of_counts: Sequence[Counts]) -> Counts:
    """Rows or tables of counts as one table, shape (rows, WIDTH)."""
    import numpy as np

    return np.vstack([np.empty((0, WIDTH), dtype="float32"), *tables_of_counts])


def total(counts: Counts, segments: int, *, with_intervals: bool = True) -> Total:
    """The scores of all rows together. TER is None where one of the texts was too long for it."""
    scores: dict[str, float | None] = {}
    measured = rows_of(counts)
    for name in MEANS:
        if name in measured:
            summed, number = counts[measured[name], COLUMNS[name]].sum(axis=0)
            scores[name] = round(float(summed / number / MILLION), DECIMALS) + 0.0
    if "bleu" in measured:
        any_tokenizer = metrics.reference_metrics("13a")  # the texts were cut into words when they were counted
        scores |= any_tokenizer.scores(counts[measured["bleu"], MEANS_WIDTH:].sum(axis=0))
    return Total(segments, scores, _intervals(counts, measured) if with_intervals else {})


def rows_of(counts: Counts) -> dict[str, NDArray[np.bool_]]:
    """Which rows have a score, for each score that the table has; none have TER if one of them was too long for it."""
    import numpy as np

    has = {name: ~np.isnan(counts[:, columns.start]) for name, columns in COLUMNS.items()}
    if (has["bleu"] & ~has["ter"]).any():
        del has["ter"]
    return {name: rows for name, rows in has.items() if rows.any()}


def _intervals(counts: Counts, measured: Mapping[str, NDArray[np.bool_]]) -> dict[str, Interval]:
    """The intervals of all scores; those that the same rows have are resampled together."""
    groups: dict[bytes, list[str]] = defaultdict(list)
    for name, rows in measured.items():
        groups[rows.tobytes()].append(name)
    found: dict[str, Interval] = {}
    for names in groups.values():
        rows = measured[names[0]]
        if rows.sum() > 1:
            found |= significance.intervals(counts[rows], {name: score_of(name) for name in names})
    return {name: found[name] for name in NAMES if name in found}


def score_of(name: str) -> significance.ScoreOf:
    """The function from sums of counts, shape (resamples, WIDTH), to one of NAMES."""
    if name in MEANS:
        return lambda sums: significance.mean(sums[:, COLUMNS[name]]) / MILLION
    score: significance.ScoreOf = {"bleu": significance.bleu, "ter": significance.ter}.get(name, significance.chrf)
    return lambda sums: score(sums[:, COLUMNS[name]])


# -- the corpus ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CorpusScores:
    """All articles of one language pair together, with sacrebleu's signatures of its scores."""

    lang: str
    source_lang: str | None
    articles: int
    total: Total
    signatures: Mapping[str, str]


class Corpus:
    """Adds up articles as they go by; it keeps their counts (not their texts), and counts what could not be scored."""

    def __init__(self) -> None:
        self.articles = 0
        self.problems = 0
        self._counts: dict[tuple[str, str], list[Counts]] = defaultdict(list)
        self._articles: Counter[tuple[str, str]] = Counter()
        self._segments: Counter[tuple[str, str]] = Counter()

    def add(self, article: ArticleScores) -> None:
        """Add one article."""
        pair = (article.lang, article.source_lang or "")
        self.articles += 1
        self._articles[pair] += 1
        counts = self._counts[pair]
        counts.append(article.counts.astype("float32"))  # whole numbers below 2**24 of one segment or text: exact
        if len(counts) == MANY:
            counts[:] = [stack(counts)]
        self._segments[pair] += len(article.segments)

    def add_problem(self, problem: Problem) -> None:
        """Count something that could not be scored."""
        del problem
        self.problems += 1

    def scores(self) -> list[CorpusScores]:
        """The scores of each language pair, by target and source language."""
        return [self._scores(lang, source_lang) for lang, source_lang in sorted(self._counts)]

    def _scores(self, lang: str, source_lang: str) -> CorpusScores:
        counts = self._counts[lang, source_lang]
        summed = total(stack(counts).astype("float64"), self._segments[lang, source_lang])
        own = metrics.signatures(lang) if "bleu" in summed.scores else {}
        return CorpusScores(
            lang, source_lang or None, self._articles[lang, source_lang], summed, {name: own[name] for name in own if name in summed.scores}
        )


def signature(model: str, extension: Extension | None = None) -> str:
    """What made adequacies, similarities and intervals; sacrebleu's scores have signatures of their own."""
    words = tables.digest(extension)
    return f"model:{model}|tables:{words}|bs:{significance.RESAMPLES}|seed:{significance.SEED}|version:{tqcheck.__version__}"


def score(articles: Iterable[Article | Problem], options: Options) -> Iterator[ArticleScores | Problem]:
    """Score a stream of articles, in order, in `options.jobs` processes. Raises ModelError before the first is read."""
    return pipeline.each(articles, partial(Scorer, options), options)
