import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tqcheck.errors import ReadError
from tqcheck.read import pages as module
from tqcheck.read.pages import Page, pages

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")


def chunk_of(column, **options):
    """A file with one column, and its chunk."""
    out = io.BytesIO()
    pq.write_table(pa.table({"text": column}), out, **options)
    return out, pq.ParquetFile(out).metadata.row_group(0).column(0)


@given(
    st.lists(st.text(max_size=50) | st.none(), min_size=1, max_size=200),
    st.sampled_from(["NONE", "snappy", "zstd"]),
    st.booleans(),
    st.sampled_from(["1.0", "2.0"]),
    st.integers(1, 100),
)
def test_the_pages_of_a_chunk_have_together_its_size(texts, compression, dictionary, version, batch):
    stream, chunk = chunk_of(
        pa.array(texts, pa.string()),
        compression=compression,
        use_dictionary=dictionary,
        data_page_version=version,
        data_page_size=100,
        write_batch_size=batch,
        write_page_checksum=True,
    )
    found = list(pages(stream, chunk))
    assert any(page.is_dictionary for page in found) is dictionary
    headers = chunk.total_uncompressed_size - sum(page.size for page in found)  # the size of a chunk is that with the headers of its pages
    assert 10 * len(found) <= headers <= 300 * len(found)


def test_the_size_is_that_of_the_unpacked_page():
    stream, chunk = chunk_of([" " * 1_000_000], compression="zstd", use_dictionary=False, write_statistics=False)
    assert len(stream.getvalue()) < 2000
    (page,) = pages(stream, chunk)
    assert not page.is_dictionary
    assert 1_000_000 < page.size < 1_000_100


def test_a_header_may_be_long(monkeypatch):
    monkeypatch.setattr(module, "USUAL_HEADER", 20)
    stream, chunk = chunk_of(["a", "b" * 60], use_dictionary=False)
    assert [page.is_dictionary for page in pages(stream, chunk)] == [False]


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"\x15",  # cut behind the name of a field
        b"\x1d\x00\x00",  # a kind that there is not
        b"\x15" + b"\xff" * 12,  # a number without end
        b"\x1c" * 50,  # struct in struct in struct
        b"\x15\x00\x15\x02\x15\x80\x80\x80\x80\x0c\x00",  # 1.5 GB, it says
        b"\x15\x00\x15\x01\x15\x00\x00",  # -1 byte
        b"\x19\xff\xff\xff\xff\x0f" + b"\x00" * 50,  # a list of a thousand million
        b"\x19\xf3" + b"\xff" * 8 + b"\x0f",  # more bytes than anybody could count
        b"\x18\xff\xff\xff\xff\x0f",  # a text of four thousand million bytes
    ],
)
def test_what_is_no_header_of_a_page_is_an_error(header):
    stream, chunk = chunk_of(["a"] * 5, use_dictionary=False)
    raw = bytearray(stream.getvalue())
    raw[chunk.data_page_offset : chunk.data_page_offset + chunk.total_compressed_size] = header.ljust(chunk.total_compressed_size, b"\xff")
    with pytest.raises(ReadError, match="a page"):
        list(pages(io.BytesIO(raw), chunk))


def test_a_page_is_a_kind_and_a_size():
    stream, chunk = chunk_of(["a", "a"], compression="NONE")
    assert next(pages(stream, chunk)) == Page(is_dictionary=True, size=5)
