import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tqcheck import renderings, tables
from tqcheck.renderings import MAYBE, SAME, distance, place_mentions, speaks_of


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Зеленський", "Zelenskyy"),
        ("Зеленський", "Selenskyj"),
        ("Zelensky", "ゼレンスキー"),
        ("Johnson", "존슨"),
        ("Johnson", "جونسون"),
        ("Netanyahu", "נתניהו"),
        ("Modi", "मोदी"),
        ("Kyjeva", "Києва"),
        ("Steinmeier", "Штайнмайера"),
        ("Θεσσαλονίκη", "Thessaloniki"),
        ("Čapek", "Чапеком"),
        ("Merkel", "メルケル"),
    ],
)
def test_one_name_in_two_scripts_sounds_the_same(one, other):
    assert distance(one, other) <= SAME
    assert distance(other, one) <= SAME


@pytest.mark.parametrize(("one", "other"), [("Murray", "Hamáček"), ("Kerry", "Smith"), ("Scholz", "ゼレンスキー"), ("Trump", "Байден")])
def test_two_names_do_not_sound_the_same(one, other):
    assert distance(one, other) > MAYBE


def test_chinese_characters_are_not_compared_by_sound():
    assert distance("特朗普", "Trump") == 1.0
    assert distance("北京", "北京") == 1.0


@given(st.text(max_size=20), st.text(max_size=20))
def test_a_distance_is_between_nothing_and_all_and_the_same_both_ways(one, other):
    found = distance(one, other)
    assert 0.0 <= found <= 1.0
    assert found == pytest.approx(distance(other, one))


def _places(text, lang):
    return [(text[found.start : found.end], sorted(found.places), found.sure) for found in place_mentions(text, lang)]


def test_places_are_found_with_their_endings():
    assert _places("Odjel z Vídně do Nigérie.", "cs") == [("Vídně", ["AT/Vienna"], True), ("Nigérie", ["NG"], True)]
    assert _places("Oroszországban és Franciaországba", "hu") == [
        ("Oroszországban", ["RU"], True),
        ("Franciaországba", ["FR"], True),
    ]
    assert _places("러시아 대통령은 이라크로 갔다.", "ko") == [("러시아", ["RU"], True), ("이라크", ["IQ"], True)]


def test_the_adjective_of_a_nation_is_not_sure():
    assert _places("The French and the Russians", "en") == [("French", ["FR"], False), ("Russians", ["RU"], False)]
    assert _places("ruský prezident", "cs") == [("ruský", ["RU"], False)]


def test_the_longer_name_counts():
    assert _places("In Niger and Nigeria, not in Oman.", "en") == [
        ("Niger", ["NE"], True),
        ("Nigeria", ["NG"], True),
        ("Oman", ["OM"], True),
    ]
    assert _places("中国和美国", "zh") == [("中国", ["CN"], True), ("美国", ["US"], True)]
    assert _places("ローマンとローマ", "ja") == [("ローマ", ["IT/Rome"], True)]


def test_an_acronym_with_full_stops_is_a_name():
    assert _places("He left the U.S. today.", "en") == [("U.S.", ["US"], True)]


def test_small_words_are_no_places():
    assert _places("und so weiter, and so on", "de") == []
    assert _places("and so on", "en") == []


@given(st.text(max_size=60), st.sampled_from(["en", "cs", "zh", "ja", "ko", "ar", "he", "hi", "xx"]))
def test_places_stand_within_the_text_and_in_order(text, lang):
    found = place_mentions(text, lang)
    assert all(0 <= place.start < place.end <= len(text) for place in found)
    assert list(found) == sorted(found, key=lambda place: place.start)


def test_the_gazetteer_has_every_working_language_and_most_capitals():
    languages = "ar bg cs de el en es fa fi fr he hi hr hu it ja ko nl pl pt ro ru sk sr sv tr uk zh"
    assert " ".join(sorted(renderings.languages())) == languages
    assert all(speaks_of("RU", lang) for lang in renderings.languages())
    assert speaks_of("AT/Vienna", "hu")


@pytest.mark.parametrize(
    ("name", "key"), [("places", ("place", "lang", "kind")), ("negations", ("lang", "entry")), ("name-words", ("lang", "word"))]
)
def test_tables_are_sorted_unique_and_composed(name, key):
    rows = [tuple(row[column] for column in key) for row in tables.table(name)]
    assert len(set(rows)) == len(rows)
    lines = ["\t".join(row.values()) for row in tables.table(name)]
    assert lines == sorted(lines)
    assert all(unicodedata.is_normalized("NFC", line) for line in lines)


def test_names_of_a_place_are_no_longer_than_names_are():
    assert all(len(name) < 80 for row in tables.table("places") for name in row["names"].split("; "))
