"""A baseline: what was accepted does not fail the gate, what is new does, and what is gone is told."""

import json

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reports_for_tests import a_finding, a_report
from test_cli import CLEAN, KYIV, MARKUP, as_jsonl, run

import tqcheck
from tqcheck.article import Article
from tqcheck.baseline import Baseline, BaselineWriter
from tqcheck.cli import main
from tqcheck.report import Summary
from tqcheck.rules import choose

CHECK = ("--model", "none", "--no-progress")


@pytest.fixture
def feed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "feed.jsonl"
    path.write_bytes(as_jsonl(KYIV, MARKUP, CLEAN))
    assert main(["baseline", "feed.jsonl", "-o", "base.json", *CHECK]) == 0
    return path


def checked(capsys, *more, code):
    capsys.readouterr()
    assert main(["check", "feed.jsonl", "--baseline", "base.json", "--format", "jsonl", *CHECK, *more]) == code
    out, err = capsys.readouterr()
    return [json.loads(line)["surface"] for line in out.splitlines()], err.splitlines()


def test_the_command_says_how_many_it_accepted(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "feed.jsonl").write_bytes(as_jsonl(KYIV, CLEAN))
    assert main(["baseline", "feed.jsonl", *CHECK]) == 0
    out, err = capsys.readouterr()
    assert [entry["surface"] for entry in json.loads(out)["findings"]] == ["Kiev"]
    assert err == "tqcheck: 1 finding is accepted from now on\n"


@pytest.mark.parametrize(
    ("name", "line"),
    [("text", "4 more findings accepted by the baseline"), ("markdown", "Accepted by the baseline, and not counted here: 4")],
)
@pytest.mark.usefixtures("feed")
def test_reports_for_people_count_what_was_accepted(capsys, name, line):
    capsys.readouterr()
    assert main(["check", "feed.jsonl", "--baseline", "base.json", "--format", name, *CHECK]) == 0
    assert line in capsys.readouterr().out.splitlines()


@pytest.mark.usefixtures("feed")
def test_what_was_accepted_passes_and_is_counted(capsys):
    assert checked(capsys, code=0) == ([], ["tqcheck: 4 findings are accepted by the baseline base.json"])


def test_a_finding_that_is_new_fails_the_gate_and_is_the_only_one_shown(feed, capsys):
    feed.write_bytes(as_jsonl(KYIV, MARKUP | {"text": MARKUP["text"] + "\n\nIt was the the end."}, CLEAN))
    assert checked(capsys, code=1)[0] == ["the the"]


def test_moved_lines_edits_elsewhere_another_order_and_another_file_name_change_nothing(feed, capsys):
    moved = MARKUP | {"text": "A new first line stands here now.\n\n" + MARKUP["text"]}
    edited = KYIV | {"text": KYIV["text"].replace("on Monday", "on a grey Tuesday")}
    feed.write_bytes(as_jsonl(CLEAN, moved, edited))
    assert checked(capsys, code=0)[0] == []
    feed.rename(feed.with_name("other.jsonl"))
    assert main(["check", "other.jsonl", "--baseline", "base.json", *CHECK]) == 0


def test_an_edit_beside_an_accepted_finding_does_not_bring_it_back(feed, capsys):
    feed.write_bytes(
        as_jsonl(KYIV | {"text": KYIV["text"].replace("train from Kiev was late", "bus out of Kiev came early")}, MARKUP, CLEAN)
    )
    assert checked(capsys, code=0)[0] == []


def test_a_finding_is_accepted_as_often_as_it_stood_there(feed, capsys):
    feed.write_bytes(as_jsonl(KYIV, MARKUP | {"text": MARKUP["text"] + "\n\nHe ate.\n\nAdvertisement"}, CLEAN))
    assert checked(capsys, code=1)[0] == ["Advertisement"]


def test_what_is_gone_is_told_and_that_the_baseline_wants_an_update(feed, capsys):
    feed.write_bytes(as_jsonl(KYIV | {"text": KYIV["text"].replace("Kiev", "Kyiv")}, MARKUP, CLEAN))
    assert checked(capsys, code=0) == (
        [],
        [
            "tqcheck: 3 findings are accepted by the baseline base.json",
            "tqcheck: 1 accepted finding is gone: update the baseline with 'tqcheck baseline'",
        ],
    )


def test_what_was_not_looked_at_is_not_called_gone(feed, capsys):
    assert checked(capsys, "--select", "markup-left", code=0)[1] == ["tqcheck: 2 findings are accepted by the baseline base.json"]
    feed.write_bytes(as_jsonl(CLEAN))
    assert checked(capsys, code=0)[1][1:] == ["tqcheck: 4 accepted findings are of articles that are not in this input"]


