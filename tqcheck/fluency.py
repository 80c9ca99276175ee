"""How usual a row of pieces is: which piece follows which, counted in free text of 61 languages.

The counts are of pairs of neighbours, by a checksum of the pair, as logarithms of one byte; half a million pairs are English, the rest the
most frequent ones of each language (`benchmarks/adequacy/fluency.py` builds `data/fluency.npz`). That sees a word that was doubled,
torn apart or put in the wrong place; it knows nothing of grammar or sense.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from tqcheck.tables import DATA

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

STEPS = 12.0  # of a byte are one nat
BACKOFF = -1.2  # nats that a pair which was never seen costs beside the frequency of its second piece
END = -3.0  # the log probability of an end, in text of 20 pieces a sentence
_MIX = 0x9E3779B97F4A7C15  # spreads a pair over 64 bits; the upper half is kept


class Counts(NamedTuple):
    """pairs: log counts beside the sorted checksums; pieces: log counts by piece, and those of start and end last."""

    checksums: NDArray[np.uint32]
    pairs: NDArray[np.float32]
    pieces: NDArray[np.float32]
    total: float


@cache
def counts() -> Counts:
    """The table of `data/fluency.npz`."""
    import numpy as np

    with (DATA / "fluency.npz").open("rb") as file, np.load(file) as table:
        checksums = np.cumsum(table["steps"], dtype=np.uint32)
        pairs, pieces = (table[name].astype(np.float32) / np.float32(STEPS) for name in ("pairs", "pieces"))
    return Counts(checksums, pairs, pieces, float(np.log(np.exp(pieces[:-2].astype(np.float64)).sum())))


def checksums(first: NDArray[np.uint64], second: NDArray[np.uint64]) -> NDArray[np.uint32]:
    """A number for each pair of pieces."""
    import numpy as np

    mixed = ((first << np.uint64(17)) | second) * np.uint64(_MIX)
    return (mixed >> np.uint64(32)).astype(np.uint32)


def fluency(pieces: Sequence[int], letters: int) -> dict[str, float]:
    """How usual a text is.

    surprise: nats a letter. bound: nats a pair by which its pieces are more usual together than apart; unseen: the share of pairs that
    stand nowhere in the table. torn: pieces a letter.
    """
    import numpy as np

    if not pieces:
        return {"surprise": 0.0, "bound": 0.0, "unseen": 0.0, "torn": 0.0}
    table = counts()
    start, end = len(table.pieces) - 2, len(table.pieces) - 1
    row = np.array([start, *pieces, end], dtype=np.uint64)
    first, second = row[:-1], row[1:]
    wanted = checksums(first, second)
    at = np.minimum(np.searchsorted(table.checksums, wanted), len(table.checksums) - 1)
    seen = table.checksums[at] == wanted
    alone = table.pieces[second] - table.total
    alone[-1] = END
    apart = alone + BACKOFF
    together = np.where(seen, np.maximum(table.pairs[at] - table.pieces[first], apart), apart)
    return {
        "surprise": float(-together.sum()) / max(letters, 1),
        "bound": float((together - alone).mean()),
        "unseen": float(1 - seen.mean()),
        "torn": len(pieces) / max(letters, 1),
    }
