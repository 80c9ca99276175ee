import json
import re
import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import tqcheck
from tqcheck import frame as frames
from tqcheck import pipeline
from tqcheck.article import FINDING_KEYS
from tqcheck.errors import ConfigError, TqcheckError
from tqcheck.frame import SCORE_COLUMNS, TEXT, UncheckedWarning, check_frame, compare_systems, reports, score_frame, write_folder
from tqcheck.rules import all_rules

KYIV = "He left Kyiv on Monday. The train from Kiev was late. In Kyiv it rained."
MARKUP = "The minister <b>denied</b> it."


def a_frame(**columns) -> pd.DataFrame:
    return pd.DataFrame({"id": ["a", "b", "c"], "text": [MARKUP, "All is well.", KYIV], "lang": "en"} | columns)


def test_there_is_one_row_a_finding_in_the_order_of_the_articles():
    found = check_frame(a_frame(), model="none")
    assert list(found.columns) == list(FINDING_KEYS)
    assert list(found[["article", "rule", "surface", "start", "end"]].itertuples(index=False, name=None)) == [
        ("a", "markup-left", "<b>", 13, 16),
        ("a", "markup-left", "</b>", 22, 26),
        ("c", "name-variant", "Kiev", 39, 43),
    ]
    assert list(found["suggestion"]) == ["", "", "Kyiv"]
    assert found["related"][2] == [{"field": "text", "segment": None, "start": 8, "end": 12, "surface": "Kyiv"}]


def test_the_rows_are_the_findings_of_check():
    found = check_frame(a_frame(), model="none")
    rows = [finding.as_dict() for report in tqcheck.check(a_frame().to_dict("records"), model="none") for finding in report.findings]
    shown = json.loads(found.astype(object).where(found.notna(), None).to_json(orient="records"))
    assert shown == json.loads(json.dumps(rows))


def test_severity_rule_and_field_are_categories_with_all_their_values():
    found = check_frame(a_frame(), model="none")
    assert list(found["rule"].cat.categories) == list(all_rules())
    assert list(found["field"].cat.categories) == ["title", "text", "segments"]
    assert (found["severity"] >= "major").tolist() == [True, True, False]


def test_frames_of_chunks_can_be_joined_and_one_without_findings_has_all_columns_and_types():
    parts = [check_frame(a_frame()[rows], model="none") for rows in (slice(0, 1), slice(1, 2), slice(2, 3), slice(0, 0))]
    joined = pd.concat(parts)
    pd.testing.assert_frame_equal(joined, check_frame(a_frame(), model="none"))
    assert len(parts[1]) == len(parts[3]) == 0
    assert parts[1].dtypes.equals(parts[0].dtypes)


def test_the_frame_itself_is_not_changed():
    frame = a_frame()
    before = frame.copy(deep=True)
    check_frame(frame, model="none")
    score_frame(frame, model="none")
    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA, pd.NaT])
def test_a_missing_value_is_no_value(missing):
    frame = a_frame(title=[missing, "A title", missing], published=missing, segments=pd.Series([missing] * 3, dtype=object))
    assert list(score_frame(frame, model="none")["error"].isna()) == [True, True, True]


@pytest.mark.parametrize("kind", [list, tuple, np.array])
def test_segments_may_be_any_list(kind):
    segments = pd.Series([kind([MARKUP, KYIV])], dtype=object)
    found = check_frame(pd.DataFrame({"segments": segments, "source_segments": segments, "lang": "en"}), model="none")
    assert list(zip(found["segment"], found["surface"], strict=True)) == [(0, "<b>"), (0, "</b>"), (1, "Kiev")]
    assert found["segment"].dtype == "Int64"


def test_without_an_id_an_article_is_called_by_its_label():
    frame = a_frame().drop(columns="id").set_index(pd.Index(["x", "y", "z"]))
    assert list(check_frame(frame, model="none")["article"]) == ["x", "x", "z"]
    assert list(score_frame(frame, model="none")["article"]) == ["x", "y", "z"]


