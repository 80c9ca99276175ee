"""Where one machine is not enough: the articles of a Spark DataFrame in, their findings as a Spark DataFrame out.

    import tqcheck.spark
    tqcheck.spark.ship(spark)
    findings = tqcheck.spark.check(spark.read.parquet("articles/"), select=["name-variant"])
    findings.write.parquet("findings/")

Nothing is computed before Spark is asked for rows, and nothing passes through the driver; a task that is run again gives the same rows. The
work is that of `arrow.py` and `arrow_feed.py`, which know nothing of Spark.

**To start it.** `pip install 'tqcheck[spark]'` and a Java of version 17 or later (Debian: `default-jre-headless`). Workers run the
`python3` that they find: set PYSPARK_PYTHON to the one that has the packages, on one machine to `sys.executable`. On a cluster they need

    pandas pyarrow regex ftfy langdetect anyascii simplemma lxml tokenizers safetensors sacrebleu

and nothing else for the bundled model or none: no torch, no sentence-transformers, no pyspark of their own, no network. `ship` sends
tqcheck itself with its tables and its model, 31 MB, once to each worker. A worker that would find something else than the program that
sent the job (another version, other tables, another model) refuses it. Where workers have no packages at all, an environment travels as
Spark's manual has it: `venv-pack -o env.tar.gz`, `PYSPARK_PYTHON=./env/bin/python spark-submit --archives env.tar.gz#env job.py`.

**What it costs.** Measured by `benchmarks/spark.py` on two cores of a small virtual machine that others used as well, so in seconds of the
processor and not of the wall: news of 817 characters, the bundled model, 8.8 ms an article in one process without Spark, 10.2 with one
core under Spark and 10.6 with two, the JVM included. So with 10.6 ms

    a million articles             10,600 s        2.9 core-hours      22 minutes on 8 cores
    a hundred million           1,060,000 s        294 core-hours      4.6 hours on 64 cores

and in proportion to their length: for 3,000 characters 3.7 times as much. Below a million one machine is enough (`jobs`). Each worker
process loads rules, tables and model once, which took some 5 s. The rules for a whole feed keep 34 rows and 11.6 KB of such an article,
mostly for stories told twice: 12 GB through the first shuffle for a million articles, 1.2 TB for a hundred million, before compression,
and 0.5 ms an article to compare them. Seconds of the wall on an idle machine, and a real cluster, were not measured.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from functools import cache, partial
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

import tqcheck
from tqcheck import arrow, arrow_feed, feed_store
from tqcheck.errors import ConfigError, ReadError
from tqcheck.read import rows

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_TYPES = {pa.string(): "string", pa.binary(): "binary", pa.int64(): "bigint", pa.float64(): "double"}


def check(sdf: DataFrame, **options: Any) -> DataFrame:  # noqa: ANN401 - those of the command line
    """Findings on the articles of a DataFrame, one row each: those of `tqcheck.check_frame` on the same rows, in the same order.

    Args:
        sdf: one row an article; columns named as the keys of the JSON format (`columns={"text": "body"}` says where they are not). Other
            columns may stay, and travel to the workers; findings have none of them: join by `article`.
        options: those of the command line and the configuration: model="none", select=["name-variant"] ... `jobs` has no meaning.

    Returns:
        The columns of a finding (`tqcheck.article.FINDING_KEYS`), and `error`, which is null for a finding. A row that is no article has
        one row with its `article` and its `error`, a rule that crashed on an article one with `article`, `rule` and `error`.
        An article without an id is called by a digest of its row. With `feed_rules`, or where one is selected, those of `check_feed` are
        among them, and the order is that of articles within each partition.

    Raises:
        ConfigError: an unknown option, rule or column, no column that holds texts; a baseline together with feed rules.
        ModelError: the model cannot be loaded here.
    """
    job = _job(sdf, options)
    if feed_store.rules_for_feeds(job.options):
        return _across(sdf, job, alone=False)
    return sdf.mapInArrow(partial(arrow.check_batches, job=job), _ddl(arrow.FINDINGS))


def score(sdf: DataFrame, **options: Any) -> DataFrame:  # noqa: ANN401
    """Score, verdict and similarities of each article, one row each, as `tqcheck.score_frame` has them; arguments as of `check`.

    A row that is no article has its reason in `error` and missing values elsewhere; a rule that crashed is named there, too.
    """
    return sdf.mapInArrow(partial(arrow.score_batches, job=_job(sdf, options, measure=True)), _ddl(arrow.SCORES))


def check_feed(sdf: DataFrame, **options: Any) -> DataFrame:  # noqa: ANN401
    """What only the whole feed shows, and nothing else: what `tqcheck check --feed-rules` says at its end. Arguments as of `check`.

    Returns:
        The columns of `check`; a place in `related` that stands in another article names it in `article`. The order is that of articles
        within each partition. Articles need ids, and each its own. A feed rule that crashed on a key, or met more articles under one key
        than it compares, has a row with `rule` and `error` alone; bad rows are there, too.

    Raises:
        ConfigError: an unknown option or rule; a baseline, which knows a finding by the words around it, and these stay where they are.
        ModelError: the model cannot be loaded here.
    """
    return _across(sdf, _job(sdf, options | {"feed_rules": True}), alone=True)


def _job(sdf: DataFrame, options: dict[str, Any], *, measure: bool = False) -> arrow.Job:
    job = arrow.prepare(measure=measure, **options)
    try:
        rows.check_names(sdf.columns, rows.Options(columns=job.options.columns))
    except ReadError as error:
        raise ConfigError(f"the DataFrame {str(error).replace('--columns', 'columns=')}") from None
    return job


def _across(sdf: DataFrame, job: arrow.Job, *, alone: bool) -> DataFrame:
    if job.baseline:
        raise ConfigError("a baseline cannot be used with feed rules on Spark: leave out 'baseline', or check without feed rules")
    kept = sdf.mapInArrow(partial(arrow_feed.feed_rows, job=job, alone=alone), _ddl(arrow_feed.ROWS))
    by_key = kept.repartition("rule", "key").sortWithinPartitions(*kept.columns)
    marks = by_key.mapInArrow(partial(arrow_feed.feed_marks, job=job), _ddl(arrow_feed.MARKS))
    by_article = marks.repartition("article").sortWithinPartitions("article", "order")
    return by_article.mapInArrow(partial(arrow_feed.feed_findings, job=job), _ddl(arrow_feed.FEED_FINDINGS))


def ship(spark: SparkSession) -> None:
    """Send the tqcheck that runs here, tables and model included, to the workers of this session, before its first job.

    They need what tqcheck is built on all the same (above): binary packages cannot be imported from an archive.
    """
    spark.addArtifacts(str(_archive()), pyfile=True)


@cache
def _archive() -> Path:
    """The package as a zip, from which Python imports it, and it its tables. Kept until the program ends: Spark serves it from there."""
    folder = Path(tempfile.mkdtemp(prefix="tqcheck-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / f"tqcheck-{tqcheck.__version__}.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _files(resources.files("tqcheck"), "tqcheck"):
            archive.writestr(zipfile.ZipInfo(name), content.read_bytes(), zipfile.ZIP_DEFLATED)
    return path


def _files(folder: Traversable, name: str) -> Iterator[tuple[str, Traversable]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_file():
            yield f"{name}/{entry.name}", entry
        elif entry.name != "__pycache__":
            yield from _files(entry, f"{name}/{entry.name}")


def _ddl(schema: pa.Schema) -> str:
    """A schema as Spark reads it."""
    return ", ".join(f"`{column.name}` {_type(column.type)}" for column in schema)


def _type(kind: pa.DataType) -> str:
    if pa.types.is_list(kind):
        return f"array<{_type(kind.value_type)}>"
    if pa.types.is_struct(kind):
        return f"struct<{', '.join(f'`{part.name}`: {_type(part.type)}' for part in kind)}>"
    return _TYPES[kind]
