import subprocess
import sys
from collections.abc import Iterator

import pytest

import tqcheck
from tqcheck.errors import ConfigError

KYIV = {"text": "He left Kyiv on Monday. The train from Kiev was late. In Kyiv it rained.", "lang": "en"}


def test_one_article_gives_one_report():
    report = tqcheck.check(KYIV, model="none")
    assert isinstance(report, tqcheck.Report)
    assert (report.article.id, [finding.surface for finding in report.findings]) == ("article", ["Kiev"])
    assert report == tqcheck.check(tqcheck.Article("article", lang="en", text=KYIV["text"], origin="article"), model="none")


def test_many_articles_give_an_iterator_in_their_order():
    reports = tqcheck.check([KYIV, {**KYIV, "id": "x"}, tqcheck.Article("y", "Text.")], model="none")
    assert isinstance(reports, Iterator)
    assert [report.article.id for report in reports] == ["article 1", "x", "y"]


def test_two_processes_give_what_one_gives():
    given = [{**KYIV, "id": str(number)} for number in range(40)]
    assert list(tqcheck.check(given, model="none", jobs=2)) == list(tqcheck.check(given, model="none"))


def test_options_are_those_of_the_command_line():
    report = tqcheck.check(KYIV, model="none", select=["name-variant"], severity={"name-variant": "critical"}, fail_on="critical")
    assert [(finding.severity, report.verdict) for finding in report.findings] == [("critical", "fail")]
    assert tqcheck.check(KYIV, model="none", ignore=["name-variant"]).findings == ()


def test_a_language_given_as_an_option_is_that_of_articles_that_do_not_say():
    report = tqcheck.check({"text": "OK."}, model="none", lang="de", source_lang="cs")
    assert (report.lang, report.source_lang) == ("de", "cs")
    assert tqcheck.check({**KYIV, "source_lang": "uk"}, model="none", lang="de", source_lang="cs").source_lang == "uk"


@pytest.mark.parametrize(
    ("options", "message"), [({"selct": []}, "did you mean 'select'"), ({"select": ["x"]}, "unknown rule 'x'"), ({"jobs": 0}, "'jobs'")]
)
def test_a_wrong_option_is_an_error_that_names_the_remedy(options, message):
    with pytest.raises(ConfigError, match=message):
        tqcheck.check(KYIV, **options)


@pytest.mark.parametrize("given", [{"title": "T"}, {"text": ""}, {"text": 3}])
def test_what_is_no_article_is_an_error_that_says_why(given):
    with pytest.raises(ValueError, match="text"):
        tqcheck.check(given, model="none")
    with pytest.raises(ValueError, match="text"):
        list(tqcheck.check([given], model="none"))


def test_the_public_names_are_there_and_others_are_an_attribute_error():
    assert [name for name in tqcheck.__all__ if not hasattr(tqcheck, name)] == []
    with pytest.raises(AttributeError, match="module 'tqcheck' has no attribute 'chek'"):
        tqcheck.chek  # noqa: B018


def test_importing_the_package_imports_nothing_heavy():
    heavy = ("pandas", "torch", "numpy", "sacrebleu", "langdetect", "lxml")
    code = f"import sys, tqcheck; print([name for name in {heavy} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.model
def test_the_bundled_model_finds_a_headline_in_other_words():
    article = {
        "title": "Mayor opens the new bridge over the river",
        "text": "The mayor has opened the new river bridge\n\nHe cut the ribbon on Monday, three years after the flood took the old one.",
        "lang": "en",
    }
    report = tqcheck.check(article)
    found = [(finding.rule, finding.surface) for finding in report.findings]
    assert found == [("headline-repeated", "The mayor has opened the new river bridge")]
    assert report.findings[0].similarity >= tqcheck.load_model().thresholds.same
    assert report.rules_not_run == ()
