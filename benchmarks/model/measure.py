"""How well a sentence model finds translations and tells reworded lines from others: the table of MODEL_CARD.md.

    python benchmarks/model/measure.py [--model bundled|e5|NAME|PATH] [--eval ../shared/eval]

Tested on the half of the texts that the bundled model never learned from (texts.py cuts it off): NTREX news (English with each of 32
languages, both directions), Tatoeba (60 languages), WMT news (six languages with English, pools of 1000), and AUC of two translations of
one line against the next line of the same article.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import texts as corpus
from numpy.typing import NDArray
from parallel import fingerprint
from sacrebleu.metrics.chrf import CHRF

Encode = Callable[[Sequence[str]], NDArray[np.float32]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what was measured; returns the exit code."""
    from tqcheck.embed import load_vectors
    from tqcheck.errors import TqcheckError

    parser = argparse.ArgumentParser(description="Measure a sentence model.")
    parser.add_argument("--model", default="bundled")
    parser.add_argument("--eval", type=Path, default=Path(__file__).resolve().parents[2].parent / "shared" / "eval")
    parser.add_argument("--limit", type=int, default=10**9, help="texts per language at most")
    parsed = parser.parse_args(arguments)
    if not parsed.eval.is_dir():
        print(f"measure.py: {parsed.eval} is not there: nothing to measure on", file=sys.stderr)
        return 0
    try:
        vectors = load_vectors(parsed.model)
    except TqcheckError as error:
        print(f"measure.py: error: {error}", file=sys.stderr)
        return 2
    if vectors is None:
        print("measure.py: error: --model none measures nothing", file=sys.stderr)
        return 2
    print(f"model {vectors.name}\n")

    def encode(texts: Sequence[str]) -> NDArray[np.float32]:
        vectors.forget()
        return vectors.of(texts)

    show(encode, *corpus.evaluation(parsed.eval), parsed.eval, parsed.limit)
    return 0


def show(encode: Encode, learned: corpus.Learned, tests: corpus.Tests, evaluation: Path, limit: int = 10**9) -> None:
    """Print the table, in Markdown: a row a language, a row of means."""
    known: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for source, ((_, one), (lang, other), *_) in learned:
        if source == "tatoeba":
            known[lang].append((other, one))
    size = min(limit, len(tests.ntrex["en"]))
    english, others = tests.ntrex["en"][:size], {lang: text[:size] for lang, text in tests.ntrex.items() if lang != "en"}
    columns = {f"NTREX, pool {size}": retrieval(encode, others, english)}
    columns["next sentence (AUC)"] = {lang: across(encode, english, text) for lang, text in others.items()}
    columns["Tatoeba"] = {lang: _pairs_top1(encode, group[:limit]) for lang, group in tests.tatoeba.items()}
    columns["Tatoeba, pool 500"] = {lang: _pairs_top1(encode, group[:limit], known[lang][:limit]) for lang, group in tests.tatoeba.items()}
    columns["WMT, pool 1000"] = {lang: _pairs_top1(encode, group[: min(limit, 1000)]) for lang, group in tests.wmt.items()}
    again = reworded(encode, evaluation, limit)
    for at, name in enumerate(("reworded (AUC)", "found at 0.1 %", "found at 1 %")):
        columns[name] = {lang: values[at] for lang, values in again.items()}
    print("| language | " + " | ".join(columns) + " |\n" + "| --- " * (len(columns) + 1) + "|")
    for lang in sorted(set().union(*columns.values())):
        print(f"| {lang} | " + " | ".join(_cell(name, column.get(lang)) for name, column in columns.items()) + " |")
    print("| mean | " + " | ".join(_cell(name, float(np.mean(list(column.values())))) for name, column in columns.items()) + " |")
    print("| least | " + " | ".join(_cell(name, min(column.values())) for name, column in columns.items()) + " |")
    pools = [len(group) for group in tests.tatoeba.values()]
    pairs = sum(values[3] for values in again.values())
    print(f"\nTatoeba: {len(pools)} languages, pools of {min(pools)} to {max(pools)}. Reworded: {pairs} pairs.")


