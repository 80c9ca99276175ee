"""The whole line: read -> article -> annotate -> rules -> score -> report. This module alone knows it.

Articles stream through one at a time, in the order of the input, whatever the number of processes.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any, TypeVar

import tqcheck
from tqcheck import feed, feed_options, metrics, score, tables
from tqcheck.adequacy import Adequacy
from tqcheck.annotate import AnnotatedArticle, Preferred
from tqcheck.article import Article, Finding, Gate, Mark, Problem, Report, Severity, Similarities
from tqcheck.config import Options, house_style
from tqcheck.embed import Vectors, load_vectors
from tqcheck.feed_options import FeedOptions
from tqcheck.rules import Rule, choose
from tqcheck.terms import Termbase

CHUNK = 16  # articles that travel to a worker together
QUEUED_CHUNKS_PER_JOB = 4  # how far reading may run ahead of checking: this bounds the memory


T = TypeVar("T")
Work = Callable[[Article], T | Problem]


@dataclass(frozen=True)
class Profile:
    """What holds for some of the articles: all that have the same options."""

    options: Options
    rules: tuple[Rule, ...]
    gate: Gate
    signature: str


class Checker:
    """Rules and model, loaded once; call it with an article, get its report."""

    def __init__(self, options: Options, *, measure: bool = True) -> None:
        """`measure`: also fill in similarities, which reports show and gates do not need."""
        self.options = options
        self.rules = chosen_rules(options)
        self.vectors = load_vectors(options.model, device=options.device)
        self.adequacy = Adequacy(self.vectors) if measure else None
        self.prefer = house_style(options)
        self.termbase = Termbase(options.glossary) if options.glossary else None
        self.measure = measure
        self.signature = signature(options, self.rules, self.vectors, self.prefer)
        self._gate = Gate(options.fail_on, options.fail_under, options.gate)
        self._profiles: dict[tuple[FeedOptions, ...], Profile] = {}

    def __call__(self, article: Article) -> Report | Problem:
        """Check one article. Never raises for what it holds.

        A rule that crashes is named in the report; an article that cannot be taken apart at all is a Problem.
        """
        return guarded(article, self.options, self.vectors, lambda given: self.check(self.annotate(given)))

    def annotate(self, article: Article) -> AnnotatedArticle:
        """The article with all that the rules may ask."""
        return AnnotatedArticle(article, self.vectors, self.prefer, self.termbase)

    def check(self, annotated: AnnotatedArticle) -> Report:
        """Check an article that is taken apart already."""
        article = annotated.article
        profile = self._profile(annotated)
        findings: list[tuple[int, int, Finding]] = []
        problems: list[Problem] = []
        for rule in profile.rules:
            if rule.is_for_feeds or (self.vectors is None and rule.needs_vectors is True):
                continue
            try:
                marks = list(rule.marks(annotated, profile.options.rules.get(rule.id, {})))
                findings += [(mark.start, mark.end, _finding(annotated, rule, mark, profile.options)) for mark in marks]
            except Exception as error:  # noqa: BLE001 - whatever a rule does, the article's other findings must not be lost
                problems.append(Problem(article.id, f"crashed: {type(error).__name__}: {error}: please report it", rule.id))
        findings.sort(key=lambda found: (found[0], found[1], found[2].rule))
        report = self._report(annotated, profile, [finding for _, _, finding in findings], tuple(problems))
        return self._with_rows(annotated, profile, report)

    def _with_rows(self, article: AnnotatedArticle, profile: Profile, report: Report) -> Report:
        """The report with what feed rules, if any were asked for, keep of the article."""
        rows: list[feed.Row] = []
        problems = list(report.problems)
        for rule in profile.rules:
            if not rule.is_for_feeds or (self.vectors is None and rule.needs_vectors is True):
                continue
            try:
                rows += feed.records(article, rule, report.score)
            except Exception as error:  # noqa: BLE001 - as above
                problems.append(Problem(article.article.id, f"crashed: {type(error).__name__}: {error}: please report it", rule.id))
        return replace(report, rows=tuple(rows), problems=tuple(problems)) if rows or len(problems) > len(report.problems) else report

    def _profile(self, article: AnnotatedArticle) -> Profile:
        feeds = tuple(feed for feed in self.options.feed if feed.covers(article.article, article.lang))
        if not feeds:
            return Profile(self.options, self.rules, self._gate, self.signature)
        if feeds not in self._profiles:
            options = feed_options.changed(self.options, feeds)
            rules = chosen_rules(options)
            gate = Gate(options.fail_on, options.fail_under, options.gate)
            self._profiles[feeds] = Profile(options, rules, gate, signature(options, rules, self.vectors, self.prefer))
        return self._profiles[feeds]

    def _is_suppressed(self, article: AnnotatedArticle, finding: Finding) -> bool:
        return any(entry.covers(article.article, article.lang, finding) for entry in self.options.suppress)

    def _report(self, article: AnnotatedArticle, profile: Profile, found: list[Finding], problems: tuple[Problem, ...]) -> Report:
        findings = tuple(finding for finding in found if not self._is_suppressed(article, finding))
        points = score.penalty(findings, article.word_count, profile.options.weights)
        value = score.score(points)
        similarity, segments = metrics.similarities(article, self.adequacy) if self.measure else (Similarities(), metrics.lines(article))
        return Report(
            article=article.article,
            lang=article.lang,
            source_lang=article.source_lang,
            words=article.word_count,
            score=value,
            verdict=profile.gate.verdict(findings, value),
            penalty=points,
            similarity=similarity,
            findings=findings,
            segments=segments,
            signature=profile.signature,
            gate=profile.gate,
            rules_not_run=rules_not_run(profile.rules, self.vectors),
            problems=problems,
            suppressed=len(found) - len(findings),
        )


def _finding(article: AnnotatedArticle, rule: Rule, mark: Mark, options: Options) -> Finding:
    place = article.place(mark.start, mark.end)
    severity = options.severity.get(rule.id) or mark.severity or rule.severity
    return Finding(
        article=article.article.id,
        rule=rule.id,
        severity=Severity(severity),
        mqm=rule.mqm,
        field=place.field,
        segment=place.segment,
        start=place.start,
        end=place.end,
        surface=place.surface,
        message=mark.message,
        suggestion=mark.suggestion,
        similarity=mark.similarity,
        confidence=round(mark.confidence, 2),
        related=tuple(article.place(start, end) for start, end in mark.related),
    )


def chosen_rules(options: Options) -> tuple[Rule, ...]:
    """The rules that some options ask for. Raises ConfigError."""
    return choose(options.select, options.ignore, preview=options.preview, feed=options.feed_rules)


def rules_not_run(rules: Sequence[Rule], vectors: Vectors | None) -> tuple[str, ...]:
    """The rules, or parts of rules, that cannot run without a model: "rule-id" or "rule-id (what is not looked for)"."""
    if vectors is not None:
        return ()
    return tuple(rule.id if rule.needs_vectors is True else f"{rule.id} ({rule.needs_vectors})" for rule in rules if rule.needs_vectors)


def signature(options: Options, rules: Sequence[Rule], vectors: Vectors | None, prefer: Mapping[str, Preferred]) -> str:
    """All that made the numbers, in sacrebleu's manner: two reports with equal signatures can be compared."""
    settings = {
        "rules": {rule.id: dict(rule.options) | dict(options.rules.get(rule.id, {})) for rule in rules},
        "severity": dict(options.severity),
        "prefer": prefer,
        **({"glossary": options.glossary.digest} if options.glossary else {}),
        "suppress": sorted((entry.rule, sorted(entry.conditions.items())) for entry in options.suppress),
        "thresholds": vars(vectors.thresholds) if vectors else None,
    }
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True, default=str).encode()).hexdigest()[:8]
    parts = {
        "rules": f"{len(rules)}.{digest}",
        "tables": tables.digest(),
        "model": vectors.name if vectors else "none",
        "weights": "-".join(f"{options.weights[level]:g}" for level in map(str, Severity)),
        "gate": _gate(options),
        "version": tqcheck.__version__,
    }
    return "|".join(f"{key}:{value}" for key, value in parts.items())


