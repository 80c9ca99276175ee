"""Feed rules from the command line and from Python: findings come at the end, in every format, whatever the order and the processes."""

import csv
import io
import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import asdict

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tqcheck
from tqcheck import feed
from tqcheck.article import Article, OtherPlace, Place
from tqcheck.cli import main
from tqcheck.errors import ConfigError

ROWS = [
    {"id": "a1", "lang": "en", "title": "News", "text": "He left Kyiv on Monday."},
    {"id": "a2", "lang": "en", "title": "News", "text": "The train from Kiev was late."},
    {"id": "a3", "lang": "en", "title": "News", "text": "In Kyiv it rained."},
    {"id": "a4", "lang": "en", "text": "They met Volodymyr Zelensky there, in Kyiv."},
    {"id": "a5", "lang": "en", "text": "They met Volodymyr Zelenskyy there."},
    {"id": "a6", "lang": "en", "text": "Again they met Volodymyr Zelensky there."},
    {"id": "a7", "lang": "de", "text": "In Kyjiw regnete es."},
]
ODD = [("a2", "Kiev", "Kyiv"), ("a5", "Zelenskyy", "Zelensky")]
FORMATS = ("text", "json", "jsonl", "markdown", "csv", "tsv", "parquet", "sarif", "junit", "gitlab", "rdjson", "rdjsonl", "github")


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "feed.jsonl"
    file.write_text("".join(f"{json.dumps(row)}\n" for row in ROWS), encoding="utf-8")
    return file


def check(path, *options, rules=("--select", "feed-name-variant")):
    return main(["check", str(path), "--model", "none", "--quiet", *rules, *options])


def findings(path, capsys, *options, rules=("--select", "feed-name-variant")):
    check(path, "--format", "jsonl", *options, rules=rules)
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def told(found):
    return [(finding["article"], finding["surface"], finding["suggestion"]) for finding in found]


