"""The rules for a whole feed over record batches: three maps, with the two shuffles of an engine between them. `feed.py` has the steps.

    feed_rows      articles -> what the rules keep of each           then all rows of one (rule, key) together, sorted by all their columns
    feed_marks     these rows -> what the rules find                 then all marks of one article together, sorted by article and order
    feed_findings  these marks -> findings

Rows of one key are read as a stream, so a key that half of the articles share needs no more memory than another one; rules that compare
rows with each other look at the first `feed.MOST_ROWS`, which is said in the error column. What no feed rule has to do with (rows that are
no article, rules that crashed, and the findings on single articles where they are wanted too) passes through under the rule "".
"""

from __future__ import annotations

import itertools
import json
import pickle
from collections.abc import Iterable, Iterator
from functools import partial

import pyarrow as pa

from tqcheck import feed, feed_store
from tqcheck.arrow import FINDING_TYPES, PLACE_TYPES, ROWS_AT_ONCE, Job, Outcome, TableRow, batches_of, finding_rows, plain_text
from tqcheck.article import Article, FeedReport, Gate, Penalty, Problem, Report, Row, Similarities
from tqcheck.feed import FeedMark

_ROW: dict[str, pa.DataType] = dict.fromkeys(Row._fields, pa.string())
_MARK: dict[str, pa.DataType] = {"article": pa.string(), "order": pa.string(), "content": pa.binary()}
_PLACES = pa.list_(pa.struct([*PLACE_TYPES.items(), ("article", pa.string())]))  # null for a place in the article itself
ROWS = pa.schema(_ROW)
MARKS = pa.schema(_MARK)
FEED_FINDINGS = pa.schema(FINDING_TYPES | {"related": _PLACES})
PASSING = ""  # in place of a rule
ABOUT, SINGLE, ACROSS = "0", "1", "2"  # the order within an article: what is known of it, its own findings, those of feed rules


def feed_rows(batches: Iterable[pa.RecordBatch], job: Job, *, alone: bool) -> Iterator[pa.RecordBatch]:
    """What feed rules keep of the articles, as ROWS; with the findings on each article, unless those of feed rules are wanted `alone`."""
    return batches_of(batches, job, partial(_rows_of, job=job, alone=alone), ROWS)


def feed_marks(batches: Iterable[pa.RecordBatch], job: Job) -> Iterator[pa.RecordBatch]:
    """What the rules find in ROWS: each (rule, key) is whole, and all is sorted by all columns. As MARKS."""
    groups = itertools.groupby((Row(**row) for batch in batches for row in batch.to_pylist()), lambda row: (row.rule, row.key))
    return _packed((mark for (rule, key), group in groups for mark in _marks_of(rule, key, group, job)), MARKS)


def feed_findings(batches: Iterable[pa.RecordBatch], job: Job) -> Iterator[pa.RecordBatch]:
    """The findings that MARKS stand for: each article is whole, and all is sorted by article and order. As FEED_FINDINGS."""
    groups = itertools.groupby((row for batch in batches for row in batch.to_pylist()), lambda row: str(row["article"]))
    return _packed((row for article, group in groups for row in _findings_of(article, group, job)), FEED_FINDINGS)


def _rows_of(name: str, outcome: Outcome, *, job: Job, alone: bool) -> Iterator[TableRow]:
    for number, row in enumerate(finding_rows(name, outcome)):
        if not alone or row.get("error"):
            yield _passing(name, f"{SINGLE}{number:09}", row)
    if isinstance(outcome, Report) and outcome.rows:
        yield from (row._asdict() for row in outcome.rows)
        if job.options.suppress or job.options.feed:
            article = outcome.article
            known = {"lang": outcome.lang, "origin": article.origin, "system": article.system, "url": article.url}
            yield _passing(article.id, ABOUT, known)


def _passing(article: str, order: str, content: TableRow) -> TableRow:
    return Row(PASSING, article, order, article, json.dumps(content))._asdict()


def _marks_of(rule_id: str, key: str, group: Iterator[Row], job: Job) -> Iterator[TableRow]:
    if rule_id == PASSING:
        yield from ({"article": row.article, "order": row.order, "content": row.content.encode()} for row in group)
        return
    rule, shown = job.options.known_rules()[rule_id], key.replace("\t", " ")
    try:
        for mark in feed.marks(rule, group, job.options.rules.get(rule_id, {}), is_sorted=True):
            yield {"article": mark.article, "order": ACROSS, "content": pickle.dumps(mark)}
    except Exception as error:  # noqa: BLE001 - whatever a rule does, what the others find must not be lost
        yield _said(Problem.of_crash(f"the feed, {shown}", error, rule_id))
    else:
        if next(group, None) is not None:
            reason = f"more than {feed.MOST_ROWS:,} articles have the same {shown}: the first ones were compared"
            yield _said(Problem("the feed", reason, rule_id))


def _said(problem: Problem) -> TableRow:
    """Something that is to be said of no article in particular."""
    content = json.dumps({"rule": problem.rule, "error": plain_text(problem)})
    return {"article": "", "order": SINGLE, "content": content.encode()}


def _findings_of(name: str, group: Iterable[TableRow], job: Job) -> Iterator[TableRow]:
    report, marks = _bare(Article(name)), list[FeedMark]()
    for row in group:
        if row["order"] == ACROSS:
            marks.append(pickle.loads(row["content"]))  # noqa: S301 - made by feed_marks, in the same job
        elif row["order"] == ABOUT:
            known = json.loads(row["content"])
            report = _bare(Article(name, origin=known["origin"], system=known["system"], url=known["url"]), known["lang"])
        else:
            yield json.loads(row["content"])
    found = feed_store.feed_report(report, marks, dict(job.options.known_rules()), job.options)
    yield from (finding.as_dict() for finding in found.findings)


def _bare(article: Article, lang: str = "und") -> FeedReport:
    """A report that holds what conditions of the configuration ask of an article."""
    return FeedReport(
        article=article,
        lang=lang,
        source_lang=None,
        words=0,
        score=100,
        verdict="pass",
        penalty=Penalty(0, 0, 0, 0.0),
        similarity=Similarities(),
        findings=(),
        segments=(),
        signature="",
        gate=Gate(),
    )


def _packed(rows: Iterator[TableRow], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    while together := list(itertools.islice(rows, ROWS_AT_ONCE)):
        yield pa.RecordBatch.from_pylist(together, schema=schema)
