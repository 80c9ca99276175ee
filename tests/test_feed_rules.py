"""Every feed rule's own examples, and what must hold of all of them."""

import random
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rules_for_tests import RuleManners

from tqcheck import feed, testing
from tqcheck.annotate import AnnotatedArticle
from tqcheck.article import Article
from tqcheck.embed import load_vectors
from tqcheck.rules import all_rules

REGIONS = ("AA", "BB", "CC")
TAGS = ("-AA", "_aa", "-AA")
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


@pytest.mark.parametrize("name", ["feed-headline-variant", "feed-name-variant", "feed-story-repeated", "feed-term-variant"])
def test_editions_of_one_language_are_not_compared(name):
    rule = RULES[name]
    for example in rule.bad:
        editions = tuple(replace(one, lang=f"{one.lang}-{region}") for one, region in zip(example.articles, REGIONS, strict=False))
        one_edition = tuple(replace(one, lang=f"{one.lang}{tag}") for one, tag in zip(example.articles, TAGS, strict=False))
        assert testing.feed_marks_of(rule, replace(example, articles=one_edition))
        assert not testing.feed_marks_of(rule, replace(example, articles=editions))


class TestStories:
    """What a feed of several agencies holds beside stories that are told twice."""

    FIRE = (
        "A fire in a warehouse in Leipzig has injured {} people, the fire brigade said on Monday. Around 120 men fought the flames "
        "through the night. {} Residents were told to keep windows closed because of the smoke, and the motorway was closed in both "
        "directions. Investigators will inspect the building when it has cooled down. The owner puts the damage at two million euros."
    )
    QUAKE = (
        "An earthquake of magnitude {} struck off the {} coast of {}, Japan, on {}, the geological survey said. The quake was centred {} "
        "kilometres from {} at a depth of {} kilometres. There were no reports of casualties or damage, and no tsunami warning was "
        "issued by the authorities. Japan lies on the Pacific Ring of Fire and is frequently hit by earthquakes."
    )

    @staticmethod
    def found(*articles):
        rule = RULES["feed-story-repeated"]
        made = [Article(f"a{number}", lang="en", text=text, published=day) for number, (text, day) in enumerate(articles, 1)]
        return [mark.article for mark in testing.feed_marks_of(rule, feed.FeedExample("", articles=tuple(made)))]

    def test_an_update_of_the_same_day_is_the_same_story(self):
        first = self.FIRE.format("three", "The cause remains unclear.")
        later = self.FIRE.format("five", "The cause is believed to be a defective battery, a spokesman said in the afternoon.")
        assert self.found((first, "2023-05-22T08:00:00Z"), (later, "2023-05-22T16:00:00Z")) == ["a2"]

    def test_a_live_report_that_has_grown_is_the_same_story(self):
        first = self.FIRE.format("three", "The cause remains unclear.")
        later = f"At noon the mayor arrived and thanked the crews. The prosecutor opened an inquiry into negligence. {first}"
        assert self.found((first, None), (later, None)) == ["a2"]

    @pytest.mark.parametrize("days", [("2023-05-22T08:00:00Z", "2023-05-25T08:00:00Z"), (None, None)])
    def test_two_events_in_an_agencys_set_words_are_two_stories(self, days):
        one = self.QUAKE.format("4.5", "east", "Honshu", "Monday", "71", "Namie", "35")
        two = self.QUAKE.format("5.1", "south", "Hokkaido", "Thursday", "48", "Kushiro", "62")
        assert self.found((one, days[0]), (two, days[1])) == []
        assert self.found((one, days[0]), (one.replace("frequently", "often"), days[0])) == ["a2"]

    def test_the_same_text_on_another_day_is_the_same_story(self):
        first = self.FIRE.format("three", "The cause remains unclear.")
        assert self.found((first, "2023-05-22T08:00:00Z"), (first.replace("on Monday", ""), "2023-05-24T08:00:00Z")) == ["a2"]


def test_a_headline_is_suggested_only_where_most_articles_have_it():
    rule = RULES["feed-headline-variant"]

    def suggested(*titles):
        articles = tuple(
            Article(f"a{number}", text="…", title=title, lang="en", source_lang="de", source_title="Sturm über Bonn")
            for number, title in enumerate(titles, 1)
        )
        return [(mark.article, mark.suggestion) for mark in testing.feed_marks_of(rule, feed.FeedExample("", articles=articles))]

    assert suggested("Storm over Bonn", "A tempest above Bonn") == [("a2", None)]
    assert suggested("A tempest above Bonn", "Storm over Bonn", "Storm over Bonn") == [("a1", "Storm over Bonn")]
