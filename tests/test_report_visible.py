import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reports_for_tests import HOSTILE

from tqcheck.report.visible import clip, visible, visible_characters


@pytest.mark.parametrize("text", ["Kyiv – “so”", "Zażółć", "首相は7日", "كييف 1,250", "नमस्ते", "👍 10:30 a::b # ##"])
def test_ordinary_text_stays_as_it_is(text):
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31mb", r"a\u{1b}[31mb"),
        ("a\u202eb", r"a\u{202e}b"),
        ("a\nb\tc\r", r"a\nb\tc\r"),
        ("a\u2028b\x85c", r"a\u{2028}b\u{85}c"),
        ("a\U000e0041\u200d", r"a\u{e0041}\u{200d}"),
        ("  ::error::x", r"  \u{3a}:error::x"),
        ("x ##[command]", r"x ##\u{5b}command]"),
        ("##VSO[task]", r"##VSO\u{5b}task]"),
        ("a\ud800b", r"a\u{d800}b"),
        ("\u3164", r"\u{3164}"),
    ],
)
def test_what_hides_or_commands_is_shown_as_an_escape(text, shown):
    assert visible(text) == shown


@given(st.text() | st.sampled_from(HOSTILE))
def test_nothing_hidden_and_no_command_is_left_in_any_text(text):
    shown = visible(text)
    assert not {unicodedata.category(character) for character in shown} & {"Cc", "Cs", "Zl", "Zp"}
    assert not set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c\u200d\ufeff") & set(shown)
    assert not shown.lstrip().startswith("::")
    assert "##[" not in shown
    assert "##vso[" not in shown.lower()


@given(st.text())
def test_characters_are_shown_one_by_one(text):
    assert len(visible_characters(text)) == len(text)
    assert "".join(visible_characters(text)) == visible(text)


def test_clipped_text_has_the_length_asked_for():
    assert clip("abcdef", 6) == "abcdef"
    assert clip("abcdef", 5) == "abcd…"
