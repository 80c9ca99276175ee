"""Every feed rule's own examples, and what must hold of all of them."""

import random
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rules_for_tests import RuleManners

from tqcheck import feed, testing
from tqcheck.annotate import AnnotatedArticle
from tqcheck.embed import load_vectors
from tqcheck.rules import all_rules

RULES = {rule.id: rule for rule in all_rules().values() if rule.is_for_feeds}


def examples(kind: str):
    return [
        pytest.param(rule, example, id=f"{rule.id}-{number}")
        for rule in RULES.values()
        for number, example in enumerate(getattr(rule, kind), 1)
    ]


@pytest.mark.parametrize(("rule", "example"), examples("bad"))
def test_a_bad_feed_is_marked_exactly(rule, example):
    assert testing.has_marks(example), "a BAD example marks what must be found"
    assert testing.failure(rule, example) is None


@pytest.mark.parametrize(("rule", "example"), examples("good"))
def test_a_good_feed_is_not_marked(rule, example):
    assert not testing.has_marks(example), "a GOOD example has no marks"
    assert testing.failure(rule, example) is None


@pytest.mark.parametrize(("rule", "example"), examples("missed"))
@pytest.mark.xfail(strict=True, reason="the rule's known limits: one that is found by now belongs in BAD")
def test_a_missed_feed_is_still_missed(rule, example):
    assert testing.failure(rule, example) is None


@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.id) for rule in RULES.values()])
class TestFeedRule(RuleManners):
    def test_each_mark_speaks_to_an_editor_and_covers_what_its_offsets_say(self, rule):
        for example in rule.bad:
            articles = {article.id: article for article in testing.feed_of(example)[0]}
            for mark in testing.feed_marks_of(rule, example):
                assert mark.message[0].isupper() or mark.message[0] in '“"'
                assert mark.message.endswith(".")
                assert 0 < mark.confidence <= 1
                for place in (mark.place, *mark.related):
                    article = articles[getattr(place, "article", mark.article)]
                    assert getattr(article, place.field)[place.start : place.end] == place.surface

    def test_its_rows_are_plain_text(self, rule):
        for example in rule.bad:
            for article in testing.feed_of(example)[0]:
                for row in rows_of(rule, example, article):
                    assert all(type(cell) is str for cell in row)


@pytest.mark.parametrize(("rule", "example"), examples("bad"))
@settings(max_examples=5)
@given(seed=st.integers(0, 1000))
def test_the_order_of_articles_and_rows_says_nothing(rule, example, seed):
    articles = testing.feed_of(example)[0]
    rows = [row for article in articles for row in rows_of(rule, example, article)]
    assert found(rule, rows) == found(rule, random.Random(seed).sample(rows, len(rows)))  # noqa: S311 - no secret


@cache
def vectors(*, bundled: bool):
    return load_vectors() if bundled else testing.stand_in(())


def rows_of(rule, example, article):
    annotated = AnnotatedArticle(article, vectors(bundled=example.bundled), {"*": example.prefer})
    return feed.records(annotated, rule, article.extra.get("score", 100.0))


def found(rule, rows):
    keys = sorted({row.key for row in rows})
    marks = [mark for key in keys for mark in feed.marks(rule, [row for row in rows if row.key == key], {})]
    return [feed.settled(mark for mark in marks if mark.article == article) for article in sorted({mark.article for mark in marks})]
