import pytest
from hypothesis import given
from hypothesis import strategies as st

from tqcheck import tables
from tqcheck.leftovers import MAX_LETTERS, kind_of, phrases

ENGLISH = phrases(("en",))


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("Advertisement", "advertisement"),
        ("ADVERTISEMENT", "advertisement"),
        ("Advertisement'; }", "advertisement"),
        ("Reklama", "advertisement"),
        ("Anzeige", "advertisement"),
        ("Read also: Why the dam broke", "read-also"),
        ("Photo: Reuters", "credit"),
        ("Cars and mud – illustrative photo.", "caption"),
    ],
)
def test_a_line_of_the_page_is_known_by_what_it_is(line, kind):
    assert kind_of(line, ENGLISH) in {kind, {"credit": "caption", "caption": "credit"}.get(kind)}


@pytest.mark.parametrize(
    "line",
    [
        "",
        " ",
        "·",
        "| • |",
        "The advertisement for it had cost a million.",
        "Photo of the year goes to Anna Lind",
        "Share prices fell.",
        "He left.",
        "Advertisement. The bridge reopened on Monday.",
        "Photo: " + "x" * MAX_LETTERS,
    ],
)
def test_a_line_of_the_article_is_nothing_of_the_page(line):
    assert kind_of(line, ENGLISH) is None


def test_a_line_of_two_leftovers_is_one():
    assert kind_of("Illustrative photo. Photo: press service", ENGLISH) is not None


def test_a_pointer_of_another_language_is_known_only_when_its_language_is_asked():
    assert kind_of("Čtěte také: Proč praskla hráz", ENGLISH) is None
    assert kind_of("Čtěte také: Proč praskla hráz", phrases(("cs", "en"))) == "read-also"


@given(st.text(st.sampled_from("Ad:Photo |•·.!?-–()[]1 \n\u00a0広告"), max_size=40), st.sampled_from(("en", "zh", "tr")))
def test_any_line_has_a_kind_of_the_table_or_none(line, lang):
    assert kind_of(line, phrases((lang, "en"))) in {None, *(row["kind"] for row in tables.table("boilerplate"))}
