r"""Reports as JSON: `json` is one array with a report a line, `jsonl` one finding a line.

Strict JSON (no NaN), in readable UTF-8. Characters that a terminal would obey are written as `\uXXXX`, which every JSON
reader turns back: nothing is lost, and a log that shows the output runs no commands.
"""

from __future__ import annotations

import json
import re
from typing import Any

from tqcheck.article import FeedReport, Report
from tqcheck.report.stream import Out, utf8
from tqcheck.report.summary import Summary

UNSAFE = re.compile(
    "[\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]|(?<=##)\\[|(?<=##vso)\\[",
    re.IGNORECASE,
)
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False)


def dumps(value: Any, *, indent: int | None = None) -> str:  # noqa: ANN401 - any JSON value
    """Return `value` as strict JSON that is safe to show. Raises ValueError for NaN and infinity."""
    text = _ENCODER.encode(value) if indent is None else json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent)
    if text.isascii() and "##" not in text and "\x7f" not in text:  # as most are: nothing in it is unsafe
        return text
    return UNSAFE.sub(_escaped, text)


class JsonWriter:
    """Writes an array of reports, one a line; also the array of an empty run is valid JSON.

    What feed rules found comes as one more element, the last: {"feed": true, "findings": [...]}.
    """

    def __init__(self, out: Out) -> None:
        self._out = utf8(out)
        self._before = "[\n"
        self._in_feed = False

    def add(self, report: Report) -> None:
        """Write one report, or the findings of feed rules on one article."""
        if isinstance(report, FeedReport):
            for finding in report.finding_dicts():
                self._out.write(("," if self._in_feed else f'{self._before}{{"feed": true, "findings": [') + "\n" + dumps(finding))
                self._in_feed, self._before = True, ",\n"
            return
        self._out.write(self._before + dumps(report.as_dict()))
        self._before = ",\n"

    def close(self, summary: Summary) -> None:
        """End the array; its articles are all there is to say."""
        del summary
        self._out.write("\n]}" if self._in_feed else "")
        self._out.write("[]\n" if self._before == "[\n" else "\n]\n")


class JsonlWriter:
    """Writes one finding a line."""

    def __init__(self, out: Out) -> None:
        self._out = utf8(out)

    def add(self, report: Report) -> None:
        """Write the findings of one report."""
        for finding in report.finding_dicts():
            self._out.write(dumps(finding) + "\n")

    def close(self, summary: Summary) -> None:
        """There is nothing to end."""


def _escaped(match: re.Match[str]) -> str:
    return json.dumps(match.group())[1:-1] if match.group() not in "[\x7f" else f"\\u{ord(match.group()):04x}"
