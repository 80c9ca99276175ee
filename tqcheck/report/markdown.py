"""Reports as Markdown: for a pull request, a wiki, the summary page of a CI job.

Nothing from an article can become markup: what Markdown, HTML, template engines or GitHub would read as a sign is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tqcheck import limits
from tqcheck.article import FeedReport, Finding, OtherPlace, Place, Report
from tqcheck.report.place import Places
from tqcheck.report.stream import Out, utf8
from tqcheck.report.summary import Summary
from tqcheck.report.visible import clip, visible

LONGEST_MESSAGE = 500
AROUND = 60  # characters shown on either side of a finding
MOST_RELATED = 5
LEAST_ADEQUATE = 5  # lines that are shown beside their source
LONGEST_LINE = 200

# GitHub makes links of bare addresses, @names and #numbers after Markdown is done, so a backslash does not stop it. A word
# joiner does, and is not seen. {{, {% and {# are for Liquid and Jinja, $ for mathematics.
SIGNS = re.compile(r"[\\`*_\[\]<>&~|$!{}%#]|:(?=//)|(?<=www)\.", re.IGNORECASE)
MENTIONS = re.compile(r"@|#(?=\w)")
WORD_JOINER = "\u2060"


def escaped(text: str) -> str:
    """Return `text` as Markdown that shows exactly this text, on one line."""
    return MENTIONS.sub(rf"\g<0>{WORD_JOINER}", SIGNS.sub(r"\\\g<0>", visible(text)))


def report_markdown(report: Report) -> str:
    """Return the section of one article."""
    return "\n".join(_section(report)) + "\n\n"


class MarkdownWriter:
    """Writes a section for each article that has findings, and tables with the sums at the end."""

    def __init__(self, out: Out) -> None:
        self._out = utf8(out)
        self._out.write("# Translation quality\n\n")

    def add(self, report: Report) -> None:
        """Write the section of an article; nothing for an article without findings."""
        if report.findings or report.problems or report.limits:
            self._out.write(report_markdown(report))

    def close(self, summary: Summary) -> None:
        """Write the sums of the run and name what could not be checked."""
        self._out.write("\n".join(_summary(summary)) + "\n")


def _section(report: Report) -> Iterator[str]:
    yield f"## {'Across the feed: ' if isinstance(report, FeedReport) else ''}{_text(report.article.title or report.article.id)}"
    yield ""
    penalty = report.penalty
    yield (
        f"beside other articles of the feed · article {_text(report.article.id)} · {_languages(report)}"
        if isinstance(report, FeedReport)
        else (
            f"**{report.verdict}**, score {report.score:.1f}: {penalty.critical} critical, {penalty.major} major, {penalty.minor} minor "
            f"in {report.words} words · article {_text(report.article.id)} · {_languages(report)}"
        )
    )
    yield ""
    places = Places(report.article)
    for finding in report.findings:
        yield from _finding(finding, places)
    for line in limits.told(report):
        yield f"- {_text(line)}"
    for problem in report.problems:
        yield f"- **not checked** by {_text(problem.rule or problem.where)}: {_text(problem.reason)}"
    if report.rules_not_run:
        yield f"- not run: {_text(', '.join(report.rules_not_run))}"
    yield from _least_adequate(report)


def _least_adequate(report: Report) -> Iterator[str]:
    """Yield a table of the lines that kept least of their source, side by side with it."""
    measured = [(segment.adequacy, segment) for segment in report.segments if segment.adequacy is not None]
    if not measured:
        return
    yield from ("", f"Adequacy {report.adequacy:.2f} in the mean of {len(measured)} lines. The least adequate:", "")
    yield from ("| adequacy | similarity | source | translation |", "| ---: | ---: | --- | --- |")
    for adequacy, segment in sorted(measured, key=lambda line: line[0])[:LEAST_ADEQUATE]:
        similarity = "–" if segment.similarity is None else f"{segment.similarity:.2f}"
        sides = (" ".join(text.split()) for text in (segment.source or "", segment.text))
        source, translation = (escaped(clip(text, LONGEST_LINE)) for text in sides)
        yield f"| {adequacy:.2f} | {similarity} | {source} | {translation or '(not translated)'} |"


def _finding(finding: Finding, places: Places) -> Iterator[str]:
    yield f"- **{finding.severity}** {_text(finding.rule)}, {places.where(finding)}: {_text(finding.message)}"
    yield f"  > {_excerpt(finding, places)}"
    yield ""
    if finding.suggestion is not None:
        yield f"  Suggestion: {_text(finding.suggestion) or 'take it out'}"
        yield ""
    if finding.related:
        see = "; ".join(f"{_where(place, places)} “{_text(clip(place.surface, 80))}”" for place in finding.related[:MOST_RELATED])
        more = len(finding.related) - MOST_RELATED
        yield f"  See also: {see}{f' and {more} more' if more > 0 else ''}"
        yield ""


def _where(place: Place, places: Places) -> str:
    where = places.where(place)
    return _text(where) if isinstance(place, OtherPlace) else where


def _excerpt(finding: Finding, places: Places) -> str:
    """Return the line of the article with the stretch in ⟦ ⟧: emphasis would not hold next to blanks and punctuation."""
    line, start, end = places.line_around(finding)
    before = line[max(0, start - AROUND) : start]
    after = line[end : end + AROUND]
    dots_before = "…" if start > AROUND else ""
    dots_after = "…" if end + AROUND < len(line) else ""
    return f"{dots_before}{escaped(before)}⟦{escaped(clip(line[start:end], LONGEST_MESSAGE))}⟧{escaped(after)}{dots_after}".strip()


def _summary(summary: Summary) -> Iterator[str]:
    yield "## Summary"
    yield ""
    yield "| articles | passed | failed | words | " + " | ".join(summary.by_severity) + " | not checked |"
    yield "| ---: " * (5 + len(summary.by_severity)) + "|"
    numbers = (summary.articles, summary.passed, summary.failed, summary.words, *summary.by_severity.values(), summary.problems)
    yield "| " + " | ".join(map(str, numbers)) + " |"
    if summary.by_rule:
        yield from ("", "| rule | findings |", "| --- | ---: |")
        yield from (f"| {_text(rule)} | {count} |" for rule, count in summary.by_rule.items())
    if summary.left_out:
        yield from ("", f"Counted here and not shown, over the limit of a rule in an article: {summary.left_out}")
    if summary.accepted:
        yield from ("", f"Accepted by the baseline, and not counted here: {summary.accepted}")
    if summary.rules_not_run:
        yield from ("", f"Not run, because there is no sentence model: {_text(', '.join(summary.rules_not_run))}")
    if summary.problems:
        yield from ("", "Not checked:", "")
        yield from (f"- {_text(str(problem))}" for problem in summary.first_problems)
        if summary.problems > len(summary.first_problems):
            yield f"- and {summary.problems - len(summary.first_problems)} more"


def _languages(report: Report) -> str:
    return _text(report.lang if report.source_lang is None else f"{report.lang} from {report.source_lang}")


def _text(text: str) -> str:
    return escaped(clip(text, LONGEST_MESSAGE))
