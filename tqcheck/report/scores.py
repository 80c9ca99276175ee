"""The output of `tqcheck score`: a table for people; JSON, JSON Lines and CSV for programs.

JSON Lines has a line for each segment, in the order of the input, and behind an article's segments one for the article. A feed of
sentence pairs has one line a pair and nothing else; a feed with articles ends with a line for each language pair. `level` tells them apart.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol, cast

from tqcheck.report.jsonformat import dumps
from tqcheck.report.stream import Out, Writes, utf8
from tqcheck.report.table import harmless
from tqcheck.report.visible import clip, visible
from tqcheck.scoring import NAMES, ArticleScores, CorpusScores, SegmentScores, Total

FORMATS = ("text", "json", "jsonl", "csv")
LABELS = {"similarity": "similar", "reference_similarity": "ref.sim", "bleu": "BLEU", "chrf": "chrF", "chrf++": "chrF++", "ter": "TER"}
LEAST = 5  # segments that are named as the least adequate
PLACE_WIDTH = 24
CELL_WIDTH = 11
LONGEST_TEXT = 60
LEAST_ROOM = 12  # columns of the screen for a segment's text; it is left out where there are fewer
PLAIN_WIDTH = 160  # columns when no terminal says otherwise


class ScoreWriter(Protocol):
    """Anything that writes scores."""

    def add(self, article: ArticleScores) -> None:
        """Write an article's scores, now."""

    def close(self, corpora: Sequence[CorpusScores], signature: str) -> None:
        """Write the scores of the whole input, one for each language pair."""


def score_writer(format: str, out: Out) -> ScoreWriter:  # noqa: A002 - as the option is called
    """Return a writer of one of FORMATS."""
    writers: Mapping[str, Callable[[Out], ScoreWriter]] = {"text": ScoreText, "json": ScoreJson, "jsonl": ScoreJsonl, "csv": ScoreCsv}
    return writers[format](out)


# -- for programs -------------------------------------------------------------------------------------------------------


class ScoreJsonl:
    """Writes a line for each segment, article and corpus."""

    def __init__(self, out: Out) -> None:
        self._out = utf8(out)
        self._has_articles = False

    def add(self, article: ArticleScores) -> None:
        """Write an article's segments and the article; of a pair of sentences one line."""
        self._has_articles = self._has_articles or not article.is_pair
        for row in _article_rows(article):
            self._out.write(dumps(row) + "\n")

    def close(self, corpora: Sequence[CorpusScores], signature: str) -> None:
        """Write the corpus, unless the input was a list of sentence pairs."""
        for corpus in corpora if self._has_articles else ():
            self._out.write(dumps(_corpus_row(corpus) | {"signatures": dict(corpus.signatures), "signature": signature}) + "\n")


class ScoreJson:
    """Writes one object: the articles with their segments, then the corpora and the signature."""

    def __init__(self, out: Out) -> None:
        self._out = utf8(out)
        self._before = '{"articles": ['

    def add(self, article: ArticleScores) -> None:
        """Write one article, with its segments inside."""
        *segments, row = _article_rows(article)
        if not article.is_pair:
            known = ("id", "lang", "source_lang", "level")
            row["segments"] = [{key: value for key, value in segment.items() if key not in known} for segment in segments]
        self._out.write(f"{self._before}\n{dumps(row)}")
        self._before = ","

    def close(self, corpora: Sequence[CorpusScores], signature: str) -> None:
        """End the object."""
        rows = [_corpus_row(corpus) | {"signatures": dict(corpus.signatures)} for corpus in corpora]
        begun = self._before if self._before != "," else "\n"
        self._out.write(f'{begun}],\n"corpus": {dumps(rows)},\n"signature": {dumps(signature)}}}\n')


