import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from tqcheck import tables
from tqcheck.tables import DATA, Language

NAMES = sorted(entry.name.removesuffix(".tsv") for entry in DATA.iterdir() if entry.name.endswith(".tsv"))


@pytest.fixture
def _fresh():
    """Run with empty caches, and leave none behind."""
    caches = (tables.table, tables.shipped, tables._content, tables._digest, tables.language)
    for cache in caches:
        cache.cache_clear()
    yield
    for cache in caches:
        cache.cache_clear()


@pytest.mark.parametrize("name", NAMES)
def test_every_table_can_be_read_and_has_rows_without_stray_blanks(name):
    rows = tables.table(name)
    assert rows
    assert all(cell == cell.strip() and "\u00a0" not in cell[:1] for row in rows for cell in row.values())


def test_rows_are_mappings_from_column_to_cell():
    assert {"acronym": "AKP", "stands for": "Adalet ve Kalkınma Partisi (Turkey)"} in tables.table("acronyms")


@pytest.mark.usefixtures("_fresh")
def test_a_row_with_a_cell_too_few_is_an_error_and_no_shorter_row(tmp_path, monkeypatch):
    (tmp_path / "short.tsv").write_text("# Provenance: a test\none\ttwo\nx\n", encoding="utf-8")
    monkeypatch.setattr(tables, "DATA", tmp_path)
    with pytest.raises(ValueError, match="shorter"):
        tables.table("short")


@pytest.mark.usefixtures("_fresh")
def test_comments_and_empty_lines_are_no_rows_but_a_hash_may_begin_an_entry(tmp_path, monkeypatch):
    (tmp_path / "small.tsv").write_text("# A comment\none\ttwo\n\n#metoo\tx\n# another\n", encoding="utf-8")
    monkeypatch.setattr(tables, "DATA", tmp_path)
    assert tables.table("small") == ({"one": "#metoo", "two": "x"},)


@pytest.mark.usefixtures("_fresh")
def test_the_digest_changes_with_any_table_and_with_nothing_else(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "DATA", tmp_path)
    (tmp_path / "b.tsv").write_text("x\n1\n", encoding="utf-8")
    (tmp_path / "a.tsv").write_text("x\n1\n", encoding="utf-8")
    digests = [tables.digest()]
    for name, content in (("note.txt", "x"), ("a.tsv", "x\n2\n")):
        (tmp_path / name).write_text(content, encoding="utf-8")
        tables._digest.cache_clear()
        tables._content.cache_clear()
        digests.append(tables.digest())
    assert digests[0] == digests[1] != digests[2]
    assert all(len(digest) == 8 for digest in digests)


@pytest.mark.parametrize("tag", ["de", "DE", "de-AT", "de_CH", "de-Latn-DE-1996"])
def test_a_language_is_found_by_its_primary_subtag(tag):
    german = tables.language(tag)
    assert german == tables.language("de")
    assert (german.noun_capitals, german.spaced, german.ordinal_dot) == (True, True, True)
    assert {"der", "die", "das"} <= german.articles


def test_what_rules_must_know_of_some_languages():
    english, french, chinese, czech = map(tables.language, ("en", "fr", "zh", "cs"))
    assert "the" in english.articles
    assert "of" in english.name_links
    assert english.comma_in_quotes
    assert not english.inflects_names
    assert {";", "?", "!"} <= set(french.space_before)
    assert not chinese.spaced
    assert czech.inflects_names
    assert czech.ordinal_dot
    assert czech.articles == frozenset()


@pytest.mark.parametrize("tag", ["tlh", "und", "", "x"])
def test_an_unknown_language_gets_the_cautious_defaults(tag):
    assert tables.language(tag) == Language(tag)


# -- entries, alternation -------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("_fresh")
def test_the_entries_of_a_language_are_those_of_one_kind_or_of_all(tmp_path, monkeypatch):
    (tmp_path / "kinds.tsv").write_text("lang\tkind\tentry\nde\tx\teins\nde\ty\tzwei\nen\tx\tone\n", encoding="utf-8")
    monkeypatch.setattr(tables, "DATA", tmp_path)
    tables.entries.cache_clear()
    assert tables.entries("kinds", "de") == {"eins", "zwei"}
    assert tables.entries("kinds", "de", "y") == {"zwei"}
    assert tables.entries("kinds", "fr") == frozenset()
    tables.entries.cache_clear()


@given(st.sets(st.text("ab.*(|", min_size=1, max_size=4), min_size=1, max_size=5))
def test_an_alternation_matches_each_of_its_entries_as_a_whole_and_no_other_text(entries):
    pattern = tables.alternation(entries)
    assert all(regex.match(pattern, entry).group() == entry for entry in entries)
    assert all(regex.fullmatch(pattern, entry + "c") is None for entry in entries)
    assert tables.alternation(sorted(entries, reverse=True)) == pattern


def test_an_alternation_of_nothing_matches_nothing():
    assert regex.search(tables.alternation([]), "a text, and the empty one at its end") is None
