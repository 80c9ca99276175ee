"""The tables under tqcheck/data and the clean corpus: what they promise to the rules that read them."""

import json
import unicodedata
from pathlib import Path

import pytest
import regex

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "tqcheck" / "data"
CLEAN = ROOT / "corpora" / "clean"
EUROPEAN = {"en", "de", "fr", "es", "it", "pt", "nl", "pl", "cs", "sk", "uk", "ru", "bg", "hr", "sr", "ro", "hu", "el", "tr", "sv", "fi"}
LANGUAGES = EUROPEAN | {"ar", "he", "fa", "hi", "zh", "ja", "ko"}
PLACE_NAMES_AT_LEAST = {
    "en": 120,
    **dict.fromkeys(("de", "fr", "es", "it", "pl", "cs"), 40),
    **dict.fromkeys(("pt", "nl", "sk", "uk", "ru", "sv"), 20),
}
COLUMNS = {
    "abbreviations.tsv": ["lang", "entry"],
    "age-words.tsv": ["lang", "kind", "entry"],
    "calendar.tsv": ["lang", "kind", "number", "entry"],
    "gender-words.tsv": ["lang", "kind", "masculine", "feminine"],
    "given-names.tsv": ["name"],
    "name-words.tsv": ["lang", "word"],
    "negations.tsv": ["lang", "entry", "kind"],
    "places.tsv": ["place", "lang", "kind", "names"],
    "number-words.tsv": ["lang", "entry", "value"],
    "acronyms.tsv": ["acronym", "stands for"],
    "agencies.tsv": ["agency"],
    "alphabets.tsv": ["lang", "scripts", "without", "latin_loans"],
    "attributions.tsv": ["lang", "kind", "entry", "example"],
    "boilerplate.tsv": ["lang", "kind", "entry", "match", "example"],
    "calibration.tsv": ["lang", "label", "one", "other"],
    "chat-phrases.tsv": ["lang", "kind", "entry", "match"],
    "denials.tsv": ["lang", "entry"],
    "first-names.tsv": ["name", "forms"],
    "function-words.tsv": ["lang", "entry", "in_names"],
    "languages.tsv": [
        "lang", "inflects_names", "noun_capitals", "spaced", "space_before", "ordinal_dot",
        "articles", "name_links", "comma_in_quotes", "determiners", "tones",
    ],
    "length-ratios.tsv": ["lang", "from_english", "to_english", "spread", "short"],
    "letters.tsv": ["lang", "letters"],
    "lookalikes.tsv": ["script", "latin", "lookalike", "code", "langs"],
    "loose-words.tsv": ["lang", "entry"],
    "no-noun-endings.tsv": ["lang", "entry", "kind"],
    "number-signs.tsv": ["sign", "kind", "value"],
    "number-symbols.tsv": ["lang", "decimal", "group", "fixed"],
    "place-names.tsv": ["lang", "prefer", "variant", "note", "provenance"],
    "punctuation.tsv": ["lang", "opening", "closing", "provenance"],
    "quantity-words.tsv": ["lang", "entry", "kind", "value"],
    "spelling-variants.tsv": ["lang", "word", "one", "other"],
    "style-guides.tsv": ["guide", "lang", "prefer", "instead", "source"],
    "units.tsv": ["lang", "entry", "dimension", "factor"],
    "word-doublings.tsv": ["lang", "entry", "kind", "not_after", "not_before"],
    "word-forms.tsv": ["lang", "dictionary", "long_list", "compounds", "other_endings", "clitics"],
}  # fmt: skip
SORT_KEY = {
    "abbreviations.tsv": ("lang", "entry"),
    "age-words.tsv": ("lang", "kind", "entry"),
    "calendar.tsv": ("lang", "kind", "number", "entry"),
    "gender-words.tsv": ("lang", "kind", "masculine", "feminine"),
    "given-names.tsv": ("name",),
    "name-words.tsv": ("lang", "word"),
    "negations.tsv": ("lang", "entry"),
    "places.tsv": ("place", "lang", "kind"),
    "number-words.tsv": ("lang", "entry"),
    "acronyms.tsv": ("acronym",),
    "agencies.tsv": ("agency",),
    "alphabets.tsv": ("lang",),
    "attributions.tsv": ("lang", "entry", "kind"),
    "boilerplate.tsv": ("lang", "entry", "match"),
    "calibration.tsv": ("lang", "label", "one", "other"),
    "chat-phrases.tsv": ("lang", "entry", "kind"),
    "denials.tsv": ("lang", "entry"),
    "first-names.tsv": ("name",),
    "function-words.tsv": ("lang", "entry"),
    "languages.tsv": ("lang",),
    "length-ratios.tsv": ("lang",),
    "letters.tsv": ("lang",),
    "lookalikes.tsv": ("script", "latin"),
    "loose-words.tsv": ("lang", "entry"),
    "no-noun-endings.tsv": ("lang", "entry"),
    "number-signs.tsv": ("sign",),
    "number-symbols.tsv": ("lang",),
    "place-names.tsv": ("lang", "prefer", "variant"),
    "punctuation.tsv": ("lang", "opening", "closing"),
    "quantity-words.tsv": ("lang", "entry", "kind"),
    "spelling-variants.tsv": ("lang", "word", "one"),
    "style-guides.tsv": ("guide", "lang", "prefer", "instead"),
    "units.tsv": ("lang", "entry"),
    "word-doublings.tsv": ("lang", "entry"),
    "word-forms.tsv": ("lang",),
}
MAY_BE_BLANK = {("place-names.tsv", "note"), ("word-doublings.tsv", "not_after"), ("word-doublings.tsv", "not_before")}
GOES_ON_WITH_ANY_TEXT = {"share", "subscribe", "cookie"}
PREFIXED_OR_UNSPACED = {"ar", "he", "zh", "ja", "ko"}


