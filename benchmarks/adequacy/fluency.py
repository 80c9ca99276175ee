"""Count which piece follows which: tqcheck/data/fluency.npz.

    python benchmarks/adequacy/fluency.py WORK DATA OUT

WORK is the working folder of benchmarks/model/build_model.py (prepared.pickle and descriptions), DATA the folder of the judgements, of
which only English sources and the English of Tatoeba are read: sentences that people wrote. Left out are the news of the evaluation
folders and all machine translation, which are tested on, and dictionaries, which are no sentences.
"""

from __future__ import annotations

import argparse
import pickle
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from fit import rows_of
from numpy.typing import NDArray

from tqcheck import fluency, static_model

Numbers = NDArray[np.int64]

LEFT_OUT = {"mlqe", "critical", "wmt", "ntrex", "dictionaries", "cldr"}
ENGLISH, NEWS, OTHERS = 550_000, 22_000, 6_000  # pairs that are kept, the most frequent first
MODEL = Path(__file__).resolve().parents[1] / "model"


def english(data: Path, descriptions: Path) -> list[str]:
    """English sentences beside those of the packages."""
    found = {row["source"] for row in rows_of(data, "train/mlqe_da") if row["source_lang"] == "en"}
    found |= {row["source"] for row in rows_of(data, "train/critical")}
    found |= {row["en"] for row in rows_of(data, "train/tatoeba")}
    for path in sorted(descriptions.glob("*_main_i18n_Translation-en")):
        for paragraph in _paragraphs(path.read_text("utf-8")):
            sentences = re.split(r"(?<=[.!?:]) (?=[A-Z])", paragraph)
            found.update(text for text in sentences if len(text) > 25 and sum(map(str.isalpha, text)) > 0.65 * len(text))
    return sorted(found)


def _paragraphs(text: str) -> Iterator[str]:
    lines: list[str] = []
    for line in text.splitlines():
        if line.startswith(" ") and not line.startswith("  ") and line.strip() != ".":
            lines.append(line.strip())
            continue
        yield " ".join(lines)
        lines = []
    yield " ".join(lines)


def row_of(texts: Numbers, flat: Numbers, offsets: Numbers, size: int) -> Numbers:
    """The pieces of texts in a row, each with start and end."""
    parts: list[Numbers] = []
    for text in texts:
        parts += [np.array([size]), flat[offsets[text] : offsets[text + 1]], np.array([size + 1])]
    return np.concatenate(parts).astype(np.int64)


def pairs_of(row: Numbers, size: int) -> tuple[Numbers, Numbers]:
    """Each pair of neighbours as first * size + second, and how often."""
    keys = (row[:-1] * size + row[1:])[row[:-1] != size - 1]
    found, counts = np.unique(keys, return_counts=True)
    return found, counts


def stored(by_language: dict[str, tuple[Numbers, Numbers]], single: Numbers, news: set[str]) -> dict[str, NDArray[Any]]:
    """What fluency.npz holds."""
    chosen = []
    for lang, (keys, counts) in by_language.items():
        most, least = (ENGLISH, 2) if lang == "en" else (NEWS if lang in news else OTHERS, 3)
        often = np.flatnonzero(counts >= least)
        chosen.append(keys[often[np.argsort(-counts[often], kind="stable")[:most]]])
    kept = np.unique(np.concatenate(chosen))
    whole = np.zeros(len(kept), np.int64)
    for keys, counts in by_language.values():
        at = np.minimum(np.searchsorted(kept, keys), len(kept) - 1)
        same = kept[at] == keys
        whole[at[same]] += counts[same]
    size = np.uint64(len(single))
    checksums = fluency.checksums(kept.astype(np.uint64) // size, kept.astype(np.uint64) % size).astype(np.uint64)
    order = np.argsort(checksums, kind="stable")
    steps = np.diff(checksums[order], prepend=np.uint64(0)).astype(np.uint32)
    return {"steps": steps, "pairs": _byte(whole[order]), "pieces": _byte(single)}


def _byte(counts: Numbers) -> NDArray[np.uint8]:
    return np.rint(fluency.STEPS * np.log(np.maximum(counts, 1))).clip(0, 255).astype(np.uint8)


def main() -> None:
    """Count and write."""
    parser = argparse.ArgumentParser(prog="fluency.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("work", "data", "out"):
        parser.add_argument(name, type=Path)
    parsed = parser.parse_args()
    sys.path.insert(0, str(MODEL))
    import texts  # of benchmarks/model

    flat, offsets, groups, *_ = pickle.loads((parsed.work / "prepared.pickle").read_bytes())  # noqa: S301 - our own file
    model = static_model.bundled()
    size = len(model.rows) + 2
    numbers: dict[str, list[Numbers]] = {}
    for (lang, source), table in groups.items():
        if source not in LEFT_OUT:
            numbers.setdefault("en", []).append(table[:, 0])
            numbers.setdefault(lang, []).append(table[:, 1])
    by_language, single = {}, np.zeros(size, np.int64)
    for lang, found in numbers.items():
        row = row_of(np.unique(np.concatenate(found)), flat, offsets, size - 2)
        if lang == "en":
            more = [
                [size - 2, *(piece for piece in cut.ids if piece), size - 1]
                for cut in model.tokenizer.encode_batch_fast(
                    english(parsed.data, parsed.work / "descriptions" / "lists"), add_special_tokens=False
                )
            ]
            row = np.concatenate([row, *map(np.array, more)])
        by_language[lang] = pairs_of(row, size)
        single += np.bincount(row, minlength=size)
    np.savez_compressed(parsed.out, allow_pickle=False, **stored(by_language, single, set(texts.NEWS)))


if __name__ == "__main__":
    main()
