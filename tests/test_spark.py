"""Spark in local mode, on two cores: skipped, and says so, where Java or pyspark is missing.

TQCHECK_SPARK_ARTICLES=5000 compares so many articles with the one-machine findings, instead of the 300 that a test run has time for.
"""

import dataclasses
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from test_arrow_feed import RUN, one_machine
from test_arrow_feed import a_feed as a_news_feed
from test_benchmarks import module

import tqcheck
import tqcheck.spark
from tqcheck import arrow
from tqcheck.article import FINDING_KEYS
from tqcheck.errors import ConfigError
from tqcheck.frame import SCORE_COLUMNS

pytest.importorskip("pyspark", reason="needs the extra [spark]")
pytestmark = [
    pytest.mark.spark,
    pytest.mark.skipif(not (shutil.which("java") or os.environ.get("JAVA_HOME")), reason="needs Java (default-jre-headless)"),
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning"),  # no frame of pandas crosses here
]

ROOT = Path(__file__).resolve().parent.parent
ARTICLES = int(os.environ.get("TQCHECK_SPARK_ARTICLES", "300"))
KYIV = "He left Kyiv on Monday. The train from Kiev was late. In Kyiv it rained."
MARKUP = "The minister <b>denied</b> it."
NAMES = ("id", "title", "text", "lang", "source_lang", "source_title", "source_text", "url", "published", "system")
SCHEMA = "id string, title string, text string, segments array<string>, lang string"


@pytest.fixture(scope="module")
def spark():
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("PYTHONPATH", str(ROOT))  # the workers' tqcheck is that of this checkout
        patched.setenv("PYSPARK_PYTHON", sys.executable)
        patched.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        from pyspark.sql import SparkSession

        settings = {
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
            "spark.log.level": "OFF",
            "spark.sql.shuffle.partitions": "2",
            "spark.sql.session.timeZone": "UTC",
        }
        session = SparkSession.builder.master("local[2]").appName("tqcheck").config(map=settings).getOrCreate()
        yield session
        session.stop()


def a_feed(spark, *rows):
    return spark.createDataFrame([(*row, *[None] * (5 - len(row))) for row in rows], SCHEMA).coalesce(1)


def three(spark):
    return a_feed(spark, ("a", None, MARKUP, None, "en"), ("b", None, "All is well.", None, "en"), ("c", None, KYIV, None, "en"))


def collected(sdf) -> list[dict]:
    return [row.asDict(recursive=True) for row in sdf.collect()]


def of_frame(frame: pd.DataFrame) -> list[dict]:
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


def kept(row: dict) -> dict:
    return {key: value for key, value in row.items() if value is not None}


# -- the same as on one machine -------------------------------------------------------------------------------------------


def test_findings_and_scores_are_row_for_row_those_of_one_machine(spark, tmp_path):
    benchmark = module("spark")
    frame = benchmark.frame_of(list(benchmark.articles(ARTICLES)))
    path = tmp_path / "articles.parquet"
    frame.to_parquet(path, row_group_size=100)
    sdf = spark.read.parquet(str(path)).repartitionByRange(4, "id").sortWithinPartitions("id")
    ordered = frame.sort_values("id").set_index("id", drop=False)
    want = [row | {"error": None} for row in of_frame(tqcheck.check_frame(ordered, keep=[]))]
    assert len(want) > ARTICLES
    assert len({row["rule"] for row in want}) > 15
    assert sdf.rdd.getNumPartitions() == 4
    assert collected(tqcheck.spark.check(sdf)) == want
    assert collected(tqcheck.spark.score(sdf)) == of_frame(tqcheck.score_frame(ordered)[list(SCORE_COLUMNS)])


def test_the_columns_are_those_of_a_finding_and_of_a_score(spark):
    findings = tqcheck.spark.check(three(spark), model="none")
    assert findings.columns == [*FINDING_KEYS, "error"]
    assert dict(findings.dtypes)["related"] == "array<struct<field:string,segment:bigint,start:bigint,end:bigint,surface:string>>"
    assert tuple(tqcheck.spark.score(three(spark), model="none").columns) == SCORE_COLUMNS


def test_an_empty_frame_gives_an_empty_frame_with_all_columns(spark):
    empty = tqcheck.spark.check(three(spark).where("false"), model="none")
    assert (empty.columns, empty.collect()) == ([*FINDING_KEYS, "error"], [])
    assert tqcheck.spark.score(three(spark).where("false"), model="none").collect() == []


def test_findings_of_feed_rules_are_those_of_one_machine(spark):
    rows = a_news_feed()
    sdf = spark.createDataFrame([tuple(row.get(name) for name in NAMES) for row in rows], ", ".join(f"{name} string" for name in NAMES))
    found = collected(tqcheck.spark.check_feed(sdf.repartition(4), **RUN))
    want = one_machine(rows)
    assert len({row["rule"] for row in want}) > 1
    assert sorted(found, key=lambda row: row["article"]) == want
    both = collected(tqcheck.spark.check(sdf, **RUN))
    own = tqcheck.spark.check(sdf, **RUN | {"feed_rules": False, "select": RUN["select"][-2:]}).count()
    assert len(both) == len(want) + own > own > 0


