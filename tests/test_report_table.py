import csv
import io
import json
import math
import sys
import unicodedata

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reports_for_tests import HOSTILE, a_finding, a_hostile_report, a_report, an_article, place

from tqcheck.article import FINDING_KEYS, Problem, Similarities
from tqcheck.report import Summary, stream_writer, table
from tqcheck.report.table import ARTICLE_COLUMNS, CsvTable, ParquetTable, article_row, harmless, json_text


def written(format_name, *reports):
    out = io.BytesIO()
    writer = stream_writer(format_name, out)
    for report in reports:
        writer.add(report)
    writer.close(Summary())
    return out.getvalue()


def csv_rows(data, delimiter=","):
    return list(csv.reader(io.StringIO(data.decode("utf-8"), newline=""), delimiter=delimiter, strict=True))


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\tx",
        "\rx",
        "\nx",
        "＝1",
        "＋1",
        "－1",
        "＠x",
        "  =1",
        "\u00a0=1",
        "\u200b\ufeff=1",
        " \u202e\t1",
        "\x01=1",
        "\x85=1",
        "\ufe0f\u3164=1",
        "\U000e0041\u2800+1",
        *(chr(code) + "=1" for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) == "Cf"),
    ],
)
def test_a_cell_that_begins_like_a_formula_gets_an_apostrophe(cell):
    assert harmless(cell) == "'" + cell


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("a\n::error::x", "a\n'::error::x"),
        ("a\r \u200b::set-output name=x::y", "a\r \u200b'::set-output name=x::y"),
        ("a ##[error]x ##vso[task.complete]", "a ##'[error]x ##vso'[task.complete]"),
        ("##[error]", "##'[error]"),
        ("a::b", "a::b"),
        ("## [a]\n:b", "## [a]\n:b"),
    ],
)
def test_no_line_of_a_cell_is_a_command_of_a_log(cell, shown):
    assert harmless(cell) == harmless(shown) == shown


@pytest.mark.parametrize("cell", ["", "a=1", "Kyiv", "“-”", "1-2", "'=1", -1, -0.5, None])
def test_other_cells_and_numbers_stay_as_they_are(cell):
    assert harmless(cell) == cell


@pytest.mark.parametrize(("format_name", "delimiter"), [("csv", ","), ("tsv", "\t")])
def test_a_row_is_a_finding_with_the_columns_of_the_contract(format_name, delimiter):
    header, row = csv_rows(written(format_name, a_report()), delimiter)
    assert tuple(header) == FINDING_KEYS
    assert row[:9] == ["a1", "name-variant", "minor", "style/inconsistent-style", "text", "", "19", "23", "Kiev"]
    assert json.loads(row[-1]) == [{"field": "text", "segment": None, "start": 0, "end": 4, "surface": "Kyiv"}]


@pytest.mark.parametrize("format_name", ["csv", "tsv", "parquet"])
def test_an_empty_run_has_the_columns_and_no_rows(format_name):
    data = written(format_name)
    if format_name == "parquet":
        assert pq.read_table(io.BytesIO(data)).to_pydict() == {key: [] for key in FINDING_KEYS}
    else:
        assert len(csv_rows(data, "\t" if format_name == "tsv" else ",")) == 1


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_keeps_the_width_and_runs_nothing(text):
    rows = csv_rows(written("csv", a_hostile_report(text)))
    assert [len(row) for row in rows] == [len(FINDING_KEYS)] * 2
    assert all(harmless(cell) == cell for cell in rows[1])
    assert rows[1][0] == harmless(text)
    assert pq.read_table(io.BytesIO(written("parquet", a_hostile_report(text))))["surface"].to_pylist() == [text]


@given(st.text(alphabet=st.sampled_from("=+-@\t\r\n\u00a0\u200b\ufeff ＝a1,\"'") | st.characters(codec="utf-8", exclude_characters=":#")))
def test_every_text_survives_csv(text):
    out = io.StringIO(newline="")
    CsvTable(out, {"one": "text", "two": "text"}).add_row({"one": text, "two": "end"})
    cell, end = list(csv.reader(io.StringIO(out.getvalue(), newline=""), strict=True))[1]
    assert end == "end"
    assert cell in (text, "'" + text)
    assert not cell.lstrip(" \u00a0\u200b\ufeff").startswith(tuple("=+-@\t\r\n＝"))


def test_parquet_has_typed_columns_and_exact_text():
    article = an_article(text="=1 Kyiv")
    data = written("parquet", a_report(article, (a_finding(article, 0, 2, similarity=0.5, related=[place(article, 3, 7)]),)))
    result = pq.read_table(io.BytesIO(data))
    assert [str(result.schema.field(name).type) for name in ("article", "segment", "start", "similarity")] == [
        "string",
        "int64",
        "int64",
        "double",
    ]
    assert result["surface"].to_pylist() == ["=1"]
    assert result["segment"].to_pylist() == [None]


def test_parquet_is_written_in_row_groups(monkeypatch):
    monkeypatch.setattr(table, "ROWS_IN_MEMORY", 2)
    data = written("parquet", *[a_report()] * 5)
    assert [pq.ParquetFile(io.BytesIO(data)).metadata.row_group(n).num_rows for n in range(3)] == [2, 2, 1]


@pytest.mark.parametrize("format_name", ["csv", "parquet"])
def test_the_same_reports_give_the_same_bytes(format_name):
    assert written(format_name, *[a_report()] * 3) == written(format_name, *[a_report()] * 3)


def test_the_row_of_an_article_has_all_that_was_measured_and_the_unknown_keys():
    article = an_article(title="T", url="https://a.example/", extra={"desk": "foreign", "n": 3})
    report = a_report(
        article,
        (),
        similarity=Similarities(0.5, None, 0.25),
        rules_not_run=("meaning-drift",),
        problems=(Problem("a1", "crashed", "word-doubled"),),
    )
    row = article_row(report)
    assert tuple(row) == tuple(ARTICLE_COLUMNS)
    assert (row["headline_body"], row["source_target"], row["redundancy"]) == (0.5, None, 0.25)
    assert (row["rules_not_run"], row["errors"], row["findings"], row["verdict"]) == ("meaning-drift", "word-doubled: crashed", 0, "pass")
    assert json.loads(row["extra"]) == {"desk": "foreign", "n": 3}


def test_unknown_keys_of_any_kind_become_strict_json():
    nest = []
    for _ in range(5_000):
        nest = [nest]
    text = json_text({1: math.nan, "date": object, "deep": nest, "list": (True, None, 2.5)})
    assert json.loads(text, parse_constant=pytest.fail)["list"] == [True, None, 2.5]
    assert json.loads(text)["1"] is None


def test_half_a_character_does_not_break_a_table():
    out = io.BytesIO()
    parquet = ParquetTable(out, {"one": "text"})
    parquet.add_row({"one": "a\ud800"})
    parquet.end()
    assert pq.read_table(io.BytesIO(out.getvalue()))["one"].to_pylist() == ["a?"]


def test_parquet_needs_a_stream_of_bytes():
    with pytest.raises(TypeError, match="binary mode"):
        stream_writer("parquet", io.StringIO())
