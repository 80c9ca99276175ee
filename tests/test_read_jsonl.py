import io
import json
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tqcheck.article import Article, Problem
from tqcheck.read import read

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1).filter(str.strip)
GOOD = b'{"id": "%d", "text": "Kyiv"}'
BROKEN = {
    "a missing bracket": b'{"id": "x", "text": "Kyiv"',
    "a word": b"Kyiv",
    "an array": b'["Kyiv"]',
    "a null": b"null",
    "NaN": b'{"text": "Kyiv", "x": NaN}',
    "Infinity": b'{"text": "Kyiv", "x": -Infinity}',
    "a number that would be infinite": b'{"text": "Kyiv", "x": 1e999}',
    "a number of 5,000 digits": b'{"text": "Kyiv", "x": ' + b"9" * 5000 + b"}",
    "nesting that ends in RecursionError": b'{"text": "Kyiv", "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "nesting that repr would die of": b'{"text": "Kyiv", "x": ' + b"[" * 500 + b"]" * 500 + b"}",
    "a key twice": b'{"text": "Kyiv", "text": "Kiev"}',
    "a key twice in a nested object": b'{"text": "Kyiv", "x": {"a": 1, "a": 2}}',
    "wrong encoding": b'{"text": "Kyiv \xff"}',
    "no text": b'{"title": "Kyiv"}',
    "a blank text": b'{"text": " \\n"}',
    "a text that is a number": b'{"text": 7}',
    "segments that are a string": b'{"segments": "Kyiv"}',
    "a lone surrogate": b'{"text": "Kyiv \\ud800"}',
    "a lone surrogate in an unknown key": b'{"text": "Kyiv", "x": ["\\ud800"]}',
    "a lone surrogate as an unknown key": b'{"text": "Kyiv", "\\ud800": 1}',
    "a NUL": b'{"text": "Kyiv \\u0000"}',
    "a NUL in an unknown key": b'{"text": "Kyiv", "x": {"\\u0000": 1}}',
}


def run(data: bytes, **options):
    return list(read(["-"], stdin=io.BytesIO(data), input_format="jsonl", **options))


def jsonl(*rows: dict) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def test_a_row_becomes_an_article_with_its_unknown_keys_and_its_line():
    row = {"id": "a1", "lang": "en", "title": "T", "text": "Kyiv", "desk": {"name": "foreign"}}
    assert run(b"\n" + jsonl(row)) == [
        Article(id="a1", lang="en", title="T", text="Kyiv", extra={"desk": {"name": "foreign"}}, origin="-:2")
    ]


def test_a_row_without_an_id_is_called_by_file_and_line():
    assert [article.id for article in run(jsonl({"text": "a"}, {"text": "b", "id": ""}, {"text": "c", "id": 7}))] == ["-:1", "-:2", "7"]


@given(st.lists(TEXTS), st.booleans(), st.sampled_from(["\n", "\r\n"]))
def test_any_texts_come_back_as_they_were_written(texts, ascii_only, line_end):
    data = "".join(json.dumps({"text": text}, ensure_ascii=ascii_only) + line_end for text in texts)
    records = run(data.encode() or b'{"text": "one"}')
    assert [record.text for record in records] == (texts or ["one"])


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_row_is_named_by_its_line_and_costs_only_itself(kind, line_end, place):
    rows = [GOOD % 1, GOOD % 2]
    rows.insert(place, BROKEN[kind])
    records = run(line_end.join(rows))
    assert [isinstance(record, Problem) for record in records] == [index == place for index in range(3)]
    assert records[place].where == f"-:{place + 1}"
    assert "\n" not in records[place].reason


@given(st.lists(st.sampled_from([GOOD, *BROKEN.values()]), min_size=1, max_size=8))
def test_there_are_as_many_articles_and_problems_as_rows(rows):
    lines = [row % number if row is GOOD else row for number, row in enumerate(rows)]
    records = run(b"\n".join(lines))
    assert [isinstance(record, Article) for record in records] == [row is GOOD for row in rows]


def test_characters_at_which_splitlines_cuts_are_content():
    text = "a\u2028b\u2029c\u0085d\x0be\x0cf\x1cg"
    (article,) = run(json.dumps({"text": text}, ensure_ascii=False).encode())
    assert article.text == text


def test_a_wrong_byte_is_named_by_its_offset_in_the_file():
    first = b'\xef\xbb\xbf{"text": "Kyiv"}\n'
    second = b'{"text": "\xff"}'
    (problem,) = run(b"\xef\xbb\xbf" + second)
    assert "byte 0xff at byte 13 of the file" in problem.reason
    _, problem = run(first + second)
    assert problem.where == "-:2"
    assert f"byte 0xff at byte {(first + second).index(0xFF)} of the file" in problem.reason


def test_a_utf8_byte_order_mark_is_no_part_of_the_first_row():
    assert [record.id for record in run(b"\xef\xbb\xbf" + jsonl({"id": "a", "text": "b"}))] == ["a"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_utf16_and_utf32_are_one_problem_that_says_how_to_convert(encoding):
    (problem,) = run(jsonl({"text": "a"}).decode().encode(encoding))
    assert problem.where == "-"
    assert f"iconv -f {encoding.upper()} -t UTF-8" in problem.reason


@pytest.mark.parametrize("data", [b"", b"\n \r\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_a_problem_because_a_failed_writer_leaves_one(data):
    assert run(data) == [Problem("-", "is empty: there is nothing to check")]


def test_a_row_over_the_cap_is_a_problem_and_the_next_is_read():
    rows = [{"id": "1", "text": "x" * 5000}, {"id": "2", "text": "y"}]
    problem, article = run(jsonl(*rows), row_cap=1000)
    assert (problem.where, article.id, article.origin) == ("-:1", "2", "-:2")
    assert "longer than 1000 bytes" in problem.reason


@pytest.mark.parametrize("line_end", [b"", b"\n", b"\r\n"])
def test_a_row_of_exactly_the_cap_is_read_and_one_of_a_byte_more_is_not(line_end):
    row = b'{"text": "Kyiv"}'
    assert isinstance(run(row + line_end, row_cap=len(row))[0], Article)
    assert isinstance(run(row + line_end, row_cap=len(row) - 1)[0], Problem)


def test_a_row_far_over_the_cap_is_never_in_memory_whole():
    class Endless(io.RawIOBase):
        """60 MB of one line, and then a row."""

        left = 60

        def readable(self):
            return True

        def readinto(self, buffer):
            self.left -= 1
            chunk = b"x" * min(len(buffer), 2**20) if self.left > 0 else b'\n{"text": "a"}\n' if self.left == 0 else b""
            buffer[: len(chunk)] = chunk
            return len(chunk)

    tracemalloc.start()
    records = list(read(["-"], stdin=io.BufferedReader(Endless(), 2**20), input_format="jsonl", row_cap=2**20))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [type(record) for record in records] == [Problem, Article]
    assert peak < 12 * 2**20


def test_memory_does_not_grow_with_the_feed(tmp_path):
    def peak(count: int) -> int:
        feed = tmp_path / f"{count}.jsonl"
        with feed.open("w") as file:
            file.writelines(json.dumps({"id": f"article-{number}", "text": "Kyiv " * 50}) + "\n" for number in range(count))
        tracemalloc.start()
        assert sum(isinstance(record, Article) for record in read([str(feed)])) == count
        high = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return high

    assert peak(20_000) < 1.25 * peak(2_000)