def test_a_baseline_with_feed_rules_is_refused(spark, tmp_path):
    path = tmp_path / "baseline.json"
    path.write_text('{"tool": "tqcheck", "baseline": 1, "version": "0", "findings": []}', encoding="utf-8")
    with pytest.raises(ConfigError, match="a baseline cannot be used with feed rules on Spark"):
        tqcheck.spark.check_feed(three(spark), baseline=str(path))
    assert len(collected(tqcheck.spark.check(three(spark), baseline=str(path), model="none"))) == 3


# -- rows of all kinds ----------------------------------------------------------------------------------------------------


def test_a_row_that_is_no_article_has_its_reason_in_the_error_column(spark):
    sdf = a_feed(spark, ("a", None, MARKUP), ("b",), ("c", None, KYIV), ("d", None, "x", ["y"]), (None, None, "nul \0"))
    found = collected(tqcheck.spark.check(sdf, model="none", lang="en"))
    reasons = {row["article"]: row["error"] for row in found if row["error"]}
    assert [row["surface"] for row in found if not row["error"]] == ["<b>", "</b>", "Kiev"]
    assert reasons["b"] == "row b: has neither 'text' nor 'segments': give one of them (--columns maps other names)"
    assert reasons["d"].startswith("row d: has both 'text' and 'segments'")
    (unnamed,) = set(reasons) - {"b", "d"}
    assert reasons[unnamed] == f"row {unnamed}: 'text' holds a NUL character at 4: remove it"
    scores = collected(tqcheck.spark.score(sdf, model="none", lang="en"))
    assert [row["error"] for row in scores] == [None, reasons["b"], None, reasons["d"], reasons[unnamed]]
    assert [kept(row) for row in scores if row["error"]] == [{"article": name, "error": reasons[name]} for name in ("b", "d", unnamed)]


def test_letters_that_are_not_utf8_cost_their_row_alone(spark):
    sdf = three(spark).selectExpr("id", "if(id = 'a', cast(X'41FF' as string), text) as text", "lang")
    first, *others = collected(tqcheck.spark.check(sdf, model="none"))
    assert first["error"].startswith("row a: 'text' cannot be read: UnicodeDecodeError")
    assert [row["surface"] for row in others] == ["Kiev"]


def test_columns_of_any_type_may_stay_and_are_left_as_they_are(spark):
    sdf = three(spark).selectExpr(
        "ascii(id) as id",
        "text",
        "lang",
        "timestamp'2023-05-25 10:00:00' as published",
        "date'0001-01-01' as day",
        "1.50BD as price",
        "map('k', 1) as tags",
        "named_struct('a', array(1, null), 'b', null) as nested",
        "X'FF' as raw",
        "cast('NaN' as double) as views",
        "true as live",
    )
    found = collected(tqcheck.spark.check(sdf, model="none"))
    assert [(row["article"], row["surface"]) for row in found] == [("97", "<b>"), ("97", "</b>"), ("99", "Kiev")]


def test_segments_are_an_array(spark):
    sdf = a_feed(spark, ("a", None, None, [MARKUP, KYIV], "en"))
    found = collected(tqcheck.spark.check(sdf, select=["markup-left", "name-variant"], model="none"))
    assert [(row["segment"], row["surface"]) for row in found] == [(0, "<b>"), (0, "</b>"), (1, "Kiev")]


# -- options --------------------------------------------------------------------------------------------------------------


def test_a_wrong_option_is_an_error_at_once(spark):
    with pytest.raises(ConfigError, match="did you mean 'name-variant'"):
        tqcheck.spark.check(three(spark), select=["name-variants"])
    with pytest.raises(ConfigError, match="unknown option 'selekt'"):
        tqcheck.spark.score(three(spark), selekt=["name-variant"])


def test_columns_may_have_other_names_and_one_that_is_missing_is_an_error_at_once(spark):
    sdf = three(spark).withColumnRenamed("text", "body").withColumnRenamed("id", "number")
    found = collected(tqcheck.spark.check(sdf, columns={"text": "body", "id": "number"}, model="none"))
    assert [(row["article"], row["surface"]) for row in found] == [("a", "<b>"), ("a", "</b>"), ("c", "Kiev")]
    with pytest.raises(ConfigError, match="the DataFrame has no column 'text' or 'segments'; it has: number, title"):
        tqcheck.spark.check(sdf.drop("segments"), model="none")
    with pytest.raises(ConfigError, match=r"has no column 'corpus' \(for 'text'\), which columns= asks for"):
        tqcheck.spark.score(sdf, columns={"text": "corpus"}, model="none")


