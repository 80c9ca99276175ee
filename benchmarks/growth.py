"""How the CPU time of each rule grows with the length of a text that is one thing over and over: the slope of log time over log length.

    python benchmarks/growth.py [RULE ...] [--lang TAG] [--from LETTERS] [--to LETTERS] [--limit SLOPE] [--floor SECONDS]

A slope of 1 is linear, 2 quadratic. Texts are runs of one character, one word, brackets, digits, quotation marks and long tokens, in
lengths that grow by four. What rules share (sentences, names, numbers ...) is worked out before, and stands in a line of its own,
`annotations`. The slope is taken between the longest text that takes less than --floor seconds (which then counts as just these) and
the longest of all: shorter times are noise. A slope a little over the limit is measured again, and the least times count. A group's
column shows its steepest run, or `.` where all stay under the floor. Ends with exit code 1 when a slope is over --limit.
"""

from __future__ import annotations

import argparse
import gc
import math
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial

from tqcheck.annotate import AnnotatedArticle
from tqcheck.article import Article
from tqcheck.rules import Rule, all_rules

RUNS: Mapping[str, tuple[str, ...]] = {
    "character": ("a", "A", "中", ".", ".\n", "\u0301"),
    "word": ("word ", "Word ", "Kyiv Kiev ", "He said so. ", "word, ", "слово "),
    "brackets": ("(", ")", "()", "(a) ", "[[", "{{", "<", "<a "),
    "digits": ("1", "1 ", "1,", "1,000 ", "12.5 % "),
    "quotes": ('"', "“", "“a” ", "„a“ ", "'a' ", "« a » "),
    "tokens": (f"{'abcdefghij' * 50} ", f"{'Ab-' * 99} ", f"{'a.b/' * 99} ", f"{'1a2b' * 99}\n"),
}
TITLE = "The ship came home on Monday"
ENOUGH_SECONDS = 2.0  # a longer text than one that takes as long as this is not tried
REPEATS = 4  # of a measurement that is over the limit,
DOUBTFUL = 0.4  # but by no more than this: that may be noise
ANNOTATIONS = "annotations"


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


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; returns the exit code: 1 when a slope is over the limit, 2 when there is nothing to measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rules", nargs="*", metavar="RULE", help="default: all")
    parser.add_argument("--lang", default="en", help="language of the text; default: en")
    parser.add_argument("--from", dest="least", type=int, default=16_384, metavar="LETTERS", help="default: 16384")
    parser.add_argument("--to", dest="most", type=int, default=262_144, metavar="LETTERS", help="default: 262144")
    parser.add_argument("--limit", type=float, default=1.15, metavar="SLOPE", help="default: 1.15")
    parser.add_argument("--floor", type=float, default=0.05, metavar="SECONDS", help="default: 0.05")
    given = parser.parse_args(arguments)
    unknown = [name for name in given.rules if name not in all_rules()]
    if unknown or not 0 < given.least * 4 <= given.most or given.floor <= 0:
        print(
            f"growth.py: error: {f'no such rule: {unknown[0]}' if unknown else '--to must be four times --from, and --floor over 0'}",
            file=sys.stderr,
        )
        return 2
    lengths = [given.least * 4**power for power in range(int(math.log(given.most / given.least, 4) + 1e-9) + 1)]
    rules = [
        rule
        for name, rule in all_rules().items()
        if name in (given.rules or all_rules()) and not (rule.needs_vectors is True or rule.is_for_feeds)
    ]
    steep = list(_print_table(_measured(rules, lengths, given), given))
    for name, run, slope in steep:
        print(f"too steep: {name} on {_shown(run)}: {slope:.2f}")
    return 1 if steep else 0


def _measured(rules: Sequence[Rule], lengths: Sequence[int], given: argparse.Namespace) -> dict[tuple[str, str], Curve]:
    """A curve for each rule, and for the annotations, on each run."""
    curves: dict[tuple[str, str], Curve] = {}
    gc.disable()  # when a collection runs depends on all that came before
    for run in (run for runs in RUNS.values() for run in runs):
        articles = {letters: _article(run, letters, given.lang) for letters in lengths}
        for article in articles.values():
            _annotate(article)
        curves[ANNOTATIONS, run] = _curve(partial(_annotate_anew, articles), lengths, given)
        for rule in rules:
            curves[rule.id, run] = _curve(partial(_run, rule, articles), lengths, given)
        gc.collect()
    gc.enable()
    return curves


def _run(rule: Rule, articles: Mapping[int, AnnotatedArticle], letters: int) -> None:
    for _ in rule.marks(articles[letters], {}):
        pass


def _annotate_anew(articles: Mapping[int, AnnotatedArticle], letters: int) -> None:
    _annotate(AnnotatedArticle(articles[letters].article))


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
    work(letters)
    return time.process_time() - started


def _article(run: str, letters: int, lang: str) -> AnnotatedArticle:
    text = f"It lay there.\n\n{(run * (letters // len(run) + 1))[:letters]}\n\nIt lay there."
    return AnnotatedArticle(Article("growth", text=text, title=TITLE, lang=lang))


def _annotate(article: AnnotatedArticle) -> None:
    """Work out all that rules may ask for."""
    for name, value in vars(AnnotatedArticle).items():
        if isinstance(value, cached_property):
            getattr(article, name)


def _print_table(curves: Mapping[tuple[str, str], Curve], given: argparse.Namespace) -> Iterator[tuple[str, str, float]]:
    """Print a line for each rule; yields what is over the limit: the rule, the run, the slope."""
    names = list(dict.fromkeys(name for name, _ in curves))
    width = max(map(len, names))
    print(f"{'rule':{width}} {''.join(f'{group:>11}' for group in RUNS)}   seconds")
    for name in names:
        cells = []
        for runs in RUNS.values():
            slopes = [(slope, run) for run in runs if (slope := _slope(curves[name, run], given.floor)) is not None]
            cells.append(f"{max(slopes)[0]:.2f}" if slopes else ".")
            yield from ((name, run, slope) for slope, run in slopes if slope > given.limit)
        longest = max(max(curves[name, run].seconds.values()) for runs in RUNS.values() for run in runs)
        print(f"{name:{width}} {''.join(f'{cell:>11}' for cell in cells)} {longest:9.2f}")


def _slope(curve: Curve, floor: float) -> float | None:
    """The slope of a curve, None when no text takes longer than the floor."""
    return curve.slope(floor) if max(curve.seconds.values()) > floor else None


def _shown(run: str) -> str:
    return repr(run if len(run) <= 20 else f"{run[:20]}...")


if __name__ == "__main__":
    sys.exit(main())
