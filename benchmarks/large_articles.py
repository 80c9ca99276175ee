"""What one very large article costs, beside the same number of bytes as ordinary articles: CPU seconds, their ratio, and peak memory.

    python benchmarks/large_articles.py [--megabytes N] [--sentences N] [--model none|bundled] [--times N] [--memory GB] [SHAPE ...]

Shapes: `paragraph` is one line of ordinary sentences, `token` one word, `digits` one number, `equal` and `different` so many sentences that
are equal or all different, `lines` the same number of lines. Each is compared with ordinary articles of the same number of bytes, in a
process of its own that is given the time it needs (--article-timeout 0). Ends with exit code 1 when a shape takes more than --times the
CPU of ordinary articles (a paragraph: 3 times), or more than --memory.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
FEED = ROOT / "corpora" / "sample-feed" / "feed.jsonl"
PARAGRAPH_TIMES = 3.0  # a paragraph is nothing but ordinary text


class Cost(NamedTuple):
    """What a run cost, and how it ended."""

    seconds: float
    gigabytes: float
    code: int


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; returns the exit code."""
    given = _parser().parse_args(arguments)
    if unknown := [name for name in given.shapes if name not in SHAPES]:
        print(f"large_articles.py: error: no such shape: {unknown[0]}: take one of {', '.join(SHAPES)}", file=sys.stderr)
        return 2
    if given.megabytes <= 0 or given.sentences < 1:
        print("large_articles.py: error: --megabytes must be over 0, and --sentences 1 or more", file=sys.stderr)
        return 2
    print(f"{'shape':12} {'bytes':>12} {'CPU s':>8} {'ordinary':>9} {'times':>6} {'GB':>6} {'exit':>4}", flush=True)
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        for name in given.shapes or SHAPES:
            text = SHAPES[name](given)
            size = len(text.encode())
            rows = [{"text": text, "lang": "en"}]
            cost = _cost(Path(folder) / f"{name}.jsonl", rows, given.model)
            ordinary = _cost(Path(folder) / "ordinary.jsonl", _ordinary(size), given.model)
            times = cost.seconds / ordinary.seconds
            print(
                f"{name:12} {size:12,} {cost.seconds:8.2f} {ordinary.seconds:9.2f} {times:6.1f} {cost.gigabytes:6.2f} {cost.code:4}",
                flush=True,
            )
            most = min(given.times, PARAGRAPH_TIMES) if name == "paragraph" else given.times
            failed |= times > most or cost.gigabytes > given.memory or cost.code not in {0, 1}
    return int(failed)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shapes", nargs="*", metavar="SHAPE", help="default: all")
    parser.add_argument("--megabytes", type=float, default=10.0, metavar="N", help="of a paragraph, a token, a number; default: 10")
    parser.add_argument("--sentences", type=int, default=20_000, metavar="N", help="default: 20000")
    parser.add_argument("--model", choices=("none", "bundled"), default="none", help="default: none")
    parser.add_argument("--times", type=float, default=10.0, metavar="N", help="default: 10")
    parser.add_argument("--memory", type=float, default=2.0, metavar="GB", help="default: 2")
    return parser


def _english() -> list[str]:
    """The paragraphs of the sample feed's English articles."""
    rows = [json.loads(row) for row in FEED.read_text("utf-8").splitlines()]
    texts = [row.get("text") or "\n".join(row.get("segments") or ()) for row in rows if row["lang"] == "en"]
    return [line for text in texts for line in text.split("\n") if line.strip()]


def _of_size(text: str, megabytes: float) -> str:
    letters = int(megabytes * 2**20)
    return (text * (letters // len(text) + 1))[:letters]


def _sentence(number: int) -> str:
    return f"The ship came home on day {number} with {number * 7919 % 9973} people on board."


SHAPES: Mapping[str, Callable[[argparse.Namespace], str]] = {
    "paragraph": lambda given: _of_size(" ".join(_english()) + " ", given.megabytes),
    "token": lambda given: _of_size("a", given.megabytes),
    "digits": lambda given: _of_size("1", given.megabytes),
    "equal": lambda given: "The ship came home on Monday with nobody on board. " * given.sentences,
    "different": lambda given: " ".join(map(_sentence, range(given.sentences))),
    "lines": lambda given: "\n".join(map(_sentence, range(given.sentences))),
}


def _ordinary(size: int) -> list[dict[str, str]]:
    """The sample feed's English articles, as often as it takes."""
    paragraphs, rows, left = _english(), [], size
    for number in range(size):
        start = number * 12 % len(paragraphs)
        text = "\n\n".join(paragraphs[start : start + 12])
        rows.append({"text": text, "lang": "en"})
        left -= len(text.encode())
        if left <= 0:
            break
    return rows


def _cost(path: Path, rows: Sequence[Mapping[str, str]], model: str) -> Cost:
    path.write_text("".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows), encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "tqcheck",
        "check",
        str(path),
        "--model",
        model,
        "--format",
        "jsonl",
        "--quiet",
        "--article-timeout",
        "0",
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=ROOT) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss / 2**20, process.returncode)


if __name__ == "__main__":
    sys.exit(main())
