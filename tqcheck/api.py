"""The Python ways in: `tqcheck.check`, `tqcheck.check_feed`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast, overload

from tqcheck import pipeline
from tqcheck.article import Article, FeedReport, Finding, Problem, Report
from tqcheck.baseline import without_accepted
from tqcheck.config import Options, override
from tqcheck.errors import ConfigError, TqcheckError
from tqcheck.feed_store import FeedStore, across, rules_for_feeds

if TYPE_CHECKING:
    import pandas as pd

Given = Article | Mapping[str, Any]


@overload
def check(articles: Given, **options: Any) -> Report: ...  # noqa: ANN401
@overload
def check(articles: Iterable[Given], **options: Any) -> Iterator[Report]: ...  # noqa: ANN401
def check(articles: Given | Iterable[Given], **options: Any) -> Report | Iterator[Report]:
    """Check an article, or a stream of them.

    Args:
        articles: an Article or a mapping with the keys of the JSON format, or an iterable of them.
        options: those of the command line and the configuration: model="none", select=["name-variant"], fail_on="major" ...

    Returns:
        A Report for one article, an iterator of Reports (in the same order) for many.

    Raises:
        ConfigError: an unknown option or rule, or one that looks at a whole feed (`check_feed`).
        ModelError: the model cannot be loaded.
        ValueError: a mapping is not an article; it says which key is wrong.
        TqcheckError: an article cannot be checked at all, or the process that checked it died.
    """
    chosen = override(Options(), options)
    _refuse_feed_rules(chosen)
    if isinstance(articles, (Article, Mapping)):
        (outcome,) = without_accepted(pipeline.check([_article(articles, "article")], replace(chosen, jobs=1)), chosen)
        return _report(outcome)
    stream = (_article(article, f"article {number}") for number, article in enumerate(articles, 1))
    return (_report(outcome) for outcome in without_accepted(pipeline.check(stream, chosen), chosen))


def check_feed(articles: Iterable[Given] | pd.DataFrame, **options: Any) -> Iterator[Finding]:  # noqa: ANN401
    """What only a whole feed shows: the findings of feed rules, in the order of the articles.

    Args:
        articles: as for `check`, or a DataFrame with a row an article. Ids must be unique; memory does not grow with their number.
        options: as for `check`. Without `select`, all stable feed rules run, and with `preview` all.

    Raises:
        ConfigError: an unknown option or rule.
        TqcheckError: an article cannot be checked, or a rule crashed.
    """
    chosen = override(Options(), {"feed_rules": not options.get("select"), **options})
    return _feed_findings(_stream(articles), chosen)


def _stream(articles: Iterable[Given] | pd.DataFrame) -> Iterator[Article]:
    if hasattr(articles, "itertuples"):
        from tqcheck.frame import frame_articles

        return frame_articles(cast("pd.DataFrame", articles))
    return (_article(article, f"article {number}") for number, article in enumerate(articles, 1))


def _feed_findings(articles: Iterator[Article], options: Options) -> Iterator[Finding]:
    outcomes = pipeline.check(articles, options, measure=False)
    with FeedStore(options) as store:
        for outcome in without_accepted(across(outcomes, store), options):
            report = _report(outcome)
            if report.problems:
                raise TqcheckError(str(report.problems[0]))
            yield from report.findings if isinstance(report, FeedReport) else ()


def _refuse_feed_rules(options: Options) -> None:
    """A rule that is asked for and does not run is the worst of gates."""
    if rules := rules_for_feeds(options):
        raise ConfigError(f"'{rules[0].id}' looks at a whole feed: use tqcheck.check_feed")


def _report(outcome: Report | Problem) -> Report:
    if isinstance(outcome, Problem):
        raise TqcheckError(str(outcome))
    return outcome


def _article(given: Given, origin: str) -> Article:
    return given if isinstance(given, Article) else Article.from_row(given, origin=origin)