def test_ids_dates_and_repeated_labels_may_be_what_pandas_makes_of_them():
    frame = a_frame(id=[1, 2, 3], published=pd.to_datetime(["2023-05-25", None, "2023-05-26"]), views=[1.5, 2.5, np.nan]).set_index(
        pd.Index([0, 0, 0])
    )
    scores = score_frame(frame, model="none")
    assert list(scores["article"]) == ["1", "2", "3"]
    assert list(scores.index) == [0, 0, 0]
    assert scores["error"].isna().all()


def test_there_is_one_row_an_article_with_the_index_of_the_frame_and_a_reason_where_it_is_none():
    frame = a_frame(text=[MARKUP, None, KYIV]).set_index(pd.Index(["x", "y", "z"], name="doc"))
    scores = score_frame(frame, model="none")
    assert list(scores.columns) == list(SCORE_COLUMNS)
    assert list(scores.index) == ["x", "y", "z"]
    assert scores.index.name == "doc"
    assert scores.loc["y", "error"] == "row y: has neither 'text' nor 'segments': give one of them (--columns maps other names)"
    assert scores.loc["y"].drop("error").isna().all()
    assert scores.loc["x", ["words", "major", "findings", "verdict"]].tolist() == [4, 2, 2, "fail"]
    assert scores.loc["z", ["words", "minor", "findings", "verdict"]].tolist() == [15, 1, 1, "fail"]
    assert scores.loc[["x", "z"], "error"].isna().all()


def test_the_types_of_scores_do_not_depend_on_the_rows():
    whole, broken, empty = (score_frame(frame, model="none") for frame in (a_frame(), a_frame(text=[MARKUP, None, KYIV]), a_frame()[:0]))
    assert whole.dtypes.equals(broken.dtypes)
    assert whole.dtypes.equals(empty.dtypes)


def test_an_empty_frame_gives_empty_frames():
    empty = a_frame()[:0]
    assert len(check_frame(empty, model="none")) == len(score_frame(empty, model="none")) == 0


def test_a_wrong_option_is_an_error_before_anything_is_read():
    with pytest.raises(ConfigError, match="did you mean 'name-variant'"):
        check_frame(a_frame(), select=["name-variants"], model="none")


def test_a_language_given_as_an_option_is_that_of_rows_that_do_not_say():
    assert list(score_frame(pd.DataFrame({"text": ["OK."]}), model="none", lang="de")["lang"]) == ["de"]


# -- the documented schema ----------------------------------------------------------------------------------------------


def documented(function) -> dict[str, str]:
    """Columns and types in the table of a docstring."""
    table = re.split(r"^ +=+ =+ =+$", function.__doc__, flags=re.MULTILINE)[2]
    types = dict(re.findall(r"^ +(\w+) +(\w+) ", table, re.MULTILINE))
    return {name: TEXT if kind == "str" else kind for name, kind in types.items()}


@pytest.mark.parametrize("rows", [3, 0])
@pytest.mark.parametrize(("function", "columns"), [(check_frame, FINDING_KEYS), (score_frame, SCORE_COLUMNS)])
def test_columns_and_types_are_those_of_the_documentation(function, columns, rows):
    made = function(a_frame()[:rows], model="none")
    assert list(documented(function)) == list(columns) == list(made.columns)
    assert {name: str(kind) for name, kind in made.dtypes.items()} == documented(function)


def test_an_empty_frame_without_columns_has_all_of_ours():
    assert list(check_frame(pd.DataFrame(), model="none").columns) == list(FINDING_KEYS)
    assert list(score_frame(pd.DataFrame(), model="none").columns) == list(SCORE_COLUMNS)


def test_a_value_that_is_no_known_category_is_kept_as_one():
    assert list(frames._category(["a", "b"], ["c", "a"]).categories) == ["a", "b", "c"]


