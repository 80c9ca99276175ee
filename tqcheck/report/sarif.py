"""SARIF 2.1.0: for GitHub code scanning, Azure DevOps, and the viewers of editors.

The format wants the results inside one array, and code hosts refuse files with too many: so the worst are kept, up to the limits of
GitHub, and written at the end, the gravest first. What is left out is counted in a notification of the file itself. Memory is bounded by
the limits, not by the input.

Lines and columns are those of the file an article was read from, where they can be told (input_place.py). Whatever stands in an article
can be no link and no placeholder of SARIF's messages.
"""

from __future__ import annotations

import heapq
import re
import zlib
from collections.abc import Mapping
from typing import Any

import tqcheck
from tqcheck.article import Article, Finding, OtherPlace, Place, Problem, Report, Severity
from tqcheck.fingerprint import Numbering
from tqcheck.origin import STDIN, parse, relative
from tqcheck.report.input_place import InputPlaces, Spot, uri
from tqcheck.report.jsonformat import dumps
from tqcheck.report.place import Places
from tqcheck.report.stream import Out, utf8
from tqcheck.report.summary import Summary
from tqcheck.report.visible import clip, visible
from tqcheck.rules import Rule, all_rules

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
MOST_RESULTS = 25_000  # GitHub refuses a run with more
MOST_BYTES = 9_500_000  # compressed: GitHub refuses 10 MB; the rest is for what comes after the results
MOST_PROBLEMS = 1_000
MOST_RELATED = 10
LONGEST_MESSAGE = 1_000
LONGEST_SNIPPET = 500
LEVELS = {Severity.CRITICAL: "error", Severity.MAJOR: "warning", Severity.MINOR: "note"}
_LINK = re.compile(r"\[(?=[^\[\]]*\]\()")
_PLACEHOLDER = re.compile(r"\{(\d+)\}")

Json = dict[str, Any]


def message_text(text: str, limit: int = LONGEST_MESSAGE) -> str:
    """`text` as the text of a SARIF message: one visible line in which nothing is a link or a placeholder."""
    return _PLACEHOLDER.sub(r"{{\1}}", _LINK.sub(r"\\[", visible(clip(text, limit))))


