"""When two spellings are one name."""

import pytest

from tqcheck.annotate import AnnotatedArticle
from tqcheck.article import Article
from tqcheck.spellings import first_names, is_excused, is_respelt, is_spoken, place_pairs, side_by_side


def test_the_pairs_of_places_come_with_a_pattern_that_finds_their_forms():
    pairs, pattern, names = place_pairs("en")
    assert ("Kyiv", "Kiev") in pairs
    assert [names[match.lastgroup] for match in pattern.finditer("From Kiev to Kyiv, not Kievan.")] == ["Kiev", "Kyiv"]


def test_where_names_have_cases_the_pattern_finds_them():
    _, pattern, names = place_pairs("pl")
    assert [names[match.lastgroup] for match in pattern.finditer("W Lvivie padało.")] == ["Lviv"]


def test_a_language_without_pairs_has_no_pattern():
    assert place_pairs("xx") == (set(), None, {})


@pytest.mark.parametrize(
    ("one", "other", "is_one"),
    [("Zelenskyj", "Zelenskij", True), ("Zelensky", "Zelenskyj", True), ("Putin", "Putina", False), ("Africký", "Afriky", False)],
)
def test_an_ending_is_no_other_spelling(one, other, is_one):
    assert is_respelt(one, other, "sound") is is_one


def test_an_old_form_is_right_in_speech_and_in_a_title():
    article = AnnotatedArticle(Article("a1", text="“Kiev is ours,” he said. The Kiev Courier said so. Kiev slept.", lang="en"))
    assert [is_excused(article, *match.span()) for match in place_pairs("en")[1].finditer(article.text)] == [True, True, False]


def test_a_name_between_quotation_marks_is_not_speech():
    article = AnnotatedArticle(Article("a1", text="The centre “Viasna” said: “Now Viasna lives.”", lang="en"))
    assert [is_spoken(article, mention) for mention in article.names if mention.form == "Viasna"] == [False, True]


def test_some_pairs_stand_for_two_things():
    assert frozenset(("Shanxi", "Shaanxi")) in side_by_side("en")


def test_first_names_have_groups():
    assert first_names()["nikolai"] & first_names()["mykola"]
