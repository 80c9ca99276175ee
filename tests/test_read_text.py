import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tqcheck.article import Article, Problem
from tqcheck.read import read

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1).filter(str.strip)


def run(data: bytes, input_format="text", **options):
    return list(read(["-"], stdin=io.BytesIO(data), input_format=input_format, **options))


@given(TEXTS)
def test_a_plain_text_is_one_article_exactly_as_it_stands(text):
    assert run(text.encode()) == [Article(id="-", text=text.removeprefix("\ufeff"), origin="-")]


def test_line_ends_and_blanks_stay_so_that_offsets_are_those_of_the_file(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xef\xbb\xbf\r\n Headline \r\n\r\nBody\xe2\x80\xa8.\r\n")
    (article,) = read([str(path)])
    assert article.text == "\r\n Headline \r\n\r\nBody\u2028.\r\n"
    assert article.title is None
    assert article.id == article.origin == path.as_posix()


def test_the_language_given_for_the_run_is_that_of_a_text():
    (article,) = run(b"Kyiv", lang="en", source_lang="uk")
    assert (article.lang, article.source_lang) == ("en", "uk")


@pytest.mark.parametrize("input_format", ["text", "markdown", "html"])
@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is empty"),
        (b" \r\n\t", "is empty"),
        (b"Kyiv \xff", "byte 0xff at byte 5 of the file"),
        (b"\xef\xbb\xbfKyiv \xff", "byte 0xff at byte 8 of the file"),
        (b"Kyiv \x00", "NUL"),
        (b"x" * 2000, "larger than 1000 bytes"),
    ],
)
def test_a_file_that_is_no_article_is_one_problem(data, reason, input_format):
    (problem,) = run(data, input_format, row_cap=1000)
    assert problem.where == "-"
    assert reason in problem.reason


def test_utf16_is_a_problem_that_says_how_to_convert():
    (problem,) = run("Kyiv".encode("utf-16"))
    assert "iconv -f UTF-16 -t UTF-8" in problem.reason


def test_columns_are_for_tables_and_leave_a_text_alone():
    assert [article.text for article in run(b"Kyiv", columns={"text": "body", "title": "headline"})] == ["Kyiv"]


@given(TEXTS.filter(lambda text: not text.removeprefix("\ufeff").startswith("---")))
def test_markdown_without_front_matter_is_one_article_exactly_as_it_stands(text):
    assert run(text.encode(), "markdown") == [Article(id="-", text=text.removeprefix("\ufeff"), origin="-")]


FRONT = """---
title: "Kyiv: a \\"city\\"\\u0021"
lang: no # Norwegian
id: 007
system: 'it''s'
url: https://example.org/a#b
# a comment
desk: foreign
published:
source_title: null
tags:
  - a
  - b
source_text: |
  first

    second
text: no body
---
"""


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_front_matter_gives_the_title_and_the_rest_and_the_body_is_what_follows(line_end):
    body = "\n# Headline\n\nBody.\n".replace("\n", line_end)
    (article,) = run((FRONT.replace("\n", line_end) + body).encode(), "markdown")
    assert article == Article(
        id="007",
        lang="no",
        title='Kyiv: a "city"!',
        system="it's",
        url="https://example.org/a#b",
        source_text="first\n\n  second",
        text=body,
        extra={"desk": "foreign", "tags": "- a\n  - b", "input_text": "no body"},
        origin="-",
    )


@pytest.mark.parametrize(
    "text",
    [
        "---\nBetween two rules.\n---\nBody",
        "---\ntitle: never closed\n\nBody",
        "---\n\nKyiv: a city.\nThe end.\n---\n",
        " ---\ntitle: a\n---\nb",
    ],
)
def test_what_is_no_front_matter_stays_text(text):
    (article,) = run(text.encode(), "markdown")
    assert (article.text, article.title) == (text, None)


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        (">-\n  Kyiv\n  holds", "Kyiv holds"),
        ("> # folded\n  Kyiv\n\n  holds\n", "Kyiv\nholds"),
        ("|\n  Kyiv\n  holds", "Kyiv\nholds"),
        ("Kyiv\n  holds: a city", "Kyiv holds: a city"),
        ('"Kyiv\n  holds"', "Kyiv holds"),
        ("Kyiv\n\n", "Kyiv"),
        (">", None),
    ],
)
def test_a_title_over_several_lines_is_put_together(title, expected):
    (article,) = run(f"---\ntitle: {title}\nlang: en\n---\nBody".encode(), "markdown")
    assert (article.title, article.lang, article.text, article.extra) == (expected, "en", "Body", {})


@pytest.mark.parametrize("value", ["[a, b]", "{a: b}", "\n  - a", "&x y", "*x", "\n  a: b", "!!str x", "[a,\n  b]"])
def test_what_is_more_than_text_is_kept_word_for_word(value):
    (article,) = run(f"---\ntitle: {value}\n---\nBody".encode(), "markdown")
    assert (article.title, article.extra) == (None, {"input_title": value.strip("\n ") if "[a," not in value else value})


def test_a_key_that_stands_twice_in_the_front_matter_is_a_problem():
    assert run(b"---\ntitle: a\ntitle: b\n---\nBody", "markdown") == [
        Problem("-", "has the key 'title' twice in its front matter: keep one of them")
    ]


def test_front_matter_without_a_body_is_a_problem():
    (problem,) = run(b"---\ntitle: a\n---\n", "markdown")
    assert "empty text" in problem.reason
