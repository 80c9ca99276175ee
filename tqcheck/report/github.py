"""Annotations for GitHub Actions: `::error file=...::message`, which the runner shows beside the line, and the job's summary page.

GitHub shows ten errors, ten warnings and ten notices of a step: so the worst ten of each are written, at the end of the run, and the rest
is counted. Where $GITHUB_STEP_SUMMARY names a file, the Markdown report goes there too, as far as GitHub takes it: 1 MiB.

Nothing from an article can end a command or begin one: it is made visible on one line, and then escaped as the runner wants it.
"""

from __future__ import annotations

import heapq
import io
import os
from collections import Counter
from pathlib import Path

from tqcheck.article import Finding, Problem, Report, Severity
from tqcheck.errors import WriteError
from tqcheck.origin import STDIN, parse, relative
from tqcheck.report.input_place import InputPlaces
from tqcheck.report.markdown import MarkdownWriter, report_markdown
from tqcheck.report.place import Places
from tqcheck.report.stream import Out, utf8
from tqcheck.report.summary import Summary
from tqcheck.report.visible import clip, visible

SHOWN = 10  # of each kind, of a step
LONGEST_MESSAGE = 500
SUMMARY_BYTES = 2**20  # of the page of a step; GitHub refuses a larger one as a whole
SUMMARY_RESERVE = 2**16  # for the sums at its end
COMMANDS = {Severity.CRITICAL: "error", Severity.MAJOR: "warning", Severity.MINOR: "notice"}


def data(text: str) -> str:
    """`text` behind the `::` of a command."""
    return visible(clip(text, LONGEST_MESSAGE)).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def properties(values: dict[str, object]) -> str:
    """The properties of a command: `file=a.txt,line=3`."""
    return ",".join(f"{name}={data(str(value)).replace(':', '%3A').replace(',', '%2C')}" for name, value in values.items())


class GithubWriter:
    """Keeps the worst findings and writes them at the end."""

    def __init__(self, out: Out) -> None:
        self._out = utf8(out)
        self._kept: dict[str, list[tuple[float, int, str]]] = {command: [] for command in COMMANDS.values()}
        self._counts: Counter[str] = Counter()
        self._problems: list[str] = []
        self._number = 0
        self._page = _SummaryPage.of_the_step()

    def add(self, report: Report) -> None:
        """Keep the article's findings, as far as they are among the worst."""
        places = Places(report.article)
        here = InputPlaces(report.article, places)
        failing = {id(finding) for finding in report.gate.failing(report.findings)}
        for finding in report.findings:
            command = COMMANDS[finding.severity]
            self._counts[command] += 1
            self._number += 1
            key = ((id(finding) in failing) + finding.confidence, -self._number)  # what fails the gate is worse
            kept = self._kept[command]
            if len(kept) < SHOWN:
                heapq.heappush(kept, (*key, _annotation(command, report, finding, here, places)))
            elif key > kept[0][:2]:
                heapq.heapreplace(kept, (*key, _annotation(command, report, finding, here, places)))
        for problem in report.problems:
            self.add_problem(problem)
        if self._page:
            self._page.add(report)

    def add_problem(self, problem: Problem) -> None:
        """What could not be checked is an error, and comes first."""
        self._counts["error"] += 1
        if len(self._problems) < SHOWN:
            place = parse(problem.where)
            values: dict[str, object] = {} if place.file in {"", STDIN} or problem.rule else {"file": relative(place.file)}
            if values and place.line:
                values["line"] = place.line
            self._problems.append(f"::error {properties(values | {'title': 'tqcheck: not checked'})}::{data(str(problem))}")

    def close(self, summary: Summary) -> None:
        """Write the annotations, and say how many there are not."""
        worst = {command: [line for *_, line in sorted(kept, reverse=True)] for command, kept in self._kept.items()}
        worst["error"] = (self._problems + worst["error"])[:SHOWN]
        for lines in worst.values():
            self._out.write("".join(f"{line}\n" for line in lines))
        left_out = self._counts.total() + summary.left_out - sum(map(len, worst.values()))
        also = f", {summary.problems} not checked" if summary.problems else ""
        more = f"; {left_out} of them are not shown here: GitHub shows {SHOWN} errors, warnings and notices each" if left_out else ""
        self._out.write(f"tqcheck: {summary.articles} articles, {summary.failed} failed, {summary.findings} findings{also}{more}\n")
        if self._page:
            self._page.close(summary)


def _annotation(command: str, report: Report, finding: Finding, here: InputPlaces, places: Places) -> str:
    values: dict[str, object] = {}
    if here.origin.is_file:
        values["file"] = here.path
        spot = here.spot(finding)
        if spot:
            values["line"] = spot.line
            if spot.column is not None and spot.end_line == spot.line:  # GitHub takes columns within one line only
                values |= {"endLine": spot.end_line, "col": spot.column, "endColumn": spot.end_column}
    values["title"] = f"{finding.rule} ({finding.severity})"
    where = f"{clip(report.article.id, 80)}, {places.where(finding)}"
    suggestion = (
        ""
        if finding.suggestion is None
        else f" Suggestion: {f'“{clip(finding.suggestion, 100)}”' if finding.suggestion else 'take it out'}."
    )
    return f"::{command} {properties(values)}::{data(f'{clip(finding.message, 250)}{suggestion} [{clip(finding.surface, 80)}] ({where})')}"


class _SummaryPage:
    """The Markdown report on the page of the job, cut where GitHub's limit is."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._text = io.StringIO()
        self._writer = MarkdownWriter(self._text)
        try:
            self._room = SUMMARY_BYTES - SUMMARY_RESERVE - (path.stat().st_size if path.exists() else 0)
        except OSError as error:
            raise WriteError(f"GITHUB_STEP_SUMMARY={path}: cannot be written: {error.strerror}") from error
        self._left_out = 0

    @classmethod
    def of_the_step(cls) -> _SummaryPage | None:
        path = os.environ.get("GITHUB_STEP_SUMMARY")
        return cls(Path(path)) if path else None

    def add(self, report: Report) -> None:
        if not (report.findings or report.problems):
            return
        section = report_markdown(report)
        size = len(section.encode("utf-8", "replace"))
        if self._left_out or size > self._room:  # from the first that does not fit: what is shown is the beginning, without gaps
            self._left_out += 1
            return
        self._room -= size
        self._text.write(section)

    def close(self, summary: Summary) -> None:
        if self._left_out:
            self._text.write(f"**{self._left_out} more articles have findings**: the page of a step holds 1 MiB.\n\n")
        self._writer.close(summary)
        page = self._text.getvalue().encode("utf-8", "replace")
        try:
            with self._path.open("ab") as stream:
                stream.write(page)
        except OSError as error:
            raise WriteError(f"GITHUB_STEP_SUMMARY={self._path}: cannot be written: {error.strerror}") from error
