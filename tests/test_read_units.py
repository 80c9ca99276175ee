import pytest

from tqcheck.article import Article, Origin
from tqcheck.errors import EmptyInputError
from tqcheck.read import units as reader
from tqcheck.read.units import UNITS, Units, refuse_untranslated, text_and_codes
from tqcheck.read.xmlfile import parse


def filled(count: int) -> list:
    units = Units("a.po", "", {"lang": "de"})
    return [row for number in range(count) for row in units.add(f"t{number}", "s", Origin(number + 1))] + list(units.rest())


@pytest.mark.parametrize(
    ("count", "lengths"), [(0, []), (1, [1]), (UNITS, [UNITS]), (UNITS + 1, [UNITS, 1]), (3 * UNITS, [UNITS, UNITS, UNITS])]
)
def test_units_become_articles_of_a_length_that_memory_can_hold(count, lengths):
    rows = filled(count)
    assert [len(row.values["segments"]) for row in rows] == lengths
    assert [row.values["id"] for row in rows] == ["a.po", "a.po#2", "a.po#3"][: len(lengths)]
    assert [row.where for row in rows] == ["a.po:1", f"a.po:{UNITS + 1}", f"a.po:{2 * UNITS + 1}"][: len(lengths)]


def test_what_is_left_out_is_counted_in_the_article_in_which_it_would_stand():
    units = Units("a.po", "x", {})
    units.leave_out()
    assert list(units.add(" ", "s", Origin(1))) == []
    assert list(units.add("t", "s", Origin(2))) == []
    (row,) = units.rest()
    assert (row.values["id"], row.values["units_left_out"], row.values["segments"]) == ("a.po#x", 2, ["t"])
    assert list(units.rest()) == []
    assert (units.taken, units.left_out) == (1, 2)


def test_a_file_that_gave_nothing_to_check_is_refused():
    refuse_untranslated(1, 5)
    with pytest.raises(EmptyInputError, match="holds 5 units, and none of them is translated"):
        refuse_untranslated(0, 5)
    with pytest.raises(EmptyInputError, match="holds no unit"):
        refuse_untranslated(0, 0)


def test_codes_are_offsets_into_the_text_that_is_left():
    assert text_and_codes(parse("<t>a<x/>🙂<g><ph>b</ph>c</g><x ctype='lb'/></t>".encode())) == ("a🙂c\n", (1, 2, 3))


def test_an_article_says_where_its_segments_stand():
    article = Article("a", segments=("x", "y", "z"), origin="feed.xlf:3", segment_origins=(Origin(3, "u"), Origin(9), Origin(None, "w")))
    assert [article.where(number) for number in (0, 1, 2, None, 7)] == [
        "feed.xlf:3 (unit u)",
        "feed.xlf:9",
        "feed.xlf:3 (unit w)",
        "feed.xlf:3",
        "feed.xlf:3",
    ]
    assert Article("a", "x").where() == "a"


def test_units_that_are_very_long_make_articles_of_fewer(monkeypatch):
    monkeypatch.setattr(reader, "LETTERS", 100)
    gathered = Units("a.po", "", {})
    rows = [row for number in range(10) for row in gathered.add("x" * 30, "y" * 30, Origin(number))] + list(gathered.rest())
    assert [len(row.values["segments"]) for row in rows] == [2] * 5
