"""No line that the program prints is a command to the log that shows it, whatever stands in articles, ids, file names and options."""

import json
import re

import pytest

from tqcheck import cli, commands

FORGED = "x\n::error::forged\r\n  ::set-output name=a::b\u2028##[error]c##vso[task.complete]d\x1b[2J\u202e\U000e0041"
COMMAND = re.compile(r"(?m)^[\s\u200b\ufeff]*::|##(?:vso)?\[", re.IGNORECASE)
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029\U000e0000-\U000e007f]")
ARTICLE = {"id": FORGED, "lang": "en", "title": FORGED, "text": f"He saw the the ship {FORGED} . Kyiv and Kiev.", "system": FORGED}


def said(capsys, *arguments):
    code = cli.main([str(argument) for argument in arguments])
    return code, *capsys.readouterr()


@pytest.fixture
def feed(tmp_path):
    path = tmp_path / "feed.jsonl"
    rows = (ARTICLE, ARTICLE, {**ARTICLE, "id": "b", "source_title": FORGED, "source_text": f"Er sah das Schiff {FORGED}"})
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows) + "{" + json.dumps(FORGED)[:-1] + "\n")
    return path


@pytest.mark.parametrize("name", ["text", "json", "jsonl", "markdown", "csv", "tsv", "sarif", "junit", "gitlab", "rdjson", "rdjsonl"])
def test_no_report_on_standard_output_runs_a_command_and_no_diagnostic_does(capsysbinary, feed, name):
    assert cli.main(["check", str(feed), "--model", "none", "--format", name, "--preview"]) == 2
    out, err = (stream.decode() for stream in capsysbinary.readouterr())
    assert not COMMAND.search(out)
    assert not COMMAND.search(err)
    assert not OBEYED.search(err)
    assert name in {"csv", "tsv"} or not OBEYED.search(out)


def test_the_commands_for_github_are_our_own_and_one_a_line(capsysbinary, feed):
    assert cli.main(["check", str(feed), "--model", "none", "--format", "github"]) == 2
    out, err = (stream.decode() for stream in capsysbinary.readouterr())
    lines = out.splitlines()
    assert all(re.match(r"::(error|warning|notice) [^\n]*::", line) for line in lines[:-1])
    assert lines[-1].startswith("tqcheck: ")
    assert not OBEYED.search(out)
    assert not COMMAND.search(err)


@pytest.mark.parametrize("name", ["text", "json", "jsonl", "csv"])
def test_scores_run_no_command(capsysbinary, feed, name):
    assert cli.main(["score", str(feed), "--model", "none", "--format", name]) == 2
    out, err = (stream.decode() for stream in capsysbinary.readouterr())
    assert not COMMAND.search(out)
    assert not COMMAND.search(err)


@pytest.mark.parametrize("name", ["text", "json", "markdown"])
def test_a_comparison_runs_no_command(capsysbinary, feed, tmp_path, name):
    other = tmp_path / "other.jsonl"
    other.write_text(json.dumps({**ARTICLE, "text": f"He saw the ship {FORGED}. 1,000 and 1.000"}) + "\n")
    assert cli.main(["compare", str(feed), str(other), "--model", "none", "--format", name]) == 2
    out, err = (stream.decode() for stream in capsysbinary.readouterr())
    assert not COMMAND.search(out)
    assert not COMMAND.search(err)


def test_labels_that_are_missed_and_false_alarms_are_told_on_lines_of_their_own(capsys, tmp_path):
    (tmp_path / "feed.jsonl").write_text(json.dumps(ARTICLE) + "\n")
    label = {"feed": "feed.jsonl", "article": FORGED, "rule": "markup-left", "field": "text", "segment": None, "start": 0, "end": 2}
    (tmp_path / "gold.jsonl").write_text(json.dumps(label | {"surface": ARTICLE["text"][:2], "why": "x"}) + "\n")
    _, out, err = said(capsys, "eval", tmp_path / "gold.jsonl", "--model", "none")
    assert "false   x\\n::error::forged" in out
    assert not COMMAND.search(out + err)
    assert not OBEYED.search(out + err)


@pytest.mark.parametrize("runner", ["GITHUB_ACTIONS", "TF_BUILD"])
def test_a_diff_in_the_log_of_a_runner_runs_nothing_and_elsewhere_it_is_exact(capsys, monkeypatch, tmp_path, runner):
    for name in commands.CI_WITH_COMMANDS:
        monkeypatch.delenv(name, raising=False)
    path = tmp_path / "a.txt"
    path.write_text("He saw the the ship.\n::error::forged\n")
    arguments = ("fix", path, "--diff", "--lang", "en", "--model", "none", "--unsafe-fixes")
    code, exact, _ = said(capsys, *arguments)
    assert (code, " ::error::forged" in exact.splitlines()) == (1, True)
    monkeypatch.setenv(runner, "True")
    _, shown, _ = said(capsys, *arguments)
    assert not COMMAND.search(shown)
    assert " \\u{3a}:error::forged" in shown.splitlines()


@pytest.mark.parametrize(
    "arguments", [("check", f"--{FORGED}"), (FORGED,), ("check", FORGED), ("check", "--select", FORGED, "a"), ("explain", FORGED)]
)
def test_a_mistake_on_the_command_line_is_told_on_one_line(capsys, tmp_path, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)
    try:
        code = cli.main(list(arguments))
    except SystemExit as stop:
        code = stop.code
    out, err = capsys.readouterr()
    assert (code, len(err.splitlines())) == (2, 1)
    assert not COMMAND.search(out + err)
    assert not OBEYED.search(out + err)


def test_a_file_name_is_told_on_one_line_in_every_message(capsys, tmp_path):
    folder = tmp_path / "x\n::error::y\x1b[2J"
    folder.mkdir()
    (folder / "a.jsonl").write_text("{")
    (folder / "b.docx").write_text("")
    _, out, err = said(capsys, "check", folder, "--model", "none")
    _, more, again = said(capsys, "report", folder, "-o", folder / "out", "--model", "none")
    assert not COMMAND.search(out + err + more + again)
    assert not OBEYED.search(out + err + more + again)
