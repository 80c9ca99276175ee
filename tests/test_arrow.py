import dataclasses
import datetime as dt
import decimal
import json
import pickle

import pandas as pd
import pyarrow as pa
import pytest

import tqcheck
from tqcheck import arrow, rules
from tqcheck.article import FINDING_KEYS, Article
from tqcheck.baseline import BaselineWriter
from tqcheck.errors import ConfigError, TqcheckError
from tqcheck.frame import SCORE_COLUMNS

KYIV = "He left Kyiv on Monday. The train from Kiev was late. In Kyiv it rained."
MARKUP = "The minister <b>denied</b> it."


def a_batch(**columns) -> pa.RecordBatch:
    given = {"id": ["a", "b", "c"], "text": [MARKUP, "All is well.", KYIV], "lang": ["en"] * 3} | columns
    return pa.RecordBatch.from_pydict(given)


def travelled(job: arrow.Job) -> arrow.Job:
    return pickle.loads(pickle.dumps(job))  # noqa: S301 - our own


def findings(*batches, **options) -> list[dict]:
    job = arrow.prepare(**{"model": "none"} | options)
    return [row for found in arrow.check_batches(batches, travelled(job)) for row in found.to_pylist()]


def scores(*batches, **options) -> list[dict]:
    job = arrow.prepare(measure=True, **{"model": "none"} | options)
    return [row for found in arrow.score_batches(batches, job) for row in found.to_pylist()]


def of_frame(frame: pd.DataFrame) -> list[dict]:
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


def errors(batch: pa.RecordBatch) -> list[str | None]:
    return [row["error"] for row in scores(batch)]


# -- what comes out -------------------------------------------------------------------------------------------------------


def test_the_columns_are_those_of_a_finding_and_of_a_score_with_the_error():
    assert tuple(arrow.FINDINGS.names) == (*FINDING_KEYS, "error")
    assert tuple(arrow.SCORES.names) == SCORE_COLUMNS


def test_the_findings_are_those_of_check_frame():
    want = of_frame(tqcheck.check_frame(a_batch().to_pandas(), model="none"))
    assert [row["surface"] for row in want] == ["<b>", "</b>", "Kiev"]
    assert findings(a_batch()) == [row | {"error": None} for row in want]


def test_the_scores_are_those_of_score_frame():
    frame = a_batch(text=[MARKUP, None, KYIV]).to_pandas().set_index("id", drop=False)
    want = of_frame(tqcheck.score_frame(frame))
    assert want[1]["article"] is None
    assert scores(a_batch(text=[MARKUP, None, KYIV]), model="bundled") == [want[0], want[1] | {"article": "b"}, want[2]]


def test_a_batch_larger_than_what_leaves_at_once_loses_nothing_and_keeps_its_order():
    many = 2 * arrow.ROWS_AT_ONCE + 1
    job = arrow.prepare(model="none", select=["markup-left"])
    batch = pa.RecordBatch.from_pydict({"id": [str(number) for number in range(many)], "text": ["A <b> tag."] * many})
    sizes = [found.num_rows for found in arrow.check_batches([batch, batch.slice(0, 0), batch.slice(7, 2)], job)]
    assert sizes == [arrow.ROWS_AT_ONCE, arrow.ROWS_AT_ONCE, 1, 2]
    names = [row["article"] for row in findings(batch, batch.slice(7, 2), select=["markup-left"])]
    assert names == [*map(str, range(many)), "7", "8"]


def test_a_batch_without_findings_has_all_columns_and_types():
    (found,) = arrow.check_batches([a_batch(text=["All is well."] * 3)], arrow.prepare(model="none"))
    assert (found.num_rows, found.schema) == (0, arrow.FINDINGS)


# -- what comes in --------------------------------------------------------------------------------------------------------


def test_segments_come_as_lists():
    batch = pa.RecordBatch.from_pydict({"id": ["a"], "segments": [[MARKUP, KYIV]], "source_segments": [["1", "2"]], "lang": ["en"]})
    assert [(row["field"], row["segment"], row["surface"]) for row in findings(batch, select=["markup-left", "name-variant"])] == [
        ("segments", 0, "<b>"),
        ("segments", 0, "</b>"),
        ("segments", 1, "Kiev"),
    ]


def test_numbers_as_ids_times_and_columns_of_any_type_are_taken_as_they_come():
    day = dt.date(2023, 5, 25)
    batch = a_batch(
        id=[1, 2, 3],
        published=pa.array([dt.datetime(2023, 5, 25, 10, tzinfo=dt.UTC), None, None]),
        day=[day, None, day],
        price=[decimal.Decimal("1.50"), None, None],
        raw=[b"\xff", b"", None],
        nested=[{"a": [1]}, None, {"a": []}],
        tags=pa.array([[("k", 1)], None, []], type=pa.map_(pa.string(), pa.int64())),
        nothing=pa.nulls(3),
    )
    ((_, article), *_) = arrow.articles(batch)
    assert isinstance(article, Article)
    assert (article.id, article.published) == ("1", "2023-05-25T10:00:00+00:00")
    assert article.extra["nested"] == {"a": [1]}
    assert errors(batch) == [None, None, None]


@pytest.mark.parametrize("missing", [None, float("nan")])
def test_a_missing_value_is_no_value(missing):
    assert errors(a_batch(title=pa.array([missing] * 3, type=pa.float64()))) == [None, None, None]
    ((_, article), *_) = arrow.articles(a_batch(views=[missing, 1.5, 2.5]))
    assert isinstance(article, Article)
    assert article.extra == {}


