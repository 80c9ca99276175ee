import datetime as dt
import io
import subprocess
import sys
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tqcheck.article import Article, Problem
from tqcheck.read import parquet, read

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1).filter(str.strip)


def written(columns, **options) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out, **options)
    return out.getvalue()


def run(data: bytes, **options):
    return list(read(["-"], stdin=io.BytesIO(data), **options))


def utf8_array(*cells: bytes):
    """A string column that holds what no writer in Python would let pass."""
    ends = [sum(map(len, cells[:number])) for number in range(len(cells) + 1)]
    offsets = b"".join(end.to_bytes(4, "little") for end in ends)
    return pa.Array.from_buffers(pa.string(), len(cells), [None, pa.py_buffer(offsets), pa.py_buffer(b"".join(cells))])


@given(st.lists(TEXTS), st.integers(1, 3))
def test_any_texts_come_back_as_they_were_written(texts, group):
    records = run(written({"text": pa.array(texts, pa.string()), "n": range(len(texts))}, row_group_size=group))
    assert [(record.text, record.extra["n"]) for record in records] == list(zip(texts, range(len(texts)), strict=True))


def test_lists_are_lists_nulls_are_missing_and_a_row_is_named_by_its_number():
    columns = {"segments": [["a", "b"], None], "text": [None, "c"], "id": [7, None], "x": [{"y": [1.5]}, None]}
    assert run(written(columns)) == [
        Article(id="7", segments=("a", "b"), extra={"x": {"y": [1.5]}}, origin="-:row 1"),
        Article(id="-:row 2", text="c", extra={"x": None}, origin="-:row 2"),
    ]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (pa.timestamp("us", "UTC"), "2023-05-25T10:00:00Z"),
        (pa.timestamp("ns", "Europe/Prague"), "2023-05-25T10:00:00Z"),
        (pa.timestamp("ms"), "2023-05-25T10:00:00"),
        (pa.date32(), "2023-05-25"),
    ],
)
def test_times_become_iso_8601_strings(kind, text):
    when = dt.datetime(2023, 5, 25, 10, tzinfo=dt.UTC)
    value = when.date() if kind == pa.date32() else when.replace(tzinfo=kind.tz and dt.UTC)
    (article,) = run(written({"text": ["Kyiv"], "published": pa.array([value], kind)}))
    assert article.published == text


def test_what_json_has_no_form_for_becomes_text_and_nan_becomes_missing():
    columns = {"text": ["a"], "title": [float("nan")], "x": [float("inf")], "y": [b"\xff"], "z": [dt.timedelta(seconds=1)]}
    (article,) = run(written(columns))
    assert (article.title, article.extra) == (None, {"x": "inf", "y": "ff", "z": "0:00:01"})


def test_a_text_column_of_bytes_is_read_as_utf8():
    good, bad = run(written({"text": ["Kyiv – Київ".encode(), b"\xff"]}))
    assert good.text == "Kyiv – Київ"
    assert (bad.where, "not valid UTF-8 at byte 0" in bad.reason) == ("-:row 2", True)


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("broken", [b"Ki\xffev", b"", b" ", b"Ki\x00ev", b"\xed\xa0\x80"])
def test_a_broken_row_is_named_by_its_number_and_costs_only_itself(broken, place):
    cells = [b"Kyiv", b"Lviv"]
    cells.insert(place, broken)
    records = run(written({"text": utf8_array(*cells)}))
    assert [isinstance(record, Problem) for record in records] == [index == place for index in range(3)]
    assert records[place].where == f"-:row {place + 1}"


def _page(data) -> int:
    return pq.ParquetFile(io.BytesIO(bytes(data))).metadata.row_group(1).column(0).data_page_offset


@pytest.mark.parametrize(("compression", "checksum"), [("zstd", False), ("none", True)])
def test_a_damaged_page_costs_the_rest_of_its_row_group_and_says_which_rows(compression, checksum):
    texts = [f"Kyiv {number} " * 50 for number in range(30)]
    options = {"row_group_size": 10, "use_dictionary": False, "compression": compression}
    options |= {"write_page_checksum": checksum, "write_statistics": False}
    data = bytearray(written({"text": texts}, **options))
    page = data.index(b"Kyiv 15") if compression == "none" else _page(data) + 60
    data[page : page + 8] = b"damaged!"
    records = run(bytes(data))
    problems = [record for record in records if isinstance(record, Problem)]
    assert len(problems) == 1
    assert "rows 11 to 20 could not be read, the file is damaged" in problems[0].reason
    assert [record.text for record in records if isinstance(record, Article)] == texts[:10] + texts[20:]


