"""What is measured on an article beside its findings: how alike headline, body, source and the lines among themselves are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tqcheck.annotate import AnnotatedArticle, Line, Zone
from tqcheck.article import SegmentReport, Similarities
from tqcheck.embed import DECIMALS, cosine

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_LINES = 400  # of an article that are measured and compared each with each; what comes after them has no similarities


def similarities(article: AnnotatedArticle) -> tuple[Similarities, tuple[SegmentReport, ...]]:
    """The three similarities of the article, and what was measured on each line. Without vectors all are None."""
    if article.vectors is None or not article.lines:
        return Similarities(), tuple(_segment(article, line) for line in article.lines)
    measured_lines = article.lines[:MAX_LINES]
    lines = article.vectors.of([line.text for line in measured_lines])
    repeats = _highest_to_others(lines)
    sources = _aligned_sources(article)
    reports = []
    for index, line in enumerate(measured_lines):
        source = sources[index]
        reports.append(
            _segment(
                article,
                line,
                similarity=article.similarity(line.text, source) if source else None,
                headline=cosine(lines[index], lines[0]) if article.headline and index else None,
                repeats=repeats[index],
            )
        )
    reports += [_segment(article, line) for line in article.lines[MAX_LINES:]]
    measured = Similarities(
        headline_body=_headline_body(article, lines),
        source_target=_source_target(article, lines, [report.similarity for report in reports[: len(lines)]]),
        redundancy=max((value for value in repeats if value is not None), default=None),
    )
    return measured, tuple(reports)


def _segment(
    article: AnnotatedArticle,
    line: Line,
    *,
    similarity: float | None = None,
    headline: float | None = None,
    repeats: float | None = None,
) -> SegmentReport:
    place = article.place(line.start, line.end)
    source = _source_of(article, line)
    return SegmentReport(
        place.field, place.segment, place.start, place.end, str(line.zone), line.text, source, similarity, None, headline, repeats
    )


def _source_of(article: AnnotatedArticle, line: Line) -> str | None:
    """The source that is given for a line: its parallel segment, or the source's title for the title."""
    if line.field == "title":
        return article.article.source_title
    sources = article.article.source_segments
    return sources[line.segment] if sources and line.segment is not None else None


def _aligned_sources(article: AnnotatedArticle) -> list[str | None]:
    return [_source_of(article, line) for line in article.lines]


def _highest_to_others(lines: NDArray[np.float32]) -> list[float | None]:
    if len(lines) < 2:
        return [None] * len(lines)
    import numpy as np

    table = lines @ lines.T
    np.fill_diagonal(table, -1.0)
    return [round(float(value), DECIMALS) for value in table.max(axis=1)]


def _headline_body(article: AnnotatedArticle, lines: NDArray[np.float32]) -> float | None:
    body = [index for index, line in enumerate(article.lines[:MAX_LINES]) if line.zone is Zone.BODY]
    if article.headline is None or not body:
        return None
    return _cosine_of_means(lines[:1], lines[body])


def _source_target(article: AnnotatedArticle, lines: NDArray[np.float32], aligned: list[float | None]) -> float | None:
    """The mean over aligned segments; of unaligned texts, the cosine of their mean vectors."""
    body = [value for value, line in zip(aligned, article.lines[:MAX_LINES], strict=True) if value is not None and line.field != "title"]
    if body:
        return round(sum(body) / len(body), DECIMALS)
    source = article.article.source_text
    if article.vectors is None or not source or not source.strip():
        return None
    paragraphs = [line for line in source.split("\n") if line.strip()][:MAX_LINES]
    own = [index for index, line in enumerate(article.lines[:MAX_LINES]) if line.field != "title"]
    return _cosine_of_means(lines[own], article.vectors.of(paragraphs)) if own else None


def _cosine_of_means(one: NDArray[np.float32], other: NDArray[np.float32]) -> float | None:
    import numpy as np

    first, second = one.mean(axis=0), other.mean(axis=0)
    norm = float(np.linalg.norm(first) * np.linalg.norm(second))
    return round(float(first @ second) / norm, DECIMALS) + 0.0 if norm else None
