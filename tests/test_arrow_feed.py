import dataclasses
import json
import random
from pathlib import Path

import pyarrow as pa
import pytest

from tqcheck import arrow, arrow_feed, feed, pipeline, rules
from tqcheck.article import FeedReport
from tqcheck.config import Options, override
from tqcheck.feed_store import FeedStore, across
from tqcheck.frame import as_article

FEED_RULES = [rule.id for rule in rules.all_rules().values() if rule.is_for_feeds]
RUN = {"model": "none", "feed_rules": True, "select": [*FEED_RULES, "markup-left", "name-variant"]}
ROOT = Path(__file__).resolve().parent.parent


def a_feed() -> list[dict]:
    """The sample feed, and the feeds that the rules' examples are made of, each with ids of its own."""
    rows = [json.loads(line) for line in (ROOT / "corpora/sample-feed/feed.jsonl").read_text("utf-8").splitlines()]
    examples = [(rule.id, example) for rule in map(rules.all_rules().get, FEED_RULES) for example in (*rule.bad, *rule.good)]
    for number, (rule_id, example) in enumerate(examples):
        for article in example.articles:
            known = {key: value for key in ("title", "text", "lang", "source_lang", "source_title") if (value := getattr(article, key))}
            rows.append(
                known | {"id": f"{rule_id}-{number}-{article.id}", "system": f"engine-{number % 2}", "published": article.published}
            )
    return [{key: value for key, value in row.items() if not key.endswith("segments")} for row in rows if row.get("text")]


def batches(rows: list[dict], schema: pa.Schema | None = None) -> list[pa.RecordBatch]:
    columns = list(dict.fromkeys(key for row in rows for key in row))
    table = pa.Table.from_pylist([{key: row.get(key) for key in columns} for row in rows], schema=schema)
    return table.to_batches(max_chunksize=7)


def spread(rows: list[dict], schema: pa.Schema, sort_by: list[str]) -> list[pa.RecordBatch]:
    """What an engine's shuffle makes of rows: they come in any order, and leave sorted."""
    random.Random(0).shuffle(rows)  # noqa: S311 - no secret
    return batches(sorted(rows, key=lambda row: [row[name] for name in sort_by]), schema)


def rows_of(found) -> list[dict]:
    return [row for batch in found for row in batch.to_pylist()]


def distributed(rows: list[dict], *, alone=True, **options) -> list[dict]:
    job = arrow.prepare(**RUN | options)
    kept = rows_of(arrow_feed.feed_rows(batches(rows), job, alone=alone))
    marks = rows_of(arrow_feed.feed_marks(spread(kept, arrow_feed.ROWS, arrow_feed.ROWS.names), job))
    return rows_of(arrow_feed.feed_findings(spread(marks, arrow_feed.MARKS, ["article", "order"]), job))


def one_machine(rows: list[dict], **options) -> list[dict]:
    chosen = override(Options(), RUN | options)
    articles = [as_article(row["id"], row) for row in rows]
    with FeedStore(chosen) as store:
        outcomes = list(across(pipeline.check(articles, chosen, measure=False), store))
    found = [finding.as_dict() for outcome in outcomes if isinstance(outcome, FeedReport) for finding in outcome.findings]
    related = [[{**place, "article": place.get("article")} for place in row["related"]] for row in found]
    return sorted(
        ({**row, "related": places, "error": None} for row, places in zip(found, related, strict=True)), key=lambda row: row["article"]
    )


def test_the_findings_are_those_of_one_machine():
    want = one_machine(a_feed())
    assert len({row["rule"] for row in want}) == len(
        [rule for rule in rules.all_rules().values() if rule.is_for_feeds and not rule.preview]
    )
    assert distributed(a_feed()) == want


def test_the_order_of_the_articles_does_not_matter():
    shuffled = a_feed()
    random.Random(1).shuffle(shuffled)  # noqa: S311 - no secret
    assert distributed(shuffled) == distributed(a_feed())


def test_what_the_configuration_says_of_rules_and_articles_holds():
    every = one_machine(a_feed())
    name = next(row["article"] for row in every if row["rule"] == "feed-name-variant")
    options = {
        "severity": {"feed-name-variant": "critical"},
        "ignore": [
            {"rule": "feed-name-variant", "article": name, "reason": "a test"},
            {"rule": "feed-headline-variant", "system": "engine-1", "reason": "a test"},
        ],
    }
    want = one_machine(a_feed(), **options)
    assert 0 < len(want) < len(every)
    assert {row["severity"] for row in want if row["rule"] == "feed-name-variant"} == {"critical"}
    assert distributed(a_feed(), **options) == want


def test_findings_on_single_articles_come_along_when_they_are_wanted():
    found = distributed(a_feed(), alone=False)
    single = rows_of(arrow.check_batches(batches(a_feed()), arrow.prepare(model="none", select=RUN["select"][-2:])))
    own = [row for row in found if not row["rule"].startswith("feed-")]
    assert own == [with_articles(row) for row in sorted(single, key=lambda row: row["article"])]
    assert [row for row in found if row["rule"].startswith("feed-")] == distributed(a_feed())
    assert [row["article"] for row in found] == sorted(row["article"] for row in found)


def with_articles(row: dict) -> dict:
    return {**row, "related": [{**place, "article": None} for place in row["related"]]}


def test_rows_that_are_no_articles_come_through_with_their_reason():
    found = distributed([{"id": "a", "text": " "}, {"id": "b", "text": "All is well.", "lang": "en"}])
    assert [(row["article"], row["error"]) for row in found] == [("a", "row a: has an empty text: there is nothing to check")]


def test_a_feed_rule_that_crashes_is_named_and_the_others_find_what_they_do(monkeypatch):
    def crash(rows):
        raise RuntimeError(f"no {next(rows).rule}")
        yield

    rule = rules.all_rules()["feed-name-variant"]
    want = [row for row in one_machine(a_feed()) if row["rule"] != rule.id]
    monkeypatch.setitem(rules.all_rules(), rule.id, dataclasses.replace(rule, check=crash))
    found = distributed(a_feed())
    assert [row for row in found if not row["error"]] == want
    errors = [row for row in found if row["error"]]
    assert {(row["article"], row["rule"]) for row in errors} == {(None, rule.id)}
    assert all("crashed: RuntimeError: no feed-name-variant: please report it" in row["error"] for row in errors)


def test_a_key_of_too_many_articles_is_cut_as_on_one_machine_and_it_is_said(monkeypatch):
    monkeypatch.setattr(feed, "MOST_ROWS", 3)
    repeated = [{**row, "id": f"{row['id']}-{number}"} for number in range(3) for row in a_feed()]
    found = distributed(repeated)
    assert [row for row in found if not row["error"]] == one_machine(repeated)
    said = [row["error"] for row in found if row["error"]]
    assert said
    assert all("more than 3 articles have the same " in error for error in said)


@pytest.mark.parametrize("work", [arrow_feed.feed_marks, arrow_feed.feed_findings])
def test_of_nothing_comes_nothing(work):
    assert rows_of(work([], arrow.prepare(model="none", feed_rules=True))) == []
