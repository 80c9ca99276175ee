import io
import json
import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tqcheck.article import Article, Problem
from tqcheck.read import jsonfile, read

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1).filter(str.strip)
# What is broken inside of its brackets can be cut out wherever it stands.
BROKEN_INSIDE = [
    '{"text": "Kyiv", }',
    '{"text": Kyiv}',
    '{"text": "Kyiv" "id": "x"}',
    '{"text": "Kyiv", "x": NaN}',
    '{"text": "Kyiv", "text": "Kiev"}',
    '{"text": "Kyiv", "x": ' + "[" * 150 + "]" * 150 + "}",
    '{"text": "bad escape \\x"}',
    '{"title": "no text"}',
    '["Kyiv"]',
    '"Kyiv"',
    "17",
    "null",
    "Kyiv",
]
# Where the brackets or quotation marks are broken, it takes lines to find the next article.
BROKEN_BORDERS = [
    '{"text": "Kyiv"',
    '{"text": "Kyiv}',
    '{"text": "Kyiv", "x": [1, 2}',
    '{"text": "Kyiv", "x": {"y": 1}',
    '{"text": "Kyiv", "x": ["a", "b}',
    '{"text": "Kyiv, "x": [\n        {"text": "no article"}]}',
    "{",
    '{"text',
]


def run(data: bytes | str, **options):
    raw = data.encode() if isinstance(data, str) else data
    return list(read(["-"], stdin=io.BytesIO(raw), input_format="json", **options))


def kinds(records):
    return ["article" if isinstance(record, Article) else "problem" for record in records]


@given(st.lists(TEXTS), st.booleans(), st.sampled_from([None, 0, 2]), st.booleans(), st.integers(1, 40))
def test_any_texts_come_back_as_they_were_written(texts, ascii_only, indent, wrapped, chunk):
    rows = [{"text": text, "n": number} for number, text in enumerate(texts)]
    data = {"version": "1 [", "articles": rows, "after": {"x": ["}"]}} if wrapped else rows
    default, jsonfile.CHUNK = jsonfile.CHUNK, chunk  # so small that every token is cut by some border
    try:
        records = run(json.dumps(data, ensure_ascii=ascii_only, indent=indent))
    finally:
        jsonfile.CHUNK = default
    assert [(record.text, record.extra["n"]) for record in records] == list(zip(texts, range(len(texts)), strict=True))


def test_an_element_is_named_by_the_line_it_begins_in():
    records = run('[\n  {"text":\n "a"}, {"text": "b"},\n\n  {"text": "c"}]')
    assert [record.origin for record in records] == ["-:2", "-:3", "-:5"]


def test_elements_on_one_line_are_told_apart_by_their_column():
    records = run('[\n  {"text": "a"}, {"text": "b"},{"text": "c"}]')
    assert [record.id for record in records] == ["-:2", "-:2:18", "-:2:32"]


def test_one_object_is_one_article():
    assert run('\n{"id": "a", "text": "Kyiv", "articles": "none"}\n') == [
        Article(id="a", text="Kyiv", extra={"articles": "none"}, origin="-:2")
    ]


def test_an_articles_key_inside_an_article_is_no_feed():
    (article,) = run('{"text": "Kyiv", "x": {"articles": [1]}}')
    assert article.extra == {"x": {"articles": [1]}}


def test_json_lines_in_a_json_file_are_read_as_rows():
    records = run('{"id": "1", "text": "a"}\n{"id": "2", "text": "b"\nword\n{"id": "3", "text": "c"}\n')
    assert kinds(records) == ["article", "problem", "article"]
    records = run('{"id": "1", "text": "a"}\nnot a row, is it\n{"id": "3", "text": "c"}\n')
    assert kinds(records) == ["article", "problem", "article"]


def test_an_empty_array_is_no_problem_and_an_empty_file_is():
    assert run("[]") == run('{"articles": []}') == []
    assert kinds(run(" \n")) == ["problem"]


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("join", [", ", ",\n", "\n,"])
@pytest.mark.parametrize("broken", BROKEN_INSIDE)
def test_an_element_broken_inside_its_brackets_costs_only_itself(broken, join, place):
    rows = ['{"id": "1", "text": "a"}', '{"id": "2", "text": "b"}']
    rows.insert(place, broken)
    records = run("[" + join.join(rows) + "]")
    assert [isinstance(record, Problem) for record in records] == [index == place for index in range(3)]


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("indent", ["", "  "])
@pytest.mark.parametrize("broken", BROKEN_BORDERS)
def test_an_element_with_broken_borders_costs_only_itself_where_elements_begin_lines(broken, indent, place):
    rows = ['{"id": "1", "text": "a"}', '{"id": "2", "text": "b", "x": [\n      {"y": 1}]}']
    rows.insert(place, broken)
    records = run("[\n" + ",\n".join(indent + row for row in rows) + "\n]")
    assert [isinstance(record, Problem) for record in records] == [index == place for index in range(3)]
    assert records[place].where.startswith("-:")


