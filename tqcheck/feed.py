"""What only a whole feed shows: one name spelled two ways across articles, the same story twice. Pure functions over rows, no engine.

A feed rule (`tqcheck/feed_rules/`) works in three steps, each a function of what it is given and of nothing else. So they run wherever
rows can be brought together by a key: in a file on disk (feed_store.py), or in a shuffle of a distributed engine.

    records(article, rule, score)   one article, taken apart already -> its Rows: small, plain text, fit to travel. `Report.rows` has them
                                    when feed rules were asked for, so whoever runs the pipeline's Checker need not call it.
    marks(rule, rows, options)      all Rows of one (rule, key), whatever their order -> FeedMarks
    settled(marks)                  all FeedMarks of one article -> those that remain, sorted by place: of several by one rule that
                                    overlap, or are about the same thing, one does
    finding(mark, rule, severity)   a FeedMark -> a Finding, as every rule's

        rows  = [row for report in reports for row in report.rows]
        found = [mark for (rule, _), group in by(rows, "rule", "key") for mark in marks(all_rules()[rule], group, {})]
        final = [finding(mark, all_rules()[mark.rule]) for _, group in by(found, "article") for mark in settled(group)]

What comes out depends on the set of articles and not on their order, if their ids are unique. A group keeps what it must in memory:
most rules look at MOST_ROWS rows of one key, the first by (`order`, `article`), and leave the rest unread. A group that can be read once,
sorted by (`order`, `article`, `content`), may be given as it is read with `is_sorted=True`: what is left in it then was not looked at.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from tqcheck.article import Article, Example, FieldName, Finding, OtherPlace, Place, Row, Severity, spoken

if TYPE_CHECKING:
    from tqcheck.annotate import AnnotatedArticle
    from tqcheck.rules import Rule

MOST_ROWS = 20_000  # of one key that a rule looks at: some 10 MB
MOST_RELATED = 8  # places in other articles that a finding names
MOST_NAMED = 3  # of these, how many its message names
LAST = "~"  # an `order` behind all dates


class Kept(NamedTuple):
    """What a feed rule says of one article for one key; `records` makes a Row of it."""

    key: str
    content: Any  # a JSON value, small
    order: str = ""


@dataclass(frozen=True)
class FeedMark:
    """What a feed rule yields: a place of one article, and what other articles of the feed show to be wrong with it."""

    article: str
    place: Place
    message: str
    suggestion: str | None = None
    confidence: float = 0.9
    related: tuple[Place | OtherPlace, ...] = ()  # OtherPlace: in another article
    about: str = ""  # of several marks of one rule in one article about the same thing, as of those that overlap, one remains:
    rank: str = ""  # that with the least rank, then the first
    rule: str = ""  # `marks` fills it in


@dataclass(frozen=True)
class FeedExample(Example):
    """A small feed that shows a feed rule at work; `[[ ]]` marks, in texts and titles, what findings must cover.

    An article's score is 100, or the "score" of its `extra`. `text` is how a manual page shows the feed.
    """

    articles: tuple[Article, ...] = ()


def records(article: AnnotatedArticle, rule: Rule, score: float) -> tuple[Row, ...]:
    """What one rule keeps of an article. `score`: what the rules for single articles made of it, in [0, 100]."""
    if rule.record is None:
        return ()
    kept = rule.record(article, score)
    return tuple(Row(rule.id, one.key, one.order, article.article.id, _json(one.content)) for one in kept)


def marks(rule: Rule, rows: Iterable[Row], options: Mapping[str, Any], *, is_sorted: bool = False) -> Iterator[FeedMark]:
    """What a rule finds in the rows of one key; nothing in a row alone."""
    in_order = iter(rows) if is_sorted else iter(sorted(rows, key=lambda row: (row.order, row.article, row.content)))
    first = list(islice(in_order, 2))
    for mark in rule.check(chain(first, in_order), **options) if len(first) > 1 else ():
        yield replace(mark, rule=rule.id)


def settled(marks: Iterable[FeedMark]) -> list[FeedMark]:
    """The marks of one article, sorted by place and rule, without those that say again what another one of their rule says."""
    kept: list[FeedMark] = []
    for mark in sorted(marks, key=lambda mark: (mark.rule, mark.rank, _place_key(mark.place), mark.message)):
        if not any(other.rule == mark.rule and _say_the_same(other, mark) for other in kept):
            kept.append(mark)
    return sorted(kept, key=lambda mark: (_place_key(mark.place), mark.rule))


def _say_the_same(one: FeedMark, other: FeedMark) -> bool:
    if one.about and one.about == other.about:
        return True
    a, b = one.place, other.place
    return (a.field, a.segment) == (b.field, b.segment) and a.start < b.end and b.start < a.end


def finding(mark: FeedMark, rule: Rule, severity: str | None = None) -> Finding:
    """The finding that a mark stands for. `severity`: the configuration's, instead of the rule's."""
    return Finding(
        article=mark.article,
        rule=rule.id,
        severity=Severity(severity or rule.severity),
        mqm=rule.mqm,
        field=mark.place.field,
        segment=mark.place.segment,
        start=mark.place.start,
        end=mark.place.end,
        surface=mark.place.surface,
        message=spoken(mark.message),
        suggestion=mark.suggestion,
        similarity=None,
        confidence=round(mark.confidence, 2),
        related=mark.related,
    )


_FIELDS = ("title", "text", "segments")


def _place_key(place: Place) -> tuple[int, int, int, int]:
    return (_FIELDS.index(place.field), place.segment or 0, place.start, place.end)


def _json(content: Any) -> str:  # noqa: ANN401 - a JSON value
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


# -- what the rules share ----------------------------------------------------------------------------------------------


def first_rows(rows: Iterator[Row]) -> list[Row]:
    """The rows that a rule looks at which needs them in memory: MOST_ROWS of them."""
    return list(islice(rows, MOST_ROWS))


def edition(article: AnnotatedArticle) -> str:
    """The language of an article with the region and script that its tag names: what is right in pt-BR need not be in pt-PT."""
    return article.lang.replace("_", "-").lower()


PlainPlace = list[Any]  # a place as JSON: field, segment, start, end, surface


def plain(place: Place) -> PlainPlace:
    """A place as a row holds it."""
    return [place.field, place.segment, place.start, place.end, place.surface]


def here(place: PlainPlace) -> Place:
    """A place of the article that a mark is on."""
    field, segment, start, end, surface = place
    return Place(cast("FieldName", field), segment, start, end, surface)


def there(place: PlainPlace, article: str) -> OtherPlace:
    """A place of another article."""
    field, segment, start, end, surface = place
    return OtherPlace(cast("FieldName", field), segment, start, end, surface, article)


def named(articles: Iterable[str]) -> str:
    """Some articles, as a message names them: `a3, a7, a9 and others`."""
    first = list(islice(articles, MOST_NAMED + 1))
    return ", ".join(first[:MOST_NAMED]) + (" and others" if len(first) > MOST_NAMED else "")


def moment(published: str | None) -> str | None:
    """When an article was published, in UTC, as a text that sorts; None when it does not say, or not in a form that is known."""
    if not published:
        return None
    try:
        parsed = datetime.fromisoformat(published.strip())
    except ValueError:
        try:
            parsed = parsedate_to_datetime(published)  # RSS
        except (ValueError, TypeError):
            return None
    try:
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    except OverflowError:
        return None
