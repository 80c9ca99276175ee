"""Quantities: what figures and words are worth, in every language of the tables; and how the rule compares them."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tqcheck import number_words, quantities, tables
from tqcheck.annotate import AnnotatedArticle
from tqcheck.article import Article, Severity
from tqcheck.quantities import CODE, FIGURES, HINT, WORDS
from tqcheck.rules import number_mismatch

LANGS = sorted({row["lang"] for row in tables.table("quantity-words")})
SPELLED = [
    line.split("\t")
    for line in (Path(__file__).parent / "spelled_numbers.tsv").read_text("utf-8").splitlines()
    if not line.startswith(("#", "lang"))
]
SYMBOLS = {row["lang"]: row for row in tables.table("number-symbols")}
DIGITS = {"ar": "٠١٢٣٤٥٦٧٨٩", "fa": "۰۱۲۳۴۵۶۷۸۹", "hi": "०१२३४५६७८९", "ja": "０１２３４５６７８９"}


def values(text, lang="en", kind=None):
    """All numbers that a text may hold; of one kind only."""
    return {value for found in quantities.find(text, lang) if kind in (None, found.kind) for value in found.values}


def first(text, lang="en"):
    return next(found for found in quantities.find(text, lang) if found.kind in (FIGURES, WORDS, CODE))


def numbers(*written):
    return {Decimal(str(number)) for number in written}


def marks(target, source, lang="en", source_lang="de"):
    segments = ([target], [source]) if isinstance(target, str) else (target, source)
    article = Article("a1", lang=lang, source_lang=source_lang, segments=tuple(segments[0]), source_segments=tuple(segments[1]))
    annotated = AnnotatedArticle(article)
    return [(annotated.text[mark.start : mark.end], mark) for mark in number_mismatch.check(annotated)]


def marked(target, source, lang="en", source_lang="de"):
    return [surface for surface, _ in marks(target, source, lang, source_lang)]


# -- figures ------------------------------------------------------------------------------------------------------------


@given(
    st.integers(min_value=0, max_value=10**12), st.sampled_from([",", ".", " ", "\u00a0", "\u202f", "'", "’", ""]), st.sampled_from(LANGS)
)
def test_a_whole_number_grouped_in_any_way_is_read_as_its_value(number, mark, lang):
    notation = f"{number:,}".replace(",", mark)
    assert number in first(notation, lang).readings


@given(st.decimals(min_value=0, max_value=10**9, places=2), st.sampled_from(sorted(SYMBOLS)))
def test_a_decimal_number_as_the_language_writes_it_is_read_as_its_value(number, lang):
    group = SYMBOLS[lang]["group"].replace("blank", "\u00a0")
    notation = f"{number:,.2f}".replace(",", "_").replace(".", SYMBOLS[lang]["decimal"]).replace("_", group)
    assert number in first(notation, lang).readings


@given(st.integers(min_value=100, max_value=10**10), st.sampled_from(sorted(DIGITS)))
def test_the_figures_of_other_scripts_are_read(number, lang):
    digits = DIGITS[lang]
    assert number in first("".join(digits[int(figure)] for figure in str(number)), lang).readings


@given(st.text(max_size=80), st.sampled_from([*LANGS, "xx"]))
def test_every_quantity_lies_within_the_text_and_no_text_breaks_the_reader(text, lang):
    for found in quantities.find(text, lang):
        assert 0 <= found.start < found.end <= len(text)
        for part in found.parts:
            assert found.start <= part.start < part.end <= found.end


@pytest.mark.parametrize(
    ("text", "lang", "expected"),
    [
        ("1,00,000", "hi", numbers(100_000)),
        ("1.234", "en", numbers("1.234", 1234)),
        ("25 .000", "de", numbers(25_000)),
        ("1万0363・18", "ja", numbers("10363.18")),
        ("１億２０００万円", "ja", numbers(120_000_000)),
        ("2.7万", "zh", numbers(27_000)),
        ("1억 2,000만", "ko", numbers(120_000_000)),
        ("30 tisíc", "cs", numbers(30_000)),
        ("75,9 тыс.", "ru", numbers(75_900)),
        ("£2.8bn", "en", numbers(2_800_000_000)),
        ("2.000 millones", "es", numbers(2_000_000, 2_000_000_000)),
        ("3,5 Mrd. Euro", "de", numbers(3_500_000_000)),
        ("41.78 lakh", "en", numbers(4_178_000)),
        ("20 milyondan fazla", "tr", numbers(20_000_000)),
        ("11 милиjaрди", "sr", numbers(11_000_000_000)),
        ("1割8分2厘", "ja", numbers("0.182", "18.2", "1.82")),
        ("平成18年", "ja", numbers(2006, 18)),
    ],
)
def test_figures_with_what_multiplies_them(text, lang, expected):
    assert set(first(text, lang).values) == expected


def test_a_scale_at_the_end_of_a_range_may_hold_for_its_beginning():
    assert numbers(5, 5_000_000) <= values("5 to 10 million")


@pytest.mark.parametrize(
    ("text", "parts"),
    [("at 19.15", [19, 15]), ("on 3.5.2023", [3, 5, 2023]), ("it is 10:30", [10, 30]), ("they are 10,12 years", [10, 12])],
)
def test_what_may_be_a_date_a_time_or_a_list_has_parts(text, parts):
    assert [min(part.values) for part in first(text).parts] == parts


@pytest.mark.parametrize("text", ["Covid-19", "the A380", "H1N1", "in G20"])
def test_figures_in_names_are_codes(text):
    assert {found.kind for found in quantities.find(text, "en")} == {CODE}


@pytest.mark.parametrize("text", ["https://example.org/2020/17", "@user99", "#top10", "a1@example.org"])
def test_addresses_and_tags_hold_no_quantity(text):
    assert quantities.find(text, "en") == ()


# -- words --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("lang", "value", "words"), SPELLED, ids=lambda cell: cell)
def test_a_number_that_unicode_spells_out_is_read_as_one_quantity(lang, value, words):
    whole = [found for found in quantities.find(words, lang) if found.start == 0 and found.end == len(words)]
    assert any(Decimal(value) in found.readings for found in whole)


@pytest.mark.parametrize(
    ("text", "lang", "value"),
    [
        ("twenty-five", "en", 25),
        ("one hundred and one", "en", 101),
        ("fünfundzwanzigtausend", "de", 25_000),
        ("quatre-vingt-dix-sept", "fr", 97),
        ("двадцати пяти", "ru", 25),
        ("pětadvaceti", "cs", 25),
        ("jednačtyřicet", "cs", 41),
        ("treinta y dos", "es", 32),
        ("خمسة وعشرون", "ar", 25),
        ("السادس والثلاثين", "ar", 36),
        ("עשרים וחמישה", "he", 25),
        ("三万五千", "zh", 35_000),
        ("二〇二三", "zh", 2023),
        ("kahdenkymmenenviiden", "fi", 25),
        ("huszonötezer", "hu", 25_000),
    ],
)
def test_words_that_are_surely_a_number(text, lang, value):
    assert [set(found.values) for found in quantities.find(text, lang) if found.kind == WORDS] == [numbers(value)]


@pytest.mark.parametrize(
    ("text", "lang", "value"),
    [
        ("both", "en", 2),
        ("two and a half million", "en", 2_500_000),
        ("half a million", "en", 500_000),
        ("dva a půl milionu", "cs", 2_500_000),
        ("třicetiletý", "cs", 30),
        ("dreißigjährige", "de", 30),
        ("čtyřicetidvouletý", "cs", 42),
        ("Tabellenvierten", "de", 4),
        ("XIX век", "ru", 19),
        ("in May", "en", 5),
        ("三分之一", "zh", "0.3333"),
        ("百分之五", "zh", 5),
        ("полтора", "ru", "1.5"),
        ("a decade", "en", 10),
    ],
)
def test_words_that_may_hold_a_number_are_hints(text, lang, value):
    assert numbers(value) <= values(text, lang, HINT)
    assert values(text, lang, WORDS) == set()


def test_words_that_are_no_single_number_are_several():
    assert number_words.value_of([*number_words.pieces_of("five", "en"), *number_words.pieces_of("twenty", "en")]) is None


def test_a_language_that_the_table_does_not_know_has_no_number_words():
    assert not number_words.known("ga")
    assert quantities.find("fiche a cúig", "ga") == ()


# -- the rule -----------------------------------------------------------------------------------------------------------


@given(st.integers(min_value=13, max_value=10**7), st.sampled_from(sorted(SYMBOLS)), st.sampled_from(sorted(SYMBOLS)))
def test_a_number_in_the_two_notations_of_two_languages_is_one_number(number, lang, source_lang):
    def written(language):
        return f"{number:,}".replace(",", SYMBOLS[language]["group"].replace("blank", "\u00a0"))

    assert marked(f"({written(lang)})", f"({written(source_lang)})", lang, source_lang) == []


@given(st.integers(min_value=13, max_value=99_999), st.integers(min_value=13, max_value=99_999))
def test_another_number_is_marked_unless_it_is_a_year_of_the_other(number, other):
    found = marked(f"It has {number} legs.", f"Es hat {other} Beine.")
    if number == other:
        assert found == []
    elif not {number, other} & set(range(1800, 2100)) and (number > 100 or other > 100):
        assert found == [str(number)]


def test_the_same_figures_at_another_power_of_ten_are_critical():
    [(surface, mark)] = marks("It costs 100,000 euros.", "Es kostet 10.000 Euro.")
    assert (surface, mark.severity, mark.suggestion) == ("100,000", Severity.CRITICAL, "10,000")


def test_a_changed_number_names_both_and_suggests_the_target_languages_notation():
    [(_, mark)] = marks("Es kostet 52.000,75 Euro.", "It costs 25,000.75 euros.", "de", "en")
    assert mark.message == "The source has “25,000.75”; the translation has “52.000,75”."
    assert mark.suggestion == "25.000,75"


def test_a_missing_number_is_marked_on_the_whole_segment():
    [(surface, mark)] = marks(" It burns. ", "Es brennt seit 85 Tagen.")
    assert surface == "It burns."
    assert mark.message == "The source has “85”; the translation has no such number."


def test_a_number_that_moved_to_the_next_segment_is_not_missing():
    assert marked(["It burns.", "It has been burning for 85 days."], ["Es brennt seit 85 Tagen.", "Es brennt."]) == []


def test_a_number_said_twice_may_be_said_once():
    assert marked("All 85 of them came.", "Die 85 kamen, alle 85.") == []


@pytest.mark.parametrize(
    ("target", "source", "lang", "source_lang"),
    [
        ("It is 300 miles away.", "Je to 500 kilometrů.", "en", "cs"),
        ("He lost 200 pounds.", "Shodil 90 kg.", "en", "cs"),
        ("Es ist 30 Grad warm.", "It is 86 degrees.", "de", "en"),
        ("Er ist 1,98 m groß.", "He is 6-foot-6.", "de", "en"),
        ("In the last 24 hours it rained.", "За минувшие сутки шел дождь.", "en", "ru"),
        ("vor zwanzig Jahren", "two decades ago", "de", "en"),
        ("v 80. letech 19. století", "in the 1880s", "cs", "en"),
        ("165.500 kuna", "$26,750", "hr", "en"),
        ("in the round of 16", "в 1/8 финала", "en", "ru"),
        ("um 22.26 Uhr", "at 10:26 PM", "de", "en"),
        ("v půl šesté", "at 5.30pm", "cs", "en"),
        ("about 27,000 cases", "约2.7万例", "en", "zh"),
        ("100 000 lidí", "тисяч 100 людей", "cs", "uk"),
        ("3.2 million", "3,24 Millionen", "en", "de"),
        ("3 ½ years", "3½ Jahre", "en", "de"),
        ("23,94 лакха", "23.94 lakh", "ru", "en"),
    ],
)
def test_what_a_translator_may_convert_is_no_mismatch(target, source, lang, source_lang):
    assert marked(target, source, lang, source_lang) == []


def test_it_is_silent_without_a_source_or_in_a_language_without_number_words():
    assert list(number_mismatch.check(AnnotatedArticle(Article("a1", text="There are 25.", lang="en")))) == []
    assert marked("Bhí 25 ann.", "There were 52.", "ga", "en") == []


def test_a_number_of_any_length_is_compared_and_suggested():
    [(surface, mark)] = marks("It costs 1,000 euros.", f"Es kostet 1{'0' * 5001} Euro.")
    assert (surface, mark.severity, mark.suggestion) == ("1,000", Severity.CRITICAL, "1" + ",000" * 1667)
    assert marks(f"A half is 1/{'2' * 5000}.", f"Die Hälfte ist 1/{'2' * 5000}.") == []
