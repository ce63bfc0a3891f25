"""The built-in embedder: hashed TF-IDF, then a randomized SVD, fitted on the pool itself."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cribble.core import Progress, TextBlock, row_uniforms, stream
from cribble.core.errors import ParameterError, SignalError
from cribble.signals.stretches import Stretches, stretch_cuts, stretches_of

if TYPE_CHECKING:
    from cribble.signals.embedding import Keep, State, Texts

_OVERSAMPLING = 10
_POWER_ITERATIONS = 2
# Entries of the sample's sparse matrix, 8 bytes each: the fit holds some 100 MB at most, under any
# memory limit, since vectors do not depend on it.
_SAMPLE_ENTRIES = 1 << 21
# Rows that are weighted, or turned, at once; and texts whose n-grams are.
_BLOCK, _TEXTS = 512, 256


class HashedEmbedder:
    """Vectors from the words of a text, learned from the pool: no download, no model.

    The n-grams of a text are counted in hashed buckets (characters of scripts without spaces
    count as words), weighted ``(1 + ln tf) ln((n + 2) / (df + 1))`` and projected on the leading
    right singular vectors of that matrix, estimated on a seeded sample of rows. The weight of
    a term that stands in every text is all but zero: with the more common floor of 1 under the
    logarithm, nearest neighbors shared their topic less often on AG News and Banking77.
    Coordinates keep the scale of their singular values; damping them or dropping the first
    moved probes on labeled sets by less than 0.01 either way.

    A vector is a function of its text and the fit alone: no block size or thread count changes
    it. A text without any known term gets the zero vector.

    Args:
        dim: Length of a vector; where the pool has a smaller rank, the rest is zeros.
        ngrams: Longest n-gram, in words; all orders from 1 are used.
        buckets: Hash buckets in which document frequencies are counted.
        features: Buckets that are kept, those with the highest document frequency.
        sample: Rows that the singular vectors are estimated on, fewer where texts are long.

    Raises:
        ParameterError: A parameter is below 1, or there are over 2**31 - 1 buckets.

    Source:
        Deerwester et al. (1990), doi:10.1002/(SICI)1097-4571(199009)41:6<391::AID-ASI1>3.0.CO;2-9;
        hashing, Weinberger et al. (2009), arXiv:0902.2206; randomized SVD, Halko, Martinsson and
        Tropp (2011), arXiv:0909.4061.
    """

    def __init__(
        self,
        dim: int = 128,
        ngrams: int = 2,
        buckets: int = 1 << 20,
        features: int = 1 << 16,
        sample: int = 20_000,
    ) -> None:
        settings = {
            "dim": dim,
            "ngrams": ngrams,
            "buckets": buckets,
            "features": features,
            "sample": sample,
        }
        for name, value in settings.items():
            if not 1 <= value < 1 << 31:
                raise ParameterError(name, value, "at least 1 and below 2**31")
        self._settings = settings
        self.dim = dim
        self.identity = "hashed-tfidf-v2 " + " ".join(f"{k}={v}" for k, v in settings.items())
        self._columns: NDArray[np.int32] | None = None
        self._projection: NDArray[np.float32] | None = None

    def fit(
        self, texts: Texts, size: int, seed: int, progress: Progress, keep: Keep
    ) -> HashedEmbedder:
        """Count document frequencies and estimate singular vectors, in one pass.

        Args:
            texts: Opens the stream of the pool's texts.
            size: Number of texts, n.
            seed: Seed of the sample and of the range finder.
            progress: Hears of every stretch of rows.
            keep: Keeps what each stretch gave; texts of one that it has are passed over.

        Returns:
            A new embedder, fitted.

        Raises:
            SignalError: The stream has not ``size`` texts.
        """
        frequencies, sample = self._counted(texts, size, seed, progress, keep)
        order = np.argsort(-frequencies, kind="stable")[: self._settings["features"]]
        kept = np.sort(order[frequencies[order] > 0])
        idf = np.log((size + 2) / (frequencies[kept] + 1)).astype(np.float32)
        matrix = _unit_rows(*sample.rows(), _columns(kept, self._settings["buckets"]), idf)
        del sample  # as large as the matrix
        projection = _right_singular_vectors(matrix, self.dim, seed)
        projection *= idf[:, None]
        return self.restored({"kept": kept, "projection": projection})

    def _counted(
        self, texts: Texts, size: int, seed: int, progress: Progress, keep: Keep
    ) -> tuple[NDArray[np.int64], _Sample]:
        """In how many texts each bucket occurs, and the rows that are drawn."""
        frequencies = np.zeros(self._settings["buckets"], dtype=np.int64)
        ranks = _sample_ranks(size, self._settings["sample"], seed)
        sample, stretches, cuts = _Sample(), Stretches(texts, size), stretch_cuts(size)
        progress.start("fitting the embedder", size, "rows")
        for low, high in stretches_of(cuts, 0, len(cuts) - 1):
            blocks = stretches.between(low, high)
            part = keep(f"rows {low:,} to {high:,}", partial(self._count_stretch, blocks, ranks))
            frequencies[part["buckets"]] += part["frequencies"]
            sample.offer(part["ranks"], part["starts"], part["found"], part["counts"])
            progress.advance(high - low)
        return frequencies, sample

    def _count_stretch(
        self, blocks: Iterator[tuple[int, TextBlock]], ranks: NDArray[np.int64]
    ) -> State:
        """In how many texts of a stretch each bucket occurs, and the rows of it that are drawn."""
        frequencies = np.zeros(self._settings["buckets"], dtype=np.int32)
        sample = _Sample()
        pieces = ((first + low, piece) for first, block in blocks for low, piece in _pieces(block))
        for first, block in pieces:
            starts, found, counts = self._counts(block)
            np.add.at(frequencies, found, 1)
            sample.offer(ranks[first : first + len(block)], starts, found, counts)
        used = np.nonzero(frequencies)[0]
        starts, found, counts = sample.rows()
        return {
            "buckets": used.astype(np.int32),
            "frequencies": frequencies[used],
            "ranks": sample.ranks(),
            "starts": starts,
            "found": found,
            "counts": counts,
        }

    def embed_block(self, block: TextBlock) -> NDArray[np.float32]:
        """Embed the texts of a block.

        Returns:
            (m, dim) float32, rows of length 1 or 0.

        Raises:
            SignalError: The embedder is not fitted.
        """
        if self._columns is None or self._projection is None:
            raise SignalError("embedding", "the embedder is not fitted", "fit it on the pool first")
        ones = np.ones(len(self._projection), dtype=np.float32)
        out = np.empty((len(block), self.dim), dtype=np.float32)
        for low, piece in _pieces(block):
            terms = _weighted(*self._counts(piece), self._columns, ones)
            out[low : low + len(piece)] = terms @ self._projection
        lengths = np.sqrt(np.square(out, dtype=np.float64).sum(axis=1, keepdims=True))
        lengths[lengths == 0] = 1
        np.divide(out, lengths, out=out, casting="same_kind")
        return out

    def state(self) -> dict[str, NDArray[Any]]:
        """Give the arrays that restore the fit; empty before it."""
        if self._columns is None or self._projection is None:
            return {}
        return {"kept": np.nonzero(self._columns >= 0)[0], "projection": self._projection}

    def restored(self, state: State) -> HashedEmbedder:
        """Make the fitted embedder that `state` came from; parameters are this one's."""
        fitted = HashedEmbedder(**self._settings)
        fitted._columns = _columns(state["kept"], self._settings["buckets"])
        fitted._projection = np.ascontiguousarray(state["projection"], dtype=np.float32)
        return fitted

    def _counts(
        self, block: TextBlock
    ) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
        from cribble.kernels.ngrams import row_ngrams

        return row_ngrams(block, self._settings["ngrams"], self._settings["buckets"])


