import csv
import io
import json
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tqcheck.article import Article, Problem
from tqcheck.read import read, table

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1).filter(str.strip)
BROKEN = {
    "an open quotation mark": '2,"Kiev',
    "a quotation mark inside a quoted cell": '2,"Kiev "capital" of"',
    "a cell too many": "2,Kiev,x",
    "a cell too few": "2",
    "a carriage return in the open": "2,Ki\rev",
    "no text": "2,",
    "nothing but delimiters": ",",
    "a NUL": "2,Ki\x00ev",
}


def run(data: bytes | str, input_format="csv", **options):
    raw = data.encode() if isinstance(data, str) else data
    return list(read(["-"], stdin=io.BytesIO(raw), input_format=input_format, **options))


def written(rows, line_end="\r\n", delimiter=",", quoting=csv.QUOTE_MINIMAL):
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator=line_end, delimiter=delimiter, quoting=quoting).writerows(rows)
    return out.getvalue()


@given(
    st.lists(TEXTS),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([("csv", ","), ("csv", ";"), ("tsv", "\t")]),
)
def test_any_texts_come_back_as_they_were_written(texts, line_end, dialect):
    input_format, delimiter = dialect
    quoting = csv.QUOTE_MINIMAL if line_end == "\r\n" else csv.QUOTE_ALL  # else the writer leaves a \r in the open
    rows = [["id", "text"], *([number, text] for number, text in enumerate(texts))]
    records = run(written(rows, line_end, delimiter, quoting), input_format)
    assert [(record.id, record.text) for record in records] == [(str(number), text) for number, text in enumerate(texts)]


@given(st.lists(TEXTS, min_size=1))
def test_the_list_columns_hold_json_arrays(texts):
    rows = [["segments", "source_segments"], [json.dumps(texts), json.dumps(texts, ensure_ascii=False)]]
    (article,) = run(written(rows))
    assert article.segments == article.source_segments == tuple(texts)


@pytest.mark.parametrize("cell", ["Kyiv", "[1, 2]", '["a"', '{"a": 1}'])
def test_a_list_column_that_holds_no_list_of_strings_is_a_problem(cell):
    (problem,) = run(written([["id", "segments"], ["1", cell]]))
    assert problem.where == "-:2"
    assert "segments" in problem.reason


def test_na_null_and_nan_are_words_and_an_empty_cell_is_missing():
    assert run("id,lang,title,text,x\nNA,nan,None,null,\n") == [
        Article(id="NA", lang="nan", title="None", text="null", extra={"x": None}, origin="-:2")
    ]


def test_line_ends_inside_quotation_marks_stay_as_they_are():
    (article,) = run('id,text\r\n1,"a\r\nb\nc\u2028d"\r\n')
    assert article.text == "a\r\nb\nc\u2028d"


def test_a_record_is_named_by_the_line_it_begins_in():
    records = run('text\n"a\nb"\n\nc\n')
    assert [(record.id, record.text) for record in records] == [("-:2", "a\nb"), ("-:5", "c")]


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_row_is_named_by_its_line_and_costs_only_itself(kind, line_end, place):
    rows = ["1,Kyiv", '3,"Lviv, ""Ukraine"""']
    rows.insert(place, BROKEN[kind])
    records = run(line_end.join(["id,text", *rows, ""]))
    assert [isinstance(record, Problem) for record in records] == [index == place for index in range(3)]
    assert records[place].where == f"-:{place + 2}"


def test_a_quotation_mark_that_is_never_closed_is_named_and_the_rows_behind_it_are_read():
    records = run('id,text\n1,"open\n2,fine\n3,fine too\n')
    assert records[0] == Problem("-:2", "a quotation mark that opens here is never closed")
    assert [record.id for record in records[1:]] == ["2", "3"]


def test_the_paragraphs_of_a_row_that_was_cut_are_not_reported_as_rows_of_their_own():
    (article, problem) = run('id,text\n1,fine\n2,"First paragraph.\n\nSecond paragraph.\nThird par')
    assert article.id == "1"
    assert problem == Problem("-:3", "lines 3 to 6: a quotation mark that opens here is never closed")


