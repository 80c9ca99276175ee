import json

import numpy as np
import pandas as pd
import pytest

import tqcheck
from tqcheck.article import FINDING_KEYS
from tqcheck.errors import ConfigError
from tqcheck.frame import SCORE_COLUMNS, check_frame, score_frame
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
    joined = pd.concat(parts, ignore_index=True)
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