class TestFindings:
    def test_name_other_articles_without_the_controls_in_their_ids(self, tmp_path, capsys):
        path = tmp_path / "feed.jsonl"
        rows = [row | {"id": f"\x1b[31m\n::error::{row['id']}"} for row in ROWS]
        path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
        found = findings(path, capsys)[0]
        assert found["message"].endswith(r": \u{1b}[31m\u{a}::error::a1, \u{1b}[31m\u{a}::error::a3, \u{1b}[31m\u{a}::error::a4.")

    def test_stand_where_the_odd_form_stands_and_name_the_articles_with_the_other(self, path, capsys):
        found = findings(path, capsys)[0]
        assert found["rule"] == "feed-name-variant"
        assert (found["field"], found["start"], found["end"], found["surface"]) == ("text", 15, 19, "Kiev")
        assert found["message"] == "“Kiev” here; 3 of 3 other articles of the feed that name it write “Kyiv”: a1, a3, a4."
        assert [place["article"] for place in found["related"]] == ["a1", "a3", "a4"]
        for place in found["related"]:
            text = next(row["text"] for row in ROWS if row["id"] == place["article"])
            assert text[place["start"] : place["end"]] == place["surface"] == "Kyiv"

    def test_a_place_of_the_article_itself_names_no_article(self):
        assert set(asdict(Place("text", None, 0, 1, "x"))) == {"field", "segment", "start", "end", "surface"}
        assert asdict(OtherPlace("text", None, 0, 1, "x", "a1"))["article"] == "a1"

    def test_run_only_when_asked_for(self, path, capsys):
        assert not [one for one in findings(path, capsys, rules=()) if one["rule"].startswith("feed-")]
        assert told(one for one in findings(path, capsys, rules=("--feed-rules",)) if one["rule"] == "feed-name-variant") == ODD
        assert told(findings(path, capsys)) == ODD
        assert told(findings(path, capsys, rules=("--select", "name-variant", "--feed-rules"))) == ODD

    def test_the_configuration_may_ask_for_them(self, path, tmp_path, capsys):
        config = tmp_path / "tqcheck.toml"
        config.write_text("feed-rules = true\n", encoding="utf-8")
        assert told(findings(path, capsys, "--config", str(config), rules=("--select", "name-variant"))) == ODD

    def test_the_house_style_decides(self, path, tmp_path, capsys):
        config = tmp_path / "tqcheck.toml"
        config.write_text('[prefer]\nZelenskiy = ["Zelensky"]\n', encoding="utf-8")
        assert told(findings(path, capsys, "--config", str(config))) == [ODD[0], ("a5", "Zelenskyy", "Zelenskiy")]

    def test_severity_suppression_and_gate_hold_for_them(self, path, tmp_path, capsys):
        config = tmp_path / "tqcheck.toml"
        config.write_text(
            'ignore = [{ rule = "feed-name-variant", surface = "Kiev", reason = "style" }]\n[severity]\nfeed-name-variant = "major"\n',
            encoding="utf-8",
        )
        found = findings(path, capsys, "--config", str(config))
        assert told(found) == ODD[1:]
        assert found[0]["severity"] == "major"
        config.write_text('[gate]\nfeed-name-variant = "never"\n', encoding="utf-8")
        assert check(path, "--config", str(config)) == 0

    def test_they_fail_the_gate_and_leave_the_scores_alone(self, path, capsys):
        assert check(path, "--format", "json") == 1
        *reports, last = json.loads(capsys.readouterr().out)
        assert [(report["article"], report["score"], report["verdict"]) for report in reports] == [
            (row["id"], 100.0, "pass") for row in ROWS
        ]
        assert set(last) == {"feed", "findings"}
        assert told(last["findings"]) == ODD
        assert check(path, "--fail-on", "major") == 0

    def test_a_baseline_accepts_them(self, path, tmp_path, capsys):
        accepted = tmp_path / "baseline.json"
        rules = ("--select", "feed-name-variant", "--model", "none", "--quiet")
        assert main(["baseline", str(path), "-o", str(accepted), *rules]) == 0
        assert len(json.loads(accepted.read_text())["findings"]) == len(ODD)
        assert check(path, "--baseline", str(accepted), "--format", "jsonl") == 0
        assert not capsys.readouterr().out


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_has_the_same_findings(path, tmp_path, monkeypatch, name):
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    out = tmp_path / "report"
    assert check(path, "--format", name, "-o", str(out)) == 1
    assert count(name, out) == len(ODD)


def count(name, out) -> int:
    if name == "parquet":
        return len(pd.read_parquet(out))
    text = out.read_text(encoding="utf-8")
    if name in {"csv", "tsv"}:
        return len(list(csv.DictReader(io.StringIO(text), delimiter="\t" if name == "tsv" else ",")))
    if name == "junit":
        return len(ET.fromstring(text).findall(".//failure"))  # noqa: S314 - our own file
    if name in {"jsonl", "rdjsonl"}:
        return len(text.splitlines())
    if name in {"json", "gitlab", "sarif", "rdjson"}:
        value = json.loads(text)
        of = {"json": lambda: value[-1]["findings"], "gitlab": lambda: value, "sarif": lambda: value["runs"][0]["results"]}
        return len(of.get(name, lambda: value["diagnostics"])())
    marks = {"text": ": feed-name-variant: ", "markdown": "** feed-name-variant, ", "github": "::notice "}
    return text.count(marks[name])


def test_the_report_folder_has_them_on_its_index_and_in_its_tables(path, tmp_path):
    out = tmp_path / "report"
    assert main(["report", str(path), "-o", str(out), "--model", "none", "--quiet", "--select", "feed-name-variant"]) == 1
    index = (out / "index.html").read_text(encoding="utf-8")
    assert "Across the feed" in index
    assert index.count("<code>feed-name-variant</code>") == len(ODD) + 1  # and the bar of the rule
    assert 'href="articles/a2.html"' in index
    assert list(pd.read_parquet(out / "findings.parquet")["article"]) == list(pd.read_csv(out / "findings.csv")["article"]) == ["a2", "a5"]
    assert len(pd.read_csv(out / "articles.csv")) == len(ROWS)


