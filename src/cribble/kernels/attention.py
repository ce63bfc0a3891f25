"""Graph attention: how much each row is looked at by the rows whose neighbor it is."""

from __future__ import annotations

import itertools
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cribble.core import row_uniforms, stream
from cribble.kernels.neighbors import exact_neighbors
from cribble.kernels.projection import row_products
from cribble.kernels.threads import limited_threads

SLOPE = 0.2
_BLOCK = 512
_BUCKET, _MOST_BUCKET = 500, 2_000


class Layer(NamedTuple):
    """One layer: h = x W a head, and scores own . h_i + other . h_j between neighbors.

    Args:
        weight: (heads, d, f) float32.
        own: (heads, f) float32, what a row makes of itself.
        other: (heads, f) float32, what it makes of a neighbor.
        bias: (heads, f) float32.
    """

    weight: NDArray[np.float32]
    own: NDArray[np.float32]
    other: NDArray[np.float32]
    bias: NDArray[np.float32]


class Attended(NamedTuple):
    """What attention says of each row.

    Args:
        received: (n,) float64 attention from all rows, itself included, a mean over heads; sums
            to n.
        sure: (n,) float64 chance that a row's own label gets.
    """

    received: NDArray[np.float64]
    sure: NDArray[np.float64]


def hashed_neighbors(
    X: NDArray[Any], count: int, *, views: int, bits: int | None, seed: int
) -> NDArray[np.int32]:
    """Find near rows among those on the same sides of random planes through the mean.

    In each view a row has a bucket, the sides of ``bits`` planes, and its nearest rows there are
    its neighbors. A bucket above 2,000 rows is parted at random.

    Args:
        X: (n, d) float32 or float64.
        count: Neighbors a row and view.
        views: Number of views, whose neighbors are united.
        bits: Planes a view; None takes as many as leave 500 rows a bucket on average.
        seed: Draws the planes.

    Returns:
        (n, 1 + views count) int32: the row itself, then its neighbors, ascending; n where there
        are fewer. Time O(n d (2,000 + bits) views); memory 8 bytes a neighbor.
    """
    n = len(X)
    if bits is None:
        bits = max(0, int(np.ceil(np.log2(max(n, 1) / _BUCKET))))
    rows = np.arange(n)
    parted = []
    for view in range(views):
        normals = stream(seed, f"planes of view {view}").standard_normal((bits, X.shape[1]))
        codes = np.zeros(n, dtype=np.int64)
        for normal in normals:
            sides = row_products(X, rows, normal)
            codes = 2 * codes + (sides > sides.mean())
        uniform = row_uniforms(seed, f"parts of view {view}", 0, n)
        order = np.lexsort((uniform, codes))
        starts = np.nonzero(np.diff(codes[order], prepend=-1, append=-1))[0]
        parted.append(
            [
                bucket
                for start, stop in itertools.pairwise(starts.tolist())
                for bucket in np.array_split(order[start:stop], -(-(stop - start) // _MOST_BUCKET))
            ]
        )
    return _united(X, count, parted)


def batch_neighbors(
    X: NDArray[Any], labels: NDArray[np.int64], count: int, *, views: int, size: int, seed: int
) -> NDArray[np.int32]:
    """Find near rows within random batches that hold the classes in the pool's shares.

    Args:
        X: (n, d) float32 or float64.
        labels: (n,) int64 class of each row.
        count: Neighbors a row and view.
        views: How often rows are dealt anew.
        size: Most rows of a batch.
        seed: Deals the rows.

    Returns:
        As `hashed_neighbors`. Time O(n d size views), in products: the cost of a row does not
        grow with the pool.
    """
    batches, parted = -(-len(X) // size), []
    for view in range(views):
        uniform = row_uniforms(seed, f"batches of view {view}", 0, len(X))
        # Class after class in random order, dealt in turn.
        order = np.lexsort((uniform, labels))
        parted.append([order[place::batches] for place in range(batches)])
    return _united(X, count, parted)


def _united(
    X: NDArray[Any], count: int, parted: list[list[NDArray[np.int64]]]
) -> NDArray[np.int32]:
    """The rows themselves and, ascending, their nearest rows of the same bucket in any view."""
    n = len(X)
    found = np.full((n, 1 + len(parted) * count), n, dtype=np.int32)
    for view, buckets in enumerate(parted):
        for bucket in map(np.sort, buckets):
            own = min(count, len(bucket) - 1)
            near = exact_neighbors(np.ascontiguousarray(X[bucket], dtype=np.float32), own)
            found[bucket, 1 + view * count : 1 + view * count + own] = bucket[near]
    united = np.sort(found[:, 1:], axis=1)
    united[:, 1:][united[:, 1:] == united[:, :-1]] = n
    united.sort(axis=1)
    found[:, 1:] = united
    found[:, 0] = np.arange(n)
    return found


def attend(
    X: NDArray[np.float32],
    near: NDArray[np.int32],
    labels: NDArray[np.int64],
    layers: tuple[Layer, Layer],
) -> Attended:
    """Run two layers of graph attention: heads side by side, then heads averaged.

    Time O(n (d + neighbors) heads f). Holds the hidden states, 4 bytes a row, head and feature,
    and blocks of 512 rows with what all their neighbors hold.

    Args:
        X: (n, d) float32.
        near: (n, k) int32 neighbors, each row its own first; n stands for none.
        labels: (n,) int64 codes of the features of the second layer.
        layers: The two layers; the second takes all heads of the first.

    Source:
        Velickovic et al. (2018), arXiv:1710.10903.
    """
    first, second = layers
    n, heads, width = len(X), *first.own.shape
    hidden = np.empty((n, heads * width), dtype=np.float32)
    received, sure = np.zeros(n), np.zeros(n)
    # One thread, because products on several may differ in their last bits.
    with limited_threads(1):
        for rows, _, out in _pass(X, near, first):
            flat = (out + first.bias).reshape(len(out), -1)
            hidden[rows] = np.where(flat > 0, flat, np.expm1(np.minimum(flat, 0)))
        for rows, shares, out in _pass(hidden, near, second):
            seen = near[rows] < n
            flat = shares.mean(axis=2, dtype=np.float64)[seen]
            received += np.bincount(near[rows][seen], flat, minlength=n)
            logits = (out + second.bias).mean(axis=1, dtype=np.float64)
            chances = np.exp(logits - logits.max(axis=1, keepdims=True))
            own = chances[np.arange(len(out)), labels[rows]]
            sure[rows] = own / chances.sum(axis=1)
    return Attended(received, sure)


def _pass(X: NDArray[np.float32], near: NDArray[np.int32], layer: Layer) -> Any:
    """Yield blocks of rows, their attention (m, k, heads) and what they gather (m, heads, f)."""
    n = len(X)
    own, other = np.empty((2, n + 1, len(layer.weight)), dtype=np.float32)
    other[n] = 0
    for start in range(0, n, _BLOCK):
        block = slice(start, min(start + _BLOCK, n))
        own[block] = X[block] @ np.einsum("hdf,hf->dh", layer.weight, layer.own)
        other[block] = X[block] @ np.einsum("hdf,hf->dh", layer.weight, layer.other)
    for start in range(0, n, _BLOCK):
        block = slice(start, min(start + _BLOCK, n))
        some = near[block]
        scores = own[block, None] + other[some]
        scores = np.where(scores > 0, scores, SLOPE * scores)
        scores[some == n] = -np.inf
        shares = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        # The product comes after the sum over neighbors, so only rows are gathered.
        sums = shares.transpose(0, 2, 1) @ X[np.minimum(some, n - 1)]
        yield block, shares, np.einsum("nhd,hdf->nhf", sums, layer.weight, optimize=True)


def attend_by_distance(
    X: NDArray[np.float32], near: NDArray[np.int32], labels: NDArray[np.int64]
) -> Attended:
    """Attend to neighbors by softmax of minus the squared distance over its mean, unlearned.

    Args:
        X: (n, d) float32.
        near: (n, k) int32 neighbors, each row its own first; n stands for none.
        labels: (n,) int64 codes.

    Returns:
        ``sure`` is the share of a row's attention to others that goes to its own label; 0 where
        it has no others.
    """
    n = len(X)
    squares = np.full(near.shape, np.inf)
    for place in range(near.shape[1]):
        there = near[:, place] < n
        gaps = X[there].astype(np.float64) - X[near[there, place]]
        squares[there, place] = np.einsum("ij,ij->i", gaps, gaps)
    scale = squares[np.isfinite(squares)].mean() if n else 1.0
    shares = np.exp(-squares / (scale if scale > 0 else 1.0))
    shares /= shares.sum(axis=1, keepdims=True)
    seen = near < n
    received = np.bincount(near[seen], shares[seen], minlength=n).astype(np.float64)
    same = np.append(labels, -1)[near[:, 1:]] == labels[:, None]
    total = shares[:, 1:].sum(axis=1)
    agreed = (shares[:, 1:] * same).sum(axis=1)
    return Attended(received, np.divide(agreed, total, out=np.zeros(n), where=total > 0))
