"""How well the alignment finds which sentences belong together: against newspaper text whose alignment is known.

    python benchmarks/alignment.py [--data ../shared/eval/dev] [--model bundled|e5|none] [--documents 40]

The English lines of NTREX and their translations are parallel. Of each document some lines are left out, on either side, and some are
joined in pairs, by a fixed seed; then the alignment must find all that again. Printed per language: the share of beads found that are
right, the share of the right beads that are found, both for all beads and for the sentences without counterpart; and beside them what
lengths alone reach (Gale and Church), which is the baseline.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import NamedTuple

from tqcheck import align
from tqcheck.align import Bead
from tqcheck.embed import Vectors, load_vectors

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT.parent / "shared" / "eval" / "dev"
LEFT_OUT, JOINED = 0.08, 0.08  # of the lines, on each side


class Known(NamedTuple):
    """Two texts whose alignment is known."""

    source: list[str]
    target: list[str]
    beads: list[Bead]


def spoiled(source: Sequence[str], target: Sequence[str], seed: str) -> Known:
    """Leave lines of two parallel texts out, and join others, each on one side."""
    chance = random.Random(seed)  # noqa: S311 - an experiment, not a secret
    known = Known([], [], [])
    index = 0
    while index < len(source):
        last = index + 1 == len(source)
        draw = chance.random()
        one, other = [source[index]], [target[index]]
        if draw < 2 * JOINED and not last:
            one, other = [*source[index : index + 2]], [*target[index : index + 2]]
            one, other = (one, [" ".join(other)]) if draw < JOINED else ([" ".join(one)], other)
            index += 1
        elif draw < 2 * JOINED + 2 * LEFT_OUT:
            one, other = (one, []) if draw < 2 * JOINED + LEFT_OUT else ([], other)
        start = len(known.source), len(known.target)
        known.source.extend(one)
        known.target.extend(other)
        known.beads.append(Bead(start[0], len(known.source), start[1], len(known.target)))
        index += 1
    return known


class Tally:
    """Beads found, beads right, and both at once."""

    def __init__(self) -> None:
        """Start with nothing counted."""
        self.counts: Counter[str] = Counter()

    def add(self, found: Sequence[Bead], known: Sequence[Bead]) -> None:
        """Count one document."""
        self._count("bead", set(found), set(known))
        self._count("alone", _alone(found), _alone(known))

    def _count(self, name: str, found: AbstractSet[object], known: AbstractSet[object]) -> None:
        self.counts[f"{name} found"] += len(found)
        self.counts[f"{name} known"] += len(known)
        self.counts[f"{name} both"] += len(found & known)

    def shares(self) -> tuple[float, float, float, float]:
        """Precision and recall of all beads, and of sentences without counterpart."""
        return self._ratio("bead", "found"), self._ratio("bead", "known"), self._ratio("alone", "found"), self._ratio("alone", "known")

    def _ratio(self, name: str, of: str) -> float:
        return self.counts[f"{name} both"] / max(1, self.counts[f"{name} {of}"])


def _alone(beads: Sequence[Bead]) -> set[tuple[str, int]]:
    sources = {("source", bead.source_start) for bead in beads if bead.start == bead.end}
    return sources | {("target", bead.start) for bead in beads if bead.source_start == bead.source_end}


def documents(folder: Path) -> Mapping[str, Mapping[str, list[str]]]:
    """The documents of NTREX, by id and language."""
    found: dict[str, dict[str, list[str]]] = defaultdict(dict)
    with gzip.open(folder / "human_ntrex.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            found[row["doc"]][row["lang"]] = row["segments"]
    return found


def measure(folder: Path, vectors: Vectors | None, most: int) -> Iterator[tuple[str, Tally, Tally]]:
    """For each language: its name, how the alignment did, and how lengths alone did."""
    texts = documents(folder)
    for lang in sorted({lang for by_lang in texts.values() for lang in by_lang} - {"en"}):
        aligned, by_length = Tally(), Tally()
        for name in sorted(texts)[:most]:
            if lang not in texts[name] or "en" not in texts[name]:
                continue
            known = spoiled(texts[name]["en"], texts[name][lang], name)
            if not known.source or not known.target:
                continue
            one, other = (vectors.of(known.source), vectors.of(known.target)) if vectors else (None, None)
            aligned.add(align.align(known.source, known.target, one, other), known.beads)
            blank = ["." * len(text) for text in known.source], ["." * len(text) for text in known.target]
            by_length.add(align.align(*blank, None, None), known.beads)
            if vectors:
                vectors.forget()
        yield lang, aligned, by_length


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="alignment.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="the folder that holds human_ntrex.jsonl.gz")
    parser.add_argument("--model", default="bundled")
    parser.add_argument("--documents", type=int, default=40)
    options = parser.parse_args()
    if not (options.data / "human_ntrex.jsonl.gz").is_file():
        print(f"{options.data}: there is no human_ntrex.jsonl.gz: nothing is measured", file=sys.stderr)
        return 0
    total, total_by_length = Tally(), Tally()
    print(f"{'':6}{'beads':^18}{'without counterpart':^22}{'lengths alone':^22}")
    print(f"{'':6}{'right':>9}{'found':>9}{'right':>11}{'found':>11}{'right':>11}{'found':>11}")
    for lang, aligned, by_length in measure(options.data, load_vectors(options.model), options.documents):
        _print(lang, aligned, by_length)
        total.counts.update(aligned.counts)
        total_by_length.counts.update(by_length.counts)
    _print("all", total, total_by_length)
    return 0


def _print(name: str, aligned: Tally, by_length: Tally) -> None:
    right, found, alone_right, alone_found = aligned.shares()
    baseline = by_length.shares()
    print(f"{name:6}{right:9.3f}{found:9.3f}{alone_right:11.3f}{alone_found:11.3f}{baseline[0]:11.3f}{baseline[1]:11.3f}")


if __name__ == "__main__":
    sys.exit(main())