def _cell(name: str, value: float | None) -> str:
    return "" if value is None else f"{value:.4f}" if "AUC" in name else f"{value:.3f}"


def retrieval(encode: Encode, others: Mapping[str, Sequence[str]], english: Sequence[str]) -> dict[str, float]:
    """Share of sentences whose translation is the nearest of all, English with each other language, mean of both directions."""
    found = encode(english)
    return {lang: top1(encode(sentences), found) for lang, sentences in others.items()}


def _pairs_top1(encode: Encode, pairs: Sequence[tuple[str, str]], others: Sequence[tuple[str, str]] = ()) -> float:
    """Top-1 of the pairs, among themselves and `others`."""
    one, other = (encode([pair[side] for pair in (*pairs, *others)]) for side in (0, 1))
    return top1(one, other, len(pairs))


def top1(one: NDArray[np.float32], other: NDArray[np.float32], count: int | None = None) -> float:
    """Share of the first `count` rows (all) whose nearest row of the other matrix stands at the same place; mean of both directions."""
    cosines, right = one @ other.T, np.arange(count or len(one))
    return float(((cosines[: len(right)].argmax(axis=1) == right).mean() + (cosines[:, : len(right)].argmax(axis=0) == right).mean()) / 2)


def reworded(encode: Encode, evaluation: Path, limit: int = 10**9) -> Mapping[str, tuple[float, float, float, int]]:
    """By language: AUC, share found at 0.1 % and at 1 % false alarms, number of pairs. Articles of the tested half only.

    A line and its other version are a person's translation and another one. Left out are systems that wrote something else altogether (chrF
    of the whole article below 35), lines of 20 characters and less, and the line after the headline: it often does say the headline again.
    """
    people: dict[tuple[str, str], list[str]] = {}
    others: dict[tuple[str, str], list[str]] = {}
    for name in ("dev/articles_human", "dev/articles_mt"):
        for row in corpus.rows(evaluation, name):
            key = row["lang"], row["doc"]
            if fingerprint(row["doc"]) >= corpus.TESTED or len(row["segments"]) != len(people.get(key, row["segments"])):
                continue
            if key not in people:
                people[key] = row["segments"]
            elif key not in others and _chrf(people[key], row["segments"]) >= 35:
                others[key] = row["segments"]
    pairs: dict[str, list[tuple[str, str, str]]] = defaultdict(list)  # a line, the same line by another translator, the next line
    for (lang, doc), one in sorted(people.items()):
        other = others.get((lang, doc), [])
        for at in range(1, len(other) - 1):
            triple = one[at], other[at], other[at + 1]
            if triple[0] != triple[1] and triple[0] not in triple[2] and min(map(len, triple)) > 20:
                pairs[lang].append(triple)
    return {lang: _separation(encode, group[:limit]) for lang, group in sorted(pairs.items()) if len(group) >= 100}


def across(encode: Encode, english: Sequence[str], other: Sequence[str]) -> float:
    """AUC of sentences with their English against the English of the sentence after, of the same article but for its last."""
    return _separation(encode, [(other[at], english[at], english[at + 1]) for at in range(len(english) - 1)])[0]


def _chrf(one: Sequence[str], other: Sequence[str]) -> float:
    return float(CHRF().sentence_score(" ".join(other), [" ".join(one)]).score)


def _separation(encode: Encode, group: Sequence[tuple[str, str, str]]) -> tuple[float, float, float, int]:
    one, same, following = (encode([triple[at] for triple in group]) for at in range(3))
    right, wrong = (one * same).sum(axis=1), np.sort((one * following).sum(axis=1))
    area = float((np.searchsorted(wrong, right) + np.searchsorted(wrong, right, side="right")).mean() / 2 / len(wrong))
    return area, float((right > np.quantile(wrong, 0.999)).mean()), float((right > np.quantile(wrong, 0.99)).mean()), len(group)


if __name__ == "__main__":
    sys.exit(main())