def test_options_reach_the_workers(spark):
    sdf = three(spark)
    found = collected(tqcheck.spark.check(sdf, select=["name-variant"], severity={"name-variant": "critical"}, model="none"))
    assert [(row["rule"], row["severity"]) for row in found] == [("name-variant", "critical")]
    assert {row["verdict"] for row in collected(tqcheck.spark.score(sdf, fail_on="never", model="none"))} == {"pass"}


def test_nothing_is_computed_before_it_is_asked_for(spark):
    before = spark.sparkContext.statusTracker().getJobIdsForGroup()
    sdf = spark.range(10).selectExpr("cast(raise_error('computed') as string) as text")
    tqcheck.spark.check(sdf, model="none")
    tqcheck.spark.score(sdf, model="none")
    assert spark.sparkContext.statusTracker().getJobIdsForGroup() == before


# -- workers --------------------------------------------------------------------------------------------------------------


def test_a_rule_that_crashes_on_a_worker_is_named_in_the_error_column(spark):
    """A rule of the package cannot be broken from here, so a stand-in takes its place on the worker."""

    def crashing(batches):
        from tqcheck.rules import all_rules

        def crash(article):
            raise RuntimeError(f"no {article.lang}")
            yield

        rules, rule_id = all_rules(), "word-doubled"
        rule = rules[rule_id]
        rules[rule_id] = dataclasses.replace(rule, check=crash)
        arrow._checker.cache_clear()
        try:
            yield from arrow.check_batches(batches, arrow.prepare(model="none", select=["word-doubled", "name-variant"]))
        finally:
            rules[rule_id] = rule
            arrow._checker.cache_clear()

    found = collected(three(spark).mapInArrow(crashing, tqcheck.spark._ddl(arrow.FINDINGS)))
    assert [(row["article"], row["rule"]) for row in found] == [
        ("a", "word-doubled"),
        ("b", "word-doubled"),
        ("c", "name-variant"),
        ("c", "word-doubled"),
    ]
    assert {row["error"] for row in found} == {
        None,
        *(f"{name}: rule word-doubled: crashed: RuntimeError: no en: please report it" for name in "abc"),
    }


def test_a_worker_loads_rules_and_model_once_whatever_the_number_of_tasks(spark):
    job = arrow.prepare()

    def loads(batches):
        import os

        import pyarrow as pa

        from tqcheck import arrow

        for batch in batches:
            list(arrow.check_batches([batch], job))
        misses = arrow._checker.cache_info().misses
        yield pa.RecordBatch.from_pylist([{"worker": os.getpid(), "misses": misses}])

    sdf = three(spark).repartition(8)
    rows = [row for _ in range(2) for row in sdf.mapInArrow(loads, "worker bigint, misses bigint").collect()]
    most = {}
    for row in rows:
        most[row.worker] = max(most.get(row.worker, 0), row.misses)
    assert len(rows) == 16
    assert len(most) <= 2
    again = [row for row in sdf.mapInArrow(loads, "worker bigint, misses bigint").collect() if row.worker in most]
    assert {row.worker: row.misses for row in again}.items() <= most.items()


def test_what_is_shipped_is_the_package_with_its_tables_and_its_model_and_runs_from_the_archive(tmp_path):
    archive = tqcheck.spark._archive()
    with zipfile.ZipFile(archive) as packed:
        names = set(packed.namelist())
    assert {"tqcheck/__init__.py", "tqcheck/data/model/model.safetensors", "tqcheck/rules/name_variant.py"} <= names
    assert not [name for name in names if name.endswith(".pyc")]
    program = (
        f"import tqcheck; print(tqcheck.__file__); print([f.surface for f in tqcheck.check({{'text': {KYIV!r}, 'lang': 'en'}}).findings])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": str(archive)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    where, found = done.stdout.splitlines()
    assert where.startswith(str(archive))
    assert "'Kiev'" in found


def test_the_workers_of_a_session_run_what_was_shipped_to_them(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(
        f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from pyspark.sql import SparkSession
import tqcheck.spark

def where(batches):
    import pyarrow as pa
    import tqcheck
    for batch in batches:
        yield pa.RecordBatch.from_pylist([{{"path": tqcheck.__file__}}])

if __name__ == "__main__":
    settings = {{"spark.ui.enabled": "false", "spark.log.level": "OFF", "spark.ui.showConsoleProgress": "false"}}
    spark = SparkSession.builder.master("local[1]").config(map=settings).getOrCreate()
    tqcheck.spark.ship(spark)
    sdf = spark.createDataFrame([("a", {KYIV!r}, "en")], "id string, text string, lang string")
    print(sdf.mapInArrow(where, "path string").collect()[0].path)
    print([row.surface for row in tqcheck.spark.check(sdf).collect()])
    spark.stop()
""",
        encoding="utf-8",
    )
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment |= {"SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable}
    done = subprocess.run([sys.executable, str(program)], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    where, found = done.stdout.splitlines()[-2:]
    assert f"tqcheck-{tqcheck.__version__}.zip/tqcheck/__init__.py" in where
    assert "'Kiev'" in found
