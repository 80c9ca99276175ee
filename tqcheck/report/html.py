"""Reports as web pages: one for each article, with what is wrong marked where it stands, and an index of all; and as a notebook shows them.

The pages need nothing but themselves: no network, no script but the index's own, no style but theirs. All text from outside
passes through Jinja's escaping; none of it gets into scripts, styles or handlers, and only http(s) addresses become links.
The same report always gives the same bytes: no time, path or host is written.
"""

from __future__ import annotations

import base64
import hashlib
import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from itertools import accumulate
from typing import TYPE_CHECKING
from unicodedata import east_asian_width

from tqcheck import limits
from tqcheck.article import FeedReport, FieldName, Finding, Report, SegmentReport, Severity
from tqcheck.report.marked import MarkedLine, Piece, Span, marked_lines
from tqcheck.report.place import Field, Places, field_text
from tqcheck.report.summary import Summary
from tqcheck.report.visible import clip, visible

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

# What one page holds at most, so that no article makes a page that a browser cannot open (20 MB). The page says what it left out.
MOST_TEXT = 4_000_000
MOST_FINDINGS = 500
MOST_RELATED = 8
MOST_ALIGNED = 500
MOST_CHART_LINES = 60
MOST_MEASURED_LINES = 500
MOST_ARTICLES = 5_000
MOST_RULE_BARS = 15
NOTEBOOK_TEXT = 50_000  # of the body: every output is kept in the notebook's file
NOTEBOOK_FINDINGS = 200
MOST_ACROSS = 500
AROUND = 60  # characters on either side of a finding of a feed rule

LONGEST_MESSAGE = 1_000
LONGEST_EXCERPT = 90
LONGEST_SEGMENT = 2_000
LONGEST_TITLE = 120

ICONS: Mapping[Severity, str] = {Severity.CRITICAL: "▲", Severity.MAJOR: "◆", Severity.MINOR: "●"}
ZONES = frozenset({"headline", "dateline", "caption", "body"})
FIELD_ORDER: Sequence[FieldName] = ("title", "text", "segments")
LANGUAGE_TAG = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
WEB_ADDRESS = re.compile(r"https?://[^\s\x00-\x20\x7f]+", re.IGNORECASE)
# What a reader of the page would not see, or what would turn the line round: shown by its code. LRM, RLM and the joiners stay as
# they are, because Arabic, Hebrew, Persian and Hindi are written with them.
UNSEEN = re.compile("[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]")


@dataclass(frozen=True)
class Related:
    """Another place that a finding is about."""

    surface: str
    where: str
    anchor: str | None  # None when the page does not show the place


@dataclass(frozen=True)
class Card:
    """A finding as it is told beside its place."""

    number: int
    finding: Finding
    before: str  # the words around a place that is nothing but blanks and punctuation, which alone would not be understood
    after: str
    where: str
    anchor: str | None
    related: tuple[Related, ...]
    more_related: int


@dataclass(frozen=True)
class Row:
    """A line of the article and the cards of the findings that begin in it."""

    number: int
    line: MarkedLine
    zone: str
    cards: tuple[Card, ...]


@dataclass(frozen=True)
class FieldRows:
    """The lines of one field of the article."""

    field: Field
    rows: tuple[Row, ...]
    is_cut: bool


@dataclass(frozen=True)
class ChartLine:
    """A line of the article with its similarities, both in [0, 1] for drawing; None where there is nothing to draw."""

    number: int | None  # of the row it stands in
    segment: SegmentReport
    bar: float | None
    dot: float | None


@dataclass(frozen=True)
class Entry:
    """An article in the index."""

    article: str
    title: str
    page: str
    lang: str
    source_lang: str | None
    words: int
    score: float
    verdict: str  # "" when the run had no gate
    severities: Mapping[Severity, int]
    per_1000_words: float
    rules: tuple[tuple[str, int], ...]


