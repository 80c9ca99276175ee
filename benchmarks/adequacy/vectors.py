"""Vectors of e5 for fit.py --e5: they take an hour, so they are made once.

python benchmarks/adequacy/vectors.py DATA OUT [--limit N]
"""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path

import numpy as np
from fit import rows_of

from tqcheck.embed import load_vectors

AT_ONCE = 256


def main() -> None:
    """Write OUT/judged.json (texts) and OUT/judged.npz (their vectors)."""
    parser = argparse.ArgumentParser(prog="vectors.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--limit", type=int, default=14_000, help="judged segments; default: 14000")
    parsed = parser.parse_args()
    judged = rows_of(parsed.data, "train/mlqe_da")
    random.Random(1).shuffle(judged)  # noqa: S311 - nothing is secret here
    texts = sorted({row[side] for row in judged[: parsed.limit] for side in ("source", "mt")}, key=lambda text: (len(text), text))
    vectors = load_vectors("e5")
    assert vectors is not None
    found = []
    for start in range(0, len(texts), AT_ONCE):
        found.append(vectors.of(texts[start : start + AT_ONCE]).astype(np.float16))
        vectors.forget()
    parsed.out.mkdir(parents=True, exist_ok=True)
    (parsed.out / "judged.json").write_text(json.dumps(texts, ensure_ascii=False), "utf-8")
    np.savez(parsed.out / "judged.npz", v=np.concatenate(found))


if __name__ == "__main__":
    main()
