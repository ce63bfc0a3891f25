"""Hashed n-gram language models: counts of each order, and how surprising a text is to them.

The probability of a token after its predecessors mixes all orders: it starts at ``1 / buckets``,
and each order in turn makes it ``(c(context, token) + s p) / (c(context) + s)``. Order 1 has the
empty context and, for s, its number of distinct tokens (Witten and Bell), as otherwise words never
seen would decide everything; above it s is the given strength (a Dirichlet prior). Tokens and
hashes are those of `cribble.kernels.ngrams`; each order has buckets of its own.

Memory: 8 bytes an order and bucket, and 8 bytes a token of the longest row.

Source:
    Witten and Bell (1991), doi:10.1109/18.87000; MacKay and Bauman Peto (1995),
    doi:10.1017/S1351324900000218.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cribble.core import TextBlock
from cribble.kernels.alphabet import code_points
from cribble.kernels.ngrams import _bucket, _join, _room, _tokens

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def count_orders(block: TextBlock, counts: Ints, rows: Ints | None = None) -> None:
    """Add the n-grams of rows to a model, in place.

    Args:
        block: m texts.
        counts: (orders, buckets) int64.
        rows: Rows of the block to count; None for all.
    """
    rows = np.arange(len(block)) if rows is None else rows
    _count_orders(block.data, block.offsets, code_points(True), counts, rows)


def surprise(block: TextBlock, counts: Ints, strength: float) -> tuple[Floats, Ints]:
    """Sum the surprise of each row's tokens, ``-ln p``.

    Args:
        block: m texts.
        counts: (orders, buckets) int64, the model.
        strength: How many observations the shorter context is worth, above 0.

    Returns:
        (m,) float64 nats, and (m,) int64 tokens.
    """
    nats = np.zeros(len(block))
    tokens = np.zeros(len(block), dtype=np.int64)
    total, types = int(counts[0].sum()), max(1, int(np.count_nonzero(counts[0])))
    _surprise(
        block.data, block.offsets, code_points(True), counts, total, types, strength, nats, tokens
    )
    return nats, tokens


@njit(cache=True, nogil=True)
def _count_orders(
    data: NDArray[np.uint8], offsets: Ints, table: NDArray[np.uint32], counts: Ints, rows: Ints
) -> None:
    hashes = _room(offsets)
    orders, buckets = counts.shape
    for row in rows:
        for i in range(_tokens(data, offsets[row], offsets[row + 1], table, hashes)):
            gram = hashes[i]
            counts[0, _bucket(gram, np.uint64(buckets))] += 1
            for order in range(1, min(orders, i + 1)):
                gram = _join(gram, hashes[i - order])
                counts[order, _bucket(gram, np.uint64(buckets))] += 1


@njit(cache=True, nogil=True)
def _surprise(
    data: NDArray[np.uint8],
    offsets: Ints,
    table: NDArray[np.uint32],
    counts: Ints,
    total: int,
    types: int,
    strength: float,
    nats: Floats,
    tokens: Ints,
) -> None:
    hashes = _room(offsets)
    orders, size = counts.shape
    buckets = np.uint64(size)
    for row in range(len(nats)):
        tokens[row] = _tokens(data, offsets[row], offsets[row + 1], table, hashes)
        for i in range(tokens[row]):
            gram = hashes[i]
            chance = (counts[0, _bucket(gram, buckets)] + types / size) / (total + types)
            context = gram
            for order in range(1, min(orders, i + 1)):
                earlier = hashes[i - order]
                gram = _join(gram, earlier)
                context = earlier if order == 1 else _join(context, earlier)
                seen = counts[order - 1, _bucket(context, buckets)]
                found = counts[order, _bucket(gram, buckets)]
                chance = (found + strength * chance) / (seen + strength)
            nats[row] -= np.log(chance)