class SarifWriter:
    """Keeps the worst findings and the first problems, and writes one run at the end."""

    def __init__(
        self, out: Out, rules: Mapping[str, Rule] | None = None, *, most_results: int = MOST_RESULTS, most_bytes: int = MOST_BYTES
    ) -> None:
        self._out = utf8(out)
        self._most_results = most_results
        self._most_bytes = most_bytes
        self._compressed = _Compressed()
        self._known = all_rules() if rules is None else rules
        self._rules = {rule: index for index, rule in enumerate(self._known)}
        self._kept: list[tuple[int, int, str]] = []  # a heap, the least grave on top: rank, minus its number, the result
        self._seen = 0
        self._over_limit = 0
        self._limited: list[str] = []
        self._numbering = Numbering()
        self._problems: list[Problem] = []
        self._problem_count = 0
        self._has_stdin = False

    def add(self, report: Report) -> None:
        """Keep the findings of an article, as far as there are not enough that are worse."""
        names = self._numbering.numbered(report.article, report.findings)
        places = Places(report.article)
        here = InputPlaces(report.article, places)
        self._has_stdin |= here.origin.file == STDIN
        for finding, name in zip(report.findings, names, strict=True):
            self._seen += 1
            key = (finding.severity.rank, -self._seen)
            if len(self._kept) < self._most_results:
                heapq.heappush(self._kept, (*key, dumps(self._result(report, finding, name, here, places))))
            elif key > self._kept[0][:2]:
                heapq.heapreplace(self._kept, (*key, dumps(self._result(report, finding, name, here, places))))
        self._limited += [f"{report.article.id}: {limit}" for limit in report.limits if len(self._limited) < MOST_PROBLEMS]
        self._over_limit += sum(left.count for left in report.left_out)
        for problem in report.problems:
            self.add_problem(problem)

    def add_problem(self, problem: Problem) -> None:
        """Keep what could not be checked, to be named."""
        self._problem_count += 1
        if len(self._problems) < MOST_PROBLEMS:
            self._problems.append(problem)

    def close(self, summary: Summary) -> None:
        """Write the file."""
        driver = {
            "name": "tqcheck",
            "semanticVersion": tqcheck.__version__,
            "rules": [_descriptor(rule) for rule in self._known.values()],
        }
        self._write(f'{{\n"$schema": "{SCHEMA}",\n"version": "2.1.0",\n"runs": [{{\n"tool": {dumps({"driver": driver})},\n')
        self._write('"columnKind": "unicodeCodePoints",\n')
        root = {"%SRCROOT%": {"description": {"text": "The folder that tqcheck was started in."}}}
        self._write(f'"originalUriBaseIds": {dumps(root)},\n"results": [')
        written = self._write_results()
        self._write("\n],\n")
        if self._has_stdin:
            self._write(f'"artifacts": {dumps([_STDIN_ARTIFACT])},\n')
        self._write(f'"invocations": [{dumps(self._invocation(summary, self._seen - written))}],\n')
        counts = {
            "articles": summary.articles,
            "findings": self._seen + self._over_limit,
            "findingsLeftOut": self._seen + self._over_limit - written,
            "problems": summary.problems,
        }
        self._write(f'"properties": {dumps(counts | {"accepted": summary.accepted, "suppressed": summary.suppressed})}\n}}]\n}}\n')

    def _write_results(self) -> int:
        """Write results, the gravest first, until the file is as large as GitHub takes it; returns how many."""
        before = "\n"
        for number, (_, _, result) in enumerate(sorted(self._kept, key=lambda kept: (-kept[0], -kept[1]))):
            if self._compressed.size > self._most_bytes:
                return number
            self._write(before + result)
            before = ",\n"
        return len(self._kept)

    def _write(self, text: str) -> None:
        self._compressed.add(text)
        self._out.write(text)

    def _result(self, report: Report, finding: Finding, name: str, here: InputPlaces, places: Places) -> Json:
        related = [
            {"id": number, "message": {"text": message_text(place.surface, 80)}} | _location(report.article, place, here)
            for number, place in enumerate(finding.related[:MOST_RELATED], 1)
        ]
        text = message_text(finding.message)
        if finding.suggestion is not None:
            text += f" Suggestion: “{message_text(finding.suggestion, 200)}”." if finding.suggestion else " Suggestion: take it out."
        return {
            "ruleId": finding.rule,
            **({"ruleIndex": self._rules[finding.rule]} if finding.rule in self._rules else {}),
            "level": LEVELS[finding.severity],
            "rank": round(finding.confidence * 100, 1),
            "message": {"text": text},
            "locations": [_location(report.article, finding, here)],
            **({"relatedLocations": related} if related else {}),
            "partialFingerprints": {"primaryLocationLineHash": name, "tqcheckFinding/v1": name},
            "properties": {
                "article": report.article.id,
                "where": places.where(finding),
                "lang": report.lang,
                "severity": str(finding.severity),
                "mqm": finding.mqm,
                "confidence": finding.confidence,
            },
        }

    def _invocation(self, summary: Summary, left_out: int) -> Json:
        notes = [_notification(problem) for problem in self._problems]
        if self._problem_count > len(self._problems):
            more = (
                f"{self._problem_count - len(self._problems)} more things could not be checked: see standard error, or use another format."
            )
            notes.append({"level": "error", "message": {"text": more}, "descriptor": {"id": "problems-left-out"}})
        if left_out:
            limit = f"{self._most_results} results and {self._most_bytes / 1e6:g} MB compressed, what GitHub takes"
            told = f"{left_out} of {self._seen} findings are left out, the least grave ones: the limit is {limit}. --format jsonl has all."
            notes.append({"level": "warning", "message": {"text": told}, "descriptor": {"id": "findings-left-out"}})
        for limit in self._limited:
            notes.append({"level": "note", "message": {"text": message_text(limit)}, "descriptor": {"id": "not-all-compared"}})  # noqa: PERF401
        if self._over_limit:
            told = f"{self._over_limit} findings are counted and left out: over the limit of a rule in an article (findings-per-rule)."
            notes.append({"level": "warning", "message": {"text": told}, "descriptor": {"id": "findings-over-limit"}})
        for rule in summary.rules_not_run:
            told = f"{message_text(rule)} did not run: there is no sentence model."
            notes.append({"level": "warning", "message": {"text": told}, "descriptor": {"id": "rule-not-run"}})
        return {
            "executionSuccessful": not summary.problems,
            "exitCode": summary.exit_code,
            "toolExecutionNotifications": notes,
        }


