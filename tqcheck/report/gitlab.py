"""GitLab's Code Quality report: a JSON array, a finding a line. The same is CodeClimate's format.

GitLab shows findings by fingerprint and takes equal ones for one, so they are numbered (fingerprint.py). A path is relative, without `./`;
each finding needs a line, so where none can be told it is the first. What could not be checked is a blocker.
"""

from __future__ import annotations

import hashlib
from typing import Any

from tqcheck.article import Problem, Report
from tqcheck.fingerprint import Numbering
from tqcheck.origin import STDIN, parse, relative
from tqcheck.report.input_place import InputPlaces
from tqcheck.report.jsonformat import dumps
from tqcheck.report.place import Places
from tqcheck.report.stream import Out, utf8
from tqcheck.report.summary import Summary
from tqcheck.report.visible import clip, visible

LONGEST_MESSAGE = 500


class GitlabWriter:
    """Writes findings as they come."""

    def __init__(self, out: Out) -> None:
        self._out = utf8(out)
        self._before = "[\n"
        self._numbering = Numbering()

    def add(self, report: Report) -> None:
        """Write the findings of an article."""
        places = Places(report.article)
        here = InputPlaces(report.article, places)
        names = self._numbering.numbered(report.article, report.findings)
        for finding, name in zip(report.findings, names, strict=True):
            spot = here.spot(finding)
            told = f"{finding.message} [{clip(finding.surface, 100)}] ({clip(report.article.id, 100)}, {places.where(finding)})"
            self._write(told, finding.rule, name, str(finding.severity), here.path, spot.line if spot else 1)
        for problem in report.problems:
            self._write(str(problem), problem.rule or "not-checked", f"{report.article.origin} {problem}", "blocker", here.path, 1)

    def add_problem(self, problem: Problem) -> None:
        """Write what could not be checked."""
        place = parse(problem.where)
        self._write(problem.reason, "not-checked", str(problem), "blocker", relative(place.file), place.line or 1)

    def close(self, summary: Summary) -> None:
        """End the array."""
        del summary
        self._out.write("[]\n" if self._before == "[\n" else "\n]\n")

    def _write(self, told: str, rule: str, name: str, severity: str, path: str, line: int) -> None:  # noqa: PLR0913, PLR0917 - a record
        value: dict[str, Any] = {
            "description": visible(clip(f"{rule}: {told}", LONGEST_MESSAGE)),
            "check_name": visible(rule),
            "fingerprint": hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:32],
            "severity": severity,
            "location": {"path": visible({STDIN: "stdin", "": "articles"}.get(path, path)), "lines": {"begin": line}},
        }
        self._out.write(self._before + dumps(value))
        self._before = ",\n"
