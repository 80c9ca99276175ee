"""How CPU time grows with the length of a text that is one thing over and over: the slope of log time over log length.

    python benchmarks/growth.py [RULE ...] [--side alone|target|source|both] [--model none|bundled] [--pumps WORD] [--lang TAG]
                                [--from LETTERS] [--to LETTERS] [--limit SLOPE] [--times N] [--floor SECONDS]

A slope of 1 is linear, 2 quadratic. The texts are pumps: one character, word, bracket, digit, quotation mark, address, long token ... over
and over, in lengths that grow by four. `alone` has no source; `target`, `source` and `both` say which of translation and source is the
pump, the other being ordinary text of the same length. What rules share (sentences, names, numbers, alignment ...) is worked out before,
and stands in a line of its own, `annotations`; `measures` are similarities and adequacy, `fix` is all of `tqcheck fix`, and a line for each
reader and each reporter says what becomes of the pump there. With RULEs only these, and `annotations`, are measured.

The slope is taken between the longest text that takes less than --floor seconds (which then counts as just these) and the longest of
all: shorter times are noise. A slope a little over the limit is measured again, and the least times count. A group's column shows its
steepest pump, or `.` where all stay under the floor. `over ordinary` is the most that a pump takes of what ordinary text of the same
length takes in all lines together. Ends with exit code 1 when a slope is over --limit, or a time over --times that of ordinary text.
"""

from __future__ import annotations

import argparse
import gc
import io
import itertools
import json
import math
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path

from tqcheck import metrics
from tqcheck.adequacy import Adequacy
from tqcheck.annotate import AnnotatedArticle
from tqcheck.article import Article
from tqcheck.config import Options
from tqcheck.embed import Vectors, load_vectors
from tqcheck.fix import Fixer
from tqcheck.pipeline import Checker
from tqcheck.read import read_bytes
from tqcheck.read.rows import Options as Reading
from tqcheck.report import FORMATS, Tally, stream_writer
from tqcheck.report.html import article_page
from tqcheck.rules import Rule, all_rules

PUMPS: Mapping[str, tuple[str, ...]] = {
    "character": ("a", "A", "aB", "ж", "aж", "ﬁ", "中", "あ", "한", "ع", "ก", "e\u0301", "\u0301", "👍🏽\u200d", "▁"),
    "word": (
        *("word ", "Word ", "KYIV ", "Kyiv Kiev ", "слово ", "Слово ", "слоvо ", "He said so. ", "word, ", "the the ", "not ", "he she "),
        *("Smith, John, ", "Mr. Smith said ", "He said, according to him, who said ", "twenty-one ", "two hundred and three ", "the-"),
    ),
    "digits": ("1", "1 ", "1,", "1.", "1,000 ", "1.000,00 ", "12.5 % ", "1/2 ", "12:30 ", "1990–1995 ", "3 May 2023, ", "XIV ", "$5 ", "²"),
    "marks": (".", "...", "…", ".\n", ". ", ", ", "?!", "-", "— ", "_", "*", "#", "@@ ", ":", ";", "/", "|", "\\"),
    "quotes": ('"', "“", "”", "'", "“a” ", "„a“ ", "'a' ", "« a » ", "“a", "a' "),
    "brackets": (
        *("(", ")", "()", "(a) ", "(AB) ", "Red Cross (RC) ", "[[", "{{", "{{a}} ", "](a"),
        *("<", "<a ", "<b>a</b>", "&", "&amp;", "&#39;"),
    ),
    "addresses": ("http://", "http://a.b/c ", "www.", "a@b.c ", "a@", "@a ", "#a ", "a.b."),
    "tokens": (
        *(f"{'abcdefghij' * 50} ", f"{'Ab-' * 99} ", f"{'a.b/' * 99} ", f"{'1a2b' * 99}\n", f"{'слово' * 99} ", f"{'a_' * 99} "),
        *(f"{'A.B.' * 99} ", f"{'1.000.' * 99} "),
    ),
    "blanks": ("\n", " ", "\n\n", "\t", "\r\n", "\u00a0", "\u2003", "\u200b", "\u202e", "\u200f", "\ufeff", "\u2028", "\u00ad"),
    "mixtures": ("\n4", "½？١ж\n", "€\u2009「二", "{0} 万Die ", "иaа中文字 "),
    "bytes": ("Ã©", "â€œ", "Ð", "\ufffd", "ï¿½"),
    "lines": ("word word\n", "A line of it.\n\n", "Photo: Reuters\n", "Advertisement\n", "- a\n", "| a | b |\n", "a\n", "3 comments\n"),
}
SIDES = ("alone", "target", "source", "both")
TITLE = "The ship came home on Monday"
ENOUGH_SECONDS = 2.0  # a longer text than one that takes as long as this is not tried
REPEATS = 4  # of a measurement that is over the limit,
DOUBTFUL = 0.4  # but by no more than this: that may be noise
ANNOTATIONS = "annotations"
ORDINARY = Path(__file__).resolve().parent.parent / "corpora" / "sample-feed" / "feed.jsonl"
READERS = ("jsonl", "json", "csv", "tsv", "text", "markdown", "html", "rss", "xliff", "tmx", "po")


