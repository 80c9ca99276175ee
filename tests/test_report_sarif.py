"""SARIF: valid against the official schema, pointing at files as a person opens them, bounded, and not to be forged."""

import io
import json
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reports_for_tests import HOSTILE, a_finding, a_hostile_report, a_report, an_article

from tqcheck import pipeline
from tqcheck.article import Article, Problem, Severity
from tqcheck.config import Options
from tqcheck.read import read
from tqcheck.report import Summary, Tally
from tqcheck.report.sarif import SarifWriter, message_text

jsonschema = pytest.importorskip("jsonschema")
SCHEMA = jsonschema.Draft202012Validator(json.loads(Path(__file__).with_name("data").joinpath("sarif-2.1.0.json").read_bytes()))
FEED = Path(__file__).resolve().parent.parent / "corpora/sample-feed/feed.jsonl"


def written(*outcomes, **limits) -> dict:
    out = io.StringIO()
    writer, tally = SarifWriter(out, **limits), Tally()
    for outcome in outcomes:
        if isinstance(outcome, Problem):
            writer.add_problem(outcome)
            tally.add_problem(outcome)
        else:
            writer.add(outcome)
            tally.add(outcome)
    writer.close(tally.summary())
    log = json.loads(out.getvalue())
    SCHEMA.validate(log)
    (run,) = log["runs"]
    return run


def test_the_sample_feed_is_valid_and_has_a_result_a_finding_at_the_line_of_its_row(monkeypatch):
    monkeypatch.chdir(FEED.parent)
    reports = list(pipeline.check(read(["feed.jsonl"]), Options(model="none"), measure=False))
    run = written(*reports)
    wanted = sorted((report.article.origin, finding.rule, finding.surface) for report in reports for finding in report.findings)
    assert wanted
    found = []
    for result in run["results"]:
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"] == {"uri": "feed.jsonl", "uriBaseId": "%SRCROOT%"}
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        found.append(result["properties"]["article"])
        line = json.loads(FEED.read_text(encoding="utf-8").splitlines()[place["region"]["startLine"] - 1])
        assert line["id"] == result["properties"]["article"]
    assert len(found) == len(wanted)
    prints = [result["partialFingerprints"]["primaryLocationLineHash"] for result in run["results"]]
    assert len(set(prints)) == len(prints)
    assert run["columnKind"] == "unicodeCodePoints"
    assert run["invocations"] == [{"executionSuccessful": True, "exitCode": 1, "toolExecutionNotifications": run_notes(run)}]


def run_notes(run):
    return run["invocations"][0]["toolExecutionNotifications"]


def region_of(tmp_path, monkeypatch, name, content: bytes, wanted: str):
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_bytes(content)
    (article,) = read([name])
    start = article.text.index(wanted)
    report = a_report(article, (a_finding(article, start, start + len(wanted)),))
    (result,) = written(report)["results"]
    return result["locations"][0]["physicalLocation"]


@pytest.mark.parametrize(
    ("name", "content", "wanted", "region"),
    [
        ("a.txt", "One.\n\n🙂 Żółć Kiev\n", "Kiev", (3, 8, 3, 12)),
        ("a.txt", "\ufeffKiev\r\nOdessa", "Kiev\r\nOd", (1, 1, 2, 3)),
        ("a.md", "---\ntitle: Rain\nlang: en\n---\nIn Kiev.\n", "Kiev", (5, 4, 5, 8)),
    ],
)
def test_a_file_that_is_an_article_has_lines_and_columns_in_code_points(tmp_path, monkeypatch, name, content, wanted, region):  # noqa: PLR0917
    found = region_of(tmp_path, monkeypatch, name, content.encode(), wanted)["region"]
    assert (found["startLine"], found["startColumn"], found["endLine"], found["endColumn"]) == region
    assert found["snippet"] == {"text": wanted}


def test_a_page_has_the_line_on_which_the_words_stand_but_no_columns(tmp_path, monkeypatch):
    page = "<html><body>\n<h1>Rain</h1>\n<p>It rained in Kiev.</p>\n</body></html>"
    found = region_of(tmp_path, monkeypatch, "a.html", page.encode(), "Kiev")["region"]
    assert found == {"startLine": 3, "snippet": {"rendered": {"text": "Kiev"}}}


@pytest.mark.parametrize(
    ("name", "uri"), [("ä b#1?.txt", "%C3%A4%20b%231%3F.txt"), ("c:d%.txt", "c%3Ad%25.txt"), ("中.txt", "%E4%B8%AD.txt")]
)
def test_a_path_is_a_relative_uri_whatever_its_letters(tmp_path, monkeypatch, name, uri):
    assert region_of(tmp_path, monkeypatch, name, b"In Kiev.", "Kiev")["artifactLocation"] == {"uri": uri, "uriBaseId": "%SRCROOT%"}


