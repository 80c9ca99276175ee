import copy
import dataclasses
import json
import pickle

import pytest

from tqcheck.article import ARTICLE_KEYS, FINDING_KEYS, Article, Finding, Penalty, Place, Problem, Report, Severity, Similarities


def a_finding(**changes) -> Finding:
    values = {
        "article": "a1",
        "rule": "name-variant",
        "severity": Severity.MINOR,
        "mqm": "style/inconsistent-style",
        "field": "text",
        "segment": None,
        "start": 440,
        "end": 444,
        "surface": "Kiev",
        "message": "“Kiev” here.",
        "suggestion": "Kyiv",
        "similarity": None,
        "confidence": 0.95,
        "related": (Place("text", None, 265, 269, "Kyiv"),),
    }
    return Finding(**(values | changes))


def test_an_article_has_the_keys_of_the_contract():
    wanted = (
        *("id", "text", "segments", "title", "lang", "source_lang", "source_title", "source_text", "source_segments"),
        *("reference_text", "reference_segments", "url", "published", "system"),
    )
    assert wanted == ARTICLE_KEYS


def test_a_row_becomes_an_article_and_unknown_keys_are_kept():
    row = {"id": "a1", "text": "Text", "title": "Title", "lang": "en", "desk": "world", "score": 3, "url": None}
    assert Article.from_row(row, origin="feed.jsonl:1") == Article(
        "a1", text="Text", title="Title", lang="en", extra={"desk": "world", "score": 3}, origin="feed.jsonl:1"
    )


@pytest.mark.parametrize(
    ("given", "wanted"), [({}, "f:7"), ({"id": None}, "f:7"), ({"id": ""}, "f:7"), ({"id": 12}, "12"), ({"id": 0}, "0"), ({"id": "x"}, "x")]
)
def test_a_missing_id_becomes_the_place_and_a_whole_number_its_digits(given, wanted):
    assert Article.from_row({"text": "Text", **given}, origin="f:7").id == wanted


def test_lists_become_tuples():
    article = Article.from_row({"segments": ["A", ""], "source_segments": ["B", "C"], "reference_segments": ["D", "E"]}, origin="x")
    assert (article.segments, article.source_segments, article.reference_segments) == (("A", ""), ("B", "C"), ("D", "E"))


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"title": "T"}, "has neither 'text' nor 'segments': give one of them (--columns maps other names)"),
        ({"text": "T", "segments": ["T"]}, "has both 'text' and 'segments': give one of them"),
        ({"text": " \n"}, "has an empty text: there is nothing to check"),
        ({"segments": []}, "has an empty text: there is nothing to check"),
        ({"segments": ["", " "]}, "has an empty text: there is nothing to check"),
        ({"text": "T", "source_segments": ["S"]}, "'source_segments' has 1 entries, 'segments' has 0: they must be parallel"),
        (
            {"segments": ["T"], "reference_segments": ["S", "S"]},
            "'reference_segments' has 2 entries, 'segments' has 1: they must be parallel",
        ),
        ({"text": 12}, "'text' must be a string, not int"),
        ({"text": "T", "title": ["x"]}, "'title' must be a string, not list"),
        ({"text": "T", "id": 1.5}, "'id' must be a string, not float"),
        ({"text": "T", "id": True}, "'id' must be a string, not bool"),
        ({"segments": "T"}, "'segments' must be a list of strings, not str"),
        ({"segments": {"a": "b"}}, "'segments' must be a list of strings, not dict"),
        ({"segments": 3}, "'segments' must be a list of strings, not int"),
        ({"segments": ["T", 3]}, "'segments[1]' must be a string, not int"),
        ({"text": "a\x00b"}, "'text' holds a NUL character at 1: remove it"),
        ({"text": "ab\ud800"}, "'text' holds a lone surrogate (U+D800) at 2: the file was cut or encoded wrongly"),
        ({"segments": ["T", "\udfff"]}, "'segments' holds a lone surrogate (U+DFFF) at 0: the file was cut or encoded wrongly"),
        ({"text": "T", "desk": "\ud800"}, "'an unknown key' holds a lone surrogate (U+D800) at 9: the file was cut or encoded wrongly"),
    ],
)
def test_a_row_that_is_no_article_is_refused_with_key_and_reason(row, reason):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the whole message is compared
        Article.from_row(row, origin="x")
    if "desk" not in row:
        assert str(caught.value) == reason
    else:
        assert "an unknown key" in str(caught.value)


def test_records_are_frozen_and_survive_the_way_to_another_process():
    article = Article.from_row({"text": "T", "desk": "world"}, origin="x")
    report = Report(
        article=article,
        lang="en",
        source_lang=None,
        words=1,
        score=100.0,
        verdict="pass",
        penalty=Penalty(0, 0, 0, 0.0),
        similarity=Similarities(),
        findings=(a_finding(),),
        segments=(),
        signature="s",
        problems=(Problem("a1", "crashed", "name-variant"),),
    )
    with pytest.raises(dataclasses.FrozenInstanceError):
        article.text = "x"
    for record in (article, report, a_finding(), Problem("a1", "x")):
        assert pickle.loads(pickle.dumps(record)) == record  # noqa: S301 - our own bytes
        assert hash(copy.deepcopy(record)) == hash(record)


def test_a_finding_is_the_json_of_the_contract():
    assert json.loads(json.dumps(a_finding().as_dict())) == {
        "article": "a1",
        "rule": "name-variant",
        "severity": "minor",
        "mqm": "style/inconsistent-style",
        "field": "text",
        "segment": None,
        "start": 440,
        "end": 444,
        "surface": "Kiev",
        "message": "“Kiev” here.",
        "suggestion": "Kyiv",
        "similarity": None,
        "confidence": 0.95,
        "related": [{"field": "text", "segment": None, "start": 265, "end": 269, "surface": "Kyiv"}],
    }
    assert tuple(a_finding().as_dict()) == FINDING_KEYS


def test_a_report_has_the_keys_of_the_contract():
    report = Report(
        Article("a1", text="T"), "en", "cs", 1, 71.4, "fail", Penalty(6, 3, 0, 34.3, {"minor": 1.0}), Similarities(0.86), (), (), "sig"
    )
    shown = json.loads(json.dumps(report.as_dict()))
    contract = {"article", "lang", "source_lang", "words", "score", "verdict", "penalty", "similarity", "findings", "segments", "signature"}
    assert contract <= set(shown)
    assert shown["penalty"] == {"minor": 6, "major": 3, "critical": 0, "per_1000_words": 34.3, "weights": {"minor": 1.0}}
    assert shown["similarity"] == {"headline_body": 0.86, "source_target": None, "redundancy": None}
    assert (shown["article"], shown["lang"], shown["source_lang"], shown["score"], shown["verdict"]) == ("a1", "en", "cs", 71.4, "fail")


def test_severities_rise():
    assert [severity.rank for severity in (Severity.MINOR, Severity.MAJOR, Severity.CRITICAL)] == [0, 1, 2]
    assert f"{Severity.MAJOR}" == "major"


def test_a_problem_is_one_line():
    assert str(Problem("feed.jsonl:3", "is not JSON")) == "feed.jsonl:3: is not JSON"
    assert str(Problem("a1", "crashed", "name-variant")) == "a1: rule name-variant: crashed"


def test_a_rule_that_finds_no_memory_is_no_bug_to_report():
    assert "please report it" in Problem.of_crash("a1", ValueError("odd"), "name-variant").reason
    assert Problem.of_crash("a1", MemoryError(), "name-variant").reason == "ran out of memory: the article is too long for it: split it"
