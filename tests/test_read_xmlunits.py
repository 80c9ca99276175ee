"""A broken unit of XML costs itself; what all formats make of that stands in test_read_among_good.py."""

import io
import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tqcheck.errors import ReadError
from tqcheck.read import xmlunits
from tqcheck.read.xmlfile import XmlFile
from tqcheck.read.xmlparser import local

FILE = b"<r>\n<part><u><a>one</a></u>\n<u n='2'><a>two</a></u></part>\n<part><u><a>three</a></u></part>\n</r>"
BORDER = re.compile(rb"</u\s*>\s*|(?=<(?P<name>u|part)[\s/>])")


def texts(content):
    """The texts of the units that were read, and what is said of the others."""
    file = XmlFile(io.BytesIO(content))
    found, said = [], []
    for event, element in file.elements("u", "part", unit="u", part="part"):
        if event == "broken":
            said += [str(problem) for problem in file.broken("f.xml")]
        elif event == "end" and local(element) == "u":
            found.append("".join(element.itertext()))
    return found, said


@given(st.lists(st.integers(1, len(FILE) - 1), max_size=12))
def test_wherever_the_chunks_end_the_pieces_are_the_file(places):
    edges = sorted({0, *places, len(FILE)})
    pieces = xmlunits.cut([FILE[start:end] for start, end in itertools.pairwise(edges)], BORDER)
    assert b"".join(piece for piece, _ in pieces) == FILE


def test_pieces_begin_at_units_and_parts_and_end_behind_units():
    assert [piece for piece, _ in xmlunits.cut([FILE], BORDER)] == [
        b"<r>\n",
        b"<part>",
        b"<u><a>one</a></u>\n",
        b"<u n='2'><a>two</a></u>",
        b"</part>\n",
        b"<part>",
        b"<u><a>three</a></u>",
        b"</part>\n</r>",
    ]


@pytest.mark.parametrize(("broken", "line"), [(b"one", 2), (b"two", 3), (b"three", 4)])
@pytest.mark.parametrize("fault", [b"A & B", b"<b>", b"\x00", b"\xff"])
def test_a_fault_costs_its_unit_alone_and_is_told_with_its_line(broken, line, fault):
    found, said = texts(FILE.replace(broken, fault))
    assert found == [text for text in ("one", "two", "three") if text.encode() != broken]
    assert len(said) == 1
    assert said[0].startswith(f"f.xml:{line}: ")
    assert said[0].endswith("; this one was left out, the others are read")


def test_a_part_whose_own_start_is_broken_is_left_out_whole():
    found, said = texts(
        FILE.replace(b"<r>\n", b"<r>\n<part><u><a>zero</a></u></part>\n").replace(b"<part><u><a>one", b"<part n=1><u><a>one")
    )
    assert found == ["zero", "three"]
    assert "its whole <part> was left out, the next is read" in said[0]


def test_a_fault_outside_all_units_ends_the_reading():
    with pytest.raises(ReadError, match="what stands behind this place was not read"):
        texts(FILE.replace(b"</part>\n<part>", b"</part></x><part>"))


def test_the_encoding_is_what_the_file_declares():
    assert xmlunits.encoding_of(b"<?xml version='1.0' encoding='koi8-r'?><r/>") == "koi8-r"
    assert xmlunits.encoding_of(b"<r/>") == "UTF-8"