def test_findings_go_to_parquet_and_back(tmp_path):
    found = check_frame(a_frame(desk=["x", "y", "z"]), model="none")
    found.to_parquet(tmp_path / "found.parquet")
    again = pd.read_parquet(tmp_path / "found.parquet")
    assert again.dtypes.equals(found.dtypes)
    assert [list(places) for places in again["related"]] == list(found["related"])


# -- what stays of the input --------------------------------------------------------------------------------------------


def test_a_finding_has_the_label_of_its_row_and_brings_the_unknown_columns_along():
    frame = a_frame(desk=pd.Categorical(["foreign", "sport", "sport"]), views=[7, 8, 9], system="e").set_index(
        pd.Index(["x", "y", "z"], name="row")
    )
    found = check_frame(frame, model="none")
    assert list(found.columns) == [*FINDING_KEYS, "desk", "views"]
    assert list(zip(found.index, found["desk"], found["views"], strict=True)) == [
        ("x", "foreign", 7),
        ("x", "foreign", 7),
        ("z", "sport", 9),
    ]
    assert found.index.name == "row"
    assert found["desk"].dtype == frame["desk"].dtype
    assert list(found.join(frame["system"])["system"]) == ["e", "e", "e"]
    assert check_frame(frame[:0], model="none").dtypes.equals(found.dtypes)


def test_a_finding_brings_along_the_columns_that_are_asked_for_and_no_others():
    frame = a_frame(desk="foreign", system=["e", "f", "g"])
    found = check_frame(frame, model="none", keep=["system", "lang"])
    assert list(found.columns[len(FINDING_KEYS) :]) == ["system", "lang"]
    assert list(found["system"]) == ["e", "e", "g"]
    assert list(check_frame(frame, model="none", keep=[]).columns) == list(FINDING_KEYS)


@pytest.mark.parametrize(("keep", "why"), [(["sistem"], "did you mean 'system'"), ("system", r"keep=\['system'\]")])
def test_a_column_to_keep_that_is_not_there_is_an_error(keep, why):
    with pytest.raises(ConfigError, match=why):
        check_frame(a_frame(system="e"), model="none", keep=keep)


def test_scores_stand_behind_the_frame_s_own_columns_without_the_texts():
    frame = a_frame(title="T", desk=["x", "y", "z"], published=pd.Timestamp("2024-01-01"), source_text="S", system="e", source_lang="cs")
    scores = score_frame(frame, model="none")
    assert list(scores.columns) == ["title", "desk", "published", "system", *SCORE_COLUMNS]
    assert scores["published"].dtype == frame["published"].dtype
    assert list(scores["source_lang"]) == ["cs"] * 3


def test_a_column_that_is_named_as_one_of_ours_gets_another_name():
    frame = a_frame(severity="s", score=[1, 2, 3], input_score=0, rule="r")
    assert list(check_frame(frame, model="none").columns[len(FINDING_KEYS) :]) == ["input_severity", "score", "input_score", "input_rule"]
    scores = score_frame(frame, model="none")
    assert list(scores.columns) == ["severity", "input_input_score", "input_score", "rule", *SCORE_COLUMNS]
    assert list(scores["input_input_score"]) == [1, 2, 3]


def test_columns_may_have_one_name_or_names_that_are_no_text():
    frame = a_frame(x=[1, 2, 3], y=[4, 5, 6], z=[7, 8, 9]).set_axis(["id", "text", "lang", "desk", "desk", 7], axis=1)
    found = check_frame(frame, model="none")
    assert list(found.columns[len(FINDING_KEYS) :]) == ["desk", "desk", 7]
    assert found["desk"].to_numpy().tolist() == [[1, 4], [1, 4], [3, 6]]
    assert check_frame(frame, model="none", keep=["desk"])["desk"].shape == (3, 2)
    assert score_frame(frame, model="none")[7].tolist() == [7, 8, 9]


