"""The Python way in: `tqcheck.check`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, overload

from tqcheck import pipeline
from tqcheck.article import Article, Problem, Report
from tqcheck.baseline import without_accepted
from tqcheck.config import Options, override
from tqcheck.errors import TqcheckError

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
        ConfigError: an unknown option or rule.
        ModelError: the model cannot be loaded.
        ValueError: a mapping is not an article; it says which key is wrong.
        TqcheckError: an article cannot be checked at all, or the process that checked it died.
    """
    chosen = override(Options(), options)
    if isinstance(articles, (Article, Mapping)):
        (outcome,) = without_accepted(pipeline.check([_article(articles, "article")], replace(chosen, jobs=1)), chosen)
        return _report(outcome)
    stream = (_article(article, f"article {number}") for number, article in enumerate(articles, 1))
    return (_report(outcome) for outcome in without_accepted(pipeline.check(stream, chosen), chosen))


def _report(outcome: Report | Problem) -> Report:
    if isinstance(outcome, Problem):
        raise TqcheckError(str(outcome))
    return outcome


def _article(given: Given, origin: str) -> Article:
    return given if isinstance(given, Article) else Article.from_row(given, origin=origin)