def article_page(report: Report, *, explanations: Mapping[str, str] | None = None) -> str:
    """Return the page of one article. `explanations` has the manual pages of the rules, by rule name."""
    findings = _shown_findings(report)
    fields, unplaced = _layout(report, findings)
    page = _environment().get_template("article.html.j2")
    return page.render(
        linked=True,
        report=report,
        title=_title(report),
        fields=fields,
        unplaced=unplaced,
        left_out=len(report.findings) - len(findings),
        over_limit=limits.told(report),
        severities={number: finding.severity for number, finding in enumerate(findings, 1)},
        names={number: finding.rule for number, finding in enumerate(findings, 1)},
        rules=_rules(report, explanations or {}),
        chart=_chart(report, fields),
        aligned=_side_by_side(report),
        points=_points(report),
    )


def article_fragment(report: Report) -> str:
    """Return what a notebook shows of a report: the marked article alone, with styles that hold for nothing else, and without ids."""
    shown = _beginning(report, NOTEBOOK_TEXT)
    findings = _shown_findings(shown, NOTEBOOK_FINDINGS)
    fields, unplaced = _layout(shown, findings)
    fragment = _environment().get_template("notebook.html.j2")
    return fragment.render(
        linked=False,
        notebook_style=_markup(_text_of("notebook.css")),
        most_shown=NOTEBOOK_TEXT if shown is not report else None,
        report=report,
        title=_title(report),
        fields=fields,
        unplaced=unplaced,
        left_out=len(report.findings) - len(findings),
        severities={number: finding.severity for number, finding in enumerate(findings, 1)},
        names={number: finding.rule for number, finding in enumerate(findings, 1)},
        points=_points(report),
    )


def _beginning(report: Report, most: int) -> Report:
    """The report with so many characters of the body as `most`, or with the segments that fit; itself where all is within."""
    article = report.article
    if len(article.text or "") <= most and sum(map(len, article.segments or ())) <= most:
        return report
    if article.segments is None:
        return replace(report, article=replace(article, text=(article.text or "")[:most]))
    lengths = accumulate(map(len, article.segments))
    fitting = sum(1 for length in lengths if length <= most)
    return replace(report, article=replace(article, segments=article.segments[: max(1, fitting)]))


def finding_fragment(finding: Finding) -> str:
    """Return what a notebook shows of a finding alone."""
    fragment = _environment().get_template("finding.html.j2")
    return fragment.render(notebook_style=_markup(_text_of("notebook.css")), finding=finding)


@dataclass(frozen=True)
class Across:
    """A finding of a feed rule, as the index tells it."""

    article: str
    title: str
    page: str
    finding: Finding
    before: str  # the words around the place
    after: str


class IndexPage:
    """Collects what the index shows: all articles up to a limit, then the worst ones."""

    def __init__(self, *, limit: int = MOST_ARTICLES) -> None:
        self._limit = limit
        self._entries: list[Entry] = []
        self._across: list[Across] = []

    def add(self, report: Report, page: str) -> None:
        """Remember an article whose page is at `page`, relative to the index."""
        self._entries.append(_entry(report, page))
        if len(self._entries) >= 1.2 * self._limit:  # sorting now and then is cheaper than a heap, and as small
            self._keep_worst()

    def add_across(self, report: FeedReport, page: str) -> None:
        """Remember what feed rules found in an article, as far as the page has room for it."""
        places = Places(report.article)
        for finding in report.findings[: MOST_ACROSS - len(self._across)]:
            line, start, end = places.line_around(finding)
            before, after = line[max(0, start - AROUND) : start], line[end : end + AROUND]
            self._across.append(Across(clip(report.article.id, LONGEST_TITLE), _title(report), page, finding, before, after))

    def render(self, summary: Summary) -> str:
        """Return the page."""
        self._keep_worst()
        script = _text_of("index.js")
        page = _environment().get_template("index.html.j2")
        return page.render(
            summary=summary,
            entries=self._entries,
            across=self._across,
            gated=not self._entries or any(entry.verdict for entry in self._entries),
            languages=sorted({entry.lang for entry in self._entries}),
            rules=sorted({rule for entry in self._entries for rule, _ in entry.rules}),
            script=_markup(script),
            script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
            most_rule_bars=MOST_RULE_BARS,
        )

    def _keep_worst(self) -> None:
        self._entries.sort(key=lambda entry: (entry.score, entry.article, entry.page))
        del self._entries[self._limit :]