def test_two_columns_of_one_key_are_an_error():
    frame = pd.concat([a_frame(), a_frame()[["text"]]], axis=1)
    with pytest.raises(ConfigError, match="2 columns 'text': rename or drop"):
        check_frame(frame, model="none")


@pytest.mark.parametrize(
    "index",
    [
        pd.Index([0, 0, 0]),
        pd.MultiIndex.from_tuples([("a", 1), ("a", 2), ("b", 1)], names=["feed", "number"]),
        pd.CategoricalIndex(["x", "y", "x"]),
        pd.date_range("2024-01-01", periods=3, tz="Europe/Prague"),
        pd.Index([1.5, np.nan, 2.5]),
    ],
    ids=["repeated", "levels", "categories", "dates", "floats"],
)
def test_any_index_is_kept(index):
    frame = a_frame(desk=["x", "y", "z"]).set_index(index)
    found, scores = check_frame(frame, model="none"), score_frame(frame, model="none")
    pd.testing.assert_index_equal(found.index, index.take([0, 0, 2]))
    pd.testing.assert_index_equal(scores.index, index)
    assert list(found["desk"]) == ["x", "x", "z"]


def test_an_article_without_an_id_in_a_frame_with_levels_is_called_by_all_of_them():
    frame = a_frame().drop(columns="id").set_index(pd.MultiIndex.from_tuples([("a", 1), ("a", 2), ("b", 1)]))
    assert list(score_frame(frame, model="none")["article"]) == ["a/1", "a/2", "b/1"]


# -- cells as pandas makes them -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ids", "names"),
    [
        ([1, 2, 3], ["1", "2", "3"]),
        ([1.0, np.nan, 3.0], ["1", "1", "3"]),
        (pd.array([1, None, 3], dtype="Int64"), ["1", "1", "3"]),
        ([1.5, "b", pd.NA], ["1.5", "b", "2"]),
        (pd.Categorical(["u", "v", "u"]), ["u", "v", "u"]),
    ],
)
def test_an_id_may_be_a_number_and_a_missing_one_is_the_label(ids, names):
    assert list(score_frame(a_frame(id=ids), model="none")["article"]) == names


def test_an_engine_may_be_a_number():
    frame = a_frame(system=[1, 2, 2])
    assert reports(frame, model="none")[0].article.system == "1"
    assert list(score_frame(frame, model="none")["system"]) == [1, 2, 2]


def test_texts_and_languages_may_be_categories_or_strings_of_any_kind():
    plain = check_frame(a_frame(), model="none")
    for kind in ("category", "string", "string[pyarrow]"):
        pd.testing.assert_frame_equal(check_frame(a_frame().astype({"text": kind, "lang": kind, "id": kind}), model="none"), plain)


def test_segments_may_be_the_json_arrays_of_a_csv_file_or_lists_of_arrow():
    import pyarrow as pa

    lists = [[MARKUP, KYIV], ["All is well."]]
    for segments in ([json.dumps(one) for one in lists], pd.array(lists, dtype=pd.ArrowDtype(pa.list_(pa.string())))):
        found = check_frame(pd.DataFrame({"segments": segments, "lang": "en"}), model="none")
        assert list(zip(found["segment"], found["surface"], strict=True)) == [(0, "<b>"), (0, "</b>"), (1, "Kiev")]


def test_columns_may_be_named_otherwise_and_a_wrong_name_is_an_error():
    frame = a_frame(headline="Kyiv waits").rename(columns={"text": "body"}).assign(text=1)
    found = check_frame(frame, model="none", columns={"text": "body", "title": "headline"})
    assert list(found["surface"]) == ["<b>", "</b>", "Kiev"]
    assert list(found.columns[len(FINDING_KEYS) :]) == ["text"]
    with pytest.raises(ConfigError, match="has no column 'bdy'"):
        check_frame(frame, model="none", columns={"text": "bdy"})


def test_a_frame_without_texts_is_one_clear_error():
    with pytest.raises(ConfigError, match=r"no column 'text' or 'segments'; it has id, body, lang: say columns="):
        score_frame(a_frame().rename(columns={"text": "body"}), model="none")


