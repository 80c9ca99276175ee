from datetime import UTC, date, datetime

import pytest

from tqcheck import suppress
from tqcheck.article import Article, Finding, Severity
from tqcheck.errors import ConfigError
from tqcheck.suppress import CONDITIONS, Suppression

ARTICLE = Article("cz/42", "Kiev.", lang="cs-CZ", system="nmt 3", url="https://example.org/svet/42", origin="feeds/ctk/day.jsonl:17")
FINDING = Finding("cz/42", "name-variant", Severity.MINOR, "style", "text", None, 0, 4, "Kiev", "It is so.", "Kyjev", None, 0.9)


def covers(conditions, given=ARTICLE) -> bool:
    return Suppression("name-variant", "agency", **{name: (value,) for name, value in conditions.items()}).covers(given, "cs-CZ", FINDING)


@pytest.mark.parametrize(
    "conditions",
    [
        {},
        {"lang": "cs"},
        {"lang": "CS_cz"},
        {"feed": "feeds/ctk/*"},
        {"feed": "*/day.jsonl"},
        {"feed": "day.jsonl"},
        {"feed": "*.jsonl"},
        {"system": "nmt*"},
        {"url": "https://example.org/svet/*"},
        {"article": "cz/*"},
        {"field": "text"},
        {"surface": "Kiev"},
        {"surface": "K[iy]ev"},
        {"lang": "cs", "feed": "*.jsonl", "field": "text", "surface": "K*"},
    ],
)
def test_an_entry_covers_a_finding_that_meets_all_its_conditions(conditions):
    assert covers(conditions)


@pytest.mark.parametrize(
    "conditions",
    [
        {"lang": "c"},
        {"lang": "cs-SK"},
        {"feed": "ctk"},
        {"feed": "day"},
        {"system": "other"},
        {"url": "example.org"},
        {"article": "42"},
        {"field": "title"},
        {"surface": "kiev"},
        {"surface": "Kie"},
        {"lang": "cs", "surface": "Kyiv"},
    ],
)
def test_one_condition_that_does_not_fit_is_enough_to_let_a_finding_stand(conditions):
    assert not covers(conditions)


def test_another_rule_is_never_covered():
    assert not Suppression("mojibake", "agency").covers(ARTICLE, "cs", FINDING)


def test_one_of_several_texts_is_enough():
    assert Suppression("name-variant", "agency", surface=("Kyjev", "Kiev")).covers(ARTICLE, "cs", FINDING)


def test_letters_that_mean_something_in_a_glob_still_mean_themselves():
    finding = Finding("a", "name-variant", Severity.MINOR, "style", "text", None, 0, 3, "[x]", "It is so.", None, None, 0.9)
    assert Suppression("name-variant", "agency", surface=("[x]",)).covers(ARTICLE, "cs", finding)


def test_an_article_without_system_and_address_meets_no_condition_on_them():
    bare = Article("a", "Kiev.")
    assert not covers({"system": "nmt*"}, bare)
    assert not covers({"url": "https:*"}, bare)
    assert not covers({"feed": "*.jsonl"}, bare)


@pytest.mark.parametrize("origin", ["feeds/day.parquet", "feeds/day.parquet:row 12", "feeds/day.parquet:12", "feeds/day.parquet:12:7"])
def test_the_line_or_row_is_no_part_of_the_file(origin):
    assert covers({"feed": "day.parquet"}, Article("a", "Kiev.", origin=origin))


def test_a_drive_letter_and_backslashes_are_a_path():
    assert covers({"feed": "day.jsonl"}, Article("a", "Kiev.", origin="C:\\feeds\\day.jsonl:3"))


def test_the_conditions_are_all_there_is_besides_rule_reason_and_date():
    assert CONDITIONS == ("lang", "feed", "system", "url", "article", "field", "surface")


def test_an_entry_is_named_with_its_conditions_and_its_reason():
    assert (
        str(Suppression("name-variant", "agency", lang=("cs", "sk"), surface=("Kiev",)))
        == "name-variant, lang cs or sk, surface Kiev (agency)"
    )


def test_the_day_is_that_of_the_clock_or_the_one_that_is_given(monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    monkeypatch.delenv("TQCHECK_TODAY", raising=False)
    assert abs((suppress.today() - datetime.now(UTC).date()).days) <= 1
    monkeypatch.setenv("TQCHECK_TODAY", "2027-01-31")
    assert suppress.today() == date(2027, 1, 31)


@pytest.mark.parametrize("given", ["yesterday", "31.1.2027", "2027-02-30"])
def test_a_day_that_makes_no_sense_is_an_error(monkeypatch, given):
    monkeypatch.setenv("TQCHECK_TODAY", given)
    with pytest.raises(ConfigError, match=f"TQCHECK_TODAY must be a date as in 2027-01-31, not '{given}'"):
        suppress.today()
