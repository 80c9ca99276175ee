import csv
import subprocess
import sys

import pandas as pd
import pytest

import tqcheck
import tqcheck.pandas
from tqcheck.errors import ConfigError, TqcheckError, WriteError

KYIV = "He left Kyiv on Monday. The train from Kiev was late. In Kyiv it rained."
MARKUP = "The minister <b>denied</b> it."


def a_frame(**columns) -> pd.DataFrame:
    return pd.DataFrame({"id": ["a", "b", "c"], "text": [MARKUP, "All is well.", KYIV], "lang": "en"} | columns)


def test_the_accessor_does_what_the_functions_do():
    frame = a_frame(desk="d", system="e")
    pd.testing.assert_frame_equal(frame.tq.check(model="none", keep=["system"]), tqcheck.check_frame(frame, model="none", keep=["system"]))
    pd.testing.assert_frame_equal(frame.tq.score(model="none"), tqcheck.score_frame(frame, model="none"))
    assert [report.article.id for report in frame.tq.reports(model="none")] == ["a", "b", "c"]


def test_the_frame_itself_is_not_changed(tmp_path):
    frame = a_frame(desk="=d")
    before = frame.copy(deep=True)
    frame.tq.report("a", model="none")
    frame.tq.to_csv(tmp_path / "x.csv")
    frame.tq.to_folder(tmp_path / "x", model="none")
    pd.testing.assert_frame_equal(frame, before)


def test_a_report_is_that_of_the_row_with_the_label_or_the_id():
    frame = a_frame().set_index(pd.Index(["x", "y", "z"]))
    assert frame.tq.report("z", model="none").article.id == "c"
    assert frame.tq.report("c", model="none").article.id == "c"
    assert frame.loc[["x"]].tq.report(model="none").article.id == "a"
    levels = a_frame().set_index(pd.MultiIndex.from_tuples([("f", 1), ("f", 2), ("g", 1)]))
    assert levels.tq.report(("f", 2), model="none").article.id == "b"
    named = frame.rename(columns={"id": "number"})
    assert named.tq.report("b", model="none", columns={"id": "number"}).article.id == "b"


def test_the_id_of_a_finding_finds_its_article_when_ids_are_numbers():
    frame = a_frame(id=[70.0, 80.0, None])
    found = frame.tq.check(model="none")
    assert frame.tq.report(found["article"].iloc[0], model="none").article.id == "70"


@pytest.mark.parametrize(
    ("frame", "which", "error", "why"),
    [
        (a_frame(), "nobody", KeyError, "no row has the label or the id 'nobody'"),
        (a_frame(), None, ConfigError, r"the frame has 3 rows: say which"),
        (a_frame()[:0], None, ConfigError, "the frame has 0 rows"),
        (a_frame(id=[1, 2, 3]), 1, ConfigError, "1 is the label of one row and the id of another"),
        (a_frame().set_index(pd.Index([7, 7, 8])), 7, ConfigError, "7 is the name of 2 rows"),
        (a_frame(text=[None, "x", "y"]), "a", TqcheckError, "row 0: has neither"),
    ],
)
def test_what_is_not_one_article_has_no_report(frame, which, error, why):
    with pytest.raises(error, match=why):
        frame.tq.report(which, model="none")


def test_the_csv_opens_in_a_spreadsheet_as_it_is_and_runs_nothing(tmp_path):
    frame = pd.DataFrame({"=1+1": ["=1+1", "+cmd", "@x", "Kyjiv – „ano“"], "n": [-1, 2, 3, 4], "l": [[{"a": 1}], [], ["=x"], None]})
    frame.tq.to_csv(tmp_path / "x.csv")
    content = (tmp_path / "x.csv").read_bytes()
    assert content.startswith("\ufeff".encode())
    rows = list(csv.reader(content.decode("utf-8-sig").splitlines()))
    assert rows == [
        ["'=1+1", "n", "l"],
        ["'=1+1", "-1", '[{"a": 1}]'],
        ["'+cmd", "2", "[]"],
        ["'@x", "3", '["=x"]'],
        ["Kyjiv – „ano“", "4", ""],
    ]


def test_findings_of_all_types_go_to_csv(tmp_path):
    a_frame().tq.check(model="none").tq.to_csv(tmp_path / "x.csv")
    again = pd.read_csv(tmp_path / "x.csv", encoding="utf-8-sig")
    assert list(again["rule"]) == ["markup-left", "markup-left", "name-variant"]
    assert list(again["start"]) == [13, 22, 39]


def test_a_csv_that_cannot_be_written_is_an_error_of_ours(tmp_path):
    with pytest.raises(WriteError, match="cannot be written"):
        a_frame().tq.to_csv(tmp_path / "no" / "such.csv")


def test_the_accessor_is_there_after_either_import_and_pandas_only_then():
    code = "import sys, tqcheck; assert 'pandas' not in sys.modules; {}; import pandas; print(hasattr(pandas.DataFrame, 'tq'))"
    for imported in ("import tqcheck.pandas", "tqcheck.check_frame", "from tqcheck.frame import score_frame"):
        ran = subprocess.run([sys.executable, "-W", "error", "-c", code.format(imported)], capture_output=True, text=True, check=True)
        assert ran.stdout == "True\n"
    assert subprocess.run([sys.executable, "-c", code.format("pass")], capture_output=True, text=True, check=True).stdout == "False\n"
