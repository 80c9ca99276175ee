import io
import json

import pytest

from tqcheck.article import Article, Problem
from tqcheck.read import read


def run(data, input_format: str | None = "ninjs", **options):
    text = data if isinstance(data, str) else json.dumps(data)
    return list(read(["-"], stdin=io.BytesIO(text.encode()), input_format=input_format, **options))


def one(item: dict) -> Article:
    (article,) = run({"uri": "urn:1", **item})
    assert isinstance(article, Article), article
    return article


def test_an_item_of_1_x_is_an_article():
    item = {
        "uri": "urn:1",
        "type": "text",
        "language": "en",
        "headline": "Kyiv & <Lviv>",
        "body_text": "One.\n\nTwo &amp; three.",
        "versioncreated": "2023-05-25T10:00:00Z",
        "description_text": "In short.",
        "title": "a slug",
    }
    assert run(item) == [
        Article(
            id="urn:1",
            title="Kyiv & <Lviv>",
            text="One.\n\nTwo &amp; three.",
            lang="en",
            published="2023-05-25T10:00:00Z",
            extra={"type": "text", "versioncreated": "2023-05-25T10:00:00Z", "description_text": "In short.", "input_title": "a slug"},
            origin="-:1",
        )
    ]


def test_an_item_of_3_x_is_an_article():
    item = {
        "standard": {"name": "ninjs", "version": "3.1"},
        "uri": "urn:1",
        "language": "de",
        "contentCreated": "2023-05-25",
        "headlines": [{"role": "web", "value": "Kurz"}, {"role": "main", "value": "<b>Lang</b>", "contentType": "text/html"}],
        "bodies": [
            {"role": "main", "contentType": "text/plain", "value": "Ohne Absätze."},
            {"role": "nitf", "contentType": "application/xml", "value": "<nitf/>"},
            {"role": "rich", "contentType": "application/xhtml+xml", "value": "<p>Mit</p><p>Absätzen.</p>"},
        ],
    }
    (article,) = run(item)
    assert (article.id, article.title, article.text, article.lang) == ("urn:1", "Lang", "Mit\n\nAbsätzen.", "de")
    assert article.published == "2023-05-25"


@pytest.mark.parametrize(
    ("item", "text"),
    [
        ({"body_text": "plain", "body_html": "<p>rich</p>"}, "rich"),
        ({"body_html": "<html><body><nav>n</nav><article><p>x</p></article></body></html>"}, "x"),
        ({"body_xhtml": " ", "body_text": "plain"}, "plain"),
        ({"bodies": [{"contenttype": "text/plain", "value": "a"}]}, "a"),
        ({"bodies": [{"role": "html5", "value": "<p>a<p>b"}]}, "a\n\nb"),
        ({"description_text": "A caption."}, "A caption."),
        ({"descriptions": [{"role": "caption", "value": "A caption."}]}, "A caption."),
        ({"bodies": [{"contenttype": "application/xml", "value": "<x/>"}], "description_text": "d"}, "d"),
    ],
)
def test_the_text_is_the_richest_body_or_else_the_description(item, text):
    assert one({"headline": "h", **item}).text == text


def test_an_item_of_a_headline_alone_is_an_article_of_that_text():
    article = one({"headline": "Kyiv holds", "type": "picture"})
    assert (article.title, article.text) == (None, "Kyiv holds")
    assert one({"title": "A summit", "type": "event", "standard": {"name": "ninjs", "version": "3.3"}}).text == "A summit"


def test_a_headline_that_stands_in_the_body_is_not_given_twice():
    article = one({"headline": "Kyiv holds", "body_html": "<h1>Kyiv holds</h1><p>So.</p>"})
    assert (article.title, article.text, article.extra) == (None, "Kyiv holds\n\nSo.", {"input_headline": "Kyiv holds"})


def test_drafts_of_2_0_with_named_headlines_are_read():
    assert one({"headline": [{"name": "x", "value": "a"}, {"name": "main", "value": "b"}], "body_text": "t"}).title == "b"


@pytest.mark.parametrize("input_format", [None, "json", "jsonl", "ninjs"])
def test_items_are_known_among_other_json(input_format):
    data = json.dumps({"uri": "urn:1", "headline": "h", "body_text": "t"}) + "\n" + json.dumps({"uri": "urn:2", "body_html": "<p>u"}) + "\n"
    assert [(article.id, article.text) for article in run(data, input_format)] == [("urn:1", "t"), ("urn:2", "u")]


def test_our_own_articles_may_have_a_uri():
    assert run({"uri": "urn:1", "text": "t", "headline": "h"}, "json") == [
        Article(id="-:1", text="t", extra={"uri": "urn:1", "headline": "h"}, origin="-:1")
    ]


def test_columns_that_the_user_renames_are_the_users_own():
    (article,) = run({"uri": "urn:1", "headline": "h", "body_text": "t"}, "json", columns={"text": "body_text"})
    assert (article.id, article.text, article.extra) == ("-:1", "t", {"uri": "urn:1", "headline": "h"})


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ({"standard": {"name": "ninjs", "version": "4.0"}, "body_text": "t"}, "is ninjs 4.0, which is not known: 1.x to 3.x are read"),
        ({"standard": {"name": "ninjs", "version": "new"}, "body_text": "t"}, "is ninjs new"),
        ({"body_text": ["t"]}, "'body_text' must be a string, not list"),
        ({"bodies": "t"}, "'bodies' must be a list of objects with a 'value'"),
        ({"bodies": [{"value": 1}]}, "the 'value' of an entry of 'bodies' must be a string, not int"),
        ({"headlines": ["h"]}, "'headlines' must be a list of objects"),
        ({"headline": ""}, "has neither a text nor a headline"),
        ({"body_text": "t", "language": ["de"]}, "'lang' must be a string"),
        ({"body_html": "<b>" * 5000}, "is no HTML that can be read whole"),
    ],
)
def test_an_item_that_makes_no_sense_is_a_problem_and_the_next_is_read(item, reason):
    problem, article = run([{"uri": "urn:1", **item}, {"uri": "urn:2", "body_text": "t"}])
    assert isinstance(problem, Problem)
    assert reason in problem.reason
    assert article.id == "urn:2"


@pytest.mark.parametrize("item", [{"uri": "urn:1"}, {"headline": "h"}, {"text": "t"}])
def test_what_is_no_ninjs_is_a_problem_for_those_who_asked_for_it(item):
    (problem,) = run(item)
    assert "is no ninjs item" in problem.reason


def test_another_standard_of_the_same_form_has_its_own_versions():
    assert one({"standard": {"name": "TTNINJS", "version": "7"}, "body_text": "t"}).text == "t"
