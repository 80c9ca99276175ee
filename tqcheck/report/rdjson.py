"""reviewdog's diagnostic format: `rdjsonl` is a diagnostic a line, `rdjson` one object with all of them.

    tqcheck check news/ --format rdjsonl | reviewdog -f=rdjsonl -reporter=github-pr-review

Columns count bytes of UTF-8, from 1, as the format has it. A suggestion is given only where the finding's place in the file is exact: then
reviewdog can offer it as a change.
"""

from __future__ import annotations

from typing import Any

from tqcheck.article import Finding, OtherPlace, Place, Problem, Report, Severity
from tqcheck.origin import STDIN, parse, relative
from tqcheck.report.input_place import InputPlaces, Spot
from tqcheck.report.jsonformat import dumps
from tqcheck.report.place import Places
from tqcheck.report.stream import Out, utf8
from tqcheck.report.summary import Summary
from tqcheck.report.visible import clip, visible

LONGEST_MESSAGE = 500
MOST_RELATED = 5
LEVELS = {Severity.CRITICAL: "ERROR", Severity.MAJOR: "WARNING", Severity.MINOR: "INFO"}
SOURCE = {"name": "tqcheck"}

Json = dict[str, Any]


class RdjsonlWriter:
    """Writes a diagnostic a line."""

    head = tail = ""
    between = ""
    end = "\n"

    def __init__(self, out: Out) -> None:
        self._out = utf8(out)
        self._out.write(self.head)
        self._is_first = True

    def add(self, report: Report) -> None:
        """Write the findings of an article."""
        places = Places(report.article)
        here = InputPlaces(report.article, places)
        for finding in report.findings:
            self._write(_diagnostic(report, finding, here, places))
        for problem in report.problems:
            self.add_problem(problem)

    def add_problem(self, problem: Problem) -> None:
        """Write what could not be checked."""
        place = parse(problem.where)
        location: Json = {"path": _path(relative(place.file))}
        if place.line:
            location["range"] = {"start": {"line": place.line}}
        code = {"value": problem.rule or "not-checked"}
        self._write({"message": _text(str(problem)), "location": location, "severity": "ERROR", "source": SOURCE, "code": code})

    def close(self, summary: Summary) -> None:
        """Write what comes after the last."""
        del summary
        self._out.write(self.tail)

    def _write(self, diagnostic: Json) -> None:
        self._out.write(("" if self._is_first else self.between) + dumps(diagnostic) + self.end)
        self._is_first = False


class RdjsonWriter(RdjsonlWriter):
    """Writes one object that holds all diagnostics, one a line."""

    head = f'{{"source": {dumps(SOURCE)}, "diagnostics": [\n'
    between = ",\n"
    end = ""
    tail = "\n]}\n"


def _diagnostic(report: Report, finding: Finding, here: InputPlaces, places: Places) -> Json:
    spot = here.spot(finding)
    where = f"{clip(report.article.id, 80)}, {places.where(finding)}"
    diagnostic: Json = {
        "message": _text(f"{finding.message} [{clip(finding.surface, 100)}] ({where})"),
        "location": _location(here, spot),
        "severity": LEVELS[finding.severity],
        "source": SOURCE,
        "code": {"value": finding.rule},
    }
    if finding.suggestion is not None and spot and spot.column is not None:
        diagnostic["suggestions"] = [{"range": _range(spot), "text": finding.suggestion}]
    own = [place for place in finding.related if not isinstance(place, OtherPlace)]  # of the others the lines are not known
    if own:
        diagnostic["relatedLocations"] = [_related(here, place) for place in own[:MOST_RELATED]]
    return diagnostic


def _related(here: InputPlaces, place: Place) -> Json:
    return {"message": _text(clip(place.surface, 100)), "location": _location(here, here.spot(place))}


def _location(here: InputPlaces, spot: Spot | None) -> Json:
    return {"path": _path(here.path)} | ({"range": _range(spot)} if spot else {})


def _range(spot: Spot) -> Json:
    if spot.column is None:
        return {"start": {"line": spot.line}}
    start = {"line": spot.line, "column": _bytes(spot.before) + 1}
    return {"start": start, "end": {"line": spot.end_line, "column": _bytes(spot.last) + 1}}


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


def _path(path: str) -> str:
    return {STDIN: "stdin", "": "articles"}.get(path) or visible(path)


def _text(text: str) -> str:
    return visible(clip(text, LONGEST_MESSAGE))
