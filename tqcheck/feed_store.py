"""Where the rows of a feed wait for its end: a file on disk that sorts them, so that memory does not grow with the feed.

SQLite in a folder of its own, which goes when the run ends, also when it fails. Besides the rows it holds the articles, compressed: a
finding that comes at the end is shown in its line like any other.
"""

from __future__ import annotations

import itertools
import pickle
import sqlite3
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from tqcheck import feed
from tqcheck.article import FeedReport, Gate, Penalty, Problem, Report, Row, Similarities
from tqcheck.config import Options
from tqcheck.errors import WriteError
from tqcheck.feed import FeedMark
from tqcheck.feed_options import changed
from tqcheck.rules import Rule

CACHE_KB = 32_000  # of SQLite's pages in memory
WRITTEN_TOGETHER = 2_000  # rows
LONGEST_KEY = 60  # letters of a key that a note shows
NAMED_CUTS = 5  # keys that had too many rows: so many are named
_TABLES = """
CREATE TABLE rows (rule TEXT, key TEXT, sort TEXT, article TEXT, content INTEGER);
CREATE TABLE contents (number INTEGER PRIMARY KEY, content TEXT);
CREATE TABLE marks (number INTEGER, mark BLOB);
CREATE TABLE articles (number INTEGER PRIMARY KEY, id TEXT UNIQUE, report BLOB);
"""
_SETTINGS = ("journal_mode = OFF", "synchronous = OFF", "locking_mode = EXCLUSIVE", "temp_store = FILE", f"cache_size = -{CACHE_KB}")


def rules_for_feeds(options: Options) -> tuple[Rule, ...]:
    """The feed rules that the options ask for."""
    return tuple(rule for rule in options.chosen_rules() if rule.is_for_feeds)


def across(outcomes: Iterable[Report | Problem], store: FeedStore) -> Iterator[Report | Problem]:
    """The outcomes as they come, and after the last what the feed rules find."""
    for outcome in outcomes:
        if isinstance(outcome, Report):
            store.add(outcome)
            yield replace(outcome, rows=()) if outcome.rows else outcome
        else:
            yield outcome
    yield from store.reports()


def _not_kept(error: sqlite3.Error) -> WriteError:
    place = f"{tempfile.gettempdir()}: what feed rules compare cannot be kept there"
    return WriteError(f"{place}: {error}: make room, or name another folder with TMPDIR")


