"""--diff and --only: what changed is checked, all of it, and nothing in a command can come from a name."""

import json
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_cli import CLEAN, KYIV, MARKUP, as_jsonl

from tqcheck.article import Article, Problem
from tqcheck.changes import Diff, Only, _meet
from tqcheck.cli import main
from tqcheck.errors import ConfigError
from tqcheck.read import read

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")


def git(*arguments):
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *identity, *arguments], check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    git("init", "-q")
    return tmp_path


def commit(repository, **files):
    for name, content in files.items():
        (repository / name.replace("_", ".")).write_bytes(content if isinstance(content, bytes) else content.encode())
    git("add", "-A")
    git("commit", "-qm", "x")


def changed(*inputs, revision="HEAD"):
    return [record.id if isinstance(record, Article) else record for record in Diff(revision).only_changed(read(inputs))]


def test_of_a_feed_only_the_rows_that_were_edited_or_added(repository):
    commit(repository, feed_jsonl=as_jsonl(KYIV, MARKUP, CLEAN))
    new = {"id": "new", "text": "He came."}
    (repository / "feed.jsonl").write_bytes(as_jsonl(new, KYIV, MARKUP | {"text": "Other words."}, CLEAN))
    assert changed("feed.jsonl") == ["new", "markup"]


def test_rows_that_were_taken_out_change_no_other(repository):
    commit(repository, feed_jsonl=as_jsonl(KYIV, MARKUP, CLEAN))
    (repository / "feed.jsonl").write_bytes(as_jsonl(KYIV, CLEAN))
    assert changed("feed.jsonl") == []


CSV = 'id,text\na,"one\ntwo\nthree"\nb,four\nc,"five\nsix"\n'


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        ("two", "2", ["a"]),
        ("two\n", "", ["a"]),
        ("three", "three\nand more", ["a"]),
        ("four", "4", ["b"]),
        ("b,four\n", "", []),
        ("six", "6", ["c"]),
        ("id,text", "id,text ", ["a", "b", "c"]),
        ("five\nsix", "five\nsix", []),
    ],
)
def test_a_record_of_several_lines_is_changed_by_any_of_them_and_the_header_changes_all(repository, before, after, wanted):
    commit(repository, feed_csv=CSV)
    (repository / "feed.csv").write_text(CSV.replace(before, after), encoding="utf-8")
    assert changed("feed.csv") == wanted


def test_of_a_folder_only_the_files_that_changed_and_those_that_are_new(repository):
    commit(repository, a_txt="One.\n\nTwo.", b_txt="Three.", c_txt="Four.\n\nFive.")
    (repository / "a.txt").write_text("One.", encoding="utf-8")
    (repository / "d.txt").write_text("New.", encoding="utf-8")
    (repository / ".gitignore").write_text("d.txt\n", encoding="utf-8")
    git("mv", "b.txt", "ä b.txt")
    git("rm", "-q", "--cached", "c.txt")
    assert sorted(changed(".")) == ["a.txt", "c.txt", "d.txt", "ä b.txt"]


def test_a_file_outside_of_the_repository_and_one_without_lines_count_as_changed(repository, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "x.txt"
    outside.write_text("Far away.", encoding="utf-8")
    commit(repository, a_jsonl=as_jsonl(CLEAN))
    assert changed(str(outside), "a.jsonl") == [str(outside)]


def test_a_binary_file_that_changed_is_changed_whole(repository):
    import pandas as pd

    pd.DataFrame([KYIV, CLEAN]).to_parquet(repository / "a.parquet")
    commit(repository)
    assert changed("a.parquet") == []
    pd.DataFrame([KYIV, CLEAN | {"text": "Other."}]).to_parquet(repository / "a.parquet")
    assert changed("a.parquet") == ["kyiv", "clean"]


def test_what_cannot_be_read_is_told_whether_it_changed_or_not(repository):
    commit(repository, feed_jsonl=as_jsonl(KYIV, "{broken", CLEAN))
    (problem,) = changed("feed.jsonl")
    assert isinstance(problem, Problem)


def test_it_works_from_a_folder_below_and_against_an_older_revision(repository, monkeypatch):
    commit(repository, a_jsonl=as_jsonl(CLEAN))
    (repository / "news").mkdir()
    (repository / "news/b.jsonl").write_bytes(as_jsonl(KYIV))
    commit(repository)
    monkeypatch.chdir(repository / "news")
    assert changed("b.jsonl", "../a.jsonl") == []
    assert changed("b.jsonl", "../a.jsonl", revision="HEAD~1") == ["kyiv"]


@pytest.mark.parametrize("name", ["--output=x.txt", ":(top)a.txt", "*.txt", "a\nb.txt", "$(touch pwned).txt", "ä 'b\".txt"])
def test_a_name_is_never_an_option_a_pattern_or_a_command(repository, name):
    (repository / name).write_text("One.", encoding="utf-8")
    (repository / "other.txt").write_text("Two.", encoding="utf-8")
    commit(repository)
    (repository / name).write_text("Three.", encoding="utf-8")
    (article,) = Diff("HEAD").only_changed(read(["."]))
    assert article.text == "Three."
    assert not (repository / "pwned").exists()


@pytest.mark.parametrize("revision", ["nowhere", "--output=pwned", "HEAD; touch pwned", "$(touch pwned)", "", "HEAD:a.txt", "-h"])
def test_a_revision_that_is_none_is_an_error_and_runs_nothing(repository, revision):
    commit(repository, a_txt="One.")
    with pytest.raises(ConfigError, match=r"git knows no revision .* fetch it"):
        Diff(revision)
    assert not (repository / "pwned").exists()


def test_without_a_repository_or_without_git_the_remedy_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(ConfigError, match="is in no git repository: start tqcheck inside"):
        Diff("HEAD")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match="git cannot be run"):
        Diff("HEAD")