@pytest.mark.usefixtures("feed")
def test_accepted_findings_do_not_weigh(capsys):
    capsys.readouterr()
    assert main(["check", "feed.jsonl", "--baseline", "base.json", "--fail-under", "100", "--format", "json", *CHECK]) == 0
    report = json.loads(capsys.readouterr().out)[0]
    assert (report["score"], report["verdict"], report["accepted"], report["penalty"]["minor"]) == (100.0, "pass", 1, 0)
    assert "|baseline:" in report["signature"]


def test_a_row_that_cannot_be_read_outranks_the_baseline(feed, capsys):
    feed.write_bytes(as_jsonl(KYIV, "{broken", MARKUP))
    assert checked(capsys, code=2)[0] == []


def test_a_baseline_of_what_cannot_all_be_read_is_written_and_the_exit_code_says_so(feed):
    whole = (feed.parent / "base.json").read_bytes()
    feed.write_bytes(as_jsonl(KYIV, "{broken", MARKUP, CLEAN))
    assert main(["baseline", "feed.jsonl", "-o", "base.json", *CHECK]) == 2
    assert (feed.parent / "base.json").read_bytes() == whole


def test_the_file_is_sorted_has_an_entry_a_line_and_does_not_depend_on_the_order_of_the_feed(feed):
    first = (feed.parent / "base.json").read_text(encoding="utf-8")
    entries = json.loads(first)["findings"]
    assert [(entry["article"], entry["rule"], entry["surface"], entry["count"]) for entry in entries] == [
        ("kyiv", "name-variant", "Kiev", 1),
        ("markup", "boilerplate-left", "Advertisement", 1),
        ("markup", "markup-left", "</b>", 1),
        ("markup", "markup-left", "<b>", 1),
    ]
    assert first.count("\n") == 4 + len(entries) + 3
    feed.write_bytes(as_jsonl(CLEAN, MARKUP, KYIV))
    assert main(["baseline", "feed.jsonl", "-o", "base.json", *CHECK]) == 0
    assert (feed.parent / "base.json").read_text(encoding="utf-8") == first


def test_several_processes_write_and_accept_the_same(feed):
    options = ("feed.jsonl", "--jobs", "2", *CHECK)
    assert run("baseline", *options, cwd=feed.parent).stdout == (feed.parent / "base.json").read_bytes()
    done = run("check", "--baseline", "base.json", *options, cwd=feed.parent)
    assert (done.returncode, done.stderr) == (0, b"tqcheck: 4 findings are accepted by the baseline base.json\n")


ENTRY = {"article": "a", "rule": "r", "surface": "s", "fingerprint": "0" * 16 + "-" + "0" * 8, "count": 1}
HEAD = {"tool": "tqcheck", "baseline": 1, "version": "0.1.0"}


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        (b"", "is no valid JSON"),
        (b"{", "is no valid JSON"),
        (b"<<<<<<< HEAD\n", "is no valid JSON"),
        (b"\xff\xfe", "is not UTF-8"),
        (b"[]", "is no baseline of tqcheck"),
        (json.dumps(HEAD | {"tool": "detekt"}), "is no baseline of tqcheck"),
        (json.dumps({"version": "2.1.0", "runs": []}), "is no baseline of tqcheck"),
        (
            json.dumps(HEAD | {"baseline": 2, "version": "9.0", "findings": []}),
            "was written by tqcheck 9.0, in format 2; this version reads format 1",
        ),
        (json.dumps(HEAD), "entry 1 of the baseline is not an object"),
        (json.dumps(HEAD | {"findings": [ENTRY | {"count": 0}]}), "entry 1 of the baseline has a count"),
        (json.dumps(HEAD | {"findings": [ENTRY | {"count": True}]}), "entry 1 of the baseline has a count"),
        (json.dumps(HEAD | {"findings": [ENTRY | {"fingerprint": "x"}]}), "'x' is no fingerprint"),
        (json.dumps(HEAD | {"findings": [ENTRY, ENTRY]}), "entry 2 of the baseline has the fingerprint of another one"),
        (json.dumps(HEAD | {"findings": [{}]}), "entry 1 of the baseline is not an object with the keys"),
    ],
)
def test_a_baseline_that_is_none_is_an_error_that_names_the_remedy(feed, capsys, content, wrong):
    (feed.parent / "base.json").write_bytes(content if isinstance(content, bytes) else content.encode())
    (line,) = checked(capsys, code=2)[1]
    assert wrong in line
    assert "tqcheck baseline INPUT... -o base.json" in line