class ScoreCsv:
    """Writes a row for each segment, article and corpus, all with the same columns."""

    COLUMNS = (
        *("level", "id", "lang", "source_lang", "field", "segment", "start", "end", "segments"),
        *(column for name in NAMES for column in (name, f"{name}_low", f"{name}_high")),
        *("reasons", "signature"),
    )

    def __init__(self, out: Out) -> None:
        self._csv = csv.writer(utf8(out), lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
        self._csv.writerow(self.COLUMNS)

    def add(self, article: ArticleScores) -> None:
        """Write the rows of one article."""
        for row in _article_rows(article):
            self._write(row | {"reasons": "; ".join(row.get("reasons", ()))})

    def close(self, corpora: Sequence[CorpusScores], signature: str) -> None:
        """Write a row for each language pair."""
        for corpus in corpora:
            own = "; ".join(f"{name} {text}" for name, text in corpus.signatures.items())
            self._write(_corpus_row(corpus) | {"signature": f"{own}; {signature}" if own else signature})

    def _write(self, row: Mapping[str, Any]) -> None:
        self._csv.writerow([harmless(row.get(column)) for column in self.COLUMNS])


Row = dict[str, Any]
ALWAYS: Mapping[str, None] = {"adequacy": None, "similarity": None}  # null without a source or a model; all else is left out


def _article_rows(article: ArticleScores) -> Iterator[Row]:
    """The rows of the segments, and behind them that of the article; of a pair of sentences the one row that it is."""
    head = {"id": article.id, "lang": article.lang, "source_lang": article.source_lang}
    for segment in article.segments:
        row = _segment_row(segment)
        if article.is_pair:
            yield {**head, "level": "segment", **row}
            return
        place = {"field": segment.field, "segment": segment.segment, "start": segment.start, "end": segment.end}
        yield {**head, "level": "segment", **place, "text": segment.text, "source": segment.source, **row}
    yield {**head, "level": "article", "segments": article.total.segments, **_total_row(article.total)}


def _segment_row(segment: SegmentScores) -> Row:
    row: Row = dict(ALWAYS)
    for name, score in segment.scores.items():
        row[name] = score
    if "adequacy" in segment.scores:
        row |= {"adequacy_low": segment.low, "adequacy_high": segment.high}
    return row | ({"reasons": list(segment.reasons)} if "adequacy" in segment.scores else {})


def _total_row(total: Total) -> Row:
    row: Row = dict(ALWAYS)
    for name, score in total.scores.items():
        row[name] = score
        if name in total.intervals:
            low, high = total.intervals[name]
            row |= {f"{name}_low": round(low, 6), f"{name}_high": round(high, 6)}
    return row


def _corpus_row(corpus: CorpusScores) -> Row:
    head = {"id": None, "lang": corpus.lang, "source_lang": corpus.source_lang, "level": "corpus", "articles": corpus.articles}
    return {**head, "segments": corpus.total.segments, **_total_row(corpus.total)}


# -- for people ---------------------------------------------------------------------------------------------------------


class ScoreText:
    """Writes a table: the segments of each article and the article below them, at the end the corpus and the least adequate segments."""

    def __init__(self, out: Out) -> None:
        self._out = cast("Writes", out)
        self._encoding = getattr(out, "encoding", None) or "utf-8"
        is_terminal = getattr(out, "isatty", lambda: False)()
        self._width = shutil.get_terminal_size((PLAIN_WIDTH, 24)).columns if is_terminal else PLAIN_WIDTH
        self._names: tuple[str, ...] = ()
        self._was_pair = False
        self._shown = 0  # segments so far
        self._has_articles = False
        self._least: list[tuple[float, int, str, SegmentScores]] = []

    def add(self, article: ArticleScores) -> None:
        """Write the block of an article, or the line of a pair."""
        names = _names(article)
        is_next_pair = article.is_pair and self._was_pair
        if not is_next_pair and self._shown:
            self._line("")
        if not article.is_pair:
            self._line(f"{article.id}  {_languages(article.lang, article.source_lang)}, {_number(article.total.segments, 'segment')}")
        if not is_next_pair or names != self._names:
            self._heading(names)
        self._names, self._was_pair = names, article.is_pair
        self._has_articles = self._has_articles or not article.is_pair
        for segment in article.segments:
            place = article.id if article.is_pair else _place(segment)
            self._scores(place, segment.scores, segment)
            self._remember(article, segment)
        if not article.is_pair:
            self._total(article.total)

    def close(self, corpora: Sequence[CorpusScores], signature: str) -> None:
        """Write the corpus, what made its scores, and the segments that need a look first."""
        for corpus in corpora:
            self._line("")
            articles = f"{_number(corpus.articles, 'article')}, " if self._has_articles else ""
            counted = f"{articles}{_number(corpus.total.segments, 'segment')}"
            self._line(f"All {_languages(corpus.lang, corpus.source_lang)}: {counted}")
            self._names = tuple(name for name in NAMES if name in corpus.total.scores)
            self._heading(self._names)
            self._total(corpus.total)
            for name, text in corpus.signatures.items():
                self._line(f"  {_label(name):8}{text}")
        self._line(f"  tqcheck {signature}")
        self._lowest()

    def _remember(self, article: ArticleScores, segment: SegmentScores) -> None:
        self._shown += 1
        adequacy = segment.scores.get("adequacy")
        if adequacy is not None:
            place = article.id if article.is_pair else f"{article.id} {_place(segment)}"
            self._least.append((adequacy, self._shown, place, segment))
            if len(self._least) > 2 * LEAST:
                self._least = sorted(self._least, key=lambda least: least[:2])[:LEAST]

    def _lowest(self) -> None:
        least = sorted(self._least, key=lambda least: least[:2])[:LEAST]
        if self._shown <= LEAST or not least:
            return
        self._line("")
        self._line("Least adequate:")
        for adequacy, _, place, segment in least:
            reasons = f"  {'; '.join(segment.reasons)}" if segment.reasons else ""
            self._line(f"  {adequacy:.2f}  {place}{reasons}")
            self._line(f"        source       {_excerpt(segment.source or '')}")
            self._line(f"        translation  {_excerpt(segment.text) or '(nothing)'}")

    def _heading(self, names: Sequence[str]) -> None:
        self._line(f"{'':{PLACE_WIDTH}}" + "".join(f"{_label(name):>{_width(name)}}" for name in names))

    def _scores(self, place: str, scores: Mapping[str, float | None], segment: SegmentScores) -> None:
        cells = []
        for name in self._names:
            cell = _shown(name, scores.get(name))
            if name == "adequacy" and segment.low is not None and segment.high is not None:
                cell += f" ({segment.low:.2f}–{segment.high:.2f})"
            cells.append(f"{cell:>{_width(name)}}")
        line = f"  {_fitted(place, PLACE_WIDTH - 2)}{''.join(cells)}"
        room = min(self._width - len(line) - 2, LONGEST_TEXT)
        self._line(f"{line}  {_head(_excerpt(segment.text), room)}" if room >= LEAST_ROOM else line)

    def _total(self, total: Total) -> None:
        cells = "".join(f"{_shown(name, total.scores.get(name)):>{_width(name)}}" for name in self._names)
        self._line(f"  {'all':{PLACE_WIDTH - 2}}{cells}")
        if total.intervals:
            ranges = (total.intervals.get(name) for name in self._names)
            shown = (f"{_shown(name, r.low)}–{_shown(name, r.high)}" if r else "" for name, r in zip(self._names, ranges, strict=True))
            cells = "".join(f"{cell:>{_width(name)}}" for name, cell in zip(self._names, shown, strict=True))
            self._line(f"  {'95 % between':{PLACE_WIDTH - 2}}{cells}")

    def _line(self, text: str) -> None:
        shown = visible(text).rstrip()
        self._out.write(shown.encode(self._encoding, "backslashreplace").decode(self._encoding) + "\n")


def _names(article: ArticleScores) -> tuple[str, ...]:
    return tuple(name for name in NAMES if name in article.total.scores)


def _label(name: str) -> str:
    return LABELS.get(name, name)


def _width(name: str) -> int:
    return {"adequacy": 18, "ter": CELL_WIDTH + 2}.get(name, CELL_WIDTH)


def _shown(name: str, score: float | None) -> str:
    if score is None:
        return "–"
    return f"{score:.2f}" if name in ("adequacy", "similarity", "reference_similarity") else f"{score:.1f}"


def _place(segment: SegmentScores) -> str:
    if segment.field == "title":
        return "title"
    return f"segment {segment.segment}" if segment.segment is not None else f"text {segment.start}"


def _languages(lang: str, source_lang: str | None) -> str:
    return lang if source_lang is None else f"{lang} from {source_lang}"


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _excerpt(text: str) -> str:
    return visible(clip(" ".join(text.split()), LONGEST_TEXT))


def _fitted(text: str, width: int) -> str:
    """Text in so many columns of a terminal: filled up with blanks, or its end (which tells ids apart) behind an ellipsis."""
    text = visible(text)
    if _cells(text) >= width:
        text = _head(text[::-1], width - 1)[::-1]
    return text + " " * (width - _cells(text))


def _head(text: str, room: int) -> str:
    """As much of a text as fits into so many columns."""
    whole, text = text, text[:room]
    while _cells(text) > room:
        text = text[:-1]
    return text if text == whole else f"{text[:-1]}…"


def _cells(text: str) -> int:
    from rich.cells import cell_len

    return cell_len(text)