def test_where_no_line_helps_the_rest_is_one_problem_that_says_so():
    records = run('[{"text": "a"}, {"text": "b", {"text": "c"}, {"text": "d"}]')
    assert kinds(records) == ["article", "problem"]
    assert "the rest of the file could not be read" in records[1].reason


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ('[{"text": "a"}', "the file ends before its array of articles does"),
        ('[{"text": "a"},]', "a comma stands before the ']'"),
        ('[{"text": "a"}] x', "something stands after the end"),
        ('[,{"text": "a"}]', "an article is missing before this comma"),
        ('[{"text": "a"} {"text": "b"}]', "a comma is missing"),
        ('{"articles": [{"text": "a"}], "x": "', "after the array of articles, a quotation mark is never closed"),
        ("Kyiv", "begins with 'K'"),
    ],
)
def test_what_is_wrong_around_the_articles_is_said(data, reason):
    problems = [record for record in run(data) if isinstance(record, Problem)]
    assert len(problems) == 1
    assert reason in problems[0].reason


def test_a_wrong_byte_is_named_by_its_offset_and_costs_one_element():
    data = b'\xef\xbb\xbf[{"text": "a"},\n{"text": "\xe9"}, {"text": "b"}]'
    first, problem, last = run(data)
    assert (first.text, last.text, problem.where) == ("a", "b", "-:2")
    assert f"byte 0xe9 at byte {data.index(0xE9)} of the file" in problem.reason


@pytest.mark.parametrize("long", ['{"text": "%s"}' % ("x" * 300_000), '"%s"' % ("x" * 300_000), "7" * 300_000])
def test_an_element_over_the_cap_costs_only_itself(long):
    records = run('[{"text": "a"}, ' + long + ', {"text": "b"}]', row_cap=1000)
    assert kinds(records) == ["article", "problem", "article"]
    assert "longer than 1000 bytes" in records[1].reason


@pytest.mark.parametrize("length", range(jsonfile.CHUNK - 200, jsonfile.CHUNK + 200, 50))
def test_an_element_over_the_cap_is_known_as_such_however_little_of_it_is_left(length):
    records = run('[{"text": "%s"}]' % ("x" * length), row_cap=1000)
    assert ["longer than 1000 bytes" in str(record) for record in records] == [True]


def test_memory_holds_an_element_and_not_the_array():
    def peak(count: int) -> int:
        data = json.dumps([{"id": str(number), "text": "Kyiv " * 50} for number in range(count)]).encode()
        tracemalloc.start()
        assert sum(isinstance(record, Article) for record in read(["-"], stdin=io.BytesIO(data), input_format="json")) == count
        high = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return high

    assert peak(20_000) < 1.25 * peak(2_000)


@pytest.mark.parametrize("row", ['{"text": "x",\n', '{"text": "x,\n', '{"a": [\n', '{"a": "\\\n'])
def test_time_grows_with_the_file_even_when_every_row_is_broken(row):
    def took(count: int) -> float:
        begun = time.process_time()
        run("[\n" + row * count)
        return time.process_time() - begun

    took(100)
    assert took(4_000) < 16 * max(took(500), 0.01)  # 8 when linear, 64 when not


@pytest.mark.parametrize("deep", ["[" * 100_000 + "]" * 100_000, '{"a": ' * 50_000 + "1" + "}" * 50_000])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_an_element_that_is_far_too_deep_costs_only_itself_also_on_one_line(deep, place):
    elements = ['{"text": "a"}', '{"text": "b"}']
    elements.insert(place, f'{{"text": "x", "deep": {deep}}}')
    records = run(f"[{', '.join(elements)}]".encode())
    assert [isinstance(record, Problem) for record in records] == [number == place for number in range(3)]
    assert "nests more than 100 brackets" in records[place].reason


def test_a_second_array_of_articles_is_read_too():
    records = run(b'{"articles": [{"text": "a"}], "x": ["articles", 1], "articles": [{"text": "b"}, 7], "y": {"articles": [1]}}')
    assert [record.text for record in records if isinstance(record, Article)] == ["a", "b"]
    assert len(records) == 3
