"""The rules against corpora: our own, and the human translations that lie beside the checkout."""

import gzip
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tqcheck.article import Article
from tqcheck.config import Options
from tqcheck.evaluate import evaluate
from tqcheck.pipeline import Checker, check
from tqcheck.read import read
from tqcheck.rules import all_rules

ROOT = Path(__file__).resolve().parent.parent
CORPORA = ROOT / "corpora"
DEV = ROOT.parent / "shared" / "eval" / "dev" / "articles_human.jsonl.gz"
PLAIN = Options(model="none")

CLEAN_BUDGET = dict.fromkeys(all_rules(), 0)  # findings on corpora/clean; a rule that needs more than none says so here

# Labels of the sample feed found without a model, as measured; a rule that is not listed is not held to anything yet.
RECALL_FLOOR = {
    "acronym-mismatch": 1.0,
    "attribution-doubled": 1.0,
    "boilerplate-left": 1.0,
    "headline-repeated": 0.4,
    "markup-left": 1.0,
    "name-variant": 0.5,
    "punctuation-stray": 1.0,
    "quote-style-mixed": 1.0,
    "sentence-broken": 0.33,
}
RECALL_FLOOR_WITH_MODEL = {"headline-repeated": 0.8}

# Findings per 1000 words of 1,268 human translations of news without known defects: what was measured, and a little air.
ALARMS = {
    "acronym-mismatch": 0.08,
    "attribution-doubled": 0.01,
    "boilerplate-left": 0.02,
    "headline-repeated": 0.02,
    "markup-left": 0.01,
    "name-variant": 0.06,
    "punctuation-stray": 0.08,
    "quote-style-mixed": 0.05,  # all six quotations opened with „ and closed with a straight mark are faults of the human translation
    "sentence-broken": 0.02,
}
ALARMS_OF_A_NEW_RULE = 0.1


def shown(findings) -> list[str]:
    return [f"{finding.article}: {finding.rule}: {finding.surface!r}: {finding.message}" for finding in findings]


# -- corpora/clean ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted((CORPORA / "clean").glob("*.jsonl")), ids=lambda path: path.stem)
def test_the_rules_are_silent_on_clean_prose(path):
    reports = list(check(read([str(path)]), Options(model="none", preview=True), measure=False))
    findings = [finding for report in reports for finding in report.findings]
    counts = Counter(finding.rule for finding in findings)
    assert not any(report.problems for report in reports)
    assert {rule: number for rule, number in counts.items() if number > CLEAN_BUDGET[rule]} == {}, shown(findings)


@pytest.mark.model
def test_the_model_raises_no_alarm_on_clean_prose_either():
    options = Options(select=tuple(rule.id for rule in all_rules().values() if rule.needs_vectors))
    paths = [str(CORPORA / "clean" / f"{lang}.jsonl") for lang in ("cs", "de", "en", "fr", "uk", "zh")]
    findings = [finding for report in check(read(paths), options, measure=False) for finding in report.findings]
    assert shown(findings) == []


# -- corpora/gold -------------------------------------------------------------------------------------------------------


def test_feed_and_labels_are_built_from_what_was_authored():
    built = subprocess.run([sys.executable, CORPORA / "build.py", "--check"], capture_output=True, text=True, check=False)
    assert (built.returncode, built.stderr) == (0, "")


def test_every_surface_of_a_label_is_the_text_of_the_feed():
    feed = {row["id"]: row for row in map(json.loads, (CORPORA / "sample-feed" / "feed.jsonl").read_text("utf-8").splitlines())}
    wrong = []
    for label in map(json.loads, (CORPORA / "gold" / "sample-feed.jsonl").read_text("utf-8").splitlines()):
        for place in (label, *label["related"]):
            field = feed[place.get("article", label["article"])][place["field"]]
            text = field if place["segment"] is None else field[place["segment"]]
            if text[place["start"] : place["end"]] != place["surface"]:
                wrong.append(place)
    assert wrong == []


@pytest.fixture(scope="module")
def result():
    return evaluate([str(CORPORA / "gold")], PLAIN)


@pytest.mark.parametrize("rule", sorted(RECALL_FLOOR))
def test_a_rule_finds_of_the_gold_what_it_once_found(result, rule):
    missed = [f"{label.article}: {label.surface!r}" for label in result.missed if label.rule == rule]
    assert result.rules[rule].recall >= RECALL_FLOOR[rule], missed


def test_every_article_of_the_feed_was_checked_and_no_rule_crashed(result):
    assert (result.articles, result.problems) == (len(list((CORPORA / "authoring").glob("*.md"))), [])


def test_no_finding_on_the_feed_is_a_false_alarm(result):
    assert shown(result.false_alarms) == []


@pytest.mark.model
def test_with_the_bundled_model_headlines_in_other_words_are_found_too():
    result = evaluate([str(CORPORA / "gold")], Options(select=tuple(RECALL_FLOOR_WITH_MODEL)))
    assert {rule: result.rules[rule].recall for rule in RECALL_FLOOR_WITH_MODEL} == RECALL_FLOOR_WITH_MODEL
    assert shown(result.false_alarms) == []


# -- human translations -------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not DEV.is_file(), reason="the human translations are not beside this checkout (../shared/eval/dev)")
def test_alarms_on_human_translations_stay_within_their_budget():
    checker = Checker(PLAIN, measure=False)
    counts: Counter[str] = Counter()
    words = 0.0
    with gzip.open(DEV, "rt", encoding="utf-8") as file:
        for row in map(json.loads, file):
            if row["clean"]:
                words += sum(len(segment) / 2 if row["lang"] in {"zh", "ja"} else len(segment.split()) for segment in row["segments"])
                report = checker(Article(row["id"], segments=tuple(row["segments"]), lang=row["lang"]))
                assert report.problems == ()
                counts.update(finding.rule for finding in report.findings)
    assert words > 300_000
    rates = {rule: round(1000 * count / words, 3) for rule, count in counts.items()}
    assert {rule: rate for rule, rate in rates.items() if rate > ALARMS.get(rule, ALARMS_OF_A_NEW_RULE)} == {}
