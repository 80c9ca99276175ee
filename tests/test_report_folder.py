import io
import json
import os
import unicodedata

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reports_for_tests import HOSTILE, a_hostile_report, a_report, an_article

from tqcheck.errors import WriteError
from tqcheck.report import Summary, Tally
from tqcheck.report.folder import ReportFolder, safe_name


def write(path, *reports, **options):
    tally = Tally()
    with ReportFolder(path, **options) as folder:
        names = [folder.add(report) for report in reports]
        for report in reports:
            tally.add(report)
        folder.close(tally.summary())
    return names


def files_in(path):
    return {str(file.relative_to(path)): file.read_bytes() for file in path.rglob("*") if file.is_file()}


TABLES = {"index.html", "findings.csv", "findings.parquet", "articles.csv", "articles.parquet"}


def test_the_folder_has_an_index_a_page_an_article_and_the_tables(tmp_path):
    write(tmp_path / "new" / "out", a_report(), a_report(an_article(id="B/2")), markdown=True)
    files = files_in(tmp_path / "new" / "out")
    names = ["a1", safe_name("B/2")]
    assert set(files) == TABLES | {f"articles/{name}.{suffix}" for name in names for suffix in ("html", "json", "md")}
    assert json.loads(files["articles/a1.json"]) == a_report().as_dict()
    assert pq.read_table(io.BytesIO(files["articles.parquet"]))["article"].to_pylist() == ["a1", "B/2"]
    assert f'href="articles/{names[1]}.html"' in files["index.html"].decode()


def test_an_empty_run_has_an_index_and_empty_tables(tmp_path):
    write(tmp_path)
    assert set(files_in(tmp_path)) == TABLES
    assert b"No article was checked" in (tmp_path / "index.html").read_bytes()


def test_the_same_reports_give_the_same_bytes_in_any_folder(tmp_path):
    reports = [a_hostile_report(text) for text in HOSTILE]
    write(tmp_path / "one", *reports)
    write(tmp_path / "two", *reports)
    assert files_in(tmp_path / "one") == files_in(tmp_path / "two")


def test_two_articles_with_one_id_are_both_kept(tmp_path):
    assert write(tmp_path, a_report(), a_report(findings=()), a_report()) == ["a1", "a1~2", "a1~3"]
    assert json.loads((tmp_path / "articles" / "a1~2.json").read_text())["findings"] == []


def test_a_run_that_fails_leaves_no_unfinished_file(tmp_path):
    def run_until_stopped():
        with ReportFolder(tmp_path) as folder:
            folder.add(a_report())
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_until_stopped()
    assert set(files_in(tmp_path)) == {"articles/a1.html", "articles/a1.json"}


def test_what_a_killed_run_left_is_taken_away(tmp_path):
    (tmp_path / ".tqcheck-0123").write_text("half")
    write(tmp_path)
    assert set(files_in(tmp_path)) == TABLES


def test_tables_appear_only_when_they_are_whole(tmp_path):
    folder = ReportFolder(tmp_path)
    folder.add(a_report())
    assert not any((tmp_path / name).exists() for name in TABLES)
    folder.close(Summary())
    assert all((tmp_path / name).exists() for name in TABLES)


def test_a_planted_link_is_replaced_and_its_target_untouched(tmp_path):
    target = tmp_path / "target"
    target.write_text("mine")
    out = tmp_path / "out"
    (out / "articles").mkdir(parents=True)
    for name in ("index.html", "findings.csv", "articles/a1.html"):
        (out / name).symlink_to(target)
    write(out, a_report())
    assert target.read_text() == "mine"
    assert not (out / "index.html").is_symlink()


def test_an_articles_folder_that_is_a_link_is_refused(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "articles").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(WriteError, match="is a link"):
        ReportFolder(tmp_path / "out")


def test_a_file_in_place_of_the_folder_is_named_with_a_remedy(tmp_path):
    (tmp_path / "out").write_text("")
    with pytest.raises(WriteError, match=r"out.*: choose another folder with -o"):
        ReportFolder(tmp_path / "out")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_to_is_named_with_a_remedy(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(WriteError, match="you may write to"):
        ReportFolder(tmp_path)


def test_a_disk_that_fails_later_is_an_error_of_ours(tmp_path):
    with ReportFolder(tmp_path) as folder:
        (tmp_path / "articles").rmdir()
        with pytest.raises(WriteError, match="articles"):
            folder.add(a_report())


@pytest.mark.parametrize("name", ["a1", "2023-05-25_world", "x" * 80])
def test_a_plain_id_is_its_own_file_name(name):
    assert safe_name(name) == name


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../../etc/passwd", "/etc/passwd", "con", "nul", "COM1", "a.b", "A1", "a" * 5000, "статья", "a\x00b", "-x"]
)
def test_any_other_id_gets_a_hash_and_stays_in_the_folder(name):
    assert safe_name(name) != name
    assert os.path.basename(safe_name(name)) == safe_name(name)  # noqa: PTH119 - of a name, not of a path


def test_a_hashed_name_can_still_be_recognised():
    assert safe_name("Feed.jsonl:12").startswith("feed-jsonl-12-")


@given(st.text() | st.sampled_from(HOSTILE))
def test_a_name_is_short_lower_case_ascii(name):
    safe = safe_name(name)
    assert 0 < len(safe) <= 97
    assert set(safe) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_")
    assert safe[0] not in "-_" or safe == name
    assert safe.partition("-")[0] not in {"con", "nul"} or "-" in safe


@given(st.text(max_size=4), st.text(max_size=4))
def test_two_ids_have_two_names(one, other):
    names = {safe_name(article_id) for article_id in (one, other, one.upper(), unicodedata.normalize("NFD", one))}
    assert len(names) == len({one, other, one.upper(), unicodedata.normalize("NFD", one)})


def test_an_id_cannot_take_the_hashed_name_of_another():
    taken = safe_name("A1")
    assert safe_name(taken) != taken