def test_processes_change_no_byte(path):
    outputs = [
        subprocess.run(
            [sys.executable, "-m", "tqcheck", "check", str(path), "--model", "none", "--feed-rules", "--format", "json", "--jobs", jobs],
            capture_output=True,
            check=False,
        ).stdout
        for jobs in ("1", "2")
    ]
    assert outputs[0] == outputs[1]
    assert told(json.loads(outputs[0])[-1]["findings"]) == ODD


@settings(max_examples=10)
@given(st.permutations(ROWS))
def test_the_order_of_the_feed_changes_only_the_order_of_the_findings(rows):
    found = [(one.article, one.start, one.message, one.suggestion, one.related) for one in tqcheck.check_feed(rows, model="none")]
    usual = [(one.article, one.start, one.message, one.suggestion, one.related) for one in tqcheck.check_feed(ROWS, model="none")]
    assert sorted(found, key=repr) == sorted(usual, key=repr)
    assert len(found) == len(ODD)


class TestCheckFeed:
    def test_takes_a_frame_as_well(self):
        found = list(tqcheck.check_feed(pd.DataFrame(ROWS), model="none"))
        assert [(one.article, one.surface, one.suggestion) for one in found] == ODD

    def test_runs_the_selected_rule_alone(self):
        assert not list(tqcheck.check_feed(ROWS, model="none", select=["feed-story-repeated"]))

    def test_an_article_alone_says_that_a_feed_rule_needs_a_feed(self):
        with pytest.raises(ConfigError, match=r"'feed-name-variant' looks at a whole feed: use tqcheck.check_feed"):
            tqcheck.check(ROWS[0], model="none", select=["feed-name-variant"])

    def test_watching_scores_that_no_rule_makes_is_an_error(self):
        with pytest.raises(ConfigError, match="feed-score-drift watches the scores of other rules"):
            list(tqcheck.check_feed(ROWS, model="none", select=["feed-score-drift"]))


class TestRows:
    def test_a_row_alone_shows_nothing(self):
        rule = tqcheck.rules.all_rules()["feed-name-variant"]
        rows = [feed.Row(rule.id, "en\tplace\tKyiv", "", "a1", '["Kiev",[["text",null,0,4,"Kiev"]],0,null]')]
        assert not list(feed.marks(rule, rows, {}))

    @pytest.mark.parametrize(
        ("published", "moment"),
        [
            ("2023-05-25T10:00:00Z", "2023-05-25T10:00:00+00:00"),
            ("2023-05-25T12:00:00+02:00", "2023-05-25T10:00:00+00:00"),
            ("2023-05-25", "2023-05-25T00:00:00+00:00"),
            ("Thu, 25 May 2023 10:00:00 GMT", "2023-05-25T10:00:00+00:00"),
            ("last week", None),
            ("0001-01-01T00:00:00+10:00", None),
            ("", None),
            (None, None),
        ],
    )
    def test_moments_sort(self, published, moment):
        assert feed.moment(published) == moment

    def test_marks_that_overlap_or_are_about_one_thing_are_one(self):
        def mark(start, rank, about=""):
            return feed.FeedMark("a1", Place("text", None, start, start + 5, "x" * 5), "M.", rule="r", rank=rank, about=about)

        assert [one.place.start for one in feed.settled([mark(0, "1"), mark(3, "0"), mark(20, "1")])] == [3, 20]
        assert [one.place.start for one in feed.settled([mark(9, "1", "kiev"), mark(0, "1", "kiev")])] == [0]

    def test_many_articles_are_named_by_the_first(self):
        assert feed.named(["a1", "a2", "a3"]) == "a1, a2, a3"
        assert feed.named(["a1", "a2", "a3", "a4"]) == "a1, a2, a3 and others"


def test_an_article_in_which_both_forms_stand_is_left_to_name_variant():
    rows = [*ROWS[:3], {"id": "b", "lang": "en", "text": "He left Kyiv. Nobody left Kiev."}]
    assert [one.article for one in tqcheck.check_feed(rows, model="none")] == ["a2"]


def test_articles_are_given_as_records_too():
    articles = [Article.from_row(row) for row in ROWS]
    assert [one.article for one in tqcheck.check_feed(articles, model="none")] == ["a2", "a5"]
