"""How large the pages of a Parquet file are, as their headers say, before a library that believes them makes room for them.

A file of 33 KB may hold a page of 1 GB of blanks, a page that claims 2 GB and is not there, or one text of 30 MB to which a million rows
refer. The headers are Thrift's compact protocol: https://parquet.apache.org/docs/file-format/data-pages/.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from tqcheck.errors import ReadError

if TYPE_CHECKING:
    from collections.abc import Iterator

USUAL_HEADER = 2**12  # bytes; statistics in it hold the least and the greatest value, which most writers cut
LONGEST_HEADER = 2**24  # bytes; Arrow reads no longer one either
SLACK = 100  # bytes; an old writer left the header of the dictionary out of the length of its chunk (PARQUET-816)
DEEPEST = 10  # structs inside each other in a header; there are two
DICTIONARY = 2  # the type of a page to which the rows behind it refer

_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _STRUCT = 1, 2, 3, 7, 8, 9, 10, 12
_NUMBERS = frozenset({4, 5, 6})  # of 16, 32 and 64 bits
_KIND, _FULL, _STORED = 1, 2, 3  # the fields of a page's header that count here


class Page(NamedTuple):
    """What a page says of itself: whether it is a dictionary, and its bytes when it is unpacked."""

    is_dictionary: bool
    size: int


def pages(stream: BinaryIO, chunk: Any) -> Iterator[Page]:  # noqa: ANN401 - pyarrow brings no types
    """Yield the pages of a column chunk. Raises ReadError where a header is none, or a page is larger than its chunk."""
    at = chunk.dictionary_page_offset or chunk.data_page_offset
    if chunk.data_page_offset:
        at = min(at, chunk.data_page_offset)
    end = at + chunk.total_compressed_size
    while at < end:
        length, fields = _header(stream, at, end + SLACK - at)
        kind, full, stored = (fields.get(name, -1) for name in (_KIND, _FULL, _STORED))
        at += length + stored
        if full < 0 or stored < 0 or at > end + SLACK:
            raise ReadError("a page is larger than what holds it")
        yield Page(kind == DICTIONARY, full)


def _header(stream: BinaryIO, at: int, room: int) -> tuple[int, dict[int, int]]:
    """The length of a header and its numbers, by field."""
    for longest in (USUAL_HEADER, LONGEST_HEADER):
        stream.seek(at)
        header = _Header(stream.read(min(longest, room)))
        try:
            fields = header.struct()
        except _CutError:
            continue
        return header.at, fields
    raise ReadError("the header of a page is cut")


class _CutError(Exception):
    """The header goes on behind the bytes that were read."""


class _Header:
    """The bytes of a header, and how far they are read."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self.at = 0

    def struct(self, depth: int = 0) -> dict[int, int]:
        """The numbers of a struct, by field; all else is passed over. Raises ReadError for what is none."""
        found: dict[int, int] = {}
        name = 0
        while kind := self._byte():
            delta, kind = divmod(kind, 16)
            name = name + delta if delta else self._number()
            value = self._value(kind, depth)
            if kind in _NUMBERS:
                found[name] = value
        return found

    def _value(self, kind: int, depth: int) -> int:
        """Pass over a value; return it when it is a number."""
        if kind in _NUMBERS:
            return self._number()
        if kind == _STRUCT and depth < DEEPEST:
            self.struct(depth + 1)
        elif kind in {_LIST, _SET} and depth < DEEPEST:
            length, kind = divmod(self._byte(), 16)
            for _ in range(self._varint() if length == 15 else length):
                self._value(_BYTE if kind in {_TRUE, _FALSE} else kind, depth + 1)
        elif kind in {_BYTE, _DOUBLE, _BINARY}:
            length = {_BYTE: 1, _DOUBLE: 8}.get(kind) or self._varint()
            self.at += length
            if self.at > len(self._raw):  # also a list that claims to go on for ever ends here
                raise _CutError
        elif kind not in {_TRUE, _FALSE}:
            raise ReadError("the header of a page is none")
        return 0

    def _number(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)

    def _varint(self) -> int:
        value = shift = 0
        while shift < 70:
            byte = self._byte()
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7
        raise ReadError("the header of a page is none")

    def _byte(self) -> int:
        if self.at >= len(self._raw):
            raise _CutError
        self.at += 1
        return self._raw[self.at - 1]
