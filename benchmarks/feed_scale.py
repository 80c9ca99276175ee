"""A big feed on one machine: are all rows there, how much memory does it take, what does a second process help, what does the cache?

    python benchmarks/feed_scale.py [--articles 100000] [--small 10000] [--model bundled] [--only memory,jobs,cache,report] [--pages]
                                    [--keep DIR]

The feed is made from the lines of corpora/, the same for the same seed: no two articles are equal, some have what rules find, some have
a source, and one row in 200 is broken. Every run is a process of its own, which reads, checks and writes the findings as JSON lines.

    memory   without vectors, a tenth of the feed (--small) and all of it: the peaks of all processes added up, and their ratio
    jobs     without vectors, one process and two: articles per second, and how much CPU time the parent took beside its workers: what it
             takes itself bounds the ratio, also where the machine is busy
    cache    with --model: the first run, the second, and a feed with 1 % new rows between the others, by CPU and wall time; with --pages
             as report folders, for which every sentence has a vector
    report   the report folder of a fiftieth of the feed and of a fifth: memory

The exit code is 1 when rows are lost or memory grows by more than 1.25. Linux only.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
MOST_GROWTH = 1.25
PARTS = ("memory", "jobs", "cache", "report")
TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
Row = Mapping[str, Any]
CHILD = """
import json, sys
from dataclasses import replace
from pathlib import Path

def main():
    from tqcheck import pipeline
    from tqcheck.article import Report
    from tqcheck.config import Options
    from tqcheck.read import read
    from tqcheck.report import Tally, stream_writer
    from tqcheck.report.folder import ReportFolder
    feed, out, model, jobs, kept = sys.argv[1:]
    options = Options(model=model, jobs=int(jobs), cache=kept or None)
    tally, counts = Tally(), {True: 0, False: 0}
    as_folder = not out.endswith(".jsonl")
    outcomes = pipeline.check(read([feed]), options, measure=as_folder)
    with ReportFolder(out) if as_folder else Path(out).open("w", encoding="utf-8") as place:
        writer = place if as_folder else stream_writer("jsonl", place)
        for outcome in outcomes:
            is_report = isinstance(outcome, Report)
            counts[is_report] += 1
            if is_report:
                tally.add(outcome)
                writer.add(outcome)
        writer.close(tally.summary())
    summary = tally.summary()
    print(json.dumps([counts[True], counts[False], summary.words, summary.findings, summary.problems]))

if __name__ == "__main__":
    main()