def _pieces(block: TextBlock) -> Iterator[tuple[int, TextBlock]]:
    for low in range(0, len(block), _TEXTS):
        yield low, block.cut(low, min(low + _TEXTS, len(block)))


def _columns(kept: NDArray[np.int64], buckets: int) -> NDArray[np.int32]:
    columns = np.full(buckets, -1, dtype=np.int32)
    columns[kept] = np.arange(len(kept), dtype=np.int32)
    return columns


def _weighted(
    starts: NDArray[np.int64],
    found: NDArray[np.int32],
    counts: NDArray[np.int32],
    columns: NDArray[np.int32],
    weights: NDArray[np.float32],
    unit: bool = False,
) -> Any:
    """Sparse (m, F) float32 matrix of ``(1 + ln tf) * weight``, rows of length 1 if asked."""
    from scipy.sparse import csr_array

    where = columns[found]
    known = where >= 0
    ends = np.concatenate([[0], np.cumsum(known)])[starts]
    where = where[known]
    values = (1 + np.log(counts[known], dtype=np.float32)) * weights[where]
    if unit:
        rows = np.repeat(np.arange(len(starts) - 1), np.diff(ends))
        squares = np.bincount(rows, np.square(values, dtype=np.float64), len(starts) - 1)
        values /= np.sqrt(squares).astype(np.float32)[rows]
    return csr_array((values, where, ends), shape=(len(starts) - 1, len(weights)))


def _unit_rows(
    starts: NDArray[np.int64],
    found: NDArray[np.int32],
    counts: NDArray[np.int32],
    columns: NDArray[np.int32],
    weights: NDArray[np.float32],
) -> Any:
    """As `_weighted`, rows of length 1, a block of rows at a time."""
    from scipy.sparse import vstack

    parts = []
    for low in range(0, max(1, len(starts) - 1), _BLOCK):
        own = starts[low : low + _BLOCK + 1]
        some = slice(own[0], own[-1])
        block = (own - own[0], found[some], counts[some])
        parts.append(_weighted(*block, columns, weights, unit=True))
    return vstack(parts, format="csr")


