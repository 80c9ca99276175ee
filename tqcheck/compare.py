"""`tqcheck compare OLD NEW`: what a new engine, or a new version of one, made better or worse.

The same articles in two translations, matched by id. Scores are compared on the segments that both have, by paired bootstrap resampling
and paired approximate randomization (significance.py); articles without segments of their own are compared as wholes. A finding stays
when the same rule finds the same words in the same article again, moved or not; else it went away, or came.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from tqcheck import fingerprint, metrics, pipeline, scoring, significance
from tqcheck.annotate import AnnotatedArticle
from tqcheck.article import Article, Finding, Problem, Severity
from tqcheck.config import Options
from tqcheck.scoring import COLUMNS, NAMES, Scorer
from tqcheck.significance import Difference

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Counts = NDArray[np.float64]

MQM = "mqm"
LOWER_IS_BETTER = frozenset({"ter"})


class Found(NamedTuple):
    """A finding, and the words around it."""

    finding: Finding
    context: tuple[str, ...]


@dataclass(frozen=True)
class Measured:
    """What is kept of one article of one side: findings and counts, not the text."""

    id: str
    has_id: bool  # else `id` is its place in the input
    lang: str
    source_lang: str | None
    findings: tuple[Found, ...]
    penalty: tuple[int, int, int, int]  # minor, major, critical findings, words
    counts: Counts  # shape (units, scoring.WIDTH)
    problems: tuple[Problem, ...]


class Measurer:
    """Checks and scores articles; rules and model are loaded once."""

    def __init__(self, options: Options) -> None:
        self.checker = pipeline.Checker(options, measure=False)
        self.scorer = Scorer(options, self.checker.vectors)
        self.options = options

    def __call__(self, article: Article) -> Measured | Problem:
        """Measure one article. Never raises for what it holds."""
        checker = self.checker
        return pipeline.guarded(article, self.options, checker.vectors, lambda given: self._measured(checker.annotate(given)))

    def _measured(self, annotated: AnnotatedArticle) -> Measured:
        article = annotated.article
        report = self.checker.check(annotated)
        scores = self.scorer.score(annotated)  # a Problem when there is neither source nor reference: then the findings are compared
        return Measured(
            id=article.id,
            has_id=article.id != article.origin,
            lang=report.lang,
            source_lang=report.source_lang,
            findings=tuple(Found(finding, fingerprint.context(article, finding)) for finding in report.findings),
            penalty=(report.penalty.minor, report.penalty.major, report.penalty.critical, report.words),
            counts=_paired_units(article, scoring.stack([]) if isinstance(scores, Problem) else scores.counts),
            problems=report.problems,
        )


def measure(articles: Iterable[Article | Problem], options: Options) -> Iterator[Measured | Problem]:
    """Check and score the articles of one side, in `options.jobs` processes."""
    return pipeline.each(articles, partial(Measurer, options), options)


def _paired_units(article: Article, counts: Counts) -> Counts:
    """The rows that another translation of the article has, too: its segments, or one for the whole of an unaligned text."""
    import numpy as np

    if article.source_text is None and article.reference_text is None:
        return counts
    whole = np.full((1, scoring.WIDTH), np.nan)
    for name, rows in scoring.rows_of(counts).items():
        columns = COLUMNS[name]
        whole[0, columns] = counts[rows, columns].sum(axis=0)
        if name in scoring.MEANS:
            total, number = whole[0, columns]
            whole[0, columns] = round(total / number), 1
    return whole


# -- two sides ----------------------------------------------------------------------------------------------------------


class Side:
    """The articles of one side by key; counts what could not be checked."""

    def __init__(self, given: str) -> None:
        self.given = given
        self.articles: dict[str, Measured] = {}
        self.problems = 0

    def add(self, article: Measured) -> None:
        """Keep an article; one without an id is known by its place in the input: old.jsonl:3 is compared with new.jsonl:3."""
        self.problems += len(article.problems)
        place = article.id.removeprefix(self.given.rstrip("/")).lstrip("/")
        self.articles[article.id if article.has_id else place] = article

    def add_problem(self, problem: Problem) -> None:
        """Count something that could not be checked."""
        del problem
        self.problems += 1


@dataclass(frozen=True)
class Change:
    """What became of a rule's findings."""

    gone: int = 0
    came: int = 0
    stayed: int = 0


@dataclass(frozen=True)
class ScoreChange:
    """A score of both sides on the same segments; the p-values are None for a single segment, of which nothing can be said."""

    old: float
    new: float
    units: int  # segments or, for "mqm", articles
    bootstrap: float | None = None
    randomization: float | None = None


@dataclass(frozen=True)
class PairChange:
    """The scores of one language pair."""

    lang: str
    source_lang: str | None
    articles: int
    scores: Mapping[str, ScoreChange]
    signatures: Mapping[str, str]


@dataclass(frozen=True)
class Comparison:
    """All that is to say of two translations."""

    old: str
    new: str
    articles: int  # that both have
    only_old: tuple[str, ...]
    only_new: tuple[str, ...]
    unpaired: tuple[str, ...]  # articles with other segments in NEW, of which only findings and MQM score are compared
    pairs: tuple[PairChange, ...]
    rules: Mapping[str, Change]
    gone: tuple[Finding, ...] = field(repr=False)
    came: tuple[Finding, ...] = field(repr=False)  # the worst first

    @property
    def worst_new(self) -> Severity | None:
        """The highest severity among the findings that came."""
        return self.came[0].severity if self.came else None