def _layout(report: Report, findings: Sequence[Finding]) -> tuple[list[FieldRows], list[Card]]:
    """Return the article's fields with cards beside their lines, and the cards whose place the page does not show."""
    spans: dict[Field, list[Span]] = defaultdict(list)
    for field, span in _spans(findings):
        spans[field].append(span)
    marked = {field: _marked(report, field, spans[field]) for field in _fields(report)}
    anchors = {span.anchor for lines in marked.values() for line in lines for span in line.begins}
    places = Places(report.article)
    cards = {number: _card(number, finding, places, anchors) for number, finding in enumerate(findings, 1)}
    fields = list(_field_rows(report, marked, cards))
    unplaced = [card for card in cards.values() if card.anchor is None]
    return fields, unplaced


def _shown_findings(report: Report, most: int | None = None) -> list[Finding]:
    """Return the findings in the order of the text; when there are too many for a page, the worst of them."""
    worst = sorted(report.findings, key=lambda finding: -finding.severity.rank)[: MOST_FINDINGS if most is None else most]
    return sorted(worst, key=lambda f: (FIELD_ORDER.index(f.field), f.segment or 0, f.start, -f.end, f.rule))


def _spans(findings: Iterable[Finding]) -> Iterator[tuple[Field, Span]]:
    for number, finding in enumerate(findings, 1):
        yield (finding.field, finding.segment), Span(finding.start, finding.end, number)
        for index, place in enumerate(finding.related[:MOST_RELATED], 1):
            yield (place.field, place.segment), Span(place.start, place.end, number, index)


def _fields(report: Report) -> list[Field]:
    article = report.article
    title: list[Field] = [("title", None)] if article.title else []
    text: list[Field] = [("text", None)] if article.text is not None else []
    return title + text + [("segments", index) for index in range(len(article.segments or ()))]


def _marked(report: Report, field: Field, spans: Iterable[Span]) -> list[MarkedLine]:
    text = field_text(report.article, field)[:MOST_TEXT]
    return marked_lines(text, [span for span in spans if 0 <= span.start <= span.end <= len(text)])


def _field_rows(report: Report, marked: Mapping[Field, list[MarkedLine]], cards: Mapping[int, Card]) -> Iterator[FieldRows]:
    number = 0
    for field, lines in marked.items():
        zones = _Zones(report, field)
        rows = []
        for line in lines:
            number += 1
            own = tuple(cards[span.number] for span in line.begins if span.related is None)
            rows.append(Row(number, line, zones.zone(line), own))
        yield FieldRows(field, tuple(rows), len(field_text(report.article, field)) > MOST_TEXT)


class _Zones:
    """Tells headline, caption and body lines of a field apart, as the report's segments have them."""

    def __init__(self, report: Report, field: Field) -> None:
        self._default = "headline" if field[0] == "title" else "body"
        self._segments = sorted((s for s in report.segments if (s.field, s.segment) == field), key=lambda s: s.start)
        self._starts = [segment.start for segment in self._segments]

    def zone(self, line: MarkedLine) -> str:
        first = max(0, bisect_right(self._starts, line.start) - 1)
        overlap: Counter[str] = Counter()
        for segment in map(self._segments.__getitem__, range(first, len(self._segments))):  # a slice would copy all that follows
            if segment.start >= line.end:
                break
            overlap[segment.zone] += max(0, min(segment.end, line.end) - max(segment.start, line.start))
        zone = max(overlap, key=lambda name: overlap[name], default=self._default)
        return zone if zone in ZONES else "body"


