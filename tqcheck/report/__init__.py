"""What comes out: one module per output, each writing a report as soon as it has it.

A writer takes `add(report)` for each article and `close(summary)` at the end. `stream_writer` makes those that write to one
stream; `tqcheck.report.folder.ReportFolder` writes the folder with a page for each article.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from tqcheck.article import Report
from tqcheck.errors import ConfigError, unknown
from tqcheck.report.github import GithubWriter
from tqcheck.report.gitlab import GitlabWriter
from tqcheck.report.jsonformat import JsonlWriter, JsonWriter
from tqcheck.report.junit import JUnitWriter
from tqcheck.report.markdown import MarkdownWriter
from tqcheck.report.rdjson import RdjsonlWriter, RdjsonWriter
from tqcheck.report.sarif import SarifWriter
from tqcheck.report.stream import Out
from tqcheck.report.summary import Summary, Tally
from tqcheck.report.table import csv_writer, parquet_writer, tsv_writer
from tqcheck.report.terminal import TerminalWriter
from tqcheck.rules import Rule

__all__ = ["FORMATS", "Summary", "Tally", "Writer", "stream_writer"]


class Writer(Protocol):
    """Anything that writes reports. One that also has `add_problem(problem)` is told what could not be read, in its place."""

    def add(self, report: Report) -> None:
        """Write one article's report, now."""

    def close(self, summary: Summary) -> None:
        """Write what comes after the last report. The stream itself stays open: it is the caller's."""


WRITERS: Mapping[str, Callable[[Out], Writer]] = {
    "text": TerminalWriter,
    "json": JsonWriter,
    "jsonl": JsonlWriter,
    "markdown": MarkdownWriter,
    "csv": csv_writer,
    "tsv": tsv_writer,
    "parquet": parquet_writer,
    "sarif": SarifWriter,
    "junit": JUnitWriter,
    "github": GithubWriter,
    "gitlab": GitlabWriter,
    "rdjson": RdjsonWriter,
    "rdjsonl": RdjsonlWriter,
}
FORMATS = tuple(WRITERS)


def stream_writer(format: str, out: Out, rules: Mapping[str, Rule] | None = None) -> Writer:  # noqa: A002 - as the option is called
    """Return a writer of `format` to `out`, a stream of text or of bytes (for Parquet, bytes or a stream that stands on them).

    `rules` are those that may have been at work, for formats that describe them; without it, all that need no configuration.
    All formats but `text` are UTF-8, whatever the encoding of `out`. Raises ConfigError for an unknown format.
    """
    if format not in WRITERS:
        raise ConfigError(unknown("format", format, FORMATS))
    return SarifWriter(out, rules) if format == "sarif" else WRITERS[format](out)