def compare(old: Side, new: Side, weights: Mapping[str, float]) -> Comparison:
    """Compare two sides. `weights` are those of the MQM score, by severity."""
    keys = [key for key in old.articles if key in new.articles]
    both = [(old.articles[key], new.articles[key]) for key in keys]
    rules: dict[str, Change] = {}
    gone: list[Finding] = []
    came: list[Finding] = []
    for before, after in both:
        own_gone, own_came, stayed = _changes(before.findings, after.findings)
        gone += own_gone
        came += own_came
        for name, findings in (("gone", own_gone), ("came", own_came), ("stayed", stayed)):
            for finding in findings:
                change = rules.get(finding.rule, Change())
                rules[finding.rule] = replace(change, **{name: getattr(change, name) + 1})
    languages: dict[tuple[str, str], list[tuple[Measured, Measured]]] = defaultdict(list)
    for before, after in both:
        languages[before.lang, before.source_lang or ""].append((before, after))
    return Comparison(
        old=old.given,
        new=new.given,
        articles=len(both),
        only_old=tuple(article.id for key, article in old.articles.items() if key not in new.articles),
        only_new=tuple(article.id for key, article in new.articles.items() if key not in old.articles),
        unpaired=tuple(before.id for before, after in both if len(before.counts) != len(after.counts)),
        pairs=tuple(_pair_change(*langs, articles, weights) for langs, articles in sorted(languages.items(), key=lambda item: item[0])),
        rules=dict(sorted(rules.items(), key=lambda item: (-item[1].came - item[1].gone, item[0]))),
        gone=tuple(gone),
        came=tuple(sorted(came, key=lambda finding: (-finding.severity.rank, -finding.confidence))),
    )


def _changes(old: Sequence[Found], new: Sequence[Found]) -> tuple[list[Finding], list[Finding], list[Finding]]:
    """What went, came and stayed: matched with the words around first, then by the words of the finding alone."""
    stayed: list[Finding] = []
    for print_of in (_in_context, _alone):
        waiting = Counter(map(print_of, old))
        kept: Counter[Hashable] = Counter()
        left = []
        for found in new:
            print_ = print_of(found)
            if kept[print_] < waiting[print_]:
                kept[print_] += 1
                stayed.append(found.finding)
            else:
                left.append(found)
        new, rest = left, []
        for found in old:
            if kept[print_of(found)]:
                kept[print_of(found)] -= 1
            else:
                rest.append(found)
        old = rest
    return [found.finding for found in old], [found.finding for found in new], stayed


def _alone(found: Found) -> Hashable:
    return fingerprint.alone(found.finding)


def _in_context(found: Found) -> Hashable:
    return _alone(found), found.context


# -- scores -------------------------------------------------------------------------------------------------------------


def _pair_change(lang: str, source_lang: str, articles: Sequence[tuple[Measured, Measured]], weights: Mapping[str, float]) -> PairChange:
    scores = _mqm(articles, weights)
    paired = [(before.counts, after.counts) for before, after in articles if len(before.counts) == len(after.counts)]
    scores |= _scores(scoring.stack([before for before, _ in paired]), scoring.stack([after for _, after in paired]))
    signatures = metrics.signatures(lang) if "bleu" in scores else {}
    return PairChange(lang, source_lang or None, len(articles), scores, signatures)


def _mqm(articles: Sequence[tuple[Measured, Measured]], weights: Mapping[str, float]) -> dict[str, ScoreChange]:
    """The MQM score of all articles as one text (score.py), resampled by article."""
    import numpy as np

    by_severity = np.array([weights[level] for level in map(str, Severity)])

    def mqm(sums: Counts) -> Counts:
        per_1000_words = 1000 * (sums[:, :3] * by_severity).sum(axis=1) / np.maximum(sums[:, 3], 1)
        score: Counts = 100 / (1 + per_1000_words / 100)
        return score

    old, new = (np.array([sides[side].penalty for sides in articles], dtype=np.float64) for side in (0, 1))
    return _differences(old, new, {MQM: mqm})


def _scores(old: Counts, new: Counts) -> dict[str, ScoreChange]:
    """Each score on the rows on which both sides have it; scores of the same rows are resampled together."""
    of_old, of_new = scoring.rows_of(old), scoring.rows_of(new)
    groups: dict[bytes, list[str]] = defaultdict(list)
    both = {name: of_old[name] & of_new[name] for name in NAMES if name in of_old and name in of_new}
    for name, rows in both.items():
        if rows.any():
            groups[rows.tobytes()].append(name)
    found: dict[str, ScoreChange] = {}
    for names in groups.values():
        rows = both[names[0]]
        found |= _differences(old[rows], new[rows], {name: scoring.score_of(name) for name in names})
    return {name: found[name] for name in NAMES if name in found}


def _differences(old: Counts, new: Counts, scores: Mapping[str, significance.ScoreOf]) -> dict[str, ScoreChange]:
    if len(old) < 2:
        sums = old.sum(axis=0, keepdims=True), new.sum(axis=0, keepdims=True)
        return {name: ScoreChange(float(score(sums[0])[0]), float(score(sums[1])[0]), len(old)) for name, score in scores.items()}
    found: Mapping[str, Difference] = significance.differences(old, new, scores)
    return {name: ScoreChange(d.old, d.new, len(old), d.bootstrap, d.randomization) for name, d in found.items()}
