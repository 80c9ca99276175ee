"""What fails: by severity, by rule, by number, by feed; and what the command line says wins."""

import pytest
from test_cli import as_jsonl
from test_score import findings

from tqcheck.article import Article, Gate, RuleGate
from tqcheck.cli import main
from tqcheck.config import Options, override
from tqcheck.errors import ConfigError
from tqcheck.pipeline import Checker

TWICE = "He left Kyiv on Monday. The train from Kiev was late. In Kyiv it rained the the day."


def checked(text=TWICE, *, options=(), **article):
    given = override(Options(), {"model": "none", **dict(options)})
    return Checker(given, measure=False)(Article(**{"id": "a", "text": text, "lang": "en", "origin": "sports/a.jsonl:1"} | article))


def test_a_rule_may_be_gated_harder_or_softer_than_the_others():
    assert [finding.rule for finding in checked().findings] == ["name-variant", "word-doubled"]
    assert checked(options={"fail_on": "major"}).verdict == "pass"
    assert checked(options={"fail_on": "major", "gate": {"word-doubled": "minor"}}).verdict == "fail"
    assert checked(options={"gate": {"word-doubled": "never"}}).verdict == "fail"
    assert checked(options={"gate": {"word-doubled": "never", "name-variant": {"fail-on": "major"}}}).verdict == "pass"


@pytest.mark.parametrize(("most", "count", "verdict"), [(2, 2, "pass"), (2, 3, "fail"), (0, 1, "fail"), (0, 0, "pass")])
def test_so_many_findings_of_a_rule_are_let_pass_and_one_more_fails_with_all_of_them(most, count, verdict):
    gate = Gate(rules={"name-variant": RuleGate(max_findings=most)})
    found = findings(*["minor"] * count)
    assert {finding.rule for finding in found} <= {"name-variant"}
    assert gate.verdict(found, 50) == verdict
    assert len(gate.failing(found)) == (count if verdict == "fail" else 0)


def test_a_gate_that_nothing_can_fail_is_open():
    assert Gate("never").is_open
    assert Gate("never", rules={"a": RuleGate("never", 3)}).is_open
    assert not Gate("never", 50).is_open
    assert not Gate("never", rules={"a": RuleGate("minor")}).is_open


@pytest.mark.parametrize(
    ("feed", "verdict"),
    [
        ({"files": "sports/*", "fail-on": "never"}, "pass"),
        ({"files": "*.jsonl", "fail-on": "never"}, "pass"),
        ({"files": "politics/*", "fail-on": "never"}, "fail"),
        ({"lang": "en", "fail-on": "never"}, "pass"),
        ({"lang": ["cs", "sk"], "fail-on": "never"}, "fail"),
        ({"lang": "en", "files": "politics/*", "fail-on": "never"}, "fail"),
        ({"system": "engine-*", "fail-on": "never"}, "fail"),
        ({"lang": "en", "ignore": ["name-variant", "word-doubled"]}, "pass"),
        ({"lang": "en", "select": ["mojibake"]}, "pass"),
        ({"lang": "en", "gate": {"name-variant": "major", "word-doubled": "major"}}, "pass"),
    ],
)
def test_a_feed_may_have_options_of_its_own(feed, verdict):
    assert checked(options={"feed": [feed]}).verdict == verdict


def test_a_later_table_wins_and_what_is_ignored_adds_up():
    feeds = [
        {"lang": "en", "ignore": ["name-variant"], "fail-under": 100},
        {"files": "sports/*", "ignore": ["word-doubled"], "fail-under": 0},
    ]
    report = checked(options={"ignore": ["mojibake"], "feed": feeds})
    assert (report.findings, report.verdict) == ((), "pass")


def test_severity_weights_and_options_of_rules_can_be_those_of_a_feed():
    feed = {"lang": "en", "severity": {"name-variant": "critical"}, "weights": {"critical": 50}, "select": ["name-variant"]}
    report = checked(options={"feed": [feed]})
    assert (report.penalty.critical, dict(report.penalty.weights)) == (1, {"minor": 1.0, "major": 5.0, "critical": 50})


def test_the_signature_is_that_of_the_options_that_held():
    plain, feed = checked(), checked(options={"feed": [{"lang": "en", "fail-on": "major"}]})
    assert plain.signature != feed.signature
    assert checked(options={"feed": [{"lang": "de", "fail-on": "major"}]}).signature == plain.signature
    assert checked(options={"gate": {"name-variant": "major"}}).signature != plain.signature


def test_the_command_line_wins_over_single_feeds_and_rules():
    of_file = override(Options(), {"gate": {"name-variant": "minor"}, "feed": [{"lang": "en", "fail-on": "minor", "fail-under": 90}]})
    both = override(of_file, {"fail_on": "never", "fail_under": 10})
    assert both.gate == {"name-variant": RuleGate()}
    assert both.feed[0].changes == {}


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"gate": {"name-varient": "major"}}, "unknown rule 'name-varient': did you mean 'name-variant'"),
        ({"gate": {"name-variant": "mayor"}}, "did you mean 'major'"),
        ({"gate": {"name-variant": {"fail_onn": "major"}}}, "unknown key 'fail-onn': did you mean 'fail-on'"),
        ({"gate": {"name-variant": {"max-findings": -1}}}, "must not be negative"),
        ({"gate": {"name-variant": {"max-findings": True}}}, "must be int"),
        ({"gate": {"name-variant": 3}}, "must be a table"),
        ({"gate": "major"}, "must be a table"),
        ({"feed": [{"fail-on": "major"}]}, "says for no articles that it is meant for them: give one of files, lang"),
        ({"feed": [{"file": "x", "fail-on": "major"}]}, "unknown key 'file': did you mean 'files'"),
        ({"feed": [{"files": [], "fail-on": "major"}]}, "is empty"),
        ({"feed": [{"lang": "en", "ignore": [{"rule": "mojibake", "reason": "x"}]}]}, "must be str"),
        ({"feed": [{"lang": "en", "weights": {"mino": 1}}]}, "did you mean 'minor'"),
        ({"feed": {"lang": "en"}}, "must be list"),
    ],
)
def test_a_mistake_is_an_error_that_names_the_key(given, wrong):
    with pytest.raises(ConfigError) as refused:
        override(Options(), given)
    assert wrong in str(refused.value)


def test_the_exit_code_follows_the_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sports").mkdir()
    for name in ("sports/a.jsonl", "b.jsonl"):
        (tmp_path / name).write_bytes(as_jsonl({"id": name, "lang": "en", "text": TWICE}))
    (tmp_path / "tqcheck.toml").write_text('[[feed]]\nfiles = "sports/*"\nfail-on = "major"\n', encoding="utf-8")
    check = ["check", "--model", "none", "--no-progress", "-o", "out"]
    assert main([*check, "sports/a.jsonl"]) == 0
    assert main([*check, str(tmp_path / "sports")]) == 0
    assert main([*check, "b.jsonl"]) == 1
    assert main([*check, "sports/a.jsonl", "--fail-on", "minor"]) == 1
