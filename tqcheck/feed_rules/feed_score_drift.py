"""An engine translates worse than it used to.

A new version, another domain, a broken preprocessing step: no single article shows it, the scores of the feed do. The finding is at the
headline of the article with which the engine's control chart leaves its limit; the cause lies some ten articles before. Look at what
changed then, and at the articles since.

For each engine and language, articles in the order of publication, the first `min_articles` are the standard. Every later score becomes
its rank among these, since scores are far from normally distributed, and the ranks run through an EWMA chart (Roberts 1959; weight 0.05).
After a finding the chart begins anew with a new standard. A chart that is left upward says nothing: that an engine got better is no
fault.

The articles must name their engine (`system`) and date (`published`). The scores are those of the rules for single articles, so some of
these must run. On probation: the feed may have changed, and not the engine.
"""

from __future__ import annotations

import bisect
import math
from collections import deque
from collections.abc import Iterator
from itertools import islice
from statistics import fmean, stdev
from typing import NamedTuple

from tqcheck.annotate import AnnotatedArticle
from tqcheck.article import Article, Row, Severity
from tqcheck.feed import FeedExample, FeedMark, Kept, PlainPlace, here, moment, plain, there

SEVERITY = Severity.MAJOR
MQM = "custom/engine-drift"
PREVIEW = True  # on simulated feeds alone: nobody has labelled the day on which a real engine got worse


def _feed(lang: str, *scores: float, mark: int | None = None, system: str | None = "engine") -> FeedExample:
    articles = tuple(
        Article(
            f"a{number:03}",
            title="[[News]]" if number == mark else "News",
            text="…",
            lang=lang,
            system=system,
            published=f"2023-05-{1 + number // 24:02}T{number % 24:02}:00:00Z",
            extra={"score": score},
        )
        for number, score in enumerate(scores, 1)
    )
    title = f"{len(scores)} articles by one engine in {lang}, the last with scores of {', '.join(f'{score:g}' for score in scores[-3:])}"
    return FeedExample(title, lang=lang, articles=articles)


_STEADY = (100.0, 95.0, 100.0, 88.0, 97.0) * 24  # 120 articles
_WORSE = (80.0, 70.0, 85.0, 60.0, 75.0) * 4
BAD = [_feed(lang, *_STEADY, *_WORSE, mark=132) for lang in ("en", "de", "cs")]
GOOD = [
    _feed("en", *_STEADY, *_STEADY[:20]),
    _feed("de", *_STEADY, *(100.0,) * 20),  # better
    _feed("cs", *_STEADY[:60], *_WORSE),  # too few to tell
    _feed("en", *_STEADY, *_WORSE, system=None),
]
MISSED = [_feed("en", *_STEADY, *_WORSE[:5], mark=125)]  # five articles show nothing yet

_WEIGHT = 0.05  # of the newest article in the moving average
# In standard deviations of the average. Simulated with the scores of 17 engines and translators on ../shared/eval/dev, drawn at random, 300
# feeds of 1100 articles: 5 % have a false alarm; of engines that get worse by a standard deviation 98 % are found, after 15 articles in the
# median. See benchmarks/feed_rules.py --drift.
_LIMIT = 4.5
_LEAST_DEVIATION = 0.05  # of ranks, which lie in [0, 1]: an engine without any finding must not be alarmed by the first
_RECENT = 20  # articles whose mean score the message tells


class _Score(NamedTuple):
    """An article and its score."""

    article: str
    score: float
    place: PlainPlace


def record(article: AnnotatedArticle, score: float) -> Iterator[Kept]:
    """Keep the score under the engine and the language."""
    when = moment(article.article.published)
    if article.article.system and when and article.lines:
        head = article.headline or article.lines[0]
        yield Kept(f"{article.language.tag}\t{article.article.system}", [score, plain(article.place(head.start, head.end))], when)


def check(rows: Iterator[Row], *, min_articles: int = 100) -> Iterator[FeedMark]:
    """Yield one finding for each time that an engine's chart leaves its limit.

    Args:
        rows: those of one engine in one language.
        min_articles: how many make the standard.
    """
    scores = (_Score(row.article, *row.read()) for row in rows)
    while len(standard := list(islice(scores, max(min_articles, 2)))) == max(min_articles, 2):
        yield from _first_alarm(standard, scores)


def _first_alarm(standard: list[_Score], scores: Iterator[_Score]) -> Iterator[FeedMark]:
    usual = sorted(one.score for one in standard)
    deviation = max(_LEAST_DEVIATION, stdev(_rank(score, usual) for score in usual))
    average, recent = 0.5, deque[float](maxlen=_RECENT)
    for number, one in enumerate(scores, 1):
        average = _WEIGHT * _rank(one.score, usual) + (1 - _WEIGHT) * average
        recent.append(one.score)
        spread = deviation * math.sqrt(_WEIGHT / (2 - _WEIGHT) * (1 - (1 - _WEIGHT) ** (2 * number)) + 1 / len(usual))
        if average < 0.5 - _LIMIT * spread:
            message = (
                f"The scores of this engine have fallen: {fmean(recent):.1f} in the mean of the last {len(recent)} articles, "
                f"{fmean(usual):.1f} in the {len(usual)} articles from {standard[0].article} on."
            )
            yield FeedMark(one.article, here(one.place), message, None, 0.7, (there(standard[0].place, standard[0].article),))
            return


def _rank(score: float, usual: list[float]) -> float:
    """The share of usual scores that are lower; those that are equal count by half."""
    return (bisect.bisect_left(usual, score) + bisect.bisect_right(usual, score)) / 2 / len(usual)