def read_table(name: str) -> list[dict[str, str]]:
    lines = [line for line in (DATA / name).read_text("utf-8").splitlines() if not line.startswith("# ")]
    header = lines[0].split("\t")
    return [dict(zip(header, line.split("\t"), strict=True)) for line in lines[1:]]


def folded(text: str, lang: str) -> str:
    if lang == "tr":
        text = text.replace("İ", "i").replace("I", "ı")
    return text.replace("’", "'").casefold()


def read_articles(lang: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in (CLEAN / f"{lang}.jsonl").read_text("utf-8").splitlines()]


def test_every_table_is_known_to_these_tests():
    assert {path.name for path in DATA.glob("*.tsv")} == set(COLUMNS)


tables = pytest.mark.parametrize("name", sorted(COLUMNS))


@tables
def test_a_table_opens_with_its_provenance_and_its_header(name):
    lines = (DATA / name).read_text("utf-8").splitlines()
    comments = [line for line in lines if line.startswith("#")]
    assert any("rovenance" in line for line in comments)
    assert any("Apache-2.0" in line for line in comments)
    assert lines[: len(comments)] == comments
    assert lines[len(comments)].split("\t") == COLUMNS[name]


@tables
def test_every_row_fills_its_cells(name):
    blank = [
        row
        for row in read_table(name)
        for column, cell in row.items()
        if cell != cell.strip() or (not cell and (name, column) not in MAY_BE_BLANK)
    ]
    assert blank == []


@tables
def test_a_table_is_sorted_and_says_nothing_twice(name):
    keys = [tuple(row[column] for column in SORT_KEY[name]) for row in read_table(name)]
    assert keys == sorted(set(keys))


@tables
def test_a_table_is_nfc_and_free_of_invisible_characters(name):
    text = (DATA / name).read_text("utf-8")
    assert unicodedata.normalize("NFC", text) == text
    assert text.endswith("\n")
    assert regex.findall(r"[\p{Cc}\p{Cf}\p{Zs}--[\t\n \u200c]]", text, flags=regex.V1) == []


@pytest.mark.parametrize("name", sorted(name for name, columns in COLUMNS.items() if "lang" in columns))
def test_a_table_names_languages_by_their_primary_subtag(name):
    tags = {row["lang"] for row in read_table(name)}
    assert all(regex.fullmatch(r"[a-z]{2}|\*", tag) for tag in tags), tags
    if name in {"boilerplate.tsv", "attributions.tsv", "place-names.tsv", "calibration.tsv", "chat-phrases.tsv"}:
        assert tags <= LANGUAGES


