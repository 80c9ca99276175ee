"""Train the table: a text is the sum of its pieces' vectors, and translations of each other must be each other's nearest in a batch.

Contrastive loss (InfoNCE, both directions) over the pairs of one language at a time, so that the other texts of the batch are in the same
two languages and from the same sources: the hardest that can be had for nothing.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
import texts as corpus
import torch
from numpy.typing import NDArray
from prepare import LANGUAGES, Prepared

DIMENSION = 256
STEPS = 13_000
BATCH = 1024  # pairs
LEARNING_RATE = 1e-2
WARM_UP = 200  # steps
COOLING = 0.4  # the last part of the steps, in which the learning rate goes down to nothing
SCALE = 14.0  # of the cosines in the loss; in 1,500 steps 20 gave 5 points less than 10, in 14,000 steps 13 was better than 10
SEVERAL = 0.25  # of the batches are pairs of any two versions out of a cluster, of any languages
RUN = 16  # clusters that follow each other, drawn together: the other lines of an article are the hardest wrong answers
LONGEST = 80  # pieces of a text
SEED = 1
# How much each source is drawn, beside the square root of its size. News counts most: it is what the model is for.
SHARE = {
    "ntrex": 4.0, "wmt": 4.0, "tatoeba": 4.0, "mlqe": 1.5, "critical": 1.0, "dictionaries": 1.0, "descriptions": 1.0, "wesnoth": 1.5,
    "cataclysm": 1.0, "widelands": 1.0, "mediawiki": 1.0, "catalogues": 1.0, "firefox": 0.7, "help": 0.7, "libreoffice": 0.5,
    "user-guide": 0.5, "cldr": 0.5,
}  # fmt: skip

Batch = tuple[NDArray[np.int64], NDArray[np.int64]]


def train(prepared: Prepared, pieces: int, steps: int = STEPS) -> NDArray[np.float32]:
    """The table, shape (pieces, DIMENSION)."""
    torch.manual_seed(SEED)
    frequency = np.bincount(prepared.flat, minlength=pieces) / len(prepared.flat)
    # A rare piece says more than a common one (Arora et al. 2017, SIF): the start, from which training goes on.
    rarity = torch.tensor(1e-3 / (1e-3 + frequency), dtype=torch.float32)[:, None]
    table = torch.nn.EmbeddingBag(pieces, DIMENSION, mode="sum", sparse=True)
    table.weight.data = torch.randn(pieces, DIMENSION) * rarity / DIMENSION**0.5
    optimizer = torch.optim.SparseAdam(table.parameters(), lr=LEARNING_RATE)
    started, mean = time.process_time(), 0.0
    for step, (ours, theirs) in zip(range(steps), _batches(prepared), strict=False):
        for group in optimizer.param_groups:
            group["lr"] = LEARNING_RATE * min(1, (step + 1) / WARM_UP, max(0.02, (steps - step) / (steps * COOLING)))
        loss = _loss(table, prepared, ours, theirs)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()  # type: ignore[no-untyped-call]
        mean = loss.item() if step == 0 else 0.99 * mean + 0.01 * loss.item()
        if (step + 1) % 500 == 0:
            print(f"step {step + 1:>6}  loss {mean:.3f}  {time.process_time() - started:.0f} CPU s", flush=True)
    found: NDArray[np.float32] = table.weight.detach().numpy()
    return found


def _loss(table: torch.nn.EmbeddingBag, prepared: Prepared, ours: NDArray[np.int64], theirs: NDArray[np.int64]) -> torch.Tensor:
    cosines = _vectors(table, prepared, ours) @ _vectors(table, prepared, theirs).T * SCALE
    same = torch.from_numpy((ours[:, None] == ours[None, :]) | (theirs[:, None] == theirs[None, :]))
    cosines = cosines.masked_fill(same.fill_diagonal_(False), -1e4)  # the same text twice is no wrong answer
    right = torch.arange(len(ours))
    return (torch.nn.functional.cross_entropy(cosines, right) + torch.nn.functional.cross_entropy(cosines.T, right)) / 2


def _vectors(table: torch.nn.EmbeddingBag, prepared: Prepared, chosen: NDArray[np.int64]) -> torch.Tensor:
    starts = prepared.offsets[chosen]
    counts = np.minimum(prepared.offsets[chosen + 1] - starts, LONGEST)
    offsets = np.concatenate([[0], np.cumsum(counts)])
    pieces = prepared.flat[np.repeat(starts - offsets[:-1], counts) + np.arange(offsets[-1])]
    summed = table(torch.from_numpy(pieces.astype(np.int64)), torch.from_numpy(offsets[:-1]))
    return torch.nn.functional.normalize(summed, dim=1)


def _batches(prepared: Prepared) -> Iterator[Batch]:
    chance = np.random.default_rng(SEED)
    languages = [lang for lang in LANGUAGES if lang != "en"]
    sources: dict[str, dict[str, NDArray[np.int32]]] = {lang: {} for lang in languages}
    for (lang, source), group in prepared.pairs.items():
        if len(group):
            sources[lang][source] = group
    sizes = np.array([sum(map(len, sources[lang].values())) for lang in languages])
    weights = np.array([1.0 if lang in corpus.NEWS else 0.9 for lang in languages]) * sizes**0.25
    clusters = [cluster for source in sorted(prepared.clusters) for cluster in prepared.clusters[source]]  # in the order of the articles
    full = np.diff(prepared.offsets) > 0  # a text of which the vocabulary knows nothing teaches nothing
    while True:
        if clusters and chance.random() < SEVERAL:
            starts = chance.integers(0, len(clusters) - RUN, BATCH // RUN)
            drawn = [chance.choice(clusters[start + line], 2, replace=False) for start in starts for line in range(RUN)]
            batch = np.array(drawn, np.int64)
        else:
            found = sources[languages[chance.choice(len(languages), p=weights / weights.sum())]]
            share = np.array([SHARE[source] * len(group) ** 0.5 for source, group in found.items()])
            drawn = [
                group[chance.integers(0, len(group), count)]
                for group, count in zip(found.values(), chance.multinomial(BATCH, share / share.sum()), strict=True)
            ]
            batch = np.concatenate(drawn).astype(np.int64)
        batch = batch[full[batch[:, 0]] & full[batch[:, 1]]]
        yield batch[:, 0], batch[:, 1]