def test_columns_may_have_other_names():
    batch = a_batch().rename_columns(["number", "body", "lang"])
    assert [row["surface"] for row in findings(batch, columns={"id": "number", "text": "body"})] == ["<b>", "</b>", "Kiev"]


def test_an_article_without_an_id_is_called_by_what_it_holds_wherever_it_stands():
    batch = a_batch(id=[None, None, ""]).slice(0)
    names = [row["article"] for row in scores(batch)]
    assert len(set(names)) == 3
    assert all(len(name) == 20 for name in names)
    assert [row["article"] for row in scores(batch.slice(2), batch.slice(0, 2))] == [names[2], *names[:2]]


def test_a_row_that_is_no_article_is_a_row_with_its_reason():
    rows = findings(a_batch(text=[MARKUP, " ", KYIV]))
    assert [row["article"] for row in rows] == ["a", "a", "b", "c"]
    assert {key: value for key, value in rows[2].items() if value is not None} == {
        "article": "b",
        "error": "row b: has an empty text: there is nothing to check",
    }


def test_letters_that_are_not_utf8_cost_their_row_alone():
    broken = pa.array([b"All \xff", MARKUP.encode(), None], type=pa.binary()).view(pa.string())
    batch = pa.RecordBatch.from_arrays([pa.array(["a", "b", "c"]), broken], names=["id", "text"])
    found = errors(batch)
    assert found[0].startswith("row a: 'text' cannot be read: UnicodeDecodeError")
    assert found[1] is None
    assert found[2].startswith("row c: has neither")


def test_a_date_that_python_cannot_hold_costs_its_row_only_where_it_belongs_to_the_article():
    far = pa.array([10**6 * 366, 1, None], type=pa.int32()).cast(pa.date32())
    assert errors(a_batch(due=far)) == [None, None, None]
    assert errors(a_batch(published=far))[0].startswith("row a: 'published' cannot be read: OverflowError")
    assert errors(a_batch(published=far))[1:] == [None, None]


# -- options --------------------------------------------------------------------------------------------------------------


def test_a_wrong_option_is_an_error_where_the_job_is_made():
    with pytest.raises(ConfigError, match="did you mean 'name-variant'"):
        arrow.prepare(model="none", select=["name-variants"])
    with pytest.raises(ConfigError, match="did you mean 'select'"):
        arrow.prepare(model="none", selekt=["name-variant"])


def test_options_hold():
    assert [row["rule"] for row in findings(a_batch(), select=["name-variant"], jobs=3)] == ["name-variant"]
    assert {row["verdict"] for row in scores(a_batch(), fail_on="never")} == {"pass"}
    assert {row["lang"] for row in scores(a_batch(lang=[None] * 3), lang="de")} == {"de"}


def test_a_baseline_travels_along_and_begins_anew_with_each_task(tmp_path):
    path = tmp_path / "baseline.json"
    with path.open("w", encoding="utf-8") as out:
        writer = BaselineWriter(out)
        for report in tqcheck.check(a_batch().slice(0, 1).to_pylist(), model="none"):
            writer.add(report)
        writer.close(None)
    job = arrow.prepare(model="none", baseline=str(path))
    path.unlink()
    for _ in range(2):
        rows = [row for found in arrow.check_batches([a_batch()], job) for row in found.to_pylist()]
        assert [row["surface"] for row in rows] == ["Kiev"]


def test_a_rule_that_crashes_is_named_and_costs_only_its_own_findings(monkeypatch):
    def crash(article):
        if "Kyiv" in article.text:
            raise RuntimeError("half a pair: \ud800")
        yield from ()

    monkeypatch.setitem(rules.all_rules(), "word-doubled", dataclasses.replace(rules.all_rules()["word-doubled"], check=crash))
    arrow._checker.cache_clear()
    rows = findings(a_batch(), select=["word-doubled", "name-variant"])
    assert [(row["article"], row["rule"], row["surface"]) for row in rows] == [("c", "name-variant", "Kiev"), ("c", "word-doubled", None)]
    assert rows[1]["error"] == "c: rule word-doubled: crashed: RuntimeError: half a pair: \\ud800: please report it"
    assert scores(a_batch(), select=["word-doubled"])[2]["error"] == rows[1]["error"]
    arrow._checker.cache_clear()


# -- workers --------------------------------------------------------------------------------------------------------------


def test_rules_and_model_are_loaded_once_in_a_process_whatever_the_number_of_tasks():
    job = arrow.prepare(model="none", rules={"acronym-mismatch": {"min_letters": 3}})
    assert arrow.checker(travelled(job)) is arrow.checker(travelled(job))
    assert arrow.checker(job) is not arrow.checker(arrow.prepare(model="none"))


def test_a_job_is_small():
    assert len(pickle.dumps(arrow.prepare())) < 5000


def test_a_worker_that_would_find_something_else_refuses_the_job():
    job = arrow.prepare(model="none")
    other = dataclasses.replace(job, signature=job.signature.replace("version:", "version:9"))
    with pytest.raises(TqcheckError, match=r"this worker has another tqcheck.*install the same version on both"):
        list(arrow.check_batches([a_batch()], other))


def test_the_answer_to_a_row_is_the_same_in_any_batch_and_any_number_of_times():
    whole = findings(a_batch())
    assert findings(a_batch().slice(0, 1), a_batch().slice(1)) == whole
    assert json.dumps(findings(a_batch())) == json.dumps(whole)