def _gate(options: Options) -> str:
    """`major-60`; rules that are gated in another way follow as a digest."""
    common = options.fail_on if options.fail_under is None else f"{options.fail_on}-{options.fail_under:g}"
    own = json.dumps({rule: asdict(gate) for rule, gate in options.gate.items()}, sort_keys=True)
    return f"{common}-{hashlib.sha256(own.encode()).hexdigest()[:8]}" if options.gate else common


def check(articles: Iterable[Article | Problem], options: Options, *, measure: bool = True) -> Iterator[Report | Problem]:
    """Check a stream of articles; what could not be read passes through in its place.

    With `options.jobs` > 1 the work is done by that many processes; order and bytes are the same. Raises ModelError and ConfigError
    before the first article is read.
    """
    return each(articles, partial(Checker, options, measure=measure), options)


def guarded(
    article: Article, options: Options, vectors: Vectors | None, work: Callable[[Article], T], *, what: str = "checked"
) -> T | Problem:
    """What `work` makes of an article, with the languages that the options say; a Problem, whatever it raises. Forgets the vectors."""
    article = replace(article, lang=article.lang or options.lang, source_lang=article.source_lang or options.source_lang)
    try:
        return work(article)
    except Exception as error:  # noqa: BLE001 - whatever happens, the other articles must be worked on
        return Problem(article.origin or article.id, f"cannot be {what}: {type(error).__name__}: {error}: please report it")
    finally:
        if vectors is not None:
            vectors.forget()