def _card(number: int, finding: Finding, places: Places, anchors: set[str]) -> Card:
    related = tuple(
        Related(place.surface, places.where(place), _known(f"f{number}r{index}", anchors))
        for index, place in enumerate(finding.related[:MOST_RELATED], 1)
    )
    before, after = _words_around(finding, places)
    return Card(
        number=number,
        finding=finding,
        before=before,
        after=after,
        where=places.where(finding),
        anchor=_known(f"f{number}", anchors),
        related=related,
        more_related=max(0, len(finding.related) - MOST_RELATED),
    )


def _words_around(finding: Finding, places: Places) -> tuple[str, str]:
    """Return the rest of the word before and after a place without letters and digits, else nothing."""
    if any(character.isalnum() for character in finding.surface):
        return "", ""
    line, start, end = places.line_around(finding)
    before = re.search(r"\S{0,20}$", line[max(0, start - 20) : start])
    after = re.match(r"\S{0,10}", line[end : end + 10])
    return before.group() if before else "", after.group() if after else ""


def _known(anchor: str, anchors: set[str]) -> str | None:
    return anchor if anchor in anchors else None


def _rules(report: Report, explanations: Mapping[str, str]) -> list[tuple[str, str, int, list[Markup]]]:
    """Return name, MQM category, number of findings and explanation of the rules that found something."""
    counts = Counter(finding.rule for finding in report.findings)
    mqm = {finding.rule: finding.mqm for finding in report.findings}
    return [(rule, mqm[rule], counts[rule], _paragraphs(explanations.get(rule, ""))) for rule in sorted(counts)]


