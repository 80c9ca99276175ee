from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tqcheck import quantities
from tqcheck.numbers import find, value_of


@pytest.mark.parametrize(
    ("notation", "value"),
    [
        ("12", "12"),
        ("007", "7"),
        ("3.5", "3.5"),
        ("3,5", "3.5"),
        ("0.5", "0.5"),
        ("1,234.5", "1234.5"),
        ("1.234,5", "1234.5"),
        ("1 234,5", "1234.5"),
        ("1'234.5", "1234.5"),
        ("1’234’567", "1234567"),
        ("1,234,567", "1234567"),
        ("12.345.678,90", "12345678.90"),
        ("1,234.567", "1234.567"),
        ("1\u00a0000", "1000"),
        ("1\u2009000", "1000"),
        ("1\u202f000\u202f000", "1000000"),
        ("٣٤", "34"),
        ("५", "5"),
        ("１２", "12"),
    ],
)
def test_a_notation_is_worth_what_its_readers_take_it_for(notation, value):
    assert value_of(notation) == Decimal(value)
    assert [(number.start, number.end, number.value) for number in find(f"about {notation} of")] == [(6, 6 + len(notation), Decimal(value))]


@pytest.mark.parametrize("strange", ["\U00010d41", "\U000116d1"])
def test_a_figure_of_a_later_unicode_than_pythons_is_worth_nothing_that_we_know(strange):
    if strange.isdecimal():
        pytest.skip("this Python knows it")
    assert value_of(f"{strange},{strange * 3}.{strange}") is None
    assert quantities.find(f"AB1{strange} {strange} 1,0{strange}0", "en") == quantities.find("AB1    1,0 0", "en")


@pytest.mark.parametrize(
    "notation", ["1.234", "1,234", "10:30", "2023-05-25", "1-2", "3/4", "1.2.3", "1,23,456", "12,34.5", "192.168.0.1", "3.5.2023"]
)
def test_what_may_be_two_things_has_no_value_but_stays_one_number(notation):
    assert value_of(notation) is None
    assert [(number.start, number.end, number.value) for number in find(notation)] == [(0, len(notation), None)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2023 1000 x", ["2023", "1000"]),
        ("from 10 000 to 20 000", ["10 000", "20 000"]),
        ("May 5, 2023.", ["5", "2023"]),
        ("5. 6%, $7.50", ["5", "6", "7.50"]),
        ("a1 B2 v2x", []),
        ("²", []),
        ("COVID-19", ["19"]),
    ],
)
def test_numbers_are_found_within_text(text, found):
    assert [text[number.start : number.end] for number in find(text)] == [notation for notation in found if notation]


@given(st.text(st.sampled_from("0123456789.,'’ \u00a0:-/a٣५"), max_size=40))
def test_any_row_of_digits_and_marks_has_a_value_or_none(text):
    for number in find(text):
        assert text[number.start].isdecimal()
        assert text[number.end - 1].isdecimal()
        assert number.value is None or number.value >= 0


@given(st.integers(0, 10**12), st.sampled_from([",", ".", " ", "\u00a0", "’"]))
def test_grouped_whole_numbers_of_seven_digits_and_more_are_read_back(number, mark):
    notation = f"{number + 10**6:,}".replace(",", mark)
    assert value_of(notation) == number + 10**6
