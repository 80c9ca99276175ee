"""The formats of code hosts: right places, right escapes, true counts, and nothing that an article could forge."""

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from reports_for_tests import HOSTILE, a_finding, a_hostile_report, a_report, an_article, place

from tqcheck import pipeline
from tqcheck.article import Gate, Problem, RuleGate, Severity
from tqcheck.cli import main
from tqcheck.config import Options
from tqcheck.errors import WriteError
from tqcheck.read import read
from tqcheck.report import Tally, stream_writer

FEED = Path(__file__).resolve().parent.parent / "corpora/sample-feed/feed.jsonl"
FORMATS = ("junit", "github", "gitlab", "rdjson", "rdjsonl", "sarif")


@pytest.fixture(autouse=True)
def no_github(monkeypatch):
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)


def written(name, *outcomes) -> str:
    out = io.BytesIO()
    writer, tally = stream_writer(name, out), Tally(may_be_empty=True)
    for outcome in outcomes:
        if isinstance(outcome, Problem):
            writer.add_problem(outcome)
            tally.add_problem(outcome)
        else:
            writer.add(outcome)
            tally.add(outcome)
    writer.close(tally.summary())
    return out.getvalue().decode()


def graded(*severities, article=None, gate="minor", **values):
    article = article or an_article()
    found = tuple(a_finding(article, n, n + 1, severity=severity, **values) for n, severity in enumerate(severities))
    gate = Gate(gate)
    return replace(a_report(article, found), gate=gate, verdict=gate.verdict(found, 50))


@pytest.fixture(scope="module")
def sample():
    return list(pipeline.check(read([str(FEED)]), Options(model="none"), measure=False))


def test_every_format_has_all_findings_of_the_sample_feed(sample):
    count = sum(len(report.findings) for report in sample)
    assert count > 90
    assert written("junit", *sample).count("<failure") == count
    assert len(json.loads(written("gitlab", *sample))) == count
    assert len(json.loads(written("rdjson", *sample))["diagnostics"]) == count
    lines = [json.loads(line) for line in written("rdjsonl", *sample).splitlines()]
    assert lines == json.loads(written("rdjson", *sample))["diagnostics"]
    assert f"{count} findings; " in written("github", *sample).splitlines()[-1]


# -- JUnit --------------------------------------------------------------------------------------------------------------


def test_junit_is_read_by_junitparser_a_suite_a_file_a_case_an_article_a_failure_a_finding_at_the_gate(tmp_path):
    junitparser = pytest.importorskip("junitparser")
    reports = (
        graded("minor", "major", gate="major"),
        graded(article=an_article(id="a2", origin="feed.jsonl:2")),
        Problem("feed.jsonl:3", "is no valid JSON"),
        graded("minor", article=an_article(id="b", origin="./other/b.txt")),
    )
    path = tmp_path / "junit.xml"
    path.write_text(written("junit", *reports), encoding="utf-8")
    suites = junitparser.JUnitXml.fromfile(str(path))
    assert (suites.tests, suites.failures, suites.errors) == (4, 2, 1)
    first, second = suites
    assert (first.name, first.tests, first.failures, first.errors) == ("feed.jsonl", 3, 1, 1)
    assert (second.name, second.tests, second.failures, second.errors) == ("other/b.txt", 1, 1, 0)
    cases = list(first)
    assert [case.name for case in cases] == ["a1", "a2", "feed.jsonl:3"]
    (failure,) = cases[0].result
    assert (failure.type, failure.message) == ("name-variant", "name-variant: “Kiev” here, “Kyiv” elsewhere.")
    assert failure.text == "feed.jsonl:1: text 1:2: major: name-variant: “Kiev” here, “Kyiv” elsewhere. [y]"
    assert cases[0].system_out.startswith("feed.jsonl:1: text 1:1: minor: name-variant")
    assert cases[1].is_passed
    assert cases[2].result[0].message == "is no valid JSON"


def test_an_article_that_fails_by_its_score_alone_has_a_failure_that_says_so():
    report = replace(graded(), gate=Gate("never", 60), score=51.0, verdict="fail")
    (failure,) = etree.fromstring(written("junit", report).encode()).iter("failure")
    assert dict(failure.attrib) == {"type": "score", "message": "score 51.0: the gate is never, score 60"}


def test_a_rule_that_crashed_is_an_error_of_the_case():
    (error,) = etree.fromstring(written("junit", a_report(problems=(Problem("a1", "crashed", "mojibake"),))).encode()).iter("error")
    assert error.get("message") == "a1: rule mojibake: crashed"


# -- GitHub -------------------------------------------------------------------------------------------------------------


