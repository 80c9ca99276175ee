"""The whole line: read -> article -> annotate -> rules -> score -> report. This module alone knows it.

Articles stream through one at a time, in the order of the input, whatever the number of processes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any, TypeVar

import tqcheck
from tqcheck import feed, feed_options, metrics, outcomes, score, tables, workers
from tqcheck.adequacy import Adequacy
from tqcheck.annotate import AnnotatedArticle, Preferred
from tqcheck.article import Article, Finding, Gate, LeftOut, Mark, Problem, Report, SegmentReport, Severity, Similarities, spoken
from tqcheck.cache import Cache
from tqcheck.config import Options, house_style
from tqcheck.embed import Vectors, load_vectors
from tqcheck.feed_options import FeedOptions
from tqcheck.limits import FINDINGS, Clock, Gravest, TimedOut, most_of
from tqcheck.rules import Rule
from tqcheck.terms import Termbase

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
        self.rules = options.chosen_rules()
        self.vectors = load_vectors(options.model, device=options.device, cache=options.cache)
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
        """Check an article that is taken apart already. A rule that crashes or takes too long is named, and the others go on."""
        profile = self._profile(annotated)
        clock = Clock(self.options.article_timeout)
        problems: list[Problem] = []
        ran = [
            self._run(partial(self._found, annotated, rule, profile), annotated, rule, clock, problems)
            for rule in profile.rules
            if not rule.is_for_feeds
        ]
        found = [each for each in ran if each is not None]
        findings = sorted((one for each in found for one in each.findings), key=lambda one: (one[0], one[1], one[2].rule))
        left_out = tuple(left for each in found for left in each.left_out)
        report = self._report(annotated, profile, tuple(finding for _, _, finding in findings), left_out)
        kept = [
            self._run(partial(feed.records, annotated, rule, report.score), annotated, rule, clock, problems)
            for rule in profile.rules
            if rule.is_for_feeds
        ]
        similarity, segments, more = self._measured(annotated, clock)
        return replace(
            report,
            rows=tuple(row for rows in kept for row in rows or ()),
            similarity=similarity,
            segments=segments,
            problems=(*problems, *more),
            limits=tuple(annotated.limits),
            suppressed=sum(each.suppressed for each in found),
        )

    def _run(self, work: Callable[[], T], article: AnnotatedArticle, rule: Rule, clock: Clock, problems: list[Problem]) -> T | None:
        """What a rule makes of an article; None when it cannot run here, and when it crashes or takes too long, which is noted."""
        if self.vectors is None and rule.needs_vectors is True:
            return None
        try:
            return clock.run(work)
        except TimedOut as stop:
            problems.append(Problem(article.article.id, str(stop), rule.id))
        except Exception as error:  # noqa: BLE001 - whatever a rule does, the article's other findings must not be lost
            problems.append(Problem.of_crash(article.article.id, error, rule.id))
        return None

    def _found(self, article: AnnotatedArticle, rule: Rule, profile: Profile) -> _Found:
        """What a rule finds, without what the configuration takes away."""
        limit = 0 if self.options.baseline else self.options.findings_per_rule  # of what a baseline accepts nothing may be cut before
        gravest: Gravest[tuple[int, int, Finding]] = Gravest(most_of(rule.id, limit, profile.gate))
        suppress = [entry for entry in self.options.suppress if entry.rule == rule.id]
        suppressed = 0
        for mark in rule.marks(article, profile.options.rules.get(rule.id, {})):
            make = partial(_finding, article, rule, mark, profile.options)
            if suppress and any(entry.covers(article.article, article.lang, make()) for entry in suppress):
                suppressed += 1
            else:
                gravest.add(_severity(rule, mark, profile.options), mark.start, mark.end, lambda: (mark.start, mark.end, make()))  # noqa: B023 - called at once
        return _Found(gravest.kept(), gravest.left_out(rule.id), suppressed)

    def _measured(self, article: AnnotatedArticle, clock: Clock) -> tuple[Similarities, tuple[SegmentReport, ...], list[Problem]]:
        """The similarities and the lines of an article; none, and why, when that takes too long."""
        try:
            if self.measure:
                return (*clock.run(lambda: metrics.similarities(article, self.adequacy), share=1.0), [])
            return Similarities(), clock.run(lambda: metrics.lines(article), share=1.0), []
        except TimedOut as stop:
            return Similarities(), (), [Problem(article.article.origin or article.article.id, f"measuring similarities {stop}")]

    def _profile(self, article: AnnotatedArticle) -> Profile:
        feeds = tuple(feed for feed in self.options.feed if feed.covers(article.article, article.lang))
        if not feeds:
            return Profile(self.options, self.rules, self._gate, self.signature)
        if feeds not in self._profiles:
            options = feed_options.changed(self.options, feeds)
            rules = options.chosen_rules()
            gate = Gate(options.fail_on, options.fail_under, options.gate)
            self._profiles[feeds] = Profile(options, rules, gate, signature(options, rules, self.vectors, self.prefer))
        return self._profiles[feeds]

    def _report(self, article: AnnotatedArticle, profile: Profile, findings: tuple[Finding, ...], left_out: tuple[LeftOut, ...]) -> Report:
        points = score.penalty(findings, article.word_count, profile.options.weights, left_out)
        value = score.score(points)
        return Report(
            article=article.article,
            lang=article.lang,
            source_lang=article.source_lang,
            words=article.word_count,
            score=value,
            verdict=profile.gate.verdict(findings, value),
            penalty=points,
            similarity=Similarities(),
            findings=findings,
            segments=(),
            signature=profile.signature,
            gate=profile.gate,
            rules_not_run=rules_not_run(profile.rules, self.vectors),
            left_out=left_out,
        )


@dataclass(frozen=True)
class _Found:
    """What a rule found in an article: start, end and finding of the gravest, and how many are left out or taken away."""

    findings: list[tuple[int, int, Finding]]
    left_out: list[LeftOut]
    suppressed: int


def _severity(rule: Rule, mark: Mark, options: Options) -> Severity:
    return Severity(options.severity.get(rule.id) or mark.severity or rule.severity)


def _finding(article: AnnotatedArticle, rule: Rule, mark: Mark, options: Options) -> Finding:
    place = article.place(mark.start, mark.end)
    return Finding(
        article=article.article.id,
        rule=rule.id,
        severity=_severity(rule, mark, options),
        mqm=rule.mqm,
        field=place.field,
        segment=place.segment,
        start=place.start,
        end=place.end,
        surface=place.surface,
        message=spoken(mark.message),
        suggestion=mark.suggestion,
        similarity=mark.similarity,
        confidence=round(mark.confidence, 2),
        related=tuple(article.place(start, end) for start, end in mark.related),
    )


def rules_not_run(rules: Sequence[Rule], vectors: Vectors | None) -> tuple[str, ...]:
    """The rules, or parts of rules, that cannot run without a model: "rule-id" or "rule-id (what is not looked for)"."""
    if vectors is not None:
        return ()
    return tuple(rule.id if rule.needs_vectors is True else f"{rule.id} ({rule.needs_vectors})" for rule in rules if rule.needs_vectors)


def signature(options: Options, rules: Sequence[Rule], vectors: Vectors | None, prefer: Mapping[str, Preferred]) -> str:
    """All that made the numbers, in sacrebleu's manner: two reports with equal signatures can be compared."""
    settings = {
        "rules": {rule.id: dict(rule.options) | dict(options.rules.get(rule.id, {})) for rule in rules},
        **({"outside": outside} if (outside := {rule.id: rule.version for rule in rules if rule.version}) else {}),
        "severity": dict(options.severity),
        "prefer": prefer,
        **({"glossary": options.glossary.digest} if options.glossary else {}),
        "suppress": sorted((entry.rule, sorted(entry.conditions.items())) for entry in options.suppress),
        "thresholds": vars(vectors.thresholds) if vectors else None,
        **({"findings-per-rule": options.findings_per_rule} if options.findings_per_rule != FINDINGS else {}),
    }
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True, default=str).encode()).hexdigest()[:8]
    parts = {
        "rules": f"{len(rules)}.{digest}",
        "tables": tables.digest(options.tables),
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
    before the first article is read. With `options.cache` an article whose report is kept there is not checked again.
    """
    make = partial(Checker, options, measure=measure)
    if options.cache is None:
        return each(articles, make, options)
    if options.jobs == 1:
        checker = make()
        vectors = checker.vectors
        checking = partial(each, make=lambda: checker, options=options)
    else:
        vectors = load_vectors(options.model, device=options.device)
        checking = partial(each, make=make, options=options)
    store = Cache(options.cache)
    if vectors is not None and vectors.identity is None:  # nobody could tell its next version from this one
        return checking(articles)
    return outcomes.remembered(articles, checking, store, outcomes.Keys(options, vectors, measure=measure), options)


def guarded(
    article: Article, options: Options, vectors: Vectors | None, work: Callable[[Article], T], *, what: str = "checked"
) -> T | Problem:
    """What `work` makes of an article, with the languages that the options say; a Problem, whatever it raises. Forgets the vectors."""
    article = article.in_languages(options.lang, options.source_lang)
    try:
        with tables.using(options.tables):
            return work(article)
    except TimedOut as stop:
        return Problem(article.origin or article.id, f"cannot be {what}: {stop}")
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
    options.chosen_rules()
    return _each_in_processes(articles, make, options)


class _Worker:
    """What a process makes of what is on the stream: work on an article; a Problem stays one."""

    def __init__(self, make: Callable[[], Work[Any]]) -> None:
        self._work = make()

    def __call__(self, given: Article | Problem) -> Any:  # noqa: ANN401 - what `make()` makes
        return self._work(given) if isinstance(given, Article) else given


def _each_in_processes(articles: Iterable[Article | Problem], make: Callable[[], Work[T]], options: Options) -> Iterator[T | Problem]:
    load_vectors(options.model, device=options.device, cache=options.cache)  # a model that cannot be loaded is one clear error, here
    yield from workers.in_order(articles, partial(_Worker, make), options.jobs, _died)


def _died(given: Article | Problem) -> Problem:
    where = given.origin or given.id if isinstance(given, Article) else given.where
    return Problem(where, "the process that checked this article died twice (out of memory?): check it alone")
