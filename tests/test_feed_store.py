"""The store: on disk while the feed lasts, gone afterwards, also after an error."""

import json
import sqlite3
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from tqcheck import feed, pipeline
from tqcheck.article import Article, FeedReport, Problem
from tqcheck.config import Options
from tqcheck.errors import WriteError
from tqcheck.feed_store import FeedStore, across, rules_for_feeds
from tqcheck.rules import all_rules

OPTIONS = Options(select=("feed-name-variant",), model="none")
ARTICLES = [
    Article("a1", text="He left Kyiv.", lang="en"),
    Article("a2", text="He left Kiev.", lang="en"),
    Article("a3", text="He left Kyiv.", lang="en"),
]


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def left_behind(tmp_path) -> list[Path]:
    return list(tmp_path.glob("tqcheck-feed-*"))


def run(options=OPTIONS, articles=ARTICLES):
    with FeedStore(options) as store:
        return list(across(pipeline.check(articles, options, measure=False), store)), store


def test_findings_come_after_the_articles_and_the_folder_goes(tmp_path):
    outcomes, _ = run()
    assert [type(one).__name__ for one in outcomes] == ["Report", "Report", "Report", "FeedReport"]
    assert [(one.article, one.surface) for one in outcomes[-1].findings] == [("a2", "Kiev")]
    assert outcomes[-1].article == ARTICLES[1]
    assert all(not one.rows for one in outcomes)
    assert not left_behind(tmp_path)


def test_the_folder_goes_after_an_error_too(tmp_path):
    def interrupted():
        yield pipeline.Checker(OPTIONS)(ARTICLES[0])
        assert left_behind(tmp_path)
        raise KeyboardInterrupt

    def run_until_it_stops():
        with FeedStore(OPTIONS) as store:
            list(across(interrupted(), store))

    with pytest.raises(KeyboardInterrupt):
        run_until_it_stops()
    assert not left_behind(tmp_path)


@pytest.mark.parametrize("is_open", [False, True])
def test_where_there_is_no_room_the_folder_is_named(monkeypatch, tmp_path, is_open):
    def full(*_, **__):
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    if not is_open:
        monkeypatch.setattr(sqlite3, "connect", full)
    told = f"{tmp_path}: what feed rules compare cannot be kept there: database or disk is full: make room"
    with pytest.raises(WriteError, match=told), FeedStore(Options(feed_rules=True)):
        full()
    assert list(tmp_path.iterdir()) == []


def test_without_feed_rules_nothing_is_written(tmp_path):
    with FeedStore(Options(model="none")) as store:
        assert not left_behind(tmp_path)
        assert not list(store.reports())


def test_rules_on_probation_run_when_asked_for():
    assert {rule.id for rule in rules_for_feeds(Options(feed_rules=True))} == {
        "feed-headline-variant",
        "feed-name-variant",
        "feed-story-repeated",
    }
    assert {rule.id for rule in rules_for_feeds(Options(feed_rules=True, preview=True))} == {
        rule.id for rule in all_rules().values() if rule.is_for_feeds
    }


def test_a_rule_that_crashes_is_named_and_the_others_go_on():
    def crash(rows):
        raise ZeroDivisionError(f"by nothing, after {next(rows).article}")

    with FeedStore(Options(feed_rules=True, model="none")) as store:
        store._rules["feed-story-repeated"] = replace(store._rules["feed-story-repeated"], check=crash)
        text = " ".join(f"word{number}x something{number}" for number in range(40))
        articles = [replace(article, text=f"{article.text} {text}") for article in ARTICLES]
        outcomes = list(across(pipeline.check(articles, Options(feed_rules=True, model="none"), measure=False), store))
    assert "by nothing, after a1" in next(one for one in outcomes if isinstance(one, Problem)).reason
    assert [one.findings[0].rule for one in outcomes if isinstance(one, FeedReport)] == ["feed-name-variant"]


def test_two_articles_with_one_id_are_noted():
    outcomes, store = run(articles=[*ARTICLES, ARTICLES[0]])
    assert len(outcomes) == 5
    assert store.notes == ["a1: the id of two articles: feed rules look at the first alone"]


def test_what_is_cut_is_noted(monkeypatch):
    monkeypatch.setattr(feed, "MOST_ROWS", 2)
    _, store = run()
    assert store.notes == ["feed-name-variant: so many articles have the same key that not all were compared: en place Kyiv (the first 2)"]


def test_the_store_and_the_pure_functions_say_the_same():
    checker = pipeline.Checker(OPTIONS)
    rows = [row for article in ARTICLES for row in checker(article).rows]
    assert all(type(cell) is str for row in rows for cell in row)
    rule = all_rules()["feed-name-variant"]
    marks = [mark for key in {row.key for row in rows} for mark in feed.marks(rule, [row for row in rows if row.key == key], {})]
    (outcome,) = [one for one in run()[0] if isinstance(one, FeedReport)]
    assert [feed.finding(mark, rule) for mark in feed.settled(marks)] == list(outcome.findings)
    assert json.loads(json.dumps(outcome.finding_dicts()))[0]["related"][0]["article"] == "a1"
