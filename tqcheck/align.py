"""Which sentences of the translation stand for which sentences of its source.

Dynamic programming over beads of 1-1, 1-2, 2-1, 2-2, 1-0 and 0-1 sentences (Gale and Church 1993), scored by the cosine of the
sentences' vectors (Vecalign: Thompson and Koehn 2019) and by their lengths. A long article is aligned coarsely first, two sentences as
one, and then only near that path: time and memory grow with its length, not with its square.

Without a sentence model the vectors are made of what does not change in translation: figures, names across scripts, addresses.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import regex
from anyascii import anyascii

from tqcheck import names
from tqcheck.calibration import unit_rows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]


class Bead(NamedTuple):
    """Source sentences source_start:source_end say what target sentences start:end say; one of the two ranges may be empty."""

    source_start: int
    source_end: int
    start: int
    end: int


SHAPES = ((1, 1), (1, 2), (2, 1), (2, 2))  # (source, target) sentences of a bead that has both
FULL_BELOW = 160  # sentences: up to here every pair is looked at
RADIUS = 12  # sentences to both sides of the coarse path
ANCHOR_NUMBERS = 256  # numbers in a vector of anchors

# Chosen by `python benchmarks/alignment.py` on newspaper text whose alignment is known, with sentences joined, split and left out.
SKIP = 0.5  # what a sentence without counterpart costs, as a share of what an unrelated pair costs
SKIP_ANCHORS = 0.7  # the same where anchors are all there is to go by
LENGTH_WEIGHT = 0.06
LENGTH_VARIANCE = 6.8  # of target letters per source letter (Gale and Church)
EXTRA_SENTENCE = 0.2  # added for each sentence of a bead beyond 1-1: without it pairs of long sentences are joined


def align(source: Sequence[str], target: Sequence[str], source_vectors: Matrix | None, target_vectors: Matrix | None) -> list[Bead]:
    """Align the sentences of a text with those of its source.

    Args:
        source: the sentences of the source, in order.
        target: the sentences of the translation.
        source_vectors: unit vectors, shape (len(source), dimension); None to go by anchors and lengths alone.
        target_vectors: the same for the translation.

    Returns:
        Beads in order; every sentence of both sides is in exactly one.
    """
    if not source or not target:
        return [Bead(i, i + 1, 0, 0) for i in range(len(source))] + [Bead(len(source), len(source), j, j + 1) for j in range(len(target))]
    if len(source) == len(target) == 1:
        return [Bead(0, 1, 0, 1)]
    anchors = _anchor_vectors([*source, *target])
    if source_vectors is None or target_vectors is None:
        return _align(_Side.of(source, anchors[: len(source)]), _Side.of(target, anchors[len(source) :]), SKIP_ANCHORS)
    one, other = _beside(source_vectors, anchors[: len(source)]), _beside(target_vectors, anchors[len(source) :])
    return _align(_Side.of(source, one), _Side.of(target, other), SKIP)


class _Side(NamedTuple):
    """The sentences of one text."""

    vectors: Matrix  # shape (sentences, dimension), unit length or zero
    letters: NDArray[np.float64]

    @classmethod
    def of(cls, sentences: Sequence[str], vectors: Matrix) -> _Side:
        import numpy as np

        return cls(vectors, np.array([max(1, len(sentence)) for sentence in sentences], dtype=np.float64))

    def joined(self, size: int) -> _Side:
        """Stretches of `size` adjoining sentences, one beginning at each sentence but the last ones: shape (n - size + 1, dimension)."""
        vectors = self.vectors * self.letters[:, None]
        last = len(self.letters) - size + 1
        return _Side(
            _unit(sum(vectors[offset : offset + last] for offset in range(size))),  # type: ignore[arg-type]
            sum(self.letters[offset : offset + last] for offset in range(size)),  # type: ignore[arg-type]
        )

    def part(self, start: int, end: int) -> _Side:
        """The stretches start:end, of which there may be none."""
        return _Side(self.vectors[start : max(start, end)], self.letters[start : max(start, end)])

    def halved(self) -> _Side:
        """Every two sentences as one."""
        import numpy as np

        starts = np.arange(0, len(self.letters), 2)
        return _Side(_unit(np.add.reduceat(self.vectors * self.letters[:, None], starts)), np.add.reduceat(self.letters, starts))


def _unit(vectors: NDArray[np.floating]) -> Matrix:
    import numpy as np

    unit: Matrix = unit_rows(vectors).astype(np.float32)
    return unit


ANCHOR_SHARE = 0.3  # weight of the anchors beside the model's vectors


def _beside(vectors: Matrix, anchors: Matrix) -> Matrix:
    import numpy as np

    return _unit(np.hstack([vectors, anchors * ANCHOR_SHARE]))


# -- the path -----------------------------------------------------------------------------------------------------------


def _align(source: _Side, target: _Side, skip: float) -> list[Bead]:
    rows, columns = len(source.letters), len(target.letters)
    if max(rows, columns) <= FULL_BELOW:
        return _path(source, target, [(0, columns)] * (rows + 1), skip)
    coarse = _align(source.halved(), target.halved(), skip)
    return _path(source, target, _near(coarse, rows, columns), skip)


def _near(coarse: Sequence[Bead], rows: int, columns: int) -> list[tuple[int, int]]:
    """For each row of the finer table the columns, first and last, that lie near the coarse path."""
    first, last = [columns] * (rows + 1), [0] * (rows + 1)
    done = 0
    for bead in coarse:  # they rise on both sides: the first that is near a row has its first column, the last one its last
        near = min(rows, 2 * bead.source_end + RADIUS) + 1
        first[done:near] = [max(0, 2 * bead.start - RADIUS)] * (near - done)
        done = near
    for bead in reversed(coarse):
        near = max(0, 2 * bead.source_start - RADIUS)
        last[near:done] = [min(columns, 2 * bead.end + RADIUS)] * (done - near)
        done = near
    return list(zip(first, last, strict=True))


def _path(source: _Side, target: _Side, band: Sequence[tuple[int, int]], skip: float) -> list[Bead]:
    """The cheapest path through the table of (source sentences done, target sentences done), within a band of columns per row.

    What a row costs beside its arithmetic counts: lines of one letter make a hundred times as many rows as prose does.
    """
    import numpy as np

    rows, columns = len(source.letters), len(target.letters)
    paid_target = skip * np.arange(columns + 1)
    # The costs of this row and of the two before it, infinite outside of their bands and in two columns before the first.
    before, last_one, this = (np.full(columns + 1 + _MARGIN, math.inf) for _ in range(3))
    moves: list[NDArray[np.int8]] = []
    bands = [(0, -1), (0, -1)]
    for row, prices in enumerate(_prices_by_row(source, target, band)):
        first, last = band[row]
        low, high = first + _MARGIN, last + _MARGIN + 1
        found = np.empty((len(SHAPES) + 1, last - first + 1))
        np.add(last_one[low:high], skip, out=found[0])
        for shape, (height, width) in enumerate(SHAPES):
            np.add((last_one if height == 1 else before)[low - width : high - width], prices[shape], out=found[shape + 1])
        move = (found.argmin(axis=0) - 1).astype(np.int8)
        cost = found.min(axis=0)
        if row == 0 and first == 0:
            cost[0] = 0.0
        # A run of target sentences without counterpart: dp[j] = min over k <= j of dp[k] + paid[j] - paid[k].
        paid = paid_target[first : last + 1]
        least = np.minimum.accumulate(cost - paid) + paid
        skipped = least < cost - 1e-12
        move[skipped] = _SKIP_TARGET
        this[low:high] = np.where(skipped, least, cost)
        moves.append(move)
        bands.append((low, high))
        before[slice(*bands[row])] = math.inf
        before, last_one, this = last_one, this, before
    return _traced(moves, band, rows, columns)


_SKIP_SOURCE, _SKIP_TARGET = -1, len(SHAPES)
_MARGIN = 2  # columns before the first, so that none has a negative number
_BLAS_ALONE = 2**18  # multiplications, from which OpenBLAS takes more threads
_BLOCK_ROWS, _BLOCK_CELLS = 64, 65_536  # rows whose prices are worked out together; what bounds the memory for it


def _prices_by_row(source: _Side, target: _Side, band: Sequence[tuple[int, int]]) -> Iterator[NDArray[np.float64]]:
    """For each row of the table what a bead that ends there costs, shape (shapes, columns of its band); infinite outside the text."""
    import numpy as np

    ratio = float(target.letters.sum() / source.letters.sum())
    centre = {"source": source.vectors.mean(axis=0), "target": target.vectors.mean(axis=0)}
    sizes = [size for size in (1, 2) if size <= min(len(source.letters), len(target.letters))]
    sources, targets = ({size: side.joined(size) for size in sizes} for side in (source, target))
    for begin, end, first, last in _blocks(band):
        block = np.full((end - begin, len(SHAPES), last - first + 1), math.inf)
        for shape, (height, width) in enumerate(SHAPES):
            if height not in sources or width not in targets:
                continue
            top, left = max(begin - height, 0), max(first - width, 0)
            own, others = sources[height].part(top, end - height), targets[width].part(left, last - width + 1)
            if len(own.letters) and len(others.letters):
                price = _prices(own, others, ratio, centre) * ((height + width) / 2) + EXTRA_SENTENCE * (height + width - 2)
                block[top + height - begin :, shape, left + width - first : left + width - first + len(others.letters)] = price
        for row in range(begin, end):
            yield block[row - begin, :, band[row][0] - first : band[row][1] - first + 1]


def _blocks(band: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int, int, int]]:
    """Rows that are priced together (first, behind the last), and their columns (first, last): not many more cells than the band has."""
    begin, (first, last), cells = 0, band[0], 0
    for row, (low, high) in enumerate(band):
        left, right = min(first, low), max(last, high)
        cells += high - low + 1
        area = (row + 1 - begin) * (right - left + 1)
        if row > begin and (row - begin >= _BLOCK_ROWS or area > _BLOCK_CELLS or area > 4 * cells):
            yield begin, row, first, last
            begin, left, right, cells = row, low, high, high - low + 1
        first, last = left, right
    yield begin, len(band), first, last


def _products(one: Matrix, other: Matrix) -> Matrix:
    """All scalar products, shape (one, other), in pieces so small that BLAS does not share them among its threads.

    On a busy machine these wait for each other far longer than a piece takes.
    """
    import numpy as np

    step = max(1, _BLAS_ALONE // (one.shape[1] * len(other)))
    return np.concatenate([one[start : start + step] @ other.T for start in range(0, len(one), step)])


def _prices(source: _Side, target: _Side, ratio: float, centre: dict[str, Matrix]) -> NDArray[np.float64]:
    """What it costs to take a source stretch and a target stretch for one another, shape (source stretches, target stretches)."""
    import numpy as np

    distance = 1.0 - _products(source.vectors, target.vectors)
    usual = 1.0 - (_products(centre["source"][None], target.vectors) + _products(source.vectors, centre["target"][None])) / 2
    letters = source.letters[:, None] * ratio
    off = np.square(target.letters - letters) / (LENGTH_VARIANCE * (letters + target.letters) / 2)
    prices: NDArray[np.float64] = distance / np.maximum(usual, 1e-6) + LENGTH_WEIGHT * np.minimum(off, 25.0) / 2
    return prices


def _traced(moves: Sequence[NDArray[np.int8]], band: Sequence[tuple[int, int]], row: int, column: int) -> list[Bead]:
    beads = []
    while row or column:
        move = int(moves[row][column - band[row][0]])
        height, width = (1, 0) if move == _SKIP_SOURCE else (0, 1) if move == _SKIP_TARGET else SHAPES[move]
        beads.append(Bead(row - height, row, column - width, column))
        row, column = row - height, column - width
    return list(_replaced(beads[::-1]))


def _replaced(beads: Sequence[Bead]) -> Iterator[Bead]:
    """Where a source sentence without counterpart adjoins a target sentence without one, the one stands for the other, however badly."""
    waiting: Bead | None = None
    for bead in beads:
        if waiting and (waiting.source_start == waiting.source_end) != (bead.source_start == bead.source_end) and _is_single(bead):
            yield Bead(waiting.source_start, bead.source_end, waiting.start, bead.end)
            waiting = None
            continue
        if waiting:
            yield waiting
        waiting = bead if _is_single(bead) else None
        if waiting is None:
            yield bead
    if waiting:
        yield waiting


def _is_single(bead: Bead) -> bool:
    return bead.source_start == bead.source_end or bead.start == bead.end


# -- anchors ------------------------------------------------------------------------------------------------------------

# The name in an address has an end (64 letters): else a word of 10 MB is read to its end from each of its letters.
_TOKEN = regex.compile(r"\p{Nd}+|\p{Lu}[\p{L}\p{M}]{2,}|[\p{L}\p{Nd}._%+-]{1,64}+@[\p{L}\p{Nd}.-]+|https?://\S+|[@#]\w+")
ANCHOR_LETTERS = 4  # of a name's key: endings differ from case to case


def _anchor_vectors(sentences: Sequence[str]) -> Matrix:
    """Unit vectors of what translators leave as it is, shape (sentences, ANCHOR_NUMBERS); zeros where there is none of it."""
    import numpy as np

    bags = [[_anchor(token) for token in _TOKEN.findall(sentence)] for sentence in sentences]
    known: dict[str, int] = {}
    for bag in bags:
        for anchor in set(bag):
            known[anchor] = known.get(anchor, 0) + 1
    vectors = np.zeros((len(sentences), ANCHOR_NUMBERS), dtype=np.float32)
    for row, bag in zip(vectors, bags, strict=True):
        for anchor in bag:
            # The sign keeps two anchors that share a number from looking alike (feature hashing: Weinberger et al. 2009).
            mixed = zlib.crc32(anchor.encode())
            row[mixed % ANCHOR_NUMBERS] += (1 if mixed & 0x8000_0000 else -1) / math.sqrt(known[anchor])
    return _unit(vectors)


def _anchor(token: str) -> str:
    if token.isdecimal():
        return str(int(token)) if len(token) < 20 else token
    token = token if token.isascii() else anyascii(token)
    return names.transliteration_key(token)[:ANCHOR_LETTERS] if token.isalpha() else token.casefold()
