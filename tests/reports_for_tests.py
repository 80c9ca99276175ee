"""Reports made by hand, for the tests of tqcheck.report."""

from __future__ import annotations

from tqcheck.article import Article, Finding, Penalty, Place, Problem, Report, SegmentReport, Severity, Similarities

WEIGHTS = {"minor": 1.0, "major": 5.0, "critical": 25.0}

# What an article may hold to harm whoever reads its report.
HOSTILE = (
    "</mark></style><script>alert(1)</script>",
    "<!--<script>",
    "]]>",
    "{{7*7}}{% raw %}",
    '=cmd|"/c calc"!A1',
    "\n::error file=a,line=1::forged",
    "   ::add-mask::x",
    "##[command]forged",
    "##vso[task.setvariable]forged",
    "\x1b[31mred\x1b]0;title\x07\x9b2J",
    "\u202eltr\u202c \u2066x\u2069",
    "a\u2028b\u2029c\x85d",
    "tags \U000e0041\U000e007f",
    "[link](javascript:alert(1)) ![img](//evil.example/x.png)",
    "https://evil.example/ www.evil.example @team #1",
    "| cell | `code` **bold** ~~no~~",
    "' onmouseover='alert(1)' \" onfocus=\"alert(1)",
    "a\r\nb\rc\td\x0be",
    "x" * 10_000,
    "\u202e\ufeff\u200d\u200b",
)


def place(article: Article, start: int, end: int, *, field="text", segment=None) -> Place:
    return Place(field, segment, start, end, _text(article, field, segment)[start:end])


def a_finding(
    article: Article,
    start: int,
    end: int,
    *,
    rule="name-variant",
    severity=Severity.MINOR,
    field="text",
    segment=None,
    message="“Kiev” here, “Kyiv” elsewhere.",
    suggestion=None,
    similarity=None,
    confidence=0.9,
    related=(),
) -> Finding:
    return Finding(
        article=article.id,
        rule=rule,
        severity=Severity(severity),
        mqm="style/inconsistent-style",
        field=field,
        segment=segment,
        start=start,
        end=end,
        surface=_text(article, field, segment)[start:end],
        message=message,
        suggestion=suggestion,
        similarity=similarity,
        confidence=confidence,
        related=tuple(related),
    )


def a_report(
    article: Article | None = None,
    findings: tuple[Finding, ...] | None = None,
    *,
    score=None,
    lang="en",
    segments: tuple[SegmentReport, ...] = (),
    similarity: Similarities | None = None,
    rules_not_run=(),
    problems: tuple[Problem, ...] = (),
    words=8,
) -> Report:
    article = article or an_article()
    if findings is None:
        findings = (a_finding(article, 19, 23, suggestion="Kyiv", related=[place(article, 0, 4)]),)
    counts = {severity: sum(finding.severity == severity for finding in findings) for severity in Severity}
    per_1000 = sum(count * WEIGHTS[severity] for severity, count in counts.items()) * 1000 / words
    score = round(100 / (1 + per_1000 / 100), 1) if score is None else score
    return Report(
        article=article,
        lang=lang,
        source_lang=article.source_lang,
        words=words,
        score=score,
        verdict="fail" if score < 80 else "pass",
        penalty=Penalty(counts[Severity.MINOR], counts[Severity.MAJOR], counts[Severity.CRITICAL], round(per_1000, 1), WEIGHTS),
        similarity=similarity or Similarities(),
        findings=tuple(findings),
        segments=segments,
        signature="rules:2.abc|version:0.1.0",
        rules_not_run=rules_not_run,
        problems=problems,
    )


def an_article(**values) -> Article:
    return Article(**{"id": "a1", "text": "Kyiv held out, but Kiev was shelled.\n\nIt said so.", "origin": "feed.jsonl:1"} | values)


def a_hostile_report(text: str) -> Report:
    """Return a report with `text` in every place that an article or a rule fills."""
    article = Article(
        id=text,
        title=text,
        text=text,
        lang=text,
        source_lang=text,
        url=text,
        published=text,
        system=text,
        extra={text: text},
        origin=text,
    )
    end = len(text)
    finding = a_finding(
        article, 0, end, rule="name-variant", message=text, suggestion=text, related=[place(article, 0, end, field="title")]
    )
    segment = SegmentReport("text", None, 0, end, "body", text, text, 0.5, 0.5, 0.5, 0.5)
    return a_report(
        article, (finding,), lang=text, segments=(segment,), rules_not_run=(text,), problems=(Problem(text, text, "name-variant"),)
    )


def _text(article: Article, field: str, segment: int | None) -> str:
    if field == "segments":
        return (article.segments or ())[segment or 0]
    return (article.title if field == "title" else article.text) or ""