# -- what could not be checked ------------------------------------------------------------------------------------------

BAD = ("", None, 7, "NUL \x00", "half \ud800")


def test_no_row_is_lost_and_each_bad_one_has_its_reason():
    frame = pd.DataFrame({"id": range(len(BAD) + 1), "text": [*BAD, MARKUP], "lang": "en", "desk": "d"})
    scores = score_frame(frame, model="none")
    assert list(scores["error"].notna()) == [True] * len(BAD) + [False]
    assert all(error.startswith(f"row {row}: ") for row, error in scores["error"].dropna().items())
    assert list(scores["desk"]) == ["d"] * len(frame)


@pytest.mark.parametrize("cell", [{("a", "b"): 1}, [np.array([1])], {1}, object(), "\ud800", b"x"])
def test_an_unknown_column_may_hold_anything_and_spoils_at_most_its_own_row(cell):
    frame = a_frame(desk=pd.Series([cell, "x", "y"], dtype=object))
    scores = score_frame(frame, model="none")
    assert list(scores["error"].isna())[1:] == [True, True]
    assert scores["desk"][0] is cell


def test_a_frame_of_findings_warns_of_what_it_does_not_hold():
    frame = a_frame(text=[MARKUP, None, KYIV])
    with pytest.warns(UncheckedWarning, match=r"^1 thing could not be checked: row 1: has neither .*score_frame") as warned:
        found = check_frame(frame, model="none")
    assert warned[0].filename == __file__
    assert list(found["article"]) == ["a", "a", "c"]
    assert len(check_frame(frame, model="none", errors="ignore")) == 3
    with pytest.raises(TqcheckError, match="row 1: has neither"):
        check_frame(frame, model="none", errors="raise")
    with pytest.raises(ConfigError, match="did you mean 'raise'"):
        check_frame(frame, model="none", errors="rise")


def test_many_bad_rows_are_counted_and_three_named():
    with pytest.warns(UncheckedWarning, match=r"^5 things .*row 0: .*row 1: .*row 2: .*; and 2 more"):
        check_frame(pd.DataFrame({"text": [None] * 5 + ["OK."], "lang": "en"}), model="none")


def test_a_rule_that_crashes_is_told_in_both_frames(monkeypatch):
    def crash(_):
        raise ZeroDivisionError

    rules = replace(all_rules()["markup-left"], check=crash), all_rules()["name-variant"]
    monkeypatch.setattr(pipeline, "choose", lambda *_, **__: rules)
    with pytest.warns(UncheckedWarning, match="rule markup-left: crashed: ZeroDivisionError"):
        found = check_frame(a_frame(), model="none")
    assert list(found["rule"]) == ["name-variant"]
    assert score_frame(a_frame(), model="none")["error"].str.contains("markup-left").all()


# -- jobs and progress --------------------------------------------------------------------------------------------------


def test_two_processes_give_the_same_frames():
    frame = pd.concat([a_frame(desk=["x", "y", "z"])] * 12, ignore_index=True)
    frame.loc[5, "text"] = None
    for function, options in ((check_frame, {"errors": "ignore"}), (score_frame, {})):
        pd.testing.assert_frame_equal(function(frame, model="none", jobs=2, **options), function(frame, model="none", **options))


def test_there_is_a_bar_when_it_is_asked_for_and_none_in_a_script(capsys):
    check_frame(a_frame(), model="none")
    assert capsys.readouterr().err == ""
    check_frame(a_frame(), model="none", progress=True)
    assert "checking:   0%" in capsys.readouterr().err


@pytest.mark.parametrize(("shell", "is_notebook"), [(SimpleNamespace(kernel=1), True), (SimpleNamespace(), False), (None, False)])
def test_a_notebook_is_known_by_its_kernel(monkeypatch, shell, is_notebook):
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    assert frames._in_notebook() is is_notebook