def test_a_baseline_that_is_not_there_is_an_error(feed, capsys):
    (feed.parent / "base.json").unlink()
    (line,) = checked(capsys, code=2)[1]
    assert line.startswith("tqcheck: error: base.json: the baseline cannot be read: No such file or directory: make it anew")


@pytest.mark.usefixtures("feed")
def test_report_takes_a_baseline_too():
    assert main(["report", "feed.jsonl", "-o", "out", "--baseline", "base.json", "--quiet", *CHECK]) == 0


def test_the_configuration_may_name_the_baseline_and_the_command_line_another(feed, capsys, monkeypatch):
    (feed.parent / "tqcheck.toml").write_text('baseline = "base.json"\n', encoding="utf-8")
    (feed.parent / "below").mkdir()
    monkeypatch.chdir(feed.parent / "below")
    capsys.readouterr()
    assert main(["check", "../feed.jsonl", *CHECK]) == 0
    assert capsys.readouterr().err.startswith("tqcheck: 4 findings are accepted by the baseline ")
    assert main(["check", "../feed.jsonl", "--baseline", "other.json", *CHECK]) == 2
    assert main(["baseline", "../feed.jsonl", *CHECK]) == 0
    assert len(json.loads(capsys.readouterr().out)["findings"]) == 4


def test_a_feed_without_ids_is_known_by_its_file_and_counts_what_is_equal(feed, capsys):
    rows = [{"text": "He ate the the cake.", "lang": "en"}, {"text": "All is well in the town of Lund.", "lang": "en"}]
    feed.write_bytes(as_jsonl(*rows))
    assert main(["baseline", "feed.jsonl", "-o", "base.json", *CHECK]) == 0
    feed.write_bytes(as_jsonl(rows[1], rows[1] | {"text": "He went to Lund."}, rows[0]))
    assert checked(capsys, code=0)[0] == []
    feed.write_bytes(as_jsonl(*rows, rows[0] | {"url": "another"}))
    assert checked(capsys, code=1)[0] == ["the the"]


def test_with_a_diff_nothing_is_said_of_the_articles_that_were_passed_over(feed, capsys):
    (feed.parent / "ids").write_text("kyiv\n", encoding="utf-8")
    told = checked(capsys, "--only", "ids", code=0)[1]
    assert told == ["tqcheck: 2 articles are passed over: not in the list ids", "tqcheck: 1 finding is accepted by the baseline base.json"]


def reports_of(texts):
    """An article a text, in which every word is a finding."""
    for number, words in enumerate(texts):
        article = Article(f"a{number}", text=" ".join(words), origin=f"f.jsonl:{number + 1}")
        starts = [sum(len(word) + 1 for word in words[:index]) for index in range(len(words))]
        yield a_report(article, tuple(a_finding(article, start, start + len(word)) for start, word in zip(starts, words, strict=True)))


@given(st.lists(st.lists(st.sampled_from(["Kiev", "kiev", "Odessa", "ж", "!"]), min_size=1, max_size=6), min_size=1, max_size=4), st.data())
def test_a_run_has_nothing_new_and_nothing_gone_against_itself_and_one_less_is_one_gone(tmp_path_factory, texts, data):
    path = tmp_path_factory.getbasetemp() / "own.json"
    reports = list(reports_of(texts))
    with path.open("w", encoding="utf-8") as out:
        writer = BaselineWriter(out)
        for report in data.draw(st.permutations(reports)):
            writer.add(report)
        writer.close(Summary())
    baseline = Baseline(path, choose())
    assert [baseline.accept(report).findings for report in reports] == [()] * len(reports)
    assert baseline.gone() == (0, 0)

    which = data.draw(st.integers(0, len(texts) - 1))
    fewer = [words[1:] if number == which else words for number, words in enumerate(texts)]
    baseline = Baseline(path, choose())
    assert not any(baseline.accept(report).findings for report in reports_of(fewer))
    assert baseline.gone() == (1, 0)

    more = [[*words, "new"] if number == which else words for number, words in enumerate(texts)]
    baseline = Baseline(path, choose())
    assert [finding.surface for report in reports_of(more) for finding in baseline.accept(report).findings] == ["new"]


@pytest.mark.usefixtures("feed")
def test_from_python_the_baseline_is_an_option_too():
    assert tqcheck.check(KYIV, model="none", baseline="base.json").accepted == 1
    assert [len(report.findings) for report in tqcheck.check([KYIV, MARKUP], model="none", baseline="base.json")] == [0, 0]
    assert tqcheck.check_frame(pd.DataFrame([KYIV, MARKUP]), model="none", baseline="base.json").empty
    with pytest.raises(tqcheck.errors.ConfigError, match="the baseline cannot be read"):
        tqcheck.check(KYIV, model="none", baseline="nowhere.json")
