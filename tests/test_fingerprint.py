"""A finding is itself as long as its words, and those around it, are."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tqcheck import fingerprint as module
from tqcheck.article import Article, Finding, Severity
from tqcheck.fingerprint import Fingerprint, Numbering, article_key, fingerprint
from tqcheck.origin import Origin, parse, relative

TEXT = "It rained. The train from Kiev was late. He left Kiev."


def found(article, surface="Kiev", nth=0, **values):
    text = article.text or ""
    start = -1
    for _ in range(nth + 1):
        start = text.index(surface, start + 1)
    finding = Finding(
        "a", "name-variant", Severity.MINOR, "m", "text", None, start, start + len(surface), surface, "Two names.", None, None, 0.9
    )
    return replace(finding, **values)


def print_of(text, nth=0, surface="Kiev", **values):
    article = Article(**{"id": "a", "text": text, "origin": "feed.jsonl:1"} | values)
    return fingerprint(article, found(article, surface, nth))


@pytest.mark.parametrize(
    "same",
    [
        "A new headline.\n\nIt rained. The train from Kiev was late. He left Kiev.",
        "The train from Kiev was late.",
        "It rained.\r\n\r\nThe train from  Kiev  was late!",
        "the train from “Kiev” was late",
    ],
)
def test_lines_that_move_and_edits_elsewhere_change_nothing(same):
    assert print_of(same) == print_of(TEXT)


def test_neither_severity_nor_message_nor_field_enters():
    article = Article("a", text=TEXT, title=TEXT)
    finding = found(article)
    assert fingerprint(article, finding) == fingerprint(
        article, replace(finding, severity=Severity.MAJOR, message="Other words.", suggestion="Kyiv", field="title")
    )


def test_another_place_has_another_context_and_the_same_words():
    first, second = print_of(TEXT), print_of(TEXT, 1)
    assert first.alone == second.alone
    assert first.context != second.context


@pytest.mark.parametrize("other", [{"id": "b"}, {"surface": "late"}])
def test_another_article_or_other_words_are_another_finding(other):
    assert print_of(TEXT, **other).alone != print_of(TEXT).alone


def test_a_feed_may_be_renamed_but_not_a_file_that_gives_the_article_its_name():
    assert print_of(TEXT, origin="old.jsonl:1") == print_of(TEXT, origin="new.jsonl:9")
    assert print_of(TEXT, id="a.txt", origin="a.txt") != print_of(TEXT, id="b.txt", origin="b.txt")


def test_an_article_without_an_id_is_known_by_its_file_wherever_its_line_and_the_project_are(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    keys = {article_key(Article(place, text="x", origin=place)) for place in ("f.jsonl:1", "./f.jsonl:7", f"{tmp_path}/f.jsonl:9")}
    assert keys == {"f.jsonl"}


def test_findings_that_are_equal_in_all_are_numbered():
    article = Article("a", text="Kiev. Kiev. Kiev.")
    names = Numbering().numbered(article, [found(article, nth=nth) for nth in range(3)])
    assert [name.rpartition(":")[2] for name in names] == ["1", "2", "3"]
    assert len({name.rpartition(":")[0] for name in names}) == 1


def test_numbers_go_on_through_the_articles_of_a_file_without_ids():
    numbering = Numbering()
    names = []
    for line in (1, 2):
        article = Article(f"f.jsonl:{line}", text="Kiev.", origin=f"f.jsonl:{line}")
        names += numbering.numbered(article, [found(article)])
    assert len(set(names)) == 2


@given(st.text(alphabet="ab .\u0301\ud800é!\n", max_size=30), st.text(alphabet="ab .\u0301\ud800é!\n", max_size=10))
def test_any_text_has_a_fingerprint_that_can_be_read_again(before, surface):
    article = Article("a", text=f"{before}{surface} end")
    finding = replace(found(Article("a", text="Kiev")), start=len(before), end=len(before) + len(surface), surface=surface)
    made = fingerprint(article, finding)
    assert Fingerprint.parse(str(made)) == made


@pytest.mark.parametrize("text", ["", "0123", "g" * 16 + "-" + "0" * 8, "0" * 24])
def test_what_is_no_fingerprint_is_refused(text):
    with pytest.raises(ValueError, match="is no fingerprint"):
        Fingerprint.parse(text)


def test_the_format_of_the_hash_does_not_change_by_accident():
    assert str(print_of(TEXT)) == "e7e06ee960fce01a-a2c7bdbd"  # a change makes every baseline foreign: raise baseline.SCHEMA
    assert module.CONTEXT_WORDS == 3


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("f.jsonl:3", Origin("f.jsonl", 3)),
        ("f.json:3:17", Origin("f.json", 3)),
        ("f.parquet:row 3", Origin("f.parquet", row=3)),
        ("a b/c.txt", Origin("a b/c.txt")),
        ("-", Origin("-")),
        ("-:4", Origin("-", 4)),
        ("article 3", Origin("article 3")),
        ("", Origin("")),
    ],
)
def test_an_origin_is_a_file_and_perhaps_a_line(text, wanted):
    assert parse(text) == wanted


def test_a_path_outside_of_the_folder_stays_as_it_is(tmp_path, monkeypatch):
    (tmp_path / "in").mkdir()
    monkeypatch.chdir(tmp_path / "in")
    assert relative("../x.txt") == "../x.txt"
    assert relative(str(tmp_path / "x.txt")) == str(tmp_path / "x.txt")
    assert relative("a/./b/../c.txt") == "a/c.txt"
    assert relative("-") == "-"