def test_a_cell_over_the_limit_of_the_csv_module_is_read():
    (article,) = run("text\n" + "x" * 200_000)
    assert len(article.text) == 200_000


def test_a_row_over_the_cap_is_a_problem_and_the_next_is_read():
    one_line = run("id,text\n1," + "x" * 2000 + "\n2,fine\n", row_cap=1000)
    many_lines = run('id,text\n1,"' + "x\n" * 2000 + '"\n2,fine\n', row_cap=1000)
    for problem, *others in (one_line, many_lines):
        assert "longer than 1000 bytes" in problem.reason
        assert others[-1].id == "2"


def test_a_record_of_too_many_lines_is_a_problem_and_the_next_is_read(monkeypatch):
    monkeypatch.setattr(table, "MOST_LINES", 10)
    records = run('id,text\n1,"' + "x\n" * 50 + "2,fine\n")
    assert [type(record) for record in records] == [Problem, Article]
    assert "lines 2 to 51" in records[0].reason


def test_a_wrong_byte_is_named_by_its_offset_and_does_not_move_the_borders_of_rows():
    data = b'\xef\xbb\xbfid,text\n1,"a\nb \xff\nc"\n2,fine\n'
    problem, article = run(data)
    assert problem.where == "-:2"
    assert f"byte 0xff at byte {data.index(0xFF)} of the file" in problem.reason
    assert (article.id, article.origin) == ("2", "-:5")


def test_a_comma_in_the_header_wins_over_a_semicolon():
    assert [record.id for record in run("id;x,text\n1,a\n", columns={"id": "id;x"})] == ["1"]
    assert [record.id for record in run("id;text\n1;a, b\n")] == ["1"]


def test_columns_of_other_names_are_mapped_and_what_they_push_aside_is_kept():
    (article,) = run("key,text,body,segs\n1,slug,Kyiv,\n", columns={"id": "key", "text": "body", "segments": "segs"})
    assert article == Article(id="1", text="Kyiv", extra={"input_text": "slug"}, origin="-:2")


def test_a_mapped_list_column_holds_json_arrays_too():
    (article,) = run(written([["id", "segs"], ["1", '["a", "b"]']]), columns={"segments": "segs"})
    assert article.segments == ("a", "b")


def test_a_mapped_column_that_is_not_there_is_one_error_that_names_those_that_are():
    assert run("id,body\n1,a\n2,b\n", columns={"text": "boddy"}) == [
        Problem("-", "has no column 'boddy' (for 'text'), which --columns asks for; it has: id, body")
    ]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("id,body\n1,a\n", "has no column 'text' or 'segments'; it has: id, body"),
        ("id,text,text\n1,a,b\n", "has the column 'text' twice"),
        ('"id,text\n1,a\n', "unusable header in line 1"),
        (b"id,text\xff\n1,a\n", "unusable header in line 1: is not valid UTF-8"),
        ("id,text\r1,a\r2,b\r", "carriage return"),
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("id,text\n1,a\n".encode("utf-16"), "iconv -f UTF-16"),
    ],
)
def test_an_unusable_header_is_one_problem_for_the_file(data, reason):
    (problem,) = run(data)
    assert problem.where == "-"
    assert reason in problem.reason


def test_a_header_without_rows_is_no_problem():
    assert run("id,text\n") == []


def test_an_index_column_without_a_name_as_pandas_writes_it_is_kept_under_its_number():
    (article,) = run(",id, text \n0,a,b\n")
    assert (article.id, article.text, article.extra) == ("a", "b", {"column 1": "0"})


def test_memory_does_not_grow_with_the_feed():
    def peak(count: int) -> int:
        data = written([["id", "text"], *([number, "Kyiv, capital " * 20] for number in range(count))]).encode()
        tracemalloc.start()
        assert sum(isinstance(record, Article) for record in read(["-"], stdin=io.BytesIO(data), input_format="csv")) == count
        high = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return high

    assert peak(20_000) < 1.25 * peak(2_000)