"""


@dataclass
class Run:
    """What a run gave and took."""

    reports: int = 0
    errors: int = 0
    words: int = 0
    findings: int = 0
    crashes: int = 0
    wall: float = 0.0
    cpu: float = 0.0  # of all processes
    parent_cpu: float = 0.0
    peaks: dict[int, int] = field(default_factory=dict)  # process -> most kB that it held

    @property
    def megabytes(self) -> float:
        """The peaks of all processes, added up as though they fell together."""
        return sum(self.peaks.values()) / 1024


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; returns the exit code."""
    parsed = _parser().parse_args(arguments)
    wanted = [part for part in PARTS if part in parsed.only.split(",")]
    small = parsed.small or max(1, parsed.articles // 10)
    good = True
    with tempfile.TemporaryDirectory(prefix="tqcheck-scale-") as temporary:
        folder = Path(parsed.keep or temporary)
        folder.mkdir(parents=True, exist_ok=True)
        if {"memory", "jobs"} & set(wanted):
            good &= _memory_and_jobs(folder, parsed, small, with_jobs="jobs" in wanted)
        if "cache" in wanted:
            good &= _cache(folder, parsed)
        if "report" in wanted:
            good &= _report(folder, parsed)
    return 0 if good else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="feed_scale.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=100_000, metavar="N", help="rows of the feed; default: 100000")
    parser.add_argument("--small", type=int, metavar="N", help="rows of the small feed; default: a tenth")
    parser.add_argument("--model", default="bundled", help="of the part 'cache'; default: bundled")
    parser.add_argument(
        "--only", default="memory,jobs,cache", metavar="PART,...", help="memory, jobs, cache, report; default: the first three"
    )
    parser.add_argument("--pages", action="store_true", help="of the part 'cache': report folders instead of JSON lines")
    parser.add_argument("--seed", type=int, default=7, metavar="N", help="another feed; default: 7")
    parser.add_argument("--keep", metavar="DIR", help="where the feeds and findings are left")
    return parser


# -- the parts --------------------------------------------------------------------------------------------------------


def _memory_and_jobs(folder: Path, parsed: argparse.Namespace, small: int, *, with_jobs: bool) -> bool:
    good = True
    little, big = (_feed(folder / f"{number}.jsonl", rows(number, parsed.seed)) for number in (small, parsed.articles))
    runs = {}
    for jobs in (1, 2) if with_jobs else (1,):
        runs[jobs] = [run(feed, folder / f"{feed.stem}-{jobs}.jsonl", jobs=jobs) for feed in (little, big)]
        for one, number in zip(runs[jobs], (small, parsed.articles), strict=True):
            good &= _told(f"jobs {jobs}", one, number)
        good &= _grown(f"jobs {jobs}", runs[jobs])
    if with_jobs:
        one, two = runs[1][1], runs[2][1]
        same = (folder / f"{big.stem}-1.jsonl").read_bytes() == (folder / f"{big.stem}-2.jsonl").read_bytes()
        good &= same
        print(f"findings of both, byte for byte: {'the same' if same else 'NOT THE SAME'}")
        print(f"wall time, jobs 1 / jobs 2: {one.wall / two.wall:.2f}")
        workers = (two.cpu - two.parent_cpu) / 2
        bound = one.cpu / max(two.parent_cpu, workers, 1e-9)
        print(f"CPU seconds: jobs 1 {one.cpu:.1f}; jobs 2 parent {two.parent_cpu:.1f}, each of its workers {workers:.1f}")
        print(f"by CPU time, on two cores that nobody else uses: {one.cpu / (two.cpu / 2):.2f} times as fast; on more cores {bound:.2f}")
    return good


def _cache(folder: Path, parsed: argparse.Namespace) -> bool:
    every = list(rows(parsed.articles, parsed.seed))
    new = list(rows(max(1, parsed.articles // 100), parsed.seed + 1))
    chance = random.Random(parsed.seed)  # noqa: S311 - the same for the same seed
    grown = list(every)
    for row in new:
        grown.insert(chance.randrange(len(grown) + 1), row.replace('"id": "', '"id": "new-', 1))
    feed, more = _feed(folder / "once.jsonl", iter(every)), _feed(folder / "grown.jsonl", iter(grown))
    kept = folder / "kept"
    shutil.rmtree(kept, ignore_errors=True)
    suffix = "" if parsed.pages else ".jsonl"
    outs = [folder / f"cache-{name}{suffix}" for name in ("none", "first", "second", "grown")]
    plain = run(feed, outs[0], model=parsed.model)
    first = run(feed, outs[1], model=parsed.model, kept=kept)
    second = run(feed, outs[2], model=parsed.model, kept=kept)
    larger = run(more, outs[3], model=parsed.model, kept=kept)
    good = True
    for name, one, number in (("no cache", plain, len(every)), ("first", first, len(every)), ("second", second, len(every))):
        good &= _told(name, one, number)
    good &= _told("1 % more", larger, len(grown))
    same = _content(outs[0]) == _content(outs[1]) == _content(outs[2])
    print(f"findings of the first three, byte for byte: {'the same' if same else 'NOT THE SAME'}")
    single = _feed(folder / "single.jsonl", iter(['{"id": "x", "lang": "en", "text": "News."}']))
    start = run(single, folder / f"cache-single{suffix}", model=parsed.model)
    print(f"first / second: {first.cpu / second.cpu:.1f} by CPU, {first.wall / second.wall:.1f} by wall time")
    print(f"1 % more / first: {larger.cpu / first.cpu:.2%} by CPU, {larger.wall / first.wall:.2%} by wall time")
    print(f"start of the program alone: {start.cpu:.1f} s; first / no cache: {first.cpu / plain.cpu:.3f} by CPU")
    print(f"cache: {sum(path.stat().st_size for path in kept.iterdir()) / 1e6:,.1f} MB")
    return good and same


def _content(out: Path) -> dict[str, bytes]:
    """Digests of the files that a run wrote."""
    files = sorted(path for path in out.rglob("*") if path.is_file()) if out.is_dir() else [out]
    return {str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).digest() for path in files}


def _report(folder: Path, parsed: argparse.Namespace) -> bool:
    runs = []
    good = True
    for number in (max(1, parsed.articles // 50), max(1, parsed.articles // 5)):
        feed = _feed(folder / f"report-{number}.jsonl", rows(number, parsed.seed))
        runs.append(run(feed, folder / f"report-{number}"))
        shutil.rmtree(folder / f"report-{number}")
        good &= _told("report", runs[-1], number)
    return _grown("report", runs) and good


def _told(name: str, one: Run, number: int) -> bool:
    lost = number - one.reports - one.errors
    counted = f"{one.reports:,} reports + {one.errors:,} errors = {number:,} rows{f', {lost} LOST' if lost else ''}"
    found = f"{one.findings:,} findings, {one.words:,} words{f', {one.crashes} CRASHES' if one.crashes else ''}"
    print(
        f"{name:9} {counted}; {found}; {one.wall:.1f} s, {one.cpu:.1f} CPU s, {number / one.wall:,.0f} articles/s; {one.megabytes:,.0f} MB",
        flush=True,
    )
    return not lost and not one.crashes


def _grown(name: str, runs: Sequence[Run]) -> bool:
    ratio = runs[1].megabytes / runs[0].megabytes
    print(f"{name:9} memory of the large feed / of the small one: {ratio:.2f}{'' if ratio <= MOST_GROWTH else ': TOO MUCH'}", flush=True)
    return ratio <= MOST_GROWTH


# -- measuring --------------------------------------------------------------------------------------------------------


def run(feed: Path, out: Path, *, model: str = "none", jobs: int = 1, kept: Path | None = None) -> Run:
    """Check a feed in a process of its own, and watch it. Raises RuntimeError when it fails."""
    child = feed.parent / "feed_scale_child.py"  # a file: worker processes import it anew
    child.write_text(CHILD, encoding="utf-8")
    command = [sys.executable, str(child), str(feed), str(out), model, str(jobs), str(kept or "")]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    one = Run()
    started = time.perf_counter()
    with tempfile.TemporaryFile() as said, subprocess.Popen(command, stdout=said, env=environment, cwd=ROOT) as process:
        while process.returncode is None:
            for number in _tree(process.pid):
                one.peaks[number] = max(one.peaks.get(number, 0), _peak(number))
            one.parent_cpu = _own_cpu(process.pid) or one.parent_cpu
            ended, status, usage = os.wait4(process.pid, os.WNOHANG)
            if ended:
                process.returncode = os.waitstatus_to_exitcode(status)
                one.cpu = usage.ru_utime + usage.ru_stime
            else:
                time.sleep(0.05)
        one.wall = time.perf_counter() - started
        if process.returncode:
            raise RuntimeError(f"{' '.join(command)} ended with exit code {process.returncode}")
        said.seek(0)
        one.reports, one.errors, one.words, one.findings, one.crashes = json.loads(said.read())
    return one


def _tree(process: int) -> list[int]:
    """A process and all that it has started."""
    found = [process]
    for one in found:
        try:
            found += map(int, Path(f"/proc/{one}/task/{one}/children").read_text().split())
        except OSError:  # it has ended
            continue
    return found


def _peak(process: int) -> int:
    try:
        told = re.search(r"VmHWM:\s*(\d+) kB", Path(f"/proc/{process}/status").read_text())
    except OSError:
        return 0
    return int(told[1]) if told else 0


def _own_cpu(process: int) -> float:
    """CPU seconds of a process without those that it has started; 0 when it has ended."""
    try:
        figures = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(figures[11]) + int(figures[12])) / TICKS


# -- the feed ---------------------------------------------------------------------------------------------------------


def _feed(path: Path, lines: Iterator[str]) -> Path:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)
    return path


def rows(number: int, seed: int) -> Iterator[str]:
    """The lines of a feed: articles that differ from each other, and some broken rows."""
    chance = random.Random(seed)  # noqa: S311 - the same for the same seed
    by_lang, paired = _corpora()
    languages = sorted(by_lang)
    for index in range(number):
        if index % 200 == 137:
            yield chance.choice(_BROKEN).replace("#", str(index))
        elif index % 25 == 3:
            yield json.dumps(_paired(index, chance, chance.choice(paired)), ensure_ascii=False)
        else:
            lang = "en" if chance.random() < 0.3 else chance.choice(languages)
            yield json.dumps(_article(index, chance, lang, by_lang[lang]), ensure_ascii=False)


_BROKEN = ('{"id": "broken-#", "text": ', '{"id": "broken-#", "text": ""}', '{"id": "broken-#", "title": "No text"}', '["broken-#"]')


@cache
def _corpora() -> tuple[dict[str, list[str]], list[Row]]:
    """The lines of the corpora by language, and the articles that have sources."""
    by_lang: dict[str, list[str]] = {}
    paired = []
    for path in (*sorted((ROOT / "corpora" / "clean").glob("*.jsonl")), ROOT / "corpora" / "sample-feed" / "feed.jsonl"):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            lines = row.get("segments") or row["text"].split("\n\n")
            by_lang.setdefault(row["lang"], []).extend(one for one in lines if 20 < len(one) < 1000)
            if row.get("source_segments") or row.get("source_text"):
                paired.append(row)
    return by_lang, paired


def _article(index: int, chance: random.Random, lang: str, lines: Sequence[str]) -> Row:
    body = [_renumbered(chance, line) for line in chance.sample(lines, min(len(lines), chance.randint(3, 6)))]
    title = body[0].split(". ")[0][:100].rstrip(" .,")
    if chance.random() < 0.3:
        chance.choice(_FAULTS)(chance, title, body)
    return {"id": f"a{index}", "lang": lang, "title": title, "text": "\n\n".join([*body, f"({index})"]), "system": f"engine-{index % 3}"}


def _paired(index: int, chance: random.Random, row: Row) -> Row:
    """An article with its source, with a note that makes it another one."""
    changed = {**row, "id": f"s{index}"}
    note = f"{index}, {chance.randint(1, 10**6)}."
    for keys in (("segments", "source_segments"), ("text", "source_text")):
        if all(row.get(key) for key in keys):
            for key in keys:
                changed[key] = [*row[key], note] if isinstance(row[key], list) else f"{row[key]}\n\n{note}"
    return changed


def _renumbered(chance: random.Random, line: str) -> str:
    return re.sub(r"(?<![\d.,:])[1-9]\d(?![\d.,:])", lambda _: str(chance.randint(10, 99)), line)


def _repeated_headline(chance: random.Random, title: str, body: list[str]) -> None:
    body.insert(chance.randrange(len(body)), title)


def _doubled_word(chance: random.Random, _: str, body: list[str]) -> None:
    words = body[-1].split(" ")
    place = chance.randrange(len(words))
    body[-1] = " ".join([*words[:place], words[place], *words[place:]])


def _stray_mark(_: random.Random, __: str, body: list[str]) -> None:
    body[0] = body[0].replace(", ", " , ", 1)


def _two_spellings(_: random.Random, __: str, body: list[str]) -> None:
    body += ["Kyiv was quiet on Monday, officials said.", "In Kiev the trams ran again."]


def _left_over(chance: random.Random, __: str, body: list[str]) -> None:
    body.insert(chance.randrange(len(body)), "Read also: &nbsp; <div class='ad'>Advertisement</div>")


_FAULTS: tuple[Callable[[random.Random, str, list[str]], None], ...] = (
    _repeated_headline,
    _doubled_word,
    _stray_mark,
    _two_spellings,
    _left_over,
)


if __name__ == "__main__":
    sys.exit(main())