class FeedStore:
    """Takes reports as they come, and tells at the end what the feed rules find; a context manager that leaves nothing behind."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._rules = {rule.id: rule for rule in rules_for_feeds(options)}
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._rows: list[tuple[str, str, str, str, int]] = []
        self._contents: list[tuple[int, str]] = []
        self._content = (0, "")  # the last: what a story keeps is the same for all of its keys, and is written once
        self.notes: list[str] = []  # what was cut, in words

    def __enter__(self) -> Self:
        if self._rules:
            self._folder = tempfile.TemporaryDirectory(prefix="tqcheck-feed-")
            try:
                self._open(Path(self._folder.name) / "rows.sqlite")
            except sqlite3.Error as error:
                self._folder.cleanup()
                raise _not_kept(error) from error
        return self

    def _open(self, path: Path) -> None:
        self._store = sqlite3.connect(path, isolation_level=None)
        for setting in _SETTINGS:
            self._store.execute(f"PRAGMA {setting}")
        self._store.executescript(_TABLES)
        self._store.execute("BEGIN")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._folder:
            self._store.close()
            self._folder.cleanup()
            self._folder = None
        if isinstance(error, sqlite3.Error):
            raise _not_kept(error) from error

    def add(self, report: Report) -> None:
        """Keep the rows of an article. Of several articles with one id the first counts."""
        if not self._folder or not report.rows:
            return
        added = self._store.execute("INSERT OR IGNORE INTO articles (id, report) VALUES (?, ?)", (report.article.id, _packed(report)))
        if not added.rowcount:
            self.notes.append(f"{report.article.id}: the id of two articles: feed rules look at the first alone")
            return
        for row in report.rows:
            if row.content != self._content[1]:
                self._content = (self._content[0] + 1, row.content)
                self._contents.append(self._content)
            self._rows.append((row.rule, row.key, row.order, row.article, self._content[0]))
        if len(self._rows) >= WRITTEN_TOGETHER:
            self._write()

    def reports(self) -> Iterator[FeedReport | Problem]:
        """What the feed rules find, an article at a time, in the order in which articles came; a Problem for a rule that crashed."""
        if not self._folder:
            return
        self._write()
        yield from self._find()
        marks = self._store.execute("SELECT number, mark FROM marks ORDER BY number")
        for number, group in itertools.groupby(marks, lambda found: int(found[0])):
            yield self._report(number, [pickle.loads(mark) for _, mark in group])  # noqa: S301 - our own file, that nobody else knows

    def _write(self) -> None:
        self._store.executemany("INSERT INTO rows VALUES (?, ?, ?, ?, ?)", self._rows)
        self._store.executemany("INSERT INTO contents VALUES (?, ?)", self._contents)
        self._rows, self._contents = [], []

    def _find(self) -> Iterator[Problem]:
        """Run the rules, and write what they find to the store."""
        found = self._store.execute("SELECT rule, key, sort, article, content FROM rows ORDER BY rule, key, sort, article, content")
        cut: dict[str, list[str]] = {}
        for (rule_id, key), group in itertools.groupby(found, lambda row: row[:2]):
            rule = self._rules[rule_id]
            counted = _Counted(self._with_contents(group))
            try:
                for mark in feed.marks(rule, counted, self._options.rules.get(rule_id, {}), is_sorted=True):
                    self._keep(mark)
            except Exception as error:  # noqa: BLE001 - whatever a rule does, what the others find must not be lost
                yield Problem.of_crash("the feed", error, rule_id)
                continue
            if counted.read > 1 and next(counted, None) is not None:
                cut.setdefault(rule_id, []).append(f"{_key_note(key)} (the first {counted.read - 1:,})")
        self.notes += [_cut_note(rule_id, keys) for rule_id, keys in sorted(cut.items())]

    def _with_contents(self, rows: Iterator[tuple[str, str, str, str, int]]) -> Iterator[Row]:
        """The rows of a group; of one that is alone the content is not even looked up."""
        for number, (rule, key, sort, article, content) in enumerate(rows):
            if number == 0:
                first = (rule, key, sort, article, content)
                continue
            if number == 1:
                yield self._row(*first)
            yield self._row(rule, key, sort, article, content)

    def _row(self, rule: str, key: str, sort: str, article: str, content: int) -> Row:
        (text,) = self._store.execute("SELECT content FROM contents WHERE number = ?", (content,)).fetchone()
        return Row(rule, key, sort, article, text)

    def _keep(self, mark: FeedMark) -> None:
        number = self._store.execute("SELECT number FROM articles WHERE id = ?", (mark.article,)).fetchone()
        self._store.execute("INSERT INTO marks VALUES (?, ?)", (number[0], pickle.dumps(mark)))

    def _report(self, number: int, marks: list[FeedMark]) -> FeedReport:
        (packed,) = self._store.execute("SELECT report FROM articles WHERE number = ?", (number,)).fetchone()
        report: FeedReport = pickle.loads(zlib.decompress(packed))  # noqa: S301 - our own file, that nobody else knows
        return feed_report(report, marks, self._rules, self._options)


class _Counted(Iterator[Row]):
    """Rows of a group, counted as they are read: a rule may leave the rest of a large group unread."""

    def __init__(self, rows: Iterator[Row]) -> None:
        self._rows = rows
        self.read = 0

    def __next__(self) -> Row:
        row = next(self._rows)
        self.read += 1
        return row


def _key_note(key: str) -> str:
    return " ".join(key.split())[:LONGEST_KEY]


def _cut_note(rule: str, keys: list[str]) -> str:
    shown = ", ".join(keys[:NAMED_CUTS]) + (f" and {len(keys) - NAMED_CUTS} more" if len(keys) > NAMED_CUTS else "")
    return f"{rule}: so many articles have the same key that not all were compared: {shown}"


def _packed(report: Report) -> bytes:
    """All of a report that findings of the whole feed need: the article, its language, how it is gated."""
    bare = FeedReport(
        article=report.article,
        lang=report.lang,
        source_lang=report.source_lang,
        words=report.words,
        score=report.score,
        verdict="pass",
        penalty=Penalty(0, 0, 0, 0.0, report.penalty.weights),
        similarity=Similarities(),
        findings=(),
        segments=(),
        signature=report.signature,
        gate=report.gate,
    )
    return zlib.compress(pickle.dumps(bare), 1)


def feed_report(report: FeedReport, marks: list[FeedMark], rules: dict[str, Rule], options: Options) -> FeedReport:
    """The report of an article with what the feed rules found in it, less what the configuration takes away."""
    chosen = changed(options, tuple(table for table in options.feed if table.covers(report.article, report.lang)))
    found = [feed.finding(mark, rules[mark.rule], chosen.severity.get(mark.rule)) for mark in feed.settled(marks)]
    kept = tuple(finding for finding in found if not any(entry.covers(report.article, report.lang, finding) for entry in options.suppress))
    gate: Gate = replace(report.gate, fail_under=None)
    return replace(report, findings=kept, verdict=gate.verdict(kept, report.score), gate=gate, suppressed=len(found) - len(kept))
