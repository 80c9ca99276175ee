"""JUnit XML: a suite a file, a case an article, a failure for each finding at which the gate fails.

Findings below the gate are told in the case's system-out. What could not be read is a case with an error. The numbers of a suite stand in
its first tag, so suites wait in a temporary file until they are known; memory does not grow with the feed.

XML 1.0 has no way to write most control characters: they appear as visible escapes, as do all that a console would obey.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from typing import IO
from xml.sax.saxutils import escape, quoteattr

from tqcheck import limits
from tqcheck.article import FeedReport, Finding, Problem, Report
from tqcheck.origin import STDIN, parse, relative
from tqcheck.report.input_place import InputPlaces
from tqcheck.report.place import Places
from tqcheck.report.stream import Out, utf8
from tqcheck.report.summary import Summary
from tqcheck.report.visible import clip, visible

LONGEST_TEXT = 500
IN_MEMORY = 2**20  # bytes of a temporary file that are no file yet
COUNTED = ("tests", "failures", "errors")


class JUnitWriter:
    """Collects the cases of a file, then writes its suite."""

    def __init__(self, out: Out) -> None:
        self._out = utf8(out)
        self._suites = _spool()
        self._cases = _spool()
        self._file: str | None = None
        self._counts: Counter[str] = Counter()
        self._totals: Counter[str] = Counter()

    def add(self, report: Report) -> None:
        """Add the case of an article."""
        self._go_to(report.article.origin)
        failing = report.gate.failing(report.findings)
        places = Places(report.article)
        here = InputPlaces(report.article, places)
        ids = {id(finding) for finding in failing}
        body = [_failure(finding, here, places) for finding in failing]
        if report.verdict == "fail" and not failing:
            body.append(f'<failure type="score" message={_attribute(f"score {report.score:.1f}: the gate is {report.gate}")}/>')
        body += [f'<error type="not-checked" message={_attribute(str(problem))}/>' for problem in report.problems]
        rest = [_line(finding, here, places) for finding in report.findings if id(finding) not in ids]
        rest += [_text(line) for line in limits.told(report)]
        if rest:
            body.append(f"<system-out>{escape(chr(10).join(rest))}</system-out>")
        name = f"{report.article.id} (across the feed)" if isinstance(report, FeedReport) else report.article.id
        self._add_case(name, body, failures=len(failing) or int(report.verdict == "fail"), errors=len(report.problems))

    def add_problem(self, problem: Problem) -> None:
        """Add a case for what could not be read."""
        self._go_to(problem.where)
        body = [f'<error type="not-checked" message={_attribute(problem.reason)}>{escape(_text(str(problem)))}</error>']
        self._add_case(problem.where, body, failures=0, errors=1)

    def close(self, summary: Summary) -> None:
        """Write all suites, with the sums in front."""
        del summary
        self._end_suite()
        self._out.write(f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="tqcheck"{_numbers(self._totals)}>\n')
        self._suites.seek(0)
        while text := self._suites.read(2**16):
            self._out.write(text)
        self._out.write("</testsuites>\n")
        self._suites.close()
        self._cases.close()

    def _go_to(self, place: str) -> None:
        file = relative(parse(place).file)
        if file != self._file:
            self._end_suite()
            self._file = file

    def _add_case(self, name: str, body: list[str], *, failures: int, errors: int) -> None:
        self._counts.update({"tests": 1, "failures": failures, "errors": errors})
        head = f"<testcase classname={_attribute(_suite_name(self._file or ''))} name={_attribute(name)}"
        lines = "".join(f"\n{element}" for element in body)
        self._cases.write(f"{head}>{lines}\n</testcase>\n" if body else f"{head}/>\n")

    def _end_suite(self) -> None:
        if self._file is None:
            return
        self._suites.write(f"<testsuite name={_attribute(_suite_name(self._file))}{_numbers(self._counts)}>\n")
        self._cases.seek(0)
        shutil.copyfileobj(self._cases, self._suites)
        self._suites.write("</testsuite>\n")
        self._totals.update(self._counts)
        self._counts.clear()
        self._cases.seek(0)
        self._cases.truncate()


def _spool() -> IO[str]:
    return tempfile.SpooledTemporaryFile(IN_MEMORY, "w+", encoding="utf-8", errors="replace", newline="")


def _suite_name(file: str) -> str:
    return {STDIN: "standard input", "": "articles"}.get(file, file)


def _numbers(counts: Counter[str]) -> str:
    return "".join(f' {name}="{counts[name]}"' for name in COUNTED)


def _failure(finding: Finding, here: InputPlaces, places: Places) -> str:
    message = f"{finding.rule}: {finding.message}"
    return f"<failure type={_attribute(finding.rule)} message={_attribute(message)}>{escape(_line(finding, here, places))}</failure>"


def _line(finding: Finding, here: InputPlaces, places: Places) -> str:
    """`feed.jsonl:3: text 5:1: major: rule: message [the words]`."""
    spot = here.spot(finding)
    line = f"{here.path}:{spot.line}: " if spot else f"{here.path}: " if here.path else ""
    suggestion = "" if finding.suggestion is None else f" (suggestion: {finding.suggestion or 'take it out'})"
    told = f"{places.where(finding)}: {finding.severity}: {finding.rule}: {finding.message}{suggestion} [{clip(finding.surface, 200)}]"
    return _text(line) + _text(told, 2 * LONGEST_TEXT)


def _text(text: str, limit: int = LONGEST_TEXT) -> str:
    return visible(clip(text, limit))


def _attribute(text: str) -> str:
    return quoteattr(_text(text))