# -- reports and folders ------------------------------------------------------------------------------------------------


def test_reports_have_the_index_of_the_frame_and_an_error_where_there_is_none():
    made = reports(a_frame(text=[MARKUP, None, KYIV]).set_index(pd.Index([7, 8, 7])), model="none")
    assert list(made.index) == [7, 8, 7]
    assert [getattr(report, "words", str(report)) for report in made][::2] == [4, 15]
    assert isinstance(made[8], TqcheckError)


def test_a_folder_is_that_of_the_command_line(tmp_path):
    with pytest.warns(UncheckedWarning, match="row 1"):
        index = write_folder(a_frame(text=[MARKUP, None, KYIV]), tmp_path / "made", model="none")
    assert index == tmp_path / "made" / "index.html"
    assert "row 1" in index.read_text(encoding="utf-8")
    assert sorted(path.name for path in (tmp_path / "made" / "articles").iterdir()) == ["a.html", "a.json", "c.html", "c.json"]
    a_frame()[::2].to_json(tmp_path / "feed.jsonl", orient="records", lines=True)
    command = [sys.executable, "-m", "tqcheck", "report", tmp_path / "feed.jsonl", "-o", tmp_path / "told", "--model", "none", "--quiet"]
    subprocess.run(command, check=False, capture_output=True)
    for name in ("a.html", "c.json"):
        assert (tmp_path / "made" / "articles" / name).read_bytes() == (tmp_path / "told" / "articles" / name).read_bytes()


# -- two engines --------------------------------------------------------------------------------------------------------


def scored(**minor) -> pd.DataFrame:
    rows = [{"system": name, "minor": count, "major": 0, "critical": 0, "words": 100, "score": 50.0, "adequacy": 0.5 + count / 100}
            for name, counts in minor.items() for count in counts]  # fmt: skip
    return pd.DataFrame(rows)


def test_two_engines_that_differ_are_told_from_two_that_do_not():
    compared = compare_systems(scored(good=[0, 1] * 6, bad=[8, 9] * 6, same=[1, 0] * 6), "good", "bad")
    assert list(compared.index) == ["score", "adequacy"]
    assert compared["good"]["score"] == pytest.approx(100 / (1 + 5 / 100))
    assert compared["bad"]["score"] == pytest.approx(100 / (1 + 85 / 100))
    assert compared["difference"]["score"] == pytest.approx(compared["bad"]["score"] - compared["good"]["score"])
    assert compared["low"]["score"] < compared["difference"]["score"] < compared["high"]["score"] < 0
    assert compared["p_value"]["score"] < 0.001
    assert compared["difference"]["adequacy"] == pytest.approx(0.08)
    assert compared["articles"]["score"] == "12 and 12"
    equal = compare_systems(scored(good=[0, 1] * 6, same=[1, 0] * 6), "good", "same")
    assert equal["p_value"]["score"] == 1.0


def test_rows_that_could_not_be_checked_are_left_out_and_too_few_are_an_error():
    scores = scored(one=[0, 1, 2], other=[1, 1])
    scores.loc[0, "score"] = np.nan
    assert compare_systems(scores, "one", "other")["articles"]["score"] == "2 and 2"
    scores.loc[1, "score"] = np.nan
    with pytest.raises(ConfigError, match="'system' is 'one' in 1 of the checked articles"):
        compare_systems(scores, "one", "other")
    with pytest.raises(ConfigError, match="did you mean 'system'"):
        compare_systems(scores, "one", "other", by="sistem")


def test_without_adequacy_the_scores_alone_are_compared():
    scores = scored(one=[0, 1, 2], other=[1, 1]).assign(adequacy=np.nan)
    assert list(compare_systems(scores, "one", "other", weights={"minor": 0, "major": 5, "critical": 25}).index) == ["score"]
    assert compare_systems(scores, "one", "other", weights={"minor": 0, "major": 5, "critical": 25})["one"]["score"] == 100