@tables
def test_a_cell_does_not_mix_cyrillic_and_latin_letters_in_a_word(name):
    words = [word for row in read_table(name) for cell in row.values() for word in regex.findall(r"\p{L}+", cell)]
    assert [word for word in words if regex.search(r"\p{Latin}", word) and regex.search(r"[\p{Cyrillic}\p{Greek}]", word)] == []


@pytest.mark.parametrize(("name", "least"), [("boilerplate.tsv", 12), ("attributions.tsv", 10)], ids=["boilerplate", "attributions"])
def test_every_language_has_its_share(name, least):
    rows = read_table(name)
    counts = {lang: sum(row["lang"] == lang for row in rows) for lang in LANGUAGES}
    assert {lang: count for lang, count in counts.items() if count < least} == {}


def test_boilerplate_uses_known_kinds_and_match_modes():
    rows = read_table("boilerplate.tsv")
    assert {row["kind"] for row in rows} == {
        *("advertisement", "read-also", "share", "subscribe", "cookie", "caption"),
        *("credit", "source-note", "comments", "copyright", "video", "app", "reading-time"),
    }
    assert {row["match"] for row in rows} == {"line", "line-start", "line-end"}


def test_boilerplate_entries_are_folded_and_end_without_punctuation():
    rows = read_table("boilerplate.tsv")
    for row in rows:
        assert row["entry"] == row["entry"].lower().replace("’", "'")
    assert [row for row in rows if not regex.search(r"[\p{L}\p{M}\p{N}]$", row["entry"])] == []


@pytest.mark.parametrize("row", read_table("boilerplate.tsv"), ids=lambda row: f"{row['lang']}-{row['entry']}-{row['match']}")
def test_a_boilerplate_example_contains_its_entry_by_its_match_mode(row):
    example, entry = folded(row["example"], row["lang"]), folded(row["entry"], row["lang"])
    before, found, after = example.partition(entry) if row["match"] != "line-end" else example.rpartition(entry)
    assert found
    if row["match"] == "line":
        assert not before.strip("† •»>" + "0123456789" * (row["kind"] == "reading-time"))
        assert not regex.search(r"\p{L}", after)
    elif row["match"] == "line-start":
        assert not before
        if row["kind"] not in GOES_ON_WITH_ANY_TEXT:
            assert regex.match(r"\s*(?:[-:：–—|/(（.©]|$)", after)
        else:
            assert row["lang"] in {"zh", "ja", "ko"} or not regex.match(r"[\p{L}\p{M}]", after)
    else:
        assert regex.fullmatch(r"[\p{P}\s]*", after)
        assert row["lang"] in {"zh", "ja", "ko"} or not regex.search(r"[\p{L}\p{M}]$", before)


def test_attributions_use_known_kinds_and_every_language_has_the_first_three():
    rows = read_table("attributions.tsv")
    kinds = {"verb", "preposition", "postposition", "outlet", "pronoun", "relative", "filler", "particle"}
    assert {row["kind"] for row in rows} == kinds
    found = {(row["lang"], row["kind"].replace("post", "pre")) for row in rows}
    assert found >= {(lang, kind) for lang in LANGUAGES for kind in ("verb", "preposition", "outlet")}


@pytest.mark.parametrize("row", read_table("attributions.tsv"), ids=lambda row: f"{row['lang']}-{row['kind']}-{row['entry']}")
def test_an_attribution_example_uses_its_entry(row):
    entry, example = regex.escape(folded(row["entry"], row["lang"])), folded(row["example"], row["lang"])
    pattern = entry if row["lang"] in PREFIXED_OR_UNSPACED else rf"(?<![\p{{L}}\p{{M}}]){entry}(?![\p{{L}}\p{{M}}])"
    assert regex.search(pattern, example)
    assert regex.search(r"[.。।]$", example)


def test_no_place_name_is_both_right_and_wrong():
    rows = read_table("place-names.tsv")
    preferred = {(row["lang"], row["prefer"].casefold()) for row in rows}
    variants = [(row["lang"], row["variant"].casefold()) for row in rows]
    assert preferred.isdisjoint(variants)
    assert len(variants) == len(set(variants))


