"""Findings as text: for people at a terminal, and for those who read the log of a pipeline.

A finding is one line that can be searched for, followed by the place itself with the stretch underlined. Colour is for terminals
only. Whatever comes from an article is made visible first: it cannot move the cursor, turn the line round or run a CI command.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, TextIO, cast

from tqcheck import limits
from tqcheck.article import FeedReport, Finding, OtherPlace, Problem, Report, Severity
from tqcheck.report.place import Places
from tqcheck.report.summary import Summary
from tqcheck.report.visible import clip, visible, visible_characters

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from tqcheck.report.stream import Out, Writes

PLAIN_WIDTH = 100  # of a line of source text when no terminal says otherwise: logs are the same everywhere
LONGEST_MESSAGE = 500
MOST_RELATED = 5
GUTTER = "      | "
DOTS = "..."
STYLES: Mapping[Severity, str] = {Severity.CRITICAL: "bold red", Severity.MAJOR: "yellow", Severity.MINOR: "cyan"}

Line = list[tuple[str, str]]  # stretches of text, each with its style


class TerminalWriter:
    """Writes the articles that have findings, as they come, and a summary at the end."""

    def __init__(self, out: Out) -> None:
        self._out = cast("Writes", out)
        self._encoding = getattr(out, "encoding", None) or "utf-8"
        self._console = _console(out)
        self._width = self._console.width if self._console else PLAIN_WIDTH

    def add(self, report: Report) -> None:
        """Write an article's findings; nothing for an article without any."""
        if not (report.findings or report.problems or report.limits):
            return
        places = Places(report.article)
        self._write(_headline(report))
        for finding in report.findings:
            self._write(_finding_line(report, finding, places))
            for line in self._details(report, finding, places):
                self._write(line)
        for left_out in limits.told(report):
            self._write([("  ", ""), (_one_line(left_out), "dim")])
        for problem in report.problems:
            rule = f"rule {problem.rule}: " if problem.rule else ""
            self._write([("  ", ""), ("not checked ", "bold red"), (_one_line(f"{rule}{problem.reason}"), "")])
        self._write([])

    def close(self, summary: Summary) -> None:
        """Write the sums of the run and name what could not be checked."""
        for line in _summary_lines(summary):
            self._write(line)

    def _details(self, report: Report, finding: Finding, places: Places) -> Iterator[Line]:
        yield from self._excerpt(finding, places)
        if finding.suggestion is not None:
            yield [("      = suggestion: ", "dim"), (_one_line(finding.suggestion) or "(nothing: take it out)", "green")]
        for related in finding.related[:MOST_RELATED]:
            at = places.where(related)
            if not isinstance(related, OtherPlace):
                at = f"{_origin(report, related.segment)}: {at}"
            yield [("      = see also ", "dim"), (f"{at}: {_one_line(clip(related.surface, 80))}", "")]
        if len(finding.related) > MOST_RELATED:
            yield [(f"      = see also {len(finding.related) - MOST_RELATED} more places", "dim")]

    def _excerpt(self, finding: Finding, places: Places) -> Iterator[Line]:
        """Yield the line of the article and, under it, the mark: counted in columns of the screen, not in characters."""
        line, start, end = places.line_around(finding)
        room = self._width - len(GUTTER)
        first = max(0, start - room)
        window = line[first : start + room]  # more than fits, and little of a line of 10 MB
        shown = [self._speakable(character) for character in visible_characters(window)]
        before, marked, after = shown[: start - first], shown[start - first : end - first], shown[max(end, start) - first :]
        text = _fit(before, marked, after, room, cut=(first > 0, first + len(window) < len(line)))
        yield [(GUTTER, "dim"), (text[0], ""), (text[1], STYLES[finding.severity]), (text[2], "")]
        yield [(GUTTER, "dim"), (" " * _cells(text[0]) + "^" * max(1, _cells(text[1])), STYLES[finding.severity])]

    def _write(self, line: Line) -> None:
        spoken = [(self._speakable(text), style) for text, style in line]
        if self._console:
            self._console.print(_styled(spoken), soft_wrap=True, highlight=False)
        else:
            self._out.write("".join(text for text, _ in spoken).rstrip() + "\n")

    def _speakable(self, text: str) -> str:
        """Return `text` with escapes for the characters that the stream's encoding does not have."""
        return text.encode(self._encoding, "backslashreplace").decode(self._encoding)