def test_an_annotation_points_at_line_and_column_of_a_text_and_at_the_line_of_a_row(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a, b.txt").write_text("Rain: 100%\nin Kiev", encoding="utf-8")
    (article,) = read(["a, b.txt"])
    report = a_report(article, (a_finding(article, 14, 18, severity="major", suggestion="Kyiv", message="50% of “Kiev”: a, b"),))
    row = a_report(an_article(origin="-:3"), None)
    at = "file=a%2C b.txt,line=2,endLine=2,col=4,endColumn=8,title=name-variant (major)"
    assert written("github", report, row).splitlines() == [
        f"::warning {at}::50%25 of “Kiev”: a, b Suggestion: “Kyiv”. [Kiev] (a, b.txt, text 2:4)",
        "::notice title=name-variant (minor)::“Kiev” here, “Kyiv” elsewhere. Suggestion: “Kyiv”. [Kiev] (a1, text 1:20)",
        "tqcheck: 2 articles, 2 failed, 2 findings",
    ]


def test_the_worst_ten_of_each_kind_are_shown_and_the_rest_is_counted():
    report = graded(*["minor"] * 12, *["major"] * 11, *["critical"] * 3)
    lines = written("github", report, *(Problem(f"f:{n}", "is bad") for n in range(12))).splitlines()
    kinds = [line.split(" ", 1)[0] for line in lines]
    assert kinds == ["::error"] * 10 + ["::warning"] * 10 + ["::notice"] * 10 + ["tqcheck:"]
    assert lines[1] == "::error file=f,line=1,title=tqcheck%3A not checked::f:1: is bad"
    assert lines[-1] == (
        "tqcheck: 1 articles, 1 failed, 26 findings, 12 not checked; 8 of them are not shown here: "
        "GitHub shows 10 errors, warnings and notices each"
    )


def test_what_fails_the_gate_comes_before_what_does_not():
    article = an_article()
    found = tuple(a_finding(article, n, n + 1, rule="mojibake" if n == 11 else "name-variant") for n in range(12))
    gate = Gate("major", rules={"mojibake": RuleGate("minor")})
    assert "title=mojibake" in written("github", replace(a_report(article, found), gate=gate)).splitlines()[0]


def test_the_markdown_goes_to_the_page_of_the_step_behind_what_stands_there(tmp_path, monkeypatch):
    page = tmp_path / "summary.md"
    page.write_text("before\n", encoding="utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(page))
    written("github", a_report())
    assert page.read_text(encoding="utf-8").startswith("before\n# Translation quality\n\n## a1\n")
    assert page.read_text(encoding="utf-8").endswith("| name-variant | 1 |\n")


def test_the_page_holds_no_more_than_a_mebibyte_and_says_what_is_left_out(tmp_path, monkeypatch):
    page = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(page))
    article = an_article(text="word " * 200)
    report = a_report(article, tuple(a_finding(article, n, n + 4, message="ж" * 400) for n in range(0, 900, 5)))
    written("github", *[report] * 12)
    text = page.read_text(encoding="utf-8")
    assert 800_000 < len(text.encode()) <= 2**20
    assert "more articles have findings**: the page of a step holds 1 MiB." in text
    assert text.endswith(f"| name-variant | {12 * 180} |\n")


def test_a_page_that_cannot_be_written_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "no/summary.md"))
    with pytest.raises(WriteError, match=r"GITHUB_STEP_SUMMARY=.*: cannot be written"):
        written("github", a_report())


# -- GitLab and reviewdog -----------------------------------------------------------------------------------------------


