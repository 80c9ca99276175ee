"""Fit the coefficients of `tqcheck score` (tqcheck/data/adequacy.json and adequacy.npz) on human judgements.

    python benchmarks/adequacy/fit.py DATA [--work DIR] [--e5 DIR] [--write]

DATA is a folder with train/mlqe_da, train/critical and train/tatoeba (*.jsonl.gz), as ../shared/eval; TQ_EVAL names it too. Nothing is
learned of DATA/dev. The score is made of nets, trees and length:

    faults    only what is told as reasons: weights, each with the sign that it must have, learned on judgements and on translations
              spoilt on purpose (corrupt.py)
    nets      small networks, learned on both at once
    judgement boosted trees, monotone where a figure speaks for or against a translation, learned on judgements; spoilt translations are
              given to them with the judgement of what they were made of, so that faults are left to the weights
    length    a long segment has more places for errors than those that were judged one by one; its weight is fixed here
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import os
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import corrupt
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.stats import norm, rankdata
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold

from tqcheck import evidence, static_model
from tqcheck.adequacy import FAULTS, FEATURES, LENGTH, NETS_BESIDE_E5, OF_SOURCE, SIGNS, TREES_BESIDE_NETS, by_nets, pair_code

Array = NDArray[np.float64]
Row = tuple[str, str, str, str]

DATA = Path(__file__).resolve().parents[2] / "tqcheck" / "data"
SPOILT_A_PAIR = 6
SHARE_OF_FAULTS = 0.3  # by which the weights are made small, so that only what matters is told
NETS, HIDDEN, STEPS, AT_ONCE = 6, 48, 2600, 1024
SHARE_OF_SPOILT = 0.8  # how much spoilt translations count beside judgements in a net; 0.3 to 3 were tried
STEEP = 8.0  # how sure a net should be of a difference
TREES = {
    "max_iter": 300, "learning_rate": 0.04, "max_leaf_nodes": 14, "max_features": 0.3, "min_samples_leaf": 60, "l2_regularization": 10.0,
    "early_stopping": False, "random_state": 0,
}  # fmt: skip


def rows_of(folder: Path, name: str) -> list[dict[str, Any]]:
    """The records of a file of the data folder."""
    with gzip.open(folder / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def figures(rows: Sequence[Row], work: Path | None = None, name: str = "") -> Array:
    """The features of pairs, shape (pairs, features); kept in the work folder, since they take minutes."""
    kept = work / f"{name}.npy" if work else None
    if kept and kept.is_file():
        found: Array = np.load(kept)
        return found
    model, sources, known = static_model.bundled(), {}, {}
    for source, target, source_lang, lang in dict.fromkeys(rows):
        if (source, source_lang) not in sources:
            side = evidence.Side(source, source_lang)
            sources[source, source_lang] = side, evidence.words(side.text, model)
        (one, one_words), other = sources[source, source_lang], evidence.Side(target, lang)
        seen = evidence.of_words(one, other, one_words, evidence.words(other.text, model))
        known[source, target, source_lang, lang] = [seen[name] for name in FEATURES]
    table = np.array([known[row] for row in rows], dtype=np.float64).reshape(-1, len(FEATURES))
    if kept:
        np.save(kept, table)
    return table


def pairs(rows: Iterable[dict[str, Any]]) -> list[Row]:
    """Records to pairs."""
    return [(row["source"], row["mt"], row["source_lang"], row["lang"]) for row in rows]


def ranks(values: Array, groups: Sequence[str]) -> Array:
    """Judgements as normal scores within each language pair: pairs had different judges."""
    found = np.zeros(len(values))
    names = np.array(groups)
    for group in np.unique(names):
        at = names == group
        found[at] = norm.ppf((rankdata(values[at]) - 0.5) / at.sum())
    return found


def spoilt(judged: Sequence[dict[str, Any]], tatoeba: Sequence[dict[str, Any]]) -> list[tuple[Row, Row, str]]:
    """Good translations, what was made of them, and the kind of fault."""
    chance = random.Random(5)  # noqa: S311 - nothing is secret here
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in judged:
        if row["da_z"] > -0.3:
            groups["judged", row["pair"]].append(pairs([row])[0])
    for row in tatoeba:
        if len(row["en"]) > 25:
            groups["tatoeba", "x-en"].append((row["text"], row["en"], row["lang"], "en"))
            groups["tatoeba", row["lang"]].append((row["en"], row["text"], "en", row["lang"]))
    found = []
    for key, group in sorted(groups.items()):
        chance.shuffle(group)
        most = 900 if key[0] == "judged" else 2500 if key[1] == "x-en" else 60
        targets = [pair[1] for pair in group]
        vocabulary = corrupt.Vocabulary(targets, chance)
        for pair in group[:most]:
            made = [(kind, corrupt.spoil(kind, pair, chance, targets, vocabulary)) for kind in chance.sample(corrupt.KINDS, SPOILT_A_PAIR)]
            found += [(pair, (pair[0], worse, *pair[2:]), kind) for kind, worse in made if worse]
    return found


# -- the parts --------------------------------------------------------------------------------------------------------


def weights(  # noqa: PLR0913, PLR0917 - all that is learned of
    judged: Array, judgement: Array, groups: Sequence[str], good: Array, bad: Array, kinds: Sequence[str]
) -> Array:
    """The weights of the faults: least squares within each pair of languages, and a logistic loss on what was spoilt; signs are kept."""
    within, names = judged.copy(), np.array(groups)
    for group in np.unique(names):
        within[names == group] -= within[names == group].mean(axis=0)
    counts = Counter(kinds)
    share = np.array([1 / counts[kind] for kind in kinds]) / len(counts)
    better = good - bad

    def loss(w: Array) -> tuple[float, Array]:
        rest, margin = within @ w - judgement, 4 * (better @ w)
        value = np.mean(rest**2) + np.sum(share * np.logaddexp(0, -margin)) + 1e-3 * w @ w
        slope = 2 * within.T @ rest / len(rest) - better.T @ (4 * share / (1 + np.exp(np.clip(margin, -50, 50)))) + 2e-3 * w
        return float(value), slope

    limits = [{1: (0, None), -1: (None, 0)}.get(SIGNS.get(name, 0), (None, None)) for name in FAULTS]
    found: Array = minimize(loss, np.zeros(len(FAULTS)), jac=True, bounds=limits, method="L-BFGS-B").x
    return found


def nets(  # noqa: PLR0913, PLR0917 - all that is learned of
    x: Array, y: Array, weight: Array, good: Array, bad: Array, kinds: Sequence[str], source_only: Sequence[int]
) -> dict[str, NDArray[np.float32]]:
    """Small networks of one hidden layer, as one: squares of the error on judgements, a logistic loss on what was spoilt.

    Unlike trees they have no steps: the smallest loss of a word counts. What is known of the source alone is cut to what was judged.
    """
    middle, scale = x.mean(axis=0), np.concatenate([x, bad]).std(axis=0) + 1e-6
    low, high = middle - 6 * scale, middle + 6 * scale
    low[source_only], high[source_only] = np.quantile(x[:, source_only], [0.01, 0.99], axis=0)

    def prepared(rows: Array) -> Array:
        found: Array = (np.clip(rows, low, high) - middle) / scale
        return found

    x, good, bad = prepared(x), prepared(good), prepared(bad)
    counts = Counter(kinds)
    share = np.array([1 / counts[kind] for kind in kinds]) * len(kinds) / len(counts)
    steps = min(STEPS, len(x))
    found = []
    for seed in range(NETS):
        chance = np.random.default_rng(seed)
        w = [
            chance.normal(0, 1, (x.shape[1], HIDDEN)) / np.sqrt(x.shape[1]),
            np.zeros(HIDDEN),
            chance.normal(0, 1, HIDDEN) / np.sqrt(HIDDEN),
        ]
        first, second = [np.zeros_like(part) for part in w], [np.zeros_like(part) for part in w]
        for step in range(1, steps + 1):
            at, pair = chance.integers(0, len(x), AT_ONCE), chance.integers(0, len(good), AT_ONCE)
            rows = np.concatenate([x[at], good[pair], bad[pair]])
            total = rows @ w[0] + w[1]
            gate = 1 / (1 + np.exp(-np.clip(total, -50, 50)))
            hidden = total * gate
            value = hidden @ w[2]
            better = value[AT_ONCE : 2 * AT_ONCE] - value[2 * AT_ONCE :]
            pull = SHARE_OF_SPOILT * share[pair] * STEEP / (1 + np.exp(np.clip(STEEP * better, -50, 50)))
            slope = np.concatenate([2 * weight[at] * (value[:AT_ONCE] - y[at]), -pull, pull]) / AT_ONCE
            inner = slope[:, None] * w[2] * (gate + hidden * (1 - gate))
            rate = 3e-3 * (1 + np.cos(np.pi * step / steps)) / 2
            for part, (own, change) in enumerate(zip(list(w), (rows.T @ inner, inner.sum(axis=0), hidden.T @ slope), strict=True)):
                first[part] += 0.1 * (change - first[part])
                second[part] += 0.001 * (change**2 - second[part])
                w[part] = own - rate * (first[part] / (1 - 0.9**step) / (np.sqrt(second[part] / (1 - 0.999**step)) + 1e-8) + 0.01 * own)
        found.append(w)
    parts = {
        "in": np.concatenate([w[0] for w in found], axis=1), "bias": np.concatenate([w[1] for w in found]),
        "out": np.concatenate([w[2] for w in found]) / NETS, "low": low, "high": high, "middle": middle, "scale": scale,
    }  # fmt: skip
    return {name: part.astype(np.float32) for name, part in parts.items()}


def trees(x: Array, y: Array, weight: Array, names: Sequence[str]) -> HistGradientBoostingRegressor:
    """Boosted trees that go up or down with a figure where that is known."""
    return HistGradientBoostingRegressor(**TREES, monotonic_cst=[SIGNS.get(name, 0) for name in names]).fit(x, y, sample_weight=weight)


def arrays(model: HistGradientBoostingRegressor) -> dict[str, NDArray[Any]]:
    """Trees as plain arrays, one row a node; `roots` says where each begins. A leaf is its own child."""
    parts: dict[str, list[NDArray[Any]]] = defaultdict(list)
    roots, start = [], 0
    for (predictor,) in model._predictors:  # noqa: SLF001 - scikit-learn has no public way to the nodes
        nodes = predictor.nodes
        leaf, own = nodes["is_leaf"].astype(bool), np.arange(len(nodes))
        roots.append(start)
        parts["feature"].append(np.where(leaf, 0, nodes["feature_idx"]).astype(np.uint16))
        parts["limit"].append(np.where(leaf, 0.0, nodes["num_threshold"]))
        parts["left"].append((np.where(leaf, own, nodes["left"]) + start).astype(np.uint16))
        parts["right"].append((np.where(leaf, own, nodes["right"]) + start).astype(np.uint16))
        parts["value"].append(nodes["value"].astype(np.float32))
        start += len(nodes)
    found = {name: np.concatenate(part) for name, part in parts.items()}
    return found | {"roots": np.array(roots, np.uint16), "base": np.array(model._baseline_prediction, np.float64).reshape(-1)}  # noqa: SLF001


def scale_of(raw: Array, judgement: Array, unrelated: Array) -> list[list[float]]:
    """Knots (raw, value, low, high): the mean judgement of segments like this, and where four of five lie; another sentence at 0.03."""
    shares = [0.01, 0.05, 0.12, 0.25, 0.4, 0.55, 0.7, 0.82, 0.92, 0.98]
    knots = []
    for at in np.quantile(raw, shares):
        near = judgement[np.argsort(np.abs(raw - at))[: max(50, len(raw) // 12)]]
        knots.append([float(at), float(near.mean()), *map(float, np.quantile(near, [0.1, 0.9]))])
    floor = float(min(np.quantile(unrelated, 0.5), knots[0][0] - 1.0))
    last = knots[-1]
    knots = [[floor - 2.0, 0.0, 0.0, 0.2], [floor, 0.03, 0.0, 0.3], *knots, [last[0] + 2.0, 0.99, last[2], 1.0]]
    for one, other in itertools.pairwise(knots):
        other[1] = max(other[1], one[1] + 0.005)
        other[2], other[3] = max(other[2], one[2]), max(other[3], one[3])
    return [[round(cell, 4) for cell in knot] for knot in knots]


# -- the whole --------------------------------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    """Fit, and write with --write; returns the exit code."""
    parser = argparse.ArgumentParser(prog="fit.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", type=Path, default=os.environ.get("TQ_EVAL"), help="folder of the judgements; default: $TQ_EVAL")
    parser.add_argument("--work", type=Path, help="keep the features here")
    parser.add_argument("--e5", type=Path, metavar="DIR", help="vectors of e5 (*.json, *.npz by vectors.py): fit for e5 as well")
    parser.add_argument("--limit", type=int, help="of each file only so many records")
    parser.add_argument("--out", type=Path, default=DATA, help="where to write; default: tqcheck/data")
    parsed = parser.parse_args(arguments)
    needed = ("train/mlqe_da", "train/critical", "train/tatoeba")
    if not parsed.data or not all((Path(parsed.data) / f"{name}.jsonl.gz").is_file() for name in needed):
        print(f"fit.py: the judgements are not there: give the folder that holds {', '.join(needed)} (*.jsonl.gz)", file=sys.stderr)
        return 2
    judged, critical, tatoeba = (rows_of(Path(parsed.data), name)[: parsed.limit] for name in needed)
    fit(judged, critical, tatoeba, parsed.out, parsed.work, parsed.e5)
    return 0


def fit(  # noqa: PLR0913, PLR0915, PLR0917 - it reads top to bottom
    judged: list[dict[str, Any]],
    critical: list[dict[str, Any]],
    tatoeba: list[dict[str, Any]],
    out: Path,
    work: Path | None,
    e5: Path | None,
) -> None:
    """Fit all parts and write them."""
    made = spoilt(judged, tatoeba)
    x, xc = figures(pairs(judged), work, "judged"), figures(pairs(critical), work, "critical")
    xg, xb = figures([row[0] for row in made], work, "good"), figures([row[1] for row in made], work, "bad")
    kinds = [kind for *_, kind in made]
    groups = [row["pair"] for row in judged]
    known_pairs = sorted({f"{row['source_lang']}-{row['lang']}" for row in judged})

    def coded(features: Array, rows: Sequence[Row]) -> Array:
        return np.concatenate([features, np.array([pair_code(f"{row[2]}-{row[3]}", known_pairs) for row in rows])], axis=1)

    y = ranks(np.array([row["da_z"] for row in judged]), groups)
    yc = 0.6 * ranks(-np.array([sum(row["scores"]) for row in critical], float), [row["lang"] for row in critical])
    at = [FEATURES.index(name) for name in FAULTS]
    scale = np.concatenate([x, xb]).std(axis=0)[at] + 1e-9
    both, both_y = np.concatenate([x, xc]), np.concatenate([y, yc])
    w = (
        weights(both[:, at] / scale, both_y, [*groups, *(row["lang"] for row in critical)], xg[:, at] / scale, xb[:, at] / scale, kinds)
        / scale
    )
    w *= SHARE_OF_FAULTS
    usual = x[:, at].mean(axis=0)

    card = json.loads((DATA / "adequacy.json").read_text("utf-8"))
    card["usual"] = {name: round(float(value), 5) for name, value in zip(FAULTS, usual, strict=True)}
    card["faults"] = {name: round(float(value), 5) for name, value in zip(FAULTS, w, strict=True)}
    w = np.array(list(card["faults"].values()))
    da = np.array([row["da"] for row in judged]) / 100
    stored: dict[str, NDArray[Any]] = {}

    def whole(features: Array, grown: Array, *, by_net: bool = False) -> Array:
        weighed = LENGTH["bundled" if by_net else "e5"]
        length = sum(weight * features[:, FEATURES.index(name)] for name, weight in weighed.items())
        if by_net:
            return by_nets(net, features) + TREES_BESIDE_NETS * grown + length
        return NETS_BESIDE_E5 * by_nets(net, features) + grown + length

    x, xc = coded(x, pairs(judged)), coded(xc, pairs(critical))
    xg, xb = coded(xg, [row[0] for row in made]), coded(xb, [row[1] for row in made])
    both, names = np.concatenate([x, xc]), (*FEATURES, *known_pairs)
    first = trees(both, both_y, np.concatenate([np.ones(len(y)), np.full(len(yc), 0.2)]), names)
    grown = trees(
        np.concatenate([both, xb]), np.concatenate([both_y, first.predict(xg)]),
        np.concatenate([np.ones(len(y)), np.full(len(yc), 0.2), np.full(len(xb), 0.12)]), names,
    )  # fmt: skip
    stored |= {f"bundled.{name}": value for name, value in arrays(grown).items()}
    only = [FEATURES.index(name) for name in OF_SOURCE]
    net = nets(both, both_y, np.concatenate([np.ones(len(y)), np.full(len(yc), 0.2)]), xg, xb, kinds, only)
    stored |= {f"net.{name}": value for name, value in net.items()}
    other = np.array([kind == "other" for kind in kinds])
    card["scale"] = {
        "bundled": scale_of(whole(x, grown.predict(x), by_net=True), da, whole(xb[other], grown.predict(xb[other]), by_net=True))
    }
    if e5:
        known: dict[str, NDArray[np.float32]] = {}
        for path in sorted(e5.glob("*.json")):
            known.update(zip(json.loads(path.read_text("utf-8")), np.load(path.with_suffix(".npz"))["v"].astype(np.float32), strict=True))
        have = np.array([row["source"] in known and row["mt"] in known for row in judged])
        one = np.stack([known[row["source"]] for row, there in zip(judged, have, strict=True) if there])
        two = np.stack([known[row["mt"]] for row, there in zip(judged, have, strict=True) if there])
        print(f"e5: {have.sum()} of {len(judged)} judged segments")
        from tqcheck.adequacy import in_one

        joined, guess = in_one(one, two), np.zeros(have.sum())
        for train, test in KFold(5, shuffle=True, random_state=0).split(joined):
            guess[test] = Ridge(300).fit(joined[train], y[have][train]).predict(joined[test])
        ridge = Ridge(300).fit(joined, y[have])
        extra = np.stack([(one * two).sum(axis=1), guess], axis=1).round(4)
        xe = np.concatenate([x[have], extra], axis=1)
        grown = trees(xe, y[have], np.ones(len(xe)), (*names, "e5_similarity", "e5_judgement"))
        stored |= {f"e5.{name}": value for name, value in arrays(grown).items()}
        stored |= {"e5.ridge": ridge.coef_.astype(np.float32), "e5.constant": np.array([ridge.intercept_])}
        raw = whole(x[have], grown.predict(xe))
        card["scale"]["e5"] = scale_of(raw, da[have], np.array([raw.min() - 1.0]))
    own: Counter[str] = Counter()
    others: Counter[str] = Counter()
    for row in tatoeba:
        own[row["lang"]] += len(row["text"])
        others[row["lang"]] += len(row["en"])
    card["table"] = sorted({"en", *own})  # languages of the bundled table, as far as they can be told from here
    card["trained"] = known_pairs
    card["provenance"] = (
        f"fitted by benchmarks/adequacy/fit.py on {len(judged)} judged segments of MLQE-PE (CC0), {len(critical)} of the critical error "
        f"task of WMT 2021, and {len(made)} translations spoilt on purpose (of MLQE-PE and Tatoeba, CC BY 2.0 FR); nothing of dev"
    )
    out.mkdir(parents=True, exist_ok=True)
    (out / "adequacy.json").write_text(json.dumps(card, ensure_ascii=False, indent=1) + "\n", "utf-8")
    np.savez_compressed(out / "adequacy.npz", allow_pickle=False, **stored)
    print(f"{out}: {len(stored['bundled.roots'])} trees; faults: " + ", ".join(f"{n} {v:+.3f}" for n, v in card["faults"].items() if v))


if __name__ == "__main__":
    sys.exit(main())