def _headline(report: Report) -> Line:
    if isinstance(report, FeedReport):
        return [(_one_line(report.article.id), "bold"), ("  beside other articles of the feed", "")]
    languages = report.lang if report.source_lang is None else f"{report.lang} from {report.source_lang}"
    verdict = ("FAIL", "bold red") if report.verdict == "fail" else ("pass", "green")
    return [
        (_one_line(report.article.id), "bold"),
        (f"  {_one_line(languages)}, {report.words} words, score {report.score:.1f}, ", ""),
        verdict,
    ]


def _finding_line(report: Report, finding: Finding, places: Places) -> Line:
    return [
        (f"  {_origin(report, finding.segment)}: {places.where(finding)}: ", "dim"),
        (finding.severity, STYLES[finding.severity]),
        (f": {_one_line(finding.rule)}: ", "bold"),
        (_one_line(finding.message), ""),
    ]


def _summary_lines(summary: Summary) -> Iterator[Line]:
    verdict: Line = [(f"{summary.passed} passed", "green"), (", ", ""), (f"{summary.failed} failed", "bold red" if summary.failed else "")]
    yield [(f"{_count(summary.articles, 'article')} checked: ", "bold"), *verdict, (f", {_count(summary.words, 'word')}", "")]
    yield [(f"{_count(summary.findings, 'finding')}", "bold"), (_severities(summary), "")]
    if summary.across:
        failing = f", which fail {_count(summary.failed_across, 'article')}" if summary.failed_across else ""
        yield [(f"of them {summary.across:,} across the feed{failing}", "")]
    width = max(map(len, summary.by_rule), default=0)
    for rule, findings in summary.by_rule.items():
        yield [(f"  {_one_line(rule):<{width}}  {findings:>6}", "")]
    if summary.left_out:
        yield [(f"{_count(summary.left_out, 'finding')} of these not shown: over the limit of a rule in an article", "dim")]
    if summary.accepted:
        yield [(f"{_count(summary.accepted, 'more finding')} accepted by the baseline", "dim")]
    if summary.rules_not_run:
        rules = ", ".join(summary.rules_not_run)
        yield [("not run: ", "bold yellow"), (f"{_one_line(rules)} (they compare meanings, and there is no sentence model)", "")]
    if summary.problems:
        yield [(f"{_count(summary.problems, 'thing')} could not be checked:", "bold red")]
        for problem in summary.first_problems:
            yield [(f"  {_problem(problem)}", "")]
        if summary.problems > len(summary.first_problems):
            yield [(f"  and {summary.problems - len(summary.first_problems)} more", "")]


def _severities(summary: Summary) -> str:
    counts = ", ".join(f"{count} {severity}" for severity, count in summary.by_severity.items() if count)
    return f": {counts}" if counts else ""


def _problem(problem: Problem) -> str:
    return _one_line(str(problem))


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _origin(report: Report, segment: int | None) -> str:
    return _one_line(report.article.where(segment))


def _one_line(text: str) -> str:
    return visible(clip(text, LONGEST_MESSAGE))


def _fit(before: list[str], marked: list[str], after: list[str], room: int, *, cut: tuple[bool, bool]) -> tuple[str, str, str]:
    """Cut the three parts of a line to `room` columns: the mark first, then what is left and right of it.

    `cut` says whether the line goes on before and after the three parts.
    """
    room -= 2 * len(DOTS)
    inside = _head(marked, room)
    left = _head(before[::-1], max((room - _cells("".join(inside))) // 2, room - _cells("".join(inside)) - _cells("".join(after))))[::-1]
    right = _head(after, room - _cells("".join(left)) - _cells("".join(inside)))
    dots_left = DOTS if cut[0] or len(left) < len(before) else ""
    dots_right = DOTS if cut[1] or len(inside) + len(right) < len(marked) + len(after) else ""
    return dots_left + "".join(left), "".join(inside), "".join(right) + dots_right


def _head(characters: list[str], room: int) -> list[str]:
    """Return as many of the first characters as fit into `room` columns."""
    for count, character in enumerate(characters):
        room -= _cells(character)
        if room < 0:
            return characters[:count]
    return characters


def _cells(text: str) -> int:
    from rich.cells import cell_len

    return cell_len(text)


def _console(out: Out) -> Console | None:
    """Return a rich console for a terminal that wants colour, None for everything else."""
    is_terminal = getattr(out, "isatty", lambda: False)()
    if not is_terminal or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return None
    from rich.console import Console

    width = shutil.get_terminal_size((PLAIN_WIDTH, 24)).columns
    return Console(file=cast("TextIO", out), width=max(40, width), markup=False, emoji=False)


def _styled(line: Line) -> Text:
    from rich.text import Text

    return Text.assemble(*line)
