"""How many articles a second Spark checks on one core and on two, beside one process without Spark; and that the findings are the same.

    python benchmarks/spark.py [--articles 5000] [--model bundled|none] [--rounds 2] [--master local[1] local[2] ...]

The articles are those of `corpora/`, each with its paragraphs cut, shuffled, doubled and misspelled by chance, the same every time. They
lie in a Parquet file, which all engines read. In each round all engines take their turn. A first pass over a few articles starts the
workers and loads the model; it is told apart, because a long job pays for it once. Seconds of the processor, those of the JVM and of the
workers together, say what a job costs also where other programs run beside it. In the first round the findings of each master are compared,
row for row, with those of `tqcheck.check_frame`; the exit code is 1 when one differs. Needs Java, and Linux for the processor's seconds.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

import tqcheck
import tqcheck.spark

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

ROOT = Path(__file__).parent.parent
FEEDS = [ROOT / "corpora" / "sample-feed" / "feed.jsonl", *sorted((ROOT / "corpora" / "clean").glob("*.jsonl"))]
SPELLINGS = (("Kyiv", "Kiev"), ("Kharkiv", "Kharkov"), ("organis", "organiz"), (" the ", " the the "), (".", " ."), ("–", "-"))
WARMING = 200  # articles, so that the tables of all languages are read
PARTITION_BYTES = 1 << 18  # so that a file of some megabytes is shared out to all cores, as a large one is


def articles(count: int, seed: int = 1) -> Iterator[dict[str, Any]]:
    """So many articles, each one of the corpora's with some of its text changed, the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    known = [json.loads(line) for path in FEEDS for line in path.read_text(encoding="utf-8").splitlines()]
    for number in range(count):
        row = chance.choice(known)
        yield row | {"id": f"{row['id']}-{number}"} | _changed(row, chance)


def _changed(row: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """The text of an article, changed; an article of segments is kept, since they are parallel to those of its source."""
    if "segments" in row:
        return {}
    paragraphs = row["text"].split("\n\n")
    if chance.random() < 0.3:
        chance.shuffle(paragraphs)
    if chance.random() < 0.2:
        paragraphs.insert(chance.randrange(len(paragraphs)), chance.choice(paragraphs))
    if chance.random() < 0.5:
        paragraphs = paragraphs[: chance.randint(1, len(paragraphs))]
    before, after = chance.choice(SPELLINGS)
    index = chance.randrange(len(paragraphs))
    paragraphs[index] = paragraphs[index].replace(before, after, 1)
    return {"text": "\n\n".join(paragraphs)}


def frame_of(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Articles as a frame; None where an article has no such key."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    return pd.DataFrame({column: pd.Series([row.get(column) for row in rows], dtype=object) for column in columns})


def rows_of(findings: pd.DataFrame) -> list[dict[str, Any]]:
    """The findings of a frame as Spark has them: without pandas' types, and with an error, which is nowhere."""
    rows = findings.astype(object).where(findings.notna(), None).to_dict("records")
    return [{**{str(key): value for key, value in row.items()}, "error": None} for row in rows]


def session(master: str) -> SparkSession:
    """A session that listens on this machine alone, with the Python that runs here."""
    os.environ |= {"SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable}
    from pyspark.sql import SparkSession

    settings: dict[str, bool | float | int | str | None] = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
        "spark.sql.files.maxPartitionBytes": str(PARTITION_BYTES),
        "spark.sql.files.openCostInBytes": "0",
    }
    spark = SparkSession.builder.master(master).config(map=settings).getOrCreate()
    tqcheck.spark.ship(spark)
    return spark


class Clock:
    """Seconds since it was made: of the wall, and of the processor in this process and all that it has started."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), _processor_seconds()

    def read(self) -> tuple[float, float]:
        """Both."""
        return time.perf_counter() - self._wall, _processor_seconds() - self._cpu


def _processor_seconds() -> float:
    """Of this process and its descendants, living and gone."""
    parents: dict[int, int] = {}
    ticks: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            parents[int(stat.parent.name)] = int(fields[1])
            ticks[int(stat.parent.name)] = sum(map(int, fields[11:15]))
    family = {os.getpid()}
    while more := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= more
    return sum(ticks[pid] for pid in family) / os.sysconf("SC_CLK_TCK")


def one_process(path: Path, model: str) -> tuple[float, float, pd.DataFrame]:
    """Seconds of the wall and of the processor without Spark, and the findings."""
    clock = Clock()
    found = tqcheck.check_frame(pd.read_parquet(path), keep=[], model=model)
    return *clock.read(), found


def checked(sdf: DataFrame, model: str) -> None:
    """Check all articles, and write the findings nowhere."""
    tqcheck.spark.check(sdf, model=model).write.format("noop").mode("overwrite").save()


def measure(master: str, path: Path, model: str, wanted: list[dict[str, Any]] | None) -> tuple[float, float, float, bool]:
    """Seconds until the workers are warm, seconds of the wall and of the processor for all articles, and whether the findings are right."""
    clock = Clock()
    spark = session(master)
    sdf = spark.read.parquet(str(path))
    warm = sdf.limit(WARMING * spark.sparkContext.defaultParallelism).repartition(spark.sparkContext.defaultParallelism)
    checked(warm, model)
    start, _ = clock.read()
    clock = Clock()
    checked(sdf, model)
    taken, processor = clock.read()
    same = wanted is None or [row.asDict(recursive=True) for row in tqcheck.spark.check(sdf, model=model).collect()] == wanted
    spark.stop()
    return start, taken, processor, same


def _rates(count: int, taken: float, processor: float) -> str:
    return (
        f"{taken:7.1f} s  {count / taken:7.1f} articles/s  {processor:7.1f} s of the processor  {1000 * processor / count:6.2f} ms/article"
    )


def main() -> int:
    """Print a line for each engine and round."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=5000)
    parser.add_argument("--model", default="bundled")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--master", nargs="+", default=["local[1]", "local[2]"])
    given = parser.parse_args()
    frame = frame_of(list(articles(given.articles)))
    characters = int(frame["text"].map(len, na_action="ignore").mean())
    print(f"{given.articles} articles of {characters} characters on average, model {given.model}", flush=True)
    tqcheck.check_frame(frame.head(WARMING), model=given.model)
    differing = False
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "articles.parquet"
        frame.to_parquet(path, row_group_size=250)
        for number in range(1, given.rounds + 1):
            alone, processor, found = one_process(path, given.model)
            print(f"round {number}  one process  {_rates(given.articles, alone, processor)}  {len(found)} findings", flush=True)
            wanted = rows_of(found) if number == 1 else None
            for master in given.master:
                start, taken, processor, same = measure(master, path, given.model, wanted)
                compared = "" if wanted is None else "  same findings" if same else "  OTHER FINDINGS"
                rates = f"{_rates(given.articles, taken, processor)}  {alone / taken:5.2f} times one process"
                print(f"round {number}  {master:11}  {rates}  after {start:.1f} s of starting{compared}", flush=True)
                differing |= not same
    return int(differing)


if __name__ == "__main__":
    sys.exit(main())
