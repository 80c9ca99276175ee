"""What is fuzzed: a function of bytes for each reader, and one from a text to every report.

A target returns when all is well. Whatever it raises is a fault: readers turn what they cannot read into Problems, the line turns what it
cannot check into Problems, and the oracles judge what is written. Nothing here needs atheris: tests replay seeds and crashers without it.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from functools import cache, partial

import oracles

from tqcheck.article import Article, Problem
from tqcheck.config import Options
from tqcheck.pipeline import Checker
from tqcheck.read import read_bytes
from tqcheck.read.rows import Options as Reading
from tqcheck.report import FORMATS as REPORTS
from tqcheck.report import Tally, stream_writer
from tqcheck.report.html import article_page

READING = Reading({}, None, None, row_cap=2**20)
READERS = {
    "jsonl": "jsonl",
    "json": "json",
    "csv": "csv",
    "tsv": "tsv",
    "parquet": "parquet",
    "text": "text",
    "markdown": "markdown",
    "html": "html",
    "feed": "rss",
    "ninjs": "ninjs",
    "newsml": "newsml",
    "nitf": "nitf",
    "xliff": "xliff",
    "tmx": "tmx",
    "po": "po",
    "xml": "xml",
}


def read_only(kind: str, raw: bytes) -> None:
    """Articles that hold together, or named problems; the same when read again."""
    found = list(read_bytes(raw, f"feed.{kind}", kind, READING))
    for record in found:
        if isinstance(record, Problem):
            assert record.reason
            assert record.where.startswith("feed.")
            continue
        assert (record.text is None) != (record.segments is None)
        assert (record.text or "").strip() or any(segment.strip() for segment in record.segments or ())
        json.dumps([record.id, record.title, record.text, record.segments, record.source_segments], ensure_ascii=False).encode("utf-8")
        assert len(record.segment_origins) in {0, len(record.segments or ())}
    ids = [record.id for record in found if isinstance(record, Article)]
    assert len(set(ids)) == len(ids)
    assert found == list(read_bytes(raw, f"feed.{kind}", kind, READING))


def end_to_end(raw: bytes) -> None:
    """A text, or title and text and source, as JSON Lines through the rules into every report, each judged by its oracle."""
    parts = raw.decode("utf-8", "replace").replace("\x00", "").split("\x1f")
    keys = ("text", "title", "source_text", "id", "url", "system", "lang")
    row = {key: part for key, part in zip(keys, parts, strict=False) if part} | ({"source_lang": "cs"} if len(parts) > 2 else {})
    read = read_bytes(json.dumps(row).encode(), "feed.jsonl", "jsonl", READING)
    outcomes = [_checker()(record) if isinstance(record, Article) else record for record in read]
    for outcome in outcomes:
        if isinstance(outcome, Problem):
            assert not row.get("text", "").strip(), outcome
            continue
        assert outcome.problems == (), outcome.problems
        for place in (place for finding in outcome.findings for place in (finding, *finding.related)):
            assert place.surface == getattr(outcome.article, place.field)[place.start : place.end]
        oracles.page(article_page(outcome))
    written = {name: _written(name, outcomes) for name in REPORTS}
    count = sum(len(outcome.findings) for outcome in outcomes if not isinstance(outcome, Problem))
    oracles.log_lines(written["text"].decode("utf-8"))
    oracles.strict_json(written["json"].decode("utf-8"))
    assert len(oracles.jsonl(written["jsonl"])) == count
    assert len(oracles.csv_rows(written["csv"])) == count
    assert len(oracles.csv_rows(written["tsv"], "\t")) == count
    assert len(oracles.parquet_rows(written["parquet"])) == count
    assert len(oracles.sarif(written["sarif"], with_schema=False)) == count
    oracles.junit(written["junit"])
    oracles.github_annotations(written["github"])
    oracles.gitlab(written["gitlab"])
    oracles.diagnostics(oracles.jsonl(written["rdjsonl"]))
    oracles.markdown(written["markdown"].decode("utf-8"))


@cache
def _checker() -> Checker:
    return Checker(Options(model="none", preview=True))


def _written(name: str, outcomes) -> bytes:
    out = io.BytesIO()
    stream = io.TextIOWrapper(out, "utf-8", newline="") if name == "text" else out
    writer, tally = stream_writer(name, stream), Tally(may_be_empty=True)
    for outcome in outcomes:
        if isinstance(outcome, Problem):
            tally.add_problem(outcome)
        else:
            tally.add(outcome)
            writer.add(outcome)
    writer.close(tally.summary())
    stream.flush()
    return out.getvalue()


TARGETS: Mapping[str, Callable[[bytes], None]] = {name: partial(read_only, kind) for name, kind in READERS.items()} | {
    "end-to-end": end_to_end
}