@pytest.mark.parametrize("data", [b"PAR1", b"PAR1 and words", written({"text": ["a"]})[:-9], b"PAR1" + b"\xff" * 100 + b"PAR1"])
def test_a_file_that_is_no_parquet_is_one_problem(data):
    (problem,) = run(data)
    assert problem.where == "-"
    assert "no readable Parquet file" in problem.reason


def test_columns_are_mapped_and_missing_ones_named():
    data = written({"key": ["k"], "body": ["Kyiv"]})
    assert [(record.id, record.text) for record in run(data, columns={"id": "key", "text": "body"})] == [("k", "Kyiv")]
    assert "has no column 'bodi' (for 'text')" in run(data, columns={"text": "bodi"})[0].reason
    assert "has no column 'text' or 'segments'; it has: key, body" in run(data)[0].reason


def test_a_table_without_rows_is_no_problem():
    assert run(written({"text": pa.array([], pa.string())})) == []


def test_a_file_is_read_like_a_pipe(tmp_path):
    path = tmp_path / "feed.parquet"
    path.write_bytes(written({"id": ["a"], "text": ["Kyiv"]}))
    assert [record.origin for record in read([str(path)])] == [f"{path.as_posix()}:row 1"]


def test_long_rows_come_in_small_batches(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, "BATCH_BYTES", 2**18)
    path = tmp_path / "feed.parquet"
    texts = [chr(65 + number % 26) * 100_000 + str(number) for number in range(200)]  # 20 MB in one row group
    pq.write_table(pa.table({"text": texts}), path, use_dictionary=False)
    del texts
    tracemalloc.start()
    assert sum(isinstance(record, Article) for record in read([str(path)])) == 200
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6 * 2**20


def test_pyarrow_is_imported_only_when_a_parquet_file_is_read():
    code = "import sys, tqcheck.read; sys.exit('pyarrow' in sys.modules or 'pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_row_over_the_cap_is_a_problem_and_the_others_are_read():
    texts = ["fine", "é" * 600, "ok"]
    lists = [["a"], ["b"] * 3, ["c" * 600, "d" * 600]]
    problem = "is longer than 1000 bytes, the limit for one row, and was skipped: cut it into articles"
    first, long, last = run(written({"text": texts}), row_cap=1000)
    assert (first.text, str(long), last.text) == ("fine", f"-:row 2: {problem}", "ok")
    assert [str(record) for record in run(written({"segments": lists}), row_cap=1000)[2:]] == [f"-:row 3: {problem}"]


def test_a_page_that_would_fill_the_memory_costs_its_row_group_and_is_not_unpacked(monkeypatch):
    monkeypatch.setattr(parquet, "LARGEST_PAGE", 2**20)
    data = written({"text": ["a", " " * 2**21, "c"]}, row_group_size=1, compression="zstd", use_dictionary=False)
    assert len(data) < 3000
    first, bomb, last = run(data)
    assert (first.text, last.text) == ("a", "c")
    assert bomb == Problem("-:row 2", "rows 2 to 2 could not be read: a page holds 2 MB, the limit is 1 MB: write smaller ones")


def test_a_page_that_says_it_is_larger_than_the_file_makes_no_room_for_itself():
    data = bytearray(written({"text": ["a"]}, use_dictionary=False, compression="NONE", write_statistics=False))
    at = pq.ParquetFile(io.BytesIO(data)).metadata.row_group(0).column(0).data_page_offset
    assert data[at : at + 2] == b"\x15\x00"
    data[at : at + 12] = b"\x15\x00\x15\x80\x80\x80\x80\x0c\x15\x80\x80\x80"
    before = pa.total_allocated_bytes()
    (problem,) = run(bytes(data))
    assert problem.where == "-:row 1"
    assert "rows 1 to 1 could not be read" in problem.reason
    assert pa.total_allocated_bytes() - before < 2**20


def test_rows_that_share_one_long_text_come_in_small_batches(monkeypatch):
    monkeypatch.setattr(parquet, "LARGEST_PAGE", 2**20)
    text = "x y " * 2**16
    data = written({"text": pa.DictionaryArray.from_arrays(pa.array([0] * 500, pa.int32()), pa.array([text]))}, compression="zstd")
    assert len(data) < 3000
    peaks = [pa.total_allocated_bytes() for record in read(["-"], stdin=io.BytesIO(data)) if record.text == text]
    assert len(peaks) == 500
    assert max(peaks) < 20 * 2**20  # in one batch 125 MB