def test_a_path_outside_of_the_folder_is_a_file_uri():
    (result,) = written(a_report(an_article(origin="/feeds/a b.jsonl:3")))["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "file:///feeds/a%20b.jsonl"}


def test_a_row_of_a_file_without_lines_has_no_region_and_the_file_is_not_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.parquet").write_text("Kyiv held out, but Kiev was shelled.\n\nIt said so.", encoding="utf-8")
    (result,) = written(a_report(an_article(origin="a.parquet:row 7")))["results"]
    assert result["locations"][0]["physicalLocation"] == {"artifactLocation": {"uri": "a.parquet", "uriBaseId": "%SRCROOT%"}}


@dataclass(frozen=True)
class Unit:
    line: int | None


@dataclass(frozen=True)
class ArticleOfUnits(Article):
    segment_origins: tuple[Unit, ...] = ()


def test_a_segment_that_has_a_line_of_its_own_is_pointed_at_there():
    article = ArticleOfUnits("a", segments=("In Kiev.", "In Kiev."), origin="a.xlf:3", segment_origins=(Unit(7), Unit(None)))
    report = a_report(article, tuple(a_finding(article, 3, 7, field="segments", segment=segment) for segment in (0, 1)))
    lines = [result["locations"][0]["physicalLocation"]["region"]["startLine"] for result in written(report)["results"]]
    assert lines == [7, 3]


def test_standard_input_is_an_artifact_of_its_own():
    run = written(a_report(an_article(origin="-:1")))
    location = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert location == {"uri": "stdin", "index": 0}
    assert run["artifacts"][location["index"]]["location"] == {"uri": "stdin"}


def test_an_article_that_was_handed_over_has_a_logical_place_only():
    (result,) = written(a_report(an_article(origin="")))["results"]
    (location,) = result["locations"]
    assert set(location) == {"logicalLocations"}
    assert location["logicalLocations"][0]["fullyQualifiedName"] == "a1#text"


def test_a_problem_is_a_notification_at_its_line_and_the_run_was_no_success():
    run = written(a_report(), Problem("feed.jsonl:7", "is no valid JSON"), a_report(problems=(Problem("a1", "crashed", "mojibake"),)))
    (invocation,) = run["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (False, 2)
    first, second = invocation["toolExecutionNotifications"]
    assert first["message"] == {"text": "feed.jsonl:7: is no valid JSON"}
    assert first["locations"][0]["physicalLocation"]["region"] == {"startLine": 7}
    assert second["associatedRule"] == {"id": "mojibake"}


def graded(*severities, message="Odd."):
    article = an_article()
    return a_report(
        article, tuple(a_finding(article, n, n + 1, severity=severity, message=message) for n, severity in enumerate(severities))
    )


def test_beyond_the_limit_the_least_grave_are_left_out_and_counted():
    run = written(graded("minor", "minor", "critical"), graded("minor", "major"), most_results=3)
    assert [result["properties"]["severity"] for result in run["results"]] == ["critical", "major", "minor"]
    assert [result["level"] for result in run["results"]] == ["error", "warning", "note"]
    assert run["results"][2]["properties"]["where"] == "text 1:1"
    (note,) = run_notes(run)
    assert note["message"]["text"].startswith("2 of 5 findings are left out, the least grave ones: the limit is 3 results")
    assert run["properties"]["findings"] == 5
    assert run["properties"]["findingsLeftOut"] == 2


def test_a_file_that_would_be_too_large_is_cut():
    noise = Random(1)  # noqa: S311
    reports = [graded("minor", "major", "critical", message=noise.randbytes(200).hex()) for _ in range(400)]
    run = written(*reports, most_bytes=60_000)
    left_out = run["properties"]["findingsLeftOut"]
    assert 0 < left_out < 1200
    assert len(run["results"]) == 1200 - left_out
    assert run["results"][0]["level"] == "error"
    assert f"{left_out} of 1200 findings are left out" in run_notes(run)[0]["message"]["text"]


def test_an_empty_run_is_valid():
    out = io.StringIO()
    SarifWriter(out).close(Summary(may_be_empty=True))
    log = json.loads(out.getvalue())
    SCHEMA.validate(log)
    assert log["runs"][0]["results"] == []
    assert log["runs"][0]["invocations"][0]["exitCode"] == 0


@pytest.mark.parametrize("text", HOSTILE)
def test_what_stands_in_an_article_changes_no_structure(text):
    run = written(a_hostile_report(text))
    assert len(run["results"]) == 1
    message = run["results"][0]["message"]["text"]
    assert "\n" not in message
    assert "[link](" not in message.replace("\\[", "")


def test_a_message_holds_no_link_and_no_placeholder():
    assert message_text("see [here](https://evil.example) and {0} {x} [1]") == "see \\[here](https://evil.example) and {{0}} {x} [1]"


@given(st.text(max_size=60))
def test_any_text_gives_valid_sarif_of_ascii_controls_free_lines(text):
    out = io.BytesIO()
    writer = SarifWriter(out)
    writer.add(a_hostile_report(text))
    writer.close(Summary(articles=1, failed=1, by_severity={Severity.MINOR: 1}, problems=1))
    raw = out.getvalue()
    SCHEMA.validate(json.loads(raw))
    assert not set(raw) & (set(range(32)) - {10})
    for line in raw.decode().split("\n"):
        assert not line.lstrip().startswith("::")
        assert "##[" not in line