def _paragraphs(manual: str) -> list[Markup]:
    """Return the paragraphs of a manual page, with its *emphasis* and `names`."""
    from markupsafe import escape

    paragraphs = [" ".join(paragraph.split()) for paragraph in re.split(r"\n\s*\n", manual) if paragraph.strip()]
    emphasised = (re.sub(r"\*([^*]+)\*", r"<em>\1</em>", str(escape(paragraph))) for paragraph in paragraphs)
    return [_markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", paragraph)) for paragraph in emphasised]


def _points(report: Report) -> list[tuple[Severity, int, float | None]]:
    """Return severity, count and weight, the worst severity first."""
    penalty = report.penalty
    counts = {Severity.CRITICAL: penalty.critical, Severity.MAJOR: penalty.major, Severity.MINOR: penalty.minor}
    return [(severity, count, penalty.weights.get(severity)) for severity, count in counts.items()]


def _chart(report: Report, fields: Sequence[FieldRows]) -> list[ChartLine]:
    """Return the lines of the article on which a similarity was measured."""
    starts = {rows.field: ([row.line.start for row in rows.rows], rows.rows) for rows in fields}
    measured = [segment for segment in report.segments if segment.headline_similarity is not None or segment.repeats is not None]
    return [
        ChartLine(_row_number(segment, starts), segment, _drawn(segment.headline_similarity), _drawn(segment.repeats))
        for segment in measured[:MOST_MEASURED_LINES]
    ]


def _side_by_side(report: Report) -> list[SegmentReport]:
    """Return the lines to show beside the source: all, also those that the source does not have; none without a source."""
    has_source = any(segment.source is not None for segment in report.segments)
    return [segment for segment in report.segments if segment.text.strip() or segment.source] if has_source else []


def _row_number(segment: SegmentReport, starts: Mapping[Field, tuple[list[int], tuple[Row, ...]]]) -> int | None:
    line_starts, rows = starts.get((segment.field, segment.segment), ([], ()))
    index = bisect_right(line_starts, segment.start) - 1
    return rows[max(0, index)].number if rows else None


def _drawn(similarity: float | None) -> float | None:
    """Return a cosine as a length: below 0 there is nothing to draw."""
    return None if similarity is None else min(1.0, max(0.0, similarity))


def _entry(report: Report, page: str) -> Entry:
    penalty = report.penalty
    rules = Counter(finding.rule for finding in report.findings)
    for left in report.left_out:
        rules[left.rule] += left.count
    return Entry(
        article=clip(report.article.id, LONGEST_TITLE),
        title=_title(report),
        page=page,
        lang=visible(clip(report.lang, LONGEST_TITLE)),
        source_lang=report.source_lang and visible(report.source_lang),
        words=report.words,
        score=report.score,
        verdict=report.verdict if report.gated else "",
        severities={Severity.CRITICAL: penalty.critical, Severity.MAJOR: penalty.major, Severity.MINOR: penalty.minor},
        per_1000_words=penalty.per_1000_words,
        rules=tuple(sorted(rules.items(), key=lambda rule: (-rule[1], rule[0]))),
    )


def _title(report: Report) -> str:
    """Return the article's title, or the first line that says something."""
    article = report.article
    body = article.text if article.text is not None else "\n".join((article.segments or ())[:5])
    for text in (article.title or "", body[:10_000]):
        for line in text.splitlines():
            if line.strip():
                return clip(" ".join(line.split()), LONGEST_TITLE)
    return clip(article.id, LONGEST_TITLE)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("tqcheck.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals.update(
        style=_markup(_text_of("style.css")),
        icons=ICONS,
        longest_excerpt=LONGEST_EXCERPT,
        most_text=MOST_TEXT,
        most_aligned=MOST_ALIGNED,
        most_chart_lines=MOST_CHART_LINES,
        longest_segment=LONGEST_SEGMENT,
        longest_message=LONGEST_MESSAGE,
    )
    environment.filters.update(
        shown=_shown, visible=visible, clip=clip, language=_language, web_address=_web_address, worst=_worst, labels=_labels, cells=_cells
    )
    return environment


def _text_of(name: str) -> str:
    return (files("tqcheck.report") / "templates" / name).read_text(encoding="utf-8").strip()


def _markup(text: str) -> Markup:
    from markupsafe import Markup

    return Markup(text)  # noqa: S704 - only for our own files, and for text that has been escaped


def _shown(text: str) -> Markup:
    """Return `text` escaped, with what cannot be seen wrapped in a mark that shows its code; the text itself stays whole."""
    from markupsafe import escape

    html = str(escape(text)).replace("\r", "&#13;")  # a bare CR would be read as a line feed
    return _markup(UNSEEN.sub(lambda match: f'<span class="unseen" data-code="U+{ord(match.group()):04X}">{match.group()}</span>', html))


def _language(tag: str | None) -> str:
    """Return a language tag fit for a `lang` attribute; "und" for what is none."""
    return tag if tag and LANGUAGE_TAG.fullmatch(tag) else "und"


def _web_address(url: str | None) -> str | None:
    """Return `url` when it is an http(s) address, the only kind that becomes a link."""
    return url if url and WEB_ADDRESS.fullmatch(url) else None


def _worst(piece: Piece, severities: Mapping[int, Severity]) -> str:
    """Return the class of a marked piece: the worst severity of the findings on it, or "related" when there are only those."""
    own = [severities[span.number] for span in piece.spans if span.related is None]
    return str(max(own, key=lambda severity: severity.rank)) if own else "related"


def _labels(piece: Piece, cards: Mapping[int, str]) -> str:
    """Return what hovering over a piece says: the findings on it."""
    names = [f"{'see ' if span.related else ''}{span.number} {cards[span.number]}" for span in piece.spans]
    return " · ".join(names[:8]) + (" · …" if len(names) > 8 else "")


def _cells(text: str, room: int) -> str:
    """Return as much of `text` as fits into `room` columns of a chart, in which East Asian characters take two."""
    for index, character in enumerate(text):
        room -= 2 if east_asian_width(character) in "WF" else 1
        if room < 0:
            return text[:index].rstrip() + "…"
    return text