def test_age_words_gender_words_and_calendar_use_known_kinds():
    kinds = {name: {row["kind"] for row in read_table(name)} for name in ("age-words.tsv", "gender-words.tsv", "calendar.tsv")}
    assert kinds == {
        "age-words.tsv": {"before", "after", "past"},
        "gender-words.tsv": {"subject", "form", "noun", "either", "title", "family", "place", "verb"},
        "calendar.tsv": {"month", "weekday"},
    }


def test_no_gender_word_is_of_both_sexes_unless_it_shows_none():
    rows = [row for row in read_table("gender-words.tsv") if row["kind"] in {"subject", "form", "noun", "verb"}]
    masculine, feminine = ({(row["lang"], row["kind"], row[sex]) for row in rows} for sex in ("masculine", "feminine"))
    assert masculine & feminine == set()


def test_a_month_or_weekday_has_one_number_and_every_language_of_the_table_has_seven_weekdays():
    rows = read_table("calendar.tsv")
    entries = [(row["lang"], row["kind"], row["entry"]) for row in rows]
    assert len(entries) == len(set(entries))
    weekdays = {
        lang: {row["number"] for row in rows if (row["lang"], row["kind"]) == (lang, "weekday")} for lang in {r["lang"] for r in rows}
    }
    assert {lang for lang, numbers in weekdays.items() if numbers != set("1234567")} == set()
    assert {row["number"] for row in rows if row["kind"] == "month"} == {f"{number:02}" for number in range(1, 13)}


def test_number_words_have_a_value_in_figures_or_are_units():
    assert [row for row in read_table("number-words.tsv") if not regex.fullmatch(r"[1-9]\d*|unit", row["value"])] == []


def test_no_style_guide_both_prefers_and_replaces_a_form_or_replaces_one_twice():
    rows = read_table("style-guides.tsv")
    preferred = {(row["guide"], row["lang"], row["prefer"]) for row in rows}
    replaced = [(row["guide"], row["lang"], row["instead"]) for row in rows]
    assert preferred.isdisjoint(replaced)
    assert len(replaced) == len(set(replaced))
    assert {row["lang"] for row in rows} <= LANGUAGES


def test_place_name_notes_and_provenances_are_known():
    rows = read_table("place-names.tsv")
    assert {row["note"] for row in rows} == {"", "co-use"}
    assert {row["provenance"] for row in rows} == {"written for tqcheck", "UN geographical names"}


def test_place_names_cover_the_languages_that_were_promised():
    rows = read_table("place-names.tsv")
    counts = {lang: sum(row["lang"] == lang for row in rows) for lang in PLACE_NAMES_AT_LEAST}
    assert {lang: count for lang, count in counts.items() if count < PLACE_NAMES_AT_LEAST[lang]} == {}


def test_abbreviations_are_lower_case_without_their_final_full_stop():
    rows = read_table("abbreviations.tsv")
    assert [row for row in rows if row["entry"] != row["entry"].lower() or row["entry"].endswith(".") or len(row["entry"]) < 2] == []
    assert {row["lang"] for row in rows} >= EUROPEAN


def test_a_general_abbreviation_is_not_listed_again_for_a_language():
    rows = read_table("abbreviations.tsv")
    general = {row["entry"] for row in rows if row["lang"] == "*"}
    assert [row for row in rows if row["lang"] != "*" and row["entry"] in general] == []


@pytest.mark.parametrize("lang", sorted(LANGUAGES))
def test_clean_articles_are_whole_and_tidy(lang):
    articles = read_articles(lang)
    assert [article["id"] for article in articles] == [f"clean-{lang}-{number}" for number in (1, 2, 3)]
    for article in articles:
        assert set(article) == {"id", "lang", "title", "text"}
        assert article["lang"] == lang
        assert "\n\n" in article["text"]
        for field in (article["title"], article["text"]):
            assert field == field.strip()
            assert unicodedata.normalize("NFC", field) == field
            assert "  " not in field
        assert folded(article["title"], lang) not in [folded(line, lang) for line in article["text"].splitlines()]


def test_clean_articles_carry_no_boilerplate_line():
    lines = {
        (lang, folded(line, lang).strip(" .:!?。：।"))
        for lang in LANGUAGES
        for article in read_articles(lang)
        for line in article["text"].splitlines()
    }
    assert lines.isdisjoint((row["lang"], folded(row["entry"], row["lang"])) for row in read_table("boilerplate.tsv"))
