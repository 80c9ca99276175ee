"""How much memory, and how long, the reading and checking of a large XLIFF and a large RSS feed takes.

    python benchmarks/feed_memory.py [--read-only] [--xliff-mb 50] [--rss-mb 20]

Each file is written from the sample feed's articles, over and over, and is then read (or checked without vectors) in a process of its own,
whose highest memory is told. Linux only.
"""

from __future__ import annotations

import argparse
import itertools
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape

ROOT = Path(__file__).parent.parent
FEED = ROOT / "corpora" / "sample-feed" / "feed.jsonl"
CHILD = """
import re, sys, time
from pathlib import Path
from tqcheck.article import Article
from tqcheck.config import Options
from tqcheck.pipeline import check
from tqcheck.read import read
started, records = time.perf_counter(), read([sys.argv[1]])
outcomes = records if sys.argv[2] == "read" else check(records, Options(model="none"), measure=False)
counts = {}
for outcome in outcomes:
    counts[type(outcome).__name__] = counts.get(type(outcome).__name__, 0) + 1
# of this process alone: getrusage also counts the one that started it
peak = int(re.search(r"VmHWM:\\s*(\\d+) kB", Path("/proc/self/status").read_text())[1]) / 1024
print(time.perf_counter() - started, peak, counts)
"""


def xliff() -> Iterator[str]:
    """XLIFF 1.2 without end: one `<file>` of all sentences of the sample feed after another."""
    rows = [json.loads(line) for line in FEED.read_text(encoding="utf-8").splitlines()]
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2">\n'
    yield '<file original="all" source-language="uk" target-language="en" datatype="plaintext"><body>\n'
    for number in itertools.count():
        row = rows[number % len(rows)]
        targets = row.get("segments") or row["text"].split("\n\n")
        sources = row.get("source_segments") or row["source_text"].split("\n\n")
        for index, (source, target) in enumerate(zip(sources, targets, strict=False)):
            pair = f"<source>{escape(source)}</source>\n<target>{escape(target)}</target>"
            yield f'<trans-unit id="u{number}-{index}">\n{pair}\n</trans-unit>\n'


def rss() -> Iterator[str]:
    """RSS 2.0 without end: the articles of the sample feed, each with a number."""
    rows = [json.loads(line) for line in FEED.read_text(encoding="utf-8").splitlines()]
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel><title>News</title><language>en</language>\n'
    for number in itertools.count():
        row = rows[number % len(rows)]
        text = row.get("text") or "\n\n".join(row["segments"])
        paragraphs = "".join(f"<p>{escape(part)}</p>" for part in text.split("\n\n"))
        yield f"<item><guid>{number}</guid><title>{escape(row['title'])}</title><description>{escape(paragraphs)}</description></item>\n"


ENDS = {"xliff": "</body></file></xliff>\n", "rss": "</channel></rss>\n"}


def write(path: Path, kind: str, megabytes: float) -> int:
    """Write a file of about so many megabytes; returns its bytes."""
    size = 0
    with path.open("wb") as file:
        for part in {"xliff": xliff, "rss": rss}[kind]():
            size += file.write(part.encode())
            if size >= megabytes * 1e6:
                break
        size += file.write(ENDS[kind].encode())
    return size


def measure(path: Path, what: str) -> tuple[float, float, str]:
    """Seconds, highest memory in MB, and what came out, of a process that reads or checks a file."""
    done = subprocess.run([sys.executable, "-c", CHILD, path, what], check=True, capture_output=True, text=True, cwd=ROOT)
    seconds, memory, counts = done.stdout.split(" ", 2)
    return float(seconds), float(memory), counts.strip()


def main() -> None:
    """Print a line for each file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--xliff-mb", type=float, default=50)
    parser.add_argument("--rss-mb", type=float, default=20)
    parser.add_argument("--read-only", action="store_true", help="do not check, which takes minutes")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for kind, megabytes in (("xliff", given.xliff_mb), ("rss", given.rss_mb)):
            path = Path(folder) / f"feed.{kind}"
            started = time.perf_counter()
            size = write(path, kind, megabytes) / 1e6
            print(f"{kind}: {size:.0f} MB written in {time.perf_counter() - started:.0f} s", flush=True)
            for what in ("read",) if given.read_only else ("read", "check"):
                seconds, memory, counts = measure(path, what)
                print(f"  {what:5}  {seconds:7.1f} s  {size / seconds:6.2f} MB/s  peak {memory:5.0f} MB  {counts}", flush=True)


if __name__ == "__main__":
    main()