_STDIN_ARTIFACT = {
    "location": {"uri": "stdin"},
    "description": {"text": "Standard input: no file, so lines are those of the stream."},
    "roles": ["analysisTarget"],
}


class _Compressed:
    """Counts the bytes that a text will have when it is compressed, as the upload does it."""

    def __init__(self) -> None:
        self._compressor = zlib.compressobj(6)
        self.size = 0

    def add(self, text: str) -> None:
        self.size += len(self._compressor.compress(text.encode("utf-8", "replace")))


def _location(article: Article, place: Finding | Place, here: InputPlaces) -> Json:
    field = place.field if place.segment is None else f"{place.field}[{place.segment}]"
    of_another = isinstance(place, OtherPlace)
    name = visible(clip(place.article if isinstance(place, OtherPlace) else article.id, 200))
    logical = {
        "name": name,
        "fullyQualifiedName": f"{name}#{field}",
        "kind": "element",
        "properties": {"field": place.field, "segment": place.segment, "start": place.start, "end": place.end},
    }
    physical: Json = {}
    if here.origin.file and not of_another:  # where the other article stands in the input is not known here
        physical["artifactLocation"] = _artifact(here.origin.file)
        spot = here.spot(place)
        if spot:
            physical["region"] = _region(spot, place)
    return ({"physicalLocation": physical} if physical else {}) | {"logicalLocations": [logical]}


def _artifact(file: str) -> Json:
    if file == STDIN:
        return {"uri": "stdin", "index": 0}
    path = uri(relative(file))
    return {"uri": path} if path.startswith("file:") else {"uri": path, "uriBaseId": "%SRCROOT%"}


def _region(spot: Spot, place: Finding | Place) -> Json:
    snippet = clip(place.surface, LONGEST_SNIPPET)
    if spot.column is None:  # the line of a row: its letters are not those of the article, which may be escaped there
        return {"startLine": spot.line, "snippet": {"rendered": {"text": message_text(place.surface, LONGEST_SNIPPET)}}}
    region = {"startLine": spot.line, "startColumn": spot.column, "endLine": spot.end_line, "endColumn": spot.end_column}
    return region | {"snippet": {"text": snippet}}


def _notification(problem: Problem) -> Json:
    place = parse(problem.where)
    notification: Json = {"level": "error", "message": {"text": message_text(str(problem))}, "descriptor": {"id": "not-checked"}}
    if problem.rule is not None:
        notification["associatedRule"] = {"id": problem.rule}
    elif place.file and place.file != STDIN:
        region = {"region": {"startLine": place.line}} if place.line else {}
        notification["locations"] = [{"physicalLocation": {"artifactLocation": _artifact(place.file)} | region}]
    return notification


def _descriptor(rule: Rule) -> Json:
    category = rule.mqm.partition("/")[0]
    return {
        "id": rule.id,
        **({"name": "".join(word.capitalize() for word in rule.id.split("-"))} if "-" in rule.id else {}),
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": clip(" ".join(rule.manual.split()), 1000)},
        "help": {"text": rule.manual, "markdown": _help(rule)},
        "defaultConfiguration": {"level": LEVELS[rule.severity], "enabled": not rule.preview},
        "properties": {
            "mqm": rule.mqm,
            "severity": str(rule.severity),
            "tags": ["translation", f"mqm/{category}", *(["preview"] if rule.preview else [])],
            "precision": "medium" if rule.preview else "high",
            "problem.severity": {"error": "error", "warning": "warning", "note": "recommendation"}[LEVELS[rule.severity]],
        },
    }


def _help(rule: Rule) -> str:
    """The manual page with an example of each kind; the examples are our own, and literal."""
    parts = [rule.manual, f"MQM: {rule.mqm}. `tqcheck explain {rule.id}` prints options and all examples."]
    for title, examples in (("Found", rule.bad), ("Right", rule.good)):
        if examples:
            text = f"{examples[0].title or ''}\n\n{examples[0].text}".strip()
            parts.append(f"{title}:\n\n" + "\n".join(f"    {visible(line)}" for line in text.split("\n") if line))
    return "\n\n".join(parts)
