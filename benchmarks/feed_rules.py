"""What rules for a whole feed cost, and how good feed-story-repeated and feed-score-drift are.

    python benchmarks/feed_rules.py [--articles 10000 40000] [--jobs N]    seconds and peak memory, with and without --feed-rules
    python benchmarks/feed_rules.py --stories FEED.jsonl [--no-source]     precision and recall of feed-story-repeated
    python benchmarks/feed_rules.py --drift REPORTS.json                   false alarms and delay of feed-score-drift

The generated feed has words that are as frequent as in a language (Zipf), and names drawn from a few thousand, now and then with a letter
doubled; one article in fifty is an earlier one with two sentences changed. Whole processes are measured, by the resource usage of the
child and of its own children (the highest memory is that of the largest process). For --stories, FEED.jsonl has articles whose ids are
TEXT#ENGINE: two of one text are the same story, and each pair of languages is a feed. For --drift, REPORTS.json is what `tqcheck check
--format json` wrote of such a feed: the scores of each engine with 40 articles and more are drawn at random into feeds of 1000, half of
which get worse by a standard deviation.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from tqcheck import feed
from tqcheck.annotate import AnnotatedArticle
from tqcheck.article import Article, Row
from tqcheck.rules import all_rules

ROOT = Path(__file__).resolve().parent.parent
REPEATED = 50  # one article in so many is another one again
MISSPELT = 20  # one in so many has a name in another form
NAMES = 3_000
WORDS = 30_000
LEAST = 40  # articles of an engine whose scores are drawn
LENGTH = 1_100  # of a drawn feed, the standard included
CHANGE = 400  # where half of the feeds get worse
TURNS = 300


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, nargs="+", default=[10_000, 40_000])
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--stories", type=Path, metavar="FEED.jsonl")
    parser.add_argument("--no-source", action="store_true")
    parser.add_argument("--drift", type=Path, metavar="REPORTS.json")
    given = parser.parse_args()
    if given.stories:
        stories(given.stories, with_source=not given.no_source)
    elif given.drift:
        drift(given.drift)
    else:
        cost(given.articles, given.jobs)


# -- cost ---------------------------------------------------------------------------------------------------------------


def cost(sizes: Iterable[int], jobs: int) -> None:
    """Print a line for each size, with and without feed rules."""
    print("articles  feed rules  wall s   CPU s  CPU ms/article  peak MB  findings across the feed")
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "feed.jsonl"
            with path.open("w", encoding="utf-8") as file:
                file.writelines(f"{json.dumps(row, ensure_ascii=False)}\n" for row in generated(size))
            for rules in ([], ["--feed-rules"]):
                wall, cpu, peak, found = measured(path, [*rules, "--jobs", str(jobs)])
                asked = "with" if rules else "without"
                print(f"{size:8,}  {asked:10}  {wall:6.0f}  {cpu:6.0f}  {cpu / size * 1000:14.2f}  {peak:7.0f}  {found}", flush=True)


def measured(path: Path, options: Sequence[str]) -> tuple[float, float, float, int]:
    """Wall seconds, CPU seconds, peak MB of a run, and how many findings feed rules made."""
    command = [sys.executable, "-m", "tqcheck", "check", str(path), "--model", "none", "--select", "word-doubled", "--format", "jsonl"]
    with tempfile.TemporaryFile("w+") as out:
        started = time.perf_counter()
        process = subprocess.Popen([*command, "--no-progress", "--quiet", *options], cwd=ROOT, stdout=out)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in {0, 1}:
            raise SystemExit(f"tqcheck ended with exit code {process.returncode}")
        out.seek(0)
        found = sum('"rule": "feed-' in line for line in out)
        return time.perf_counter() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, found


def generated(size: int) -> Iterator[dict[str, Any]]:
    """Articles in English that no two feeds have alike, but always the same for a size."""
    drawn = random.Random(1)  # noqa: S311 - no secret
    words = [_word(drawn).lower() for _ in range(WORDS)]
    frequent = list(itertools.accumulate(1 / rank for rank in range(1, WORDS + 1)))
    people = [f"{_word(drawn)} {_word(drawn)}" for _ in range(NAMES)]
    earlier: list[list[str]] = []
    for number in range(size):
        names = drawn.sample(people, 4)
        text = [f"So {' '.join(drawn.choices(words, cum_weights=frequent, k=18))}, said {name}." for name in names * 3]
        if number % MISSPELT == 0:
            text = [sentence.replace(names[0], names[0][:-1] + names[0][-2:]) for sentence in text]
        if number % REPEATED == REPEATED - 1:
            text = [*drawn.choice(earlier)[:-2], *text[:2]]
        earlier = [*earlier[-200:], text]
        published = f"2023-{1 + number // 28 % 12:02}-{1 + number % 28:02}T10:00:00Z"
        title = f"{drawn.choice(names)} meets {drawn.choice(names)}"
        yield {"id": f"a{number}", "lang": "en", "title": title, "text": "\n".join(text), "published": published, "system": "engine"}


def _word(drawn: random.Random) -> str:
    return "".join(drawn.choice("bdfglmnrstvz") + drawn.choice("aeiou") for _ in range(drawn.randint(2, 4))).capitalize()


# -- feed-story-repeated --------------------------------------------------------------------------------------------------


def stories(path: Path, *, with_source: bool) -> None:
    """Print precision and recall: of the articles that tell a text again, how many are found, as what they are."""
    rule = all_rules()["feed-story-repeated"]
    feeds: dict[str, list[Article]] = defaultdict(list)
    with path.open(encoding="utf-8") as file:
        for line in file:
            row = {key: value for key, value in json.loads(line).items() if with_source or not key.startswith("source_seg")}
            feeds[f"{row.get('source_lang')}-{row.get('lang')}"].append(Article.from_row(row))
    right = wrong = there = 0
    for articles in feeds.values():
        there += len(articles) - len({_text_of(article.id) for article in articles})
        for again, first in found_stories(rule, articles):
            is_right = _text_of(again) == _text_of(first)
            right, wrong = right + is_right, wrong + (not is_right)
    print(f"{sum(map(len, feeds.values()))} articles, {there} of them tell a text again")
    print(f"precision {right / max(1, right + wrong):.4f} ({wrong} wrong), recall {right / max(1, there):.3f}")


def found_stories(rule: Any, articles: Iterable[Article]) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - a Rule
    """Pairs of ids: of an article, and of that which it repeats."""
    groups: dict[str, list[Row]] = defaultdict(list)
    for article in articles:
        for row in feed.records(AnnotatedArticle(article), rule, 100.0):
            groups[row.key].append(row)
    marks: dict[str, list[feed.FeedMark]] = defaultdict(list)
    for rows in groups.values():
        for mark in feed.marks(rule, rows, {}):
            marks[mark.article].append(mark)
    for several in marks.values():
        for mark in feed.settled(several):
            (first,) = mark.related
            yield mark.article, getattr(first, "article", "")


def _text_of(article: str) -> str:
    return article.rpartition("#")[0]


# -- feed-score-drift -----------------------------------------------------------------------------------------------------


def drift(path: Path) -> None:
    """Print how many feeds without a change are alarmed, and how soon those with one."""
    scores: dict[tuple[str, str], list[float]] = defaultdict(list)
    for report in json.loads(path.read_text(encoding="utf-8")):
        if "score" in report:
            scores[report["article"].rpartition("#")[2], report["lang"]].append(report["score"])
    pools = [values for _, values in sorted(scores.items()) if len(values) >= LEAST]
    drawn = random.Random(0)  # noqa: S311 - no secret
    alarms, delays = 0, []
    for turn in range(TURNS):
        pool = pools[turn % len(pools)]
        steady = drawn.choices(pool, k=LENGTH)
        alarms += bool(first_alarm(steady))
        fall = statistics.stdev(pool)
        worse = [score if at < CHANGE else max(0.0, score - fall) for at, score in enumerate(steady)]
        found = first_alarm(worse)
        if found is not None and found >= CHANGE:
            delays.append(found - CHANGE)
    print(f"{len(pools)} engines and translators, {TURNS} feeds of {LENGTH} articles each way")
    print(f"false alarms in {alarms / TURNS:.1%} of the steady feeds")
    print(f"{len(delays) / TURNS:.1%} of the falls found, after {statistics.median(delays):.0f} articles in the median")


def first_alarm(scores: Sequence[float]) -> int | None:
    """The number of the first article that is marked."""
    place = ["text", None, 0, 1, "x"]
    rows = [Row("feed-score-drift", "en\tengine", f"{at:05}", str(at), json.dumps([score, place])) for at, score in enumerate(scores)]
    return next((int(mark.article) for mark in feed.marks(all_rules()["feed-score-drift"], rows, {}, is_sorted=True)), None)


if __name__ == "__main__":
    main()