def _sample_ranks(size: int, rows: int, seed: int) -> NDArray[np.int64]:
    """Where each row stands in the sample, (n,); -1 for those that are not drawn."""
    keys = row_uniforms(seed, "embedder sample", 0, size)
    chosen = np.argsort(keys, kind="stable")[:rows]
    ranks = np.full(size, -1, dtype=np.int64)
    ranks[chosen] = np.arange(len(chosen))
    return ranks


class _Sample:
    """The counts of drawn rows, those of the lowest ranks within a number of entries.

    What remains is the longest run of ranks whose entries fit, whatever the blocks and stretches: a
    row once pushed out by rows of lower ranks would be pushed out by them again.
    """

    def __init__(self) -> None:
        self._held: dict[int, tuple[NDArray[np.int32], NDArray[np.int32]]] = {}
        self._entries = 0
        self._end = np.inf

    def offer(
        self,
        ranks: NDArray[np.int64],
        starts: NDArray[np.int64],
        found: NDArray[np.int32],
        counts: NDArray[np.int32],
    ) -> None:
        """Take what belongs to the sample from m rows of ranks (m,), -1 for no row of it."""
        for row in np.nonzero((ranks >= 0) & (ranks < self._end))[0]:
            part = slice(starts[row], starts[row + 1])
            self._held[int(ranks[row])] = found[part].copy(), counts[part].copy()
            self._entries += int(starts[row + 1] - starts[row])
        if self._entries > _SAMPLE_ENTRIES:
            self._shrink()

    def _shrink(self) -> None:
        # The first row stays even if it alone exceeds the room: a fit needs something.
        for rank in sorted(self._held)[:0:-1]:
            if self._entries <= _SAMPLE_ENTRIES:
                break
            self._entries -= len(self._held.pop(rank)[0])
            self._end = rank

    def ranks(self) -> NDArray[np.int64]:
        """The ranks that are held, ascending."""
        return np.array(sorted(self._held), dtype=np.int64)

    def rows(self) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
        """Give the sample as compressed sparse rows, in the order of ranks."""
        held = [self._held[rank] for rank in sorted(self._held)]
        empty = [np.empty(0, dtype=np.int32)]
        starts = np.cumsum([0, *(len(found) for found, _ in held)]).astype(np.int64)
        return (
            starts,
            np.concatenate([found for found, _ in held] or empty),
            np.concatenate([counts for _, counts in held] or empty),
        )


def _right_singular_vectors(matrix: Any, dim: int, seed: int) -> NDArray[np.float32]:
    """Estimate the ``dim`` leading right singular vectors, (F, dim); zeros beyond the rank.

    One BLAS thread, because the last bits of a factorization depend on the number of threads.
    """
    from cribble.kernels.scratch import TAKEN_BYTES, scratch
    from cribble.kernels.threads import limited_threads

    features = matrix.shape[1]
    out = scratch((features, dim), np.float32, TAKEN_BYTES)
    if not matrix.nnz:
        out[:] = 0
        return out
    width = min(dim + _OVERSAMPLING, *matrix.shape)
    transposed = matrix.T  # a view
    start = stream(seed, "range finder").standard_normal((features, width), dtype=np.float32)
    with limited_threads(1):
        basis = _orthonormal(matrix @ start)
        del start
        for _ in range(_POWER_ITERATIONS):
            basis = _orthonormal(matrix @ (transposed @ basis))
        right = transposed @ basis
        squares, turn = np.linalg.eigh(_gram(right))
        lengths = np.sqrt(np.maximum(squares[::-1], 0.0))
        rank = min(dim, int((lengths > 1e-5 * lengths[0]).sum()))
        turn = turn[:, ::-1][:, :rank] / lengths[:rank]
        for rows in _blocks(right):
            out[rows, rank:] = 0
            out[rows, :rank] = right[rows].astype(np.float64) @ turn
    # A singular vector is known up to its sign: make the entry of largest size positive.
    far, near = out.max(axis=0), out.min(axis=0)
    out *= np.where(-near > far, np.float32(-1), np.float32(1))
    return out


def _blocks(rows: NDArray[Any]) -> Iterator[slice]:
    return (slice(low, low + _BLOCK) for low in range(0, len(rows), _BLOCK))


def _gram(columns: NDArray[np.float32]) -> NDArray[np.float64]:
    """Products of all columns with each other, in float64."""
    total = np.zeros((columns.shape[1], columns.shape[1]))
    for rows in _blocks(columns):
        exact = columns[rows].astype(np.float64)
        total += exact.T @ exact
    return total


def _orthonormal(columns: NDArray[np.float32]) -> NDArray[np.float32]:
    """Orthonormal basis of the columns by their Gram matrix; several times faster than QR.

    Squaring the condition is harmless in float64: directions that it loses are noise, and zero.
    """
    squares, turn = np.linalg.eigh(_gram(columns))
    lost = squares <= 1e-12 * squares[-1]
    scale = np.where(lost, 0.0, 1 / np.sqrt(np.where(lost, 1.0, squares)))
    out = np.empty_like(columns)
    for rows in _blocks(columns):
        out[rows] = columns[rows].astype(np.float64) @ (turn * scale)
    return out