def each(articles: Iterable[Article | Problem], make: Callable[[], Work[T]], options: Options) -> Iterator[T | Problem]:
    """What `make()` makes of each article, in order, in `options.jobs` processes; a Problem passes through in its place.

    `make` travels to the processes: a class or function of a module, or a partial of one. Raises ModelError and ConfigError before the
    first article is read.
    """
    if options.jobs == 1:
        work = make()
        return (work(article) if isinstance(article, Article) else article for article in articles)
    chosen_rules(options)
    return _each_in_processes(articles, make, options)


_worker: Work[Any]


def _start_worker(make: Callable[[], Work[Any]]) -> None:
    global _worker  # noqa: PLW0603 - the one thing a worker process has
    _worker = make()


def _do_chunk(chunk: Sequence[Article | Problem]) -> list[Any]:
    return [_worker(article) if isinstance(article, Article) else article for article in chunk]


def _pool(make: Callable[[], Work[Any]], jobs: int) -> ProcessPoolExecutor:
    context = multiprocessing.get_context("spawn")  # a fork would copy threads and locks in an unknown state
    return ProcessPoolExecutor(jobs, mp_context=context, initializer=_start_worker, initargs=(make,))


def _each_in_processes(articles: Iterable[Article | Problem], make: Callable[[], Work[T]], options: Options) -> Iterator[T | Problem]:
    load_vectors(options.model, device=options.device)  # a model that cannot be loaded is one clear error, here
    stream = iter(articles)
    waiting: deque[tuple[list[Article | Problem], Future[list[Any]]]] = deque()
    pool = _pool(make, options.jobs)
    try:
        while True:
            while len(waiting) < options.jobs * QUEUED_CHUNKS_PER_JOB and (chunk := list(itertools.islice(stream, CHUNK))):
                waiting.append((chunk, pool.submit(_do_chunk, chunk)))
            if not waiting:
                return
            chunk, future = waiting.popleft()
            try:
                yield from future.result()
            except BrokenProcessPool:
                yield from _one_by_one(chunk, make)
                pool.shutdown(wait=False, cancel_futures=True)
                pool = _pool(make, options.jobs)
                waiting = deque((chunk, pool.submit(_do_chunk, chunk)) for chunk, _ in waiting)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _one_by_one(chunk: list[Article | Problem], make: Callable[[], Work[T]]) -> Iterator[T | Problem]:
    """A worker died over this chunk: try each article alone, and name the one that kills."""
    for article in chunk:
        with _pool(make, 1) as pool:
            try:
                yield from pool.submit(_do_chunk, [article]).result()
            except BrokenProcessPool:
                where = article.origin or article.id if isinstance(article, Article) else article.where
                yield Problem(where, "the process that checked this article died twice (out of memory?): check it alone")