def test_gitlab_has_what_it_needs_and_no_fingerprint_twice(sample):
    findings = json.loads(written("gitlab", *sample, Problem("f.jsonl:3", "is bad"), Problem("-", "is empty")))
    assert len({finding["fingerprint"] for finding in findings}) == len(findings)
    for finding in findings:
        assert set(finding) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert finding["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert finding["location"]["lines"]["begin"] >= 1
        assert not finding["location"]["path"].startswith("./")
    assert findings[-2]["location"] == {"path": "f.jsonl", "lines": {"begin": 3}}
    assert findings[-1]["location"] == {"path": "stdin", "lines": {"begin": 1}}


def test_equal_findings_of_articles_without_ids_have_fingerprints_of_their_own():
    reports = [a_report(an_article(id=f"f.jsonl:{line}", origin=f"f.jsonl:{line}")) for line in (1, 2, 3)]
    assert len({finding["fingerprint"] for finding in json.loads(written("gitlab", *reports))}) == 3


def test_reviewdog_counts_bytes_and_offers_a_change_only_where_the_place_is_exact(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text("Ж.\n🙂 ж Kiev", encoding="utf-8")
    (article,) = read(["a.txt"])
    finding = a_finding(article, 7, 11, severity="critical", suggestion="Kyiv", related=[place(article, 0, 1)])
    (diagnostic,) = json.loads(written("rdjson", a_report(article, (finding,))))["diagnostics"]
    span = {"start": {"line": 2, "column": 9}, "end": {"line": 2, "column": 13}}
    assert diagnostic == {
        "message": "“Kiev” here, “Kyiv” elsewhere. [Kiev] (a.txt, text 2:5)",
        "location": {"path": "a.txt", "range": span},
        "severity": "ERROR",
        "source": {"name": "tqcheck"},
        "code": {"value": "name-variant"},
        "suggestions": [{"range": span, "text": "Kyiv"}],
        "relatedLocations": [
            {"message": "Ж", "location": {"path": "a.txt", "range": {"start": {"line": 1, "column": 1}, "end": {"line": 1, "column": 3}}}}
        ],
    }
    (row,) = (json.loads(line) for line in written("rdjsonl", a_report()).splitlines())
    assert row["location"] == {"path": "feed.jsonl", "range": {"start": {"line": 1}}}
    assert "suggestions" not in row


# -- all of them --------------------------------------------------------------------------------------------------------


def parsed(name, output):
    if name == "junit":
        return etree.fromstring(output.encode())
    if name == "github":
        return output.splitlines()
    return [json.loads(line) for line in output.splitlines()] if name == "rdjsonl" else json.loads(output)


@pytest.mark.parametrize("name", FORMATS)
def test_a_run_without_findings_is_a_valid_document(name):
    parsed(name, written(name))
    parsed(name, written(name, a_report(findings=())))


def assert_unforgeable(name, text):
    output = written(name, a_hostile_report(text), Problem(text, text))
    parsed(name, output)
    lines = output.split("\n")
    assert not any(ord(letter) < 32 or 127 <= ord(letter) < 160 for line in lines for letter in line)
    assert not set(output) & set("\u2028\u2029\u202e\u200b\ufeff")
    commands = [line for line in lines if line.lstrip().startswith("::")]
    if name == "github":
        assert [line.split(" ")[0] for line in lines[:-1]] == ["::error", "::error", "::notice", "tqcheck:"]
        assert all(line.count("::") >= 2 for line in commands)
    else:
        assert commands == []
    assert "##[" not in output.lower()
    assert "##vso[" not in output.lower()


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("text", [*HOSTILE, "\udcff.txt", "half \ud800"])
def test_hostile_text_forges_nothing(name, text):
    assert_unforgeable(name, text)


@pytest.mark.parametrize("name", FORMATS)
@given(text=st.text(max_size=40))
def test_no_text_forges_anything(name, text):
    assert_unforgeable(name, text)


@pytest.mark.parametrize("name", FORMATS)
def test_the_command_line_writes_it_and_one_more_report_of_the_same_run(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text("The train to to Lund.", encoding="utf-8")
    arguments = ["check", "a.txt", "--model", "none", "--no-progress", "--lang", "en"]
    assert main([*arguments, "--format", name, "-o", "one", "--also", "jsonl=two", "--also", "csv=three"]) == 1
    parsed(name, (tmp_path / "one").read_text(encoding="utf-8"))
    assert json.loads((tmp_path / "two").read_text(encoding="utf-8"))["rule"] == "word-doubled"
    assert len((tmp_path / "three").read_text(encoding="utf-8").splitlines()) == 2


@pytest.mark.parametrize(
    ("also", "wrong"),
    [
        (["--also", "sarif=x", "--also", "junit=./x"], "two reports would be written to the same place"),
        (["--also", "sarif=-"], "two reports would be written to the same place"),
        (["--also", "sarrif=x"], "did you mean 'sarif'"),
        (["--also", "sarif"], "is not FORMAT=FILE"),
    ],
)
def test_a_second_report_needs_a_place_of_its_own(tmp_path, monkeypatch, capsys, also, wrong):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text("He ate.", encoding="utf-8")
    try:
        code = main(["check", "a.txt", "--model", "none", *also])
    except SystemExit as stopped:
        code = stopped.code
    assert code == 2
    assert wrong in capsys.readouterr().err


def test_severities_have_three_levels_everywhere():
    report = graded(*map(str, Severity))
    assert [line.split(" ")[0] for line in written("github", report).splitlines()[:3]] == ["::error", "::warning", "::notice"]
    assert [finding["severity"] for finding in json.loads(written("gitlab", report))] == ["minor", "major", "critical"]
    levels = [json.loads(line)["severity"] for line in written("rdjsonl", report).splitlines()]
    assert levels == ["INFO", "WARNING", "ERROR"]