CHECK = ("--model", "none", "--no-progress", "--format", "jsonl")


def test_the_gate_fails_for_what_changed_only_and_passes_when_nothing_did(repository, capsys):
    commit(repository, feed_jsonl=as_jsonl(KYIV, MARKUP, CLEAN))
    assert main(["check", "feed.jsonl", "--diff", "HEAD", *CHECK]) == 0
    assert capsys.readouterr() == ("", "tqcheck: 3 articles are passed over: unchanged since HEAD\n")
    (repository / "feed.jsonl").write_bytes(as_jsonl(KYIV | {"url": "u"}, MARKUP, CLEAN))
    assert main(["check", "feed.jsonl", "--diff", "HEAD", *CHECK]) == 1
    assert [json.loads(line)["article"] for line in capsys.readouterr().out.splitlines()] == ["kyiv"]


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        (["feed.jsonl", "--diff", "nowhere"], "git knows no revision 'nowhere'"),
        (["-", "--diff", "HEAD"], "git knows nothing of standard input"),
        (["-", "--only", "-"], "standard input holds the articles already"),
        (["feed.jsonl", "--only", "no.txt"], "no.txt: the list cannot be read: No such file"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(repository, capsys, arguments, wrong):
    commit(repository, feed_jsonl=as_jsonl(CLEAN))
    assert main(["check", *arguments, *CHECK]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("tqcheck: error: --")
    assert wrong in line


def test_an_input_without_any_article_is_an_error_also_with_diff(repository):
    commit(repository, feed_json="[]")
    assert main(["check", "feed.json", "--diff", "HEAD", *CHECK]) == 2


def test_only_the_articles_of_a_list_and_an_id_that_no_article_has_is_told(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "feed.jsonl").write_bytes(as_jsonl(KYIV, MARKUP, CLEAN))
    (tmp_path / "ids.txt").write_bytes(b"clean\r\n\n  markup \n")
    assert main(["check", "feed.jsonl", "--only", "ids.txt", *CHECK]) == 1
    assert {json.loads(line)["article"] for line in capsys.readouterr().out.splitlines()} == {"markup"}
    (tmp_path / "ids.txt").write_bytes(b"clean\nclaen\n")
    assert main(["check", "feed.jsonl", "--only", "ids.txt", *CHECK]) == 2
    assert "tqcheck: ids.txt: the input has no article 'claen'" in capsys.readouterr().err
    (tmp_path / "ids.txt").write_bytes(b"")
    assert main(["check", "feed.jsonl", "--only", "ids.txt", *CHECK]) == 0


def test_only_counts_what_it_passed_over():
    only = Only(["a"], "ids")
    articles = [Article(name, text="x") for name in "abc"]
    assert list(only.only_changed(articles)) == articles[:1]
    assert only.passed_over == 2


@given(st.lists(st.tuples(st.integers(1, 40), st.integers(0, 5)), max_size=6), st.integers(1, 50), st.integers(0, 10))
def test_lines_meet_when_one_of_them_is_in_a_range(stretches, first, length):
    ranges, end = [], 0
    for start, more in sorted(stretches):
        if start > end:
            ranges.append((start, start + more))
            end = start + more
    wanted = any(low <= line <= high for low, high in ranges for line in range(first, first + length + 1))
    assert _meet(tuple(ranges), first, first + length) == wanted