@dataclass
class Curve:
    """The least CPU seconds seen for each length."""

    seconds: dict[int, float] = field(default_factory=dict)

    def add(self, letters: int, seconds: float) -> None:
        """Keep a measurement if it is the least of its length."""
        self.seconds[letters] = min(seconds, self.seconds.get(letters, math.inf))

    def slope(self, floor: float) -> float | None:
        """Of log time over log length, from the longest text that stays under the floor to the longest; None when that is one text."""
        points = sorted((letters, max(seconds, floor)) for letters, seconds in self.seconds.items())
        under = [index for index, (_, seconds) in enumerate(points) if seconds <= floor]
        (first, least), (last, most) = points[under[-1] if under else 0], points[-1]
        return math.log(most / least) / math.log(last / first) if last > first else None

    def over(self, ordinary: Mapping[int, float], floor: float) -> float:
        """How many times the time of ordinary text of the same length it takes, where that is more than the floor."""
        return max((spent / ordinary[letters] for letters, spent in self.seconds.items() if spent > floor), default=0.0)


@dataclass(frozen=True)
class Subject:
    """A thing to measure: its name, and what it does with one of some articles."""

    name: str
    work: Callable[[Mapping[int, AnnotatedArticle], int], object]


@dataclass(frozen=True)
class Text:
    """Ordinary text of the same length, on both sides."""

    target: str
    source: str

    @classmethod
    def of_the_corpus(cls) -> Text:
        """Newspaper articles that are translated from German into English."""
        rows = [json.loads(row) for row in ORDINARY.read_text("utf-8").splitlines()]
        told = [row for row in rows if row["lang"] == "en" and row.get("source_segments")]
        return cls(*("\n\n".join(part for row in told for part in row[key]) for key in ("segments", "source_segments")))

    def cut(self, letters: int) -> tuple[str, str]:
        """As many letters of both, from the beginning again where there are not so many."""
        return (self.target * (letters // len(self.target) + 1))[:letters], (self.source * (letters // len(self.source) + 1))[:letters]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; returns the exit code: 1 when something is over a limit, 2 when there is nothing to measure."""
    given = _parser().parse_args(arguments)
    unknown = [name for name in given.rules if name not in all_rules()]
    if unknown or not 0 < given.least * 4 <= given.most or given.floor <= 0:
        told = f"no such rule: {unknown[0]}" if unknown else "--to must be four times --from, and --floor over 0"
        print(f"growth.py: error: {told}", file=sys.stderr)
        return 2
    lengths = [given.least * 4**power for power in range(int(math.log(given.most / given.least, 4) + 1e-9) + 1)]
    vectors = load_vectors(given.model)
    failed = False
    for side in given.side or SIDES:
        subjects = _subjects(given.rules, vectors, given.model, side)
        ordinary = _ordinary(subjects, lengths, side, given, vectors)
        print(f"\n{side}, {given.model}: {ordinary[lengths[-1]]:.2f} seconds for {lengths[-1]} letters of ordinary text", flush=True)
        curves = _measured(subjects, lengths, side, given, vectors)
        for told in list(_print_table(curves, ordinary, given)):
            failed = True
            print(told, flush=True)
    return int(failed)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rules", nargs="*", metavar="RULE", help="default: all, and the rest of the line")
    parser.add_argument("--side", action="append", choices=SIDES, help="may be given several times; default: all")
    parser.add_argument("--model", choices=("none", "bundled"), default="none", help="default: none")
    parser.add_argument("--pumps", metavar="WORD", help="only groups of pumps with this word in their name")
    parser.add_argument("--lang", default="en", help="language of the text; default: en")
    parser.add_argument("--from", dest="least", type=int, default=16_384, metavar="LETTERS", help="default: 16384")
    parser.add_argument("--to", dest="most", type=int, default=262_144, metavar="LETTERS", help="default: 262144")
    parser.add_argument("--limit", type=float, default=1.15, metavar="SLOPE", help="default: 1.15")
    parser.add_argument("--times", type=float, default=10.0, metavar="N", help="default: 10")
    parser.add_argument("--floor", type=float, default=0.05, metavar="SECONDS", help="default: 0.05")
    return parser


# -- what is measured ---------------------------------------------------------------------------------------------------


def _subjects(names: Sequence[str], vectors: Vectors | None, model: str, side: str) -> list[Subject]:
    rules = [rule for rule in (all_rules()[name] for name in names or all_rules()) if not rule.is_for_feeds]
    found = [Subject(ANNOTATIONS, partial(_annotate_anew, vectors))]
    found += [Subject(rule.id, partial(_run, rule)) for rule in rules if vectors is not None or rule.needs_vectors is not True]
    if names:
        return found
    found.append(Subject("measures", partial(_measure, Adequacy(vectors))))
    if side != "alone":
        return found
    options = Options(model=model, preview=True)
    fixer, checker = Fixer(options, unsafe=True), Checker(options)
    found.append(Subject("fix", lambda articles, letters: fixer(articles[letters].article)))
    found += [Subject(f"read {name}", partial(_read, name)) for name in READERS]
    reports: dict[int, object] = {}
    found += [Subject(f"report {name}", partial(_report, checker, name, reports)) for name in (*FORMATS, "html")]
    return found


def _run(rule: Rule, articles: Mapping[int, AnnotatedArticle], letters: int) -> None:
    for _ in rule.marks(articles[letters], {}):
        pass


def _annotate_anew(vectors: Vectors | None, articles: Mapping[int, AnnotatedArticle], letters: int) -> None:
    _annotate(AnnotatedArticle(articles[letters].article, vectors))


def _measure(adequacy: Adequacy, articles: Mapping[int, AnnotatedArticle], letters: int) -> None:
    metrics.similarities(articles[letters], adequacy)


def _read(name: str, articles: Mapping[int, AnnotatedArticle], letters: int) -> None:
    for _ in read_bytes(_FILES[name](articles[letters].article.text or ""), f"growth.{name}", name, Reading()):
        pass


def _report(checker: Checker, name: str, reports: dict[int, object], articles: Mapping[int, AnnotatedArticle], letters: int) -> None:
    """The check itself is not part of what is measured."""
    key = id(articles[letters])
    if key not in reports:
        reports.clear()
        reports[key] = checker.check(articles[letters])
        raise _AgainError
    if name == "html":
        article_page(reports[key])  # type: ignore[arg-type]
        return
    out = io.BytesIO() if name == "parquet" else io.TextIOWrapper(io.BytesIO(), "utf-8")
    writer, tally = stream_writer(name, out), Tally()
    writer.add(reports[key])  # type: ignore[arg-type]
    writer.close(tally.summary())


class _AgainError(Exception):
    """What was needed is made now: measure again."""


def _xml(text: str) -> str:
    shown = "".join(c if c in "\n\t" or " " <= c not in "\ufffe\uffff" else "?" for c in text)
    return shown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


_FILES: Mapping[str, Callable[[str], bytes]] = {
    "jsonl": lambda text: json.dumps({"text": text}, ensure_ascii=False).encode(),
    "json": lambda text: json.dumps([{"text": text}], ensure_ascii=False).encode(),
    "csv": lambda text: ("text,id\n" + text).encode(),  # as it is: a pump of quotation marks, commas and line feeds is one of cells
    "tsv": lambda text: ("text\tid\n" + text).encode(),
    "text": lambda text: text.encode(),
    "markdown": lambda text: text.encode(),
    "html": lambda text: f"<html><body><p>{text}</p></body></html>".encode(),
    "rss": lambda text: f"<rss><channel><item><title>t</title><description>{_xml(text)}</description></item></channel></rss>".encode(),
    "xliff": lambda text: (
        '<xliff version="1.2"><file source-language="de" target-language="en" original="a" datatype="x"><body>'
        f'<trans-unit id="1"><source>{_xml(text)}</source><target>{_xml(text)}</target></trans-unit></body></file></xliff>'
    ).encode(),
    "tmx": lambda text: (
        '<tmx version="1.4"><header srclang="de"/><body><tu><tuv xml:lang="de"><seg>a</seg></tuv>'
        f'<tuv xml:lang="en"><seg>{_xml(text)}</seg></tuv></tu></body></tmx>'
    ).encode(),
    "po": lambda text: f'msgid ""\nmsgstr ""\n\nmsgid "a"\nmsgstr {_quoted(text)}\n{text}'.encode(),
}


# -- measuring ----------------------------------------------------------------------------------------------------------


def _ordinary(
    subjects: Sequence[Subject], lengths: Sequence[int], side: str, given: argparse.Namespace, vectors: Vectors | None
) -> dict[int, float]:
    """The seconds that all subjects together take for ordinary text."""
    text = Text.of_the_corpus()
    articles = {letters: _article(*text.cut(letters), side, given.lang, vectors) for letters in lengths}
    for article in articles.values():
        _annotate(article)
    return {letters: sum(_seconds(partial(subject.work, articles), letters) for subject in subjects) for letters in lengths}


def _measured(
    subjects: Sequence[Subject], lengths: Sequence[int], side: str, given: argparse.Namespace, vectors: Vectors | None
) -> dict[tuple[str, str], Curve]:
    """A curve for each subject on each pump."""
    curves: dict[tuple[str, str], Curve] = {}
    text = Text.of_the_corpus()
    gc.disable()  # when a collection runs depends on all that came before
    for pump in itertools.chain(*_pumps(given).values()):
        articles = {letters: _pumped(pump, text.cut(letters), side, given.lang, vectors) for letters in lengths}
        for name in (subject.name for subject in subjects):
            curves[name, pump] = Curve()
        curves[ANNOTATIONS, pump] = _curve(partial(subjects[0].work, articles), lengths, given)
        articles = {letters: articles[letters] for letters in curves[ANNOTATIONS, pump].seconds}
        for article in articles.values():
            _annotate(article)
        for subject in subjects[1:]:
            curves[subject.name, pump] = _curve(partial(subject.work, articles), list(articles), given)
        if vectors is not None:
            vectors.forget()
        gc.collect()
    gc.enable()
    return curves


def _pumps(given: argparse.Namespace) -> Mapping[str, tuple[str, ...]]:
    return {group: pumps for group, pumps in PUMPS.items() if not given.pumps or given.pumps in group}


def _curve(work: Callable[[int], object], lengths: Sequence[int], given: argparse.Namespace) -> Curve:
    curve = Curve()
    for letters in lengths:
        curve.add(letters, _seconds(work, letters))
        if curve.seconds[letters] > ENOUGH_SECONDS:
            break
    for _ in range(REPEATS):
        if (slope := curve.slope(given.floor)) is None or not given.limit < slope < given.limit + DOUBTFUL:
            break
        for letters in curve.seconds:
            curve.add(letters, _seconds(work, letters))
    return curve


def _seconds(work: Callable[[int], object], letters: int) -> float:
    started = time.process_time()
    try:
        work(letters)
    except _AgainError:
        return _seconds(work, letters)
    return time.process_time() - started


def _pumped(pump: str, ordinary: tuple[str, str], side: str, lang: str, vectors: Vectors | None) -> AnnotatedArticle:
    letters = len(ordinary[0])
    text = f"It lay there.\n\n{(pump * (letters // len(pump) + 1))[:letters]}\n\nIt lay there."
    target = ordinary[0] if side == "source" else text
    return _article(target, ordinary[1] if side == "target" else text, side, lang, vectors)


def _article(target: str, source: str, side: str, lang: str, vectors: Vectors | None) -> AnnotatedArticle:
    article = Article("growth", text=target, title=TITLE, lang=lang)
    if side != "alone":
        article = replace(article, source_text=source, source_lang="de", source_title="Das Schiff kam am Montag heim")
    return AnnotatedArticle(article, vectors)


def _annotate(article: AnnotatedArticle) -> None:
    """Work out all that rules may ask for."""
    for name, value in vars(AnnotatedArticle).items():
        if isinstance(value, cached_property):
            getattr(article, name)


# -- telling ------------------------------------------------------------------------------------------------------------


def _print_table(curves: Mapping[tuple[str, str], Curve], ordinary: Mapping[int, float], given: argparse.Namespace) -> Iterator[str]:
    """Print a line for each subject; yields what is over a limit."""
    names = list(dict.fromkeys(name for name, _ in curves))
    groups = _pumps(given)
    width = max(map(len, names))
    print(f"{'subject':{width}} {''.join(f'{group:>11}' for group in groups)}   seconds   over ordinary")
    for name in names:
        cells = []
        for pumps in groups.values():
            slopes = [(slope, pump) for pump in pumps if (slope := _slope(curves[name, pump], given.floor)) is not None]
            cells.append(f"{max(slopes)[0]:.2f}" if slopes else ".")
            yield from (f"too steep: {name} on {_shown(pump)}: {slope:.2f}" for slope, pump in slopes if slope > given.limit)
        own = {pump: curves[name, pump] for pumps in groups.values() for pump in pumps}
        over = {pump: curve.over(ordinary, given.floor) for pump, curve in own.items()}
        longest = max(max(curve.seconds.values()) for curve in own.values())
        print(f"{name:{width}} {''.join(f'{cell:>11}' for cell in cells)} {longest:9.2f} {max(over.values()):15.1f}")
        yield from (f"too slow: {name} on {_shown(pump)}: {times:.1f} times" for pump, times in over.items() if times > given.times)


def _slope(curve: Curve, floor: float) -> float | None:
    """The slope of a curve, None when no text takes longer than the floor."""
    return curve.slope(floor) if max(curve.seconds.values()) > floor else None


def _shown(pump: str) -> str:
    return ascii(pump if len(pump) <= 20 else f"{pump[:20]}...")


if __name__ == "__main__":
    sys.exit(main())
