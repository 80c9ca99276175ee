"""coverage.py: what one text says that the other does not."""

from __future__ import annotations

import pytest

from tqcheck import coverage, tables
from tqcheck.annotate import AnnotatedArticle, Span
from tqcheck.article import Article
from tqcheck.embed import load_vectors


@pytest.fixture(scope="module")
def article():
    return AnnotatedArticle(Article("a", text="x", lang="en"), load_vectors())


def test_a_translation_of_the_usual_length_deviates_by_little():
    assert abs(coverage.length_deviation("Most je uzavřen kvůli povodni.", "The bridge is closed because of the flood.", "cs", "en")) < 2


def test_a_third_of_a_sentence_is_far_too_short_and_three_times_one_far_too_long():
    source = "The council will decide on Monday whether the bridge stays closed until the end of the year."
    assert coverage.length_deviation(source, source[:30], "en", "de") < -4
    assert coverage.length_deviation(source, source * 3, "en", "de") > 4


def test_languages_differ_in_length_and_the_way_there_differs_from_the_way_back():
    assert (
        abs(coverage.length_deviation("桥梁因洪水关闭，市长说。", "The bridge is closed because of the flood, the mayor said.", "zh", "en"))
        < 2
    )
    assert coverage.english_letters("桥梁因洪水关闭", "zh") == pytest.approx(7 / 0.332)


def test_an_unknown_language_has_no_usual_length():
    assert coverage.length_deviation("a", "b", "en", "tlh") is None
    assert coverage.english_letters("abc", "tlh") == 0.0


def test_the_stretch_that_nothing_stands_for_is_found(article):
    text = "The bridge is closed, and the bakery sells fresh bread and cakes every morning"
    found = coverage.uncovered(article, text, "Die Brücke ist gesperrt.")
    assert found.span is not None
    assert "bakery sells fresh bread" in text[slice(*found.span)]
    assert "bridge is closed" not in text[slice(*found.span)]


def test_what_is_said_beside_is_covered(article):
    text = "The bakery sells fresh bread every morning."
    assert coverage.uncovered(article, text, "Die Brücke ist gesperrt.").share > 0.5
    assert coverage.uncovered(article, text, "Die Brücke ist gesperrt.", "Die Bäckerei verkauft jeden Morgen frisches Brot.").span is None


def test_a_text_that_says_one_thing_twice_repeats_itself(article):
    once = "The government wants to build two hundred kilometres of new railway lines in the north before the end of the decade."
    assert coverage.repeated_share(article, once) == 0.0
    assert coverage.repeated_share(article, f"{once} {once}") > 0.8


def test_small_words_say_nothing_of_their_own():
    assert coverage.content_words("it was the manner in which", "en") == 1
    assert coverage.content_words("桥梁因洪水关闭", "zh") == 2


@pytest.mark.parametrize("text", ["", "  ", "…", "a"])
def test_a_text_without_words_is_covered(article, text):
    assert coverage.uncovered(article, text, "Die Brücke.").span in {None, Span(0, len(text))}
    assert coverage.mean_coverage(article, text, "") == 0.0


def test_the_table_of_lengths_knows_each_language_once():
    rows = tables.table("length-ratios")
    assert len({row["lang"] for row in rows}) == len(rows)
    assert all(0.2 < float(row["from_english"]) < 1.5 for row in rows)
