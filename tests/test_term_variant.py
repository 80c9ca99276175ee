"""What examples cannot show of term-variant: its options, what it hands on, borders of sentences, and the time it takes."""

import time

import pytest

from tqcheck import tables
from tqcheck.annotate import AnnotatedArticle
from tqcheck.article import Article
from tqcheck.embed import load_vectors
from tqcheck.rules import term_variant

SOURCE = (
    "Der Vertrag ist unterschrieben.",
    "Niemand kennt den Vertrag.",
    "Der Himmel ist blau.",
    "Der Vertrag gilt ab Montag.",
    "Die Firma hat den Vertrag.",
)
TARGET = (
    "The contract is signed.",
    "Nobody knows the contract.",
    "The sky is blue.",
    "The treaty is valid from Monday.",
    "The company has the contract.",
)


def article(target=TARGET, source=SOURCE, lang="en", source_lang="de"):
    given = Article("a", lang=lang, source_lang=source_lang, segments=tuple(target), source_segments=tuple(source))
    return AnnotatedArticle(given, load_vectors())


def found(annotated, **options):
    return [annotated.text[mark.start : mark.end] for mark in term_variant.check(annotated, **options)]


def test_the_mark_has_the_established_word_as_suggestion_and_its_place():
    annotated = article()
    (mark,) = term_variant.check(annotated)
    assert (annotated.text[mark.start : mark.end], mark.suggestion) == ("treaty", "contract")
    assert [annotated.text[start:end] for start, end in mark.related] == ["contract"]
    assert mark.message == "“treaty” here, but “contract” in 3 other places, for one term of the source: “Vertrag”."


def test_where_words_are_inflected_nothing_is_suggested():
    target = ("Smlouva je podepsána.", "Nikdo nezná smlouvu.", "Nebe je modré.", "Kontrakt platí od pondělí.", "Firma má smlouvu.")
    marks = list(term_variant.check(article(target, lang="cs")))
    assert [mark.suggestion for mark in marks] == [None]


def test_where_the_source_has_the_term_in_another_case_nothing_is_suggested():
    source = (
        "Договор подписан.",
        "Никто не видел договор.",
        "Небо синее.",
        "Условия договора действуют с понедельника.",
        "У фирмы есть договор.",
    )
    target = (*TARGET[:3], "The terms of the treaty are valid from Monday.", TARGET[4])
    annotated = article(target, source, source_lang="ru")
    (mark,) = term_variant.check(annotated)
    assert (annotated.text[mark.start : mark.end], mark.suggestion) == ("treaty", None)


@pytest.mark.parametrize(("least", "surfaces"), [(3, ["treaty"]), (4, ["treaty"]), (5, [])])
def test_a_term_must_stand_in_so_many_sentences(least, surfaces):
    assert found(article(), min_pairs=least) == surfaces


def test_two_translations_that_are_used_alike_are_left_alone():
    target = (TARGET[0], "Nobody knows the treaty.", *TARGET[2:])
    assert found(article(target)) == []


def test_a_word_that_stands_elsewhere_too_is_no_variant():
    target = (*TARGET[:2], "The treaty was blue.", *TARGET[3:])
    assert found(article(target)) == []


def test_a_language_without_blanks_and_an_unknown_one_are_left_alone():
    assert found(article(lang="ja")) == []
    assert found(article(source_lang="zh")) == []


def test_a_text_that_is_not_aligned_is_compared_sentence_by_sentence():
    given = Article("a", lang="en", source_lang="de", text=" ".join(TARGET), source_text=" ".join(SOURCE))
    assert found(AnnotatedArticle(given, load_vectors())) == ["treaty"]


def test_time_grows_with_the_length_and_not_with_its_square():
    def seconds(times):
        numbered = [(f"{one} Wort{i}.", f"{other} Word{i}.") for i in range(times) for one, other in zip(SOURCE, TARGET, strict=True)]
        annotated = article([target for _, target in numbered], [source for source, _ in numbered])
        assert annotated.sentence_pairs
        start = time.process_time()
        list(term_variant.check(annotated))
        return time.process_time() - start

    seconds(10)
    assert min(seconds(1200), seconds(1200)) < 12 * max(0.1, seconds(300))  # four times the text; a square would be sixteen times


@pytest.mark.parametrize("name", ["loose-words", "no-noun-endings"])
def test_the_tables_hold_single_words_of_languages_that_the_program_knows(name):
    rows = tables.table(name)
    assert {row["lang"] for row in rows} <= {row["lang"] for row in tables.table("languages")}
    assert [row for row in rows if " " in row["entry"] or row["entry"][0] == "-"] == []
