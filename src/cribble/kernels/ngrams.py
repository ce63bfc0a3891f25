r"""Hashed n-grams straight from UTF-8 bytes: compiled scans, nothing allocated per token.

A token is a match of ``\w+|[^\w\s]+`` in the lowercased text, as in the wordpunct tokenizer
that DSIR uses; `alphabet` names the few characters on which Python's own ``re`` and ``str``
differ. A token's hash folds its code points, ``h = (h ^ c) * FOLD`` from ``START``, and ends in
the finalizer of SplitMix64; an n-gram's hash joins those of its tokens, last to first. Buckets
are the upper 32 bits scaled to the range. The scheme is called "fast" and is part of the
format: changing it changes picks.

Every scan holds the token hashes of one row at a time: 8 bytes a token of the longest row.

Source:
    Steele, Lea and Flood (2014), doi:10.1145/2714064.2660195, for the finalizer.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cribble.core import TextBlock
from cribble.kernels.alphabet import OTHER, SHIFT, SINGLE, SIZE, SPACE, code_points
from cribble.kernels.copying import copy_head

START = np.uint64(0x243F6A8885A308D3)
FOLD = np.uint64(0x9E3779B97F4A7C15)
MIX1 = np.uint64(0xBF58476D1CE4E5B9)
MIX2 = np.uint64(0x94D049BB133111EB)
_R30, _R27, _R31, _R32 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(32)
_SHIFT, _LOWER = np.uint32(SHIFT), np.uint32(SIZE - 1)
_SPACE, _SINGLE = np.uint32(SPACE), np.uint32(SINGLE)
_UNKNOWN = np.uint32(OTHER << SHIFT)
_BROKEN = np.uint32(0xFFFD)
_ZERO, _ONE = np.uintp(0), np.uintp(1)

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]
Hashes = NDArray[np.uint64]
Table = NDArray[np.uint32]


class NgramBlock(NamedTuple):
    """The n-grams of consecutive rows, hashed.

    Args:
        buckets: (e,) unsigned, the buckets of all rows' n-grams, row after row.
        starts: (m + 1,) int64, where each row starts in ``buckets``.
        tokens: (m,) int64, tokens of each row.
    """

    buckets: NDArray[np.unsignedinteger]
    starts: Ints
    tokens: Ints

    @property
    def nbytes(self) -> int:
        """Bytes that it takes."""
        return sum(part.nbytes for part in self)


def count_tokens(block: TextBlock, *, unspaced: bool = True) -> Ints:
    """Count the tokens of each row.

    Args:
        block: m texts.
        unspaced: Count each character of a script without spaces as a token.

    Returns:
        (m,) int64.
    """
    out = np.empty(len(block), dtype=np.int64)
    _count_tokens(block.data, block.offsets, code_points(unspaced), out)
    return out


def hash_ngrams(block: TextBlock, ngrams: int, buckets: int) -> NgramBlock:
    """Hash the n-grams of rows into buckets.

    Each character of a script without spaces is a token; as one long word, a Chinese row would
    have a single n-gram, and chance would weigh it.

    Args:
        block: m texts.
        ngrams: Longest order; all orders from 1 are hashed.
        buckets: Number of buckets.
    """
    # Room for a token a byte; what is not written takes no memory.
    found = np.empty(len(block.data) * ngrams, dtype=bucket_dtype(buckets))
    starts = np.zeros(len(block) + 1, dtype=np.int64)
    tokens = np.empty(len(block), dtype=np.int64)
    texts = block.data, block.offsets, code_points(True)
    _hash_ngrams(*texts, ngrams, np.uint64(buckets), found, starts, tokens)
    return NgramBlock(found[: starts[-1]].copy(), starts, tokens)


def bucket_dtype(buckets: int) -> type[np.uint16 | np.uint32]:
    """The narrowest type that numbers ``buckets`` buckets."""
    return np.uint16 if buckets <= 1 << 16 else np.uint32


def count_buckets(block: NgramBlock, counts: Ints, rows: Ints | None = None) -> None:
    """Add the n-grams of rows to a histogram, in place.

    Args:
        block: m hashed rows.
        counts: (buckets,) int64 histogram.
        rows: Rows of the block to count; None for all.
    """
    rows = np.arange(len(block.tokens)) if rows is None else rows
    _count_buckets(block.buckets, block.starts, rows, counts)


def weigh_buckets(block: NgramBlock, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum the weights of each row's n-grams, (m, t) float64, in their order.

    Args:
        block: m hashed rows.
        weights: (buckets, t) float64, t weightings of the buckets.
    """
    sums = np.empty((len(block.tokens), weights.shape[1]))
    for column, one in zip(sums.T, np.ascontiguousarray(weights.T), strict=True):
        _weigh_buckets(block.buckets, block.starts, one, column)
    return sums


def row_ngrams(
    block: TextBlock, ngrams: int, buckets: int, *, unspaced: bool = True
) -> tuple[Ints, NDArray[np.int32], NDArray[np.int32]]:
    """Count the n-grams of each row, as compressed sparse rows.

    Memory: 8 bytes a distinct n-gram of a row, at most three times that while growing, and
    4 bytes a bucket.

    Args:
        block: m texts.
        ngrams: Longest order; all orders from 1 are counted.
        buckets: Number of buckets.
        unspaced: Make each character of a script without spaces a token.

    Returns:
        (m + 1,) int64 row starts, (e,) int32 buckets in order of first appearance within the
        row, and (e,) int32 counts.
    """
    table = code_points(unspaced)
    starts, found, counts, used = _row_ngrams(block.data, block.offsets, table, ngrams, buckets)
    return starts, found[:used], counts[:used]


def token_hashes(block: TextBlock) -> Hashes:
    """Hash the tokens of all rows, (e,) uint64, in order."""
    out = np.empty(int(count_tokens(block).sum()) + 1, dtype=np.uint64)
    used = _token_hashes(block.data, block.offsets, code_points(True), out)
    return out[:used]


def has_token_among(block: TextBlock, known: Hashes) -> bool:
    """Tell whether any token of the block is among ``known``; stops at the first that is.

    Args:
        block: m texts.
        known: (e,) uint64 token hashes, sorted.
    """
    return bool(_has_token_among(block.data, block.offsets, code_points(True), known))


@njit(cache=True, nogil=True)
def _mix(x: np.uint64) -> np.uint64:
    x = (x ^ (x >> _R30)) * MIX1
    x = (x ^ (x >> _R27)) * MIX2
    return np.uint64(x ^ (x >> _R31))


@njit(cache=True, nogil=True)
def _join(later: np.uint64, earlier: np.uint64) -> np.uint64:
    return np.uint64(_mix(later * FOLD + earlier))


@njit(cache=True, nogil=True)
def _bucket(x: np.uint64, buckets: np.uint64) -> np.int64:
    return np.int64(((x >> _R32) * buckets) >> _R32)


@njit(cache=True, nogil=True)
def _decode(data: Bytes, at: int, stop: int) -> tuple[np.uint32, int]:
    """Decode a character of several bytes; where it is broken, one byte is U+FFFD."""
    lead = data[at]
    width = 2 if lead < 0xE0 else (3 if lead < 0xF0 else 4)
    if lead < 0xC0 or at + width > stop:
        return _BROKEN, at + 1
    point = np.uint32(lead & (0x7F >> width))
    for i in range(1, width):
        point = np.uint32((point << 6) | (data[at + i] & 0x3F))
    return point, at + width


@njit(cache=True, nogil=True)
def _tokens(data: Bytes, at: int, stop: int, table: Table, hashes: Hashes) -> np.int64:
    """Hash the tokens of one text into ``hashes``, which has room for one more than its bytes.

    The loop over bytes has no branch that depends on where words end: the running hash is
    always stored and the place to store moves on when a token ended. Unsigned places need no
    check for being negative.
    """
    used = _ZERO
    kind = _SPACE
    running = START
    text = data[at:stop]
    i, size = _ZERO, np.uintp(len(text))
    while i < size:
        byte = text[i]
        if byte < 0x80:
            entry = table[byte]
            i += _ONE
        else:
            point, after = _decode(text, np.int64(i), len(text))
            i = np.uintp(after)
            entry = table[point] if point < SIZE else _UNKNOWN | (point & _LOWER)
        here = entry >> _SHIFT
        hashes[used] = running
        fresh = (here != kind) | (here == _SINGLE)
        used += _ONE if fresh & (kind != _SPACE) else _ZERO
        running = START if fresh else running
        running = (running ^ np.uint64(entry & _LOWER)) * FOLD
        kind = here
    hashes[used] = running
    used += _ONE if kind != _SPACE else _ZERO
    count = np.int64(used)
    for token in range(count):
        hashes[token] = _mix(hashes[token])
    return count


@njit(cache=True, nogil=True)
def _room(offsets: Ints) -> Hashes:
    longest = 0
    for row in range(len(offsets) - 1):
        longest = max(longest, offsets[row + 1] - offsets[row])
    return np.empty(longest + 1, dtype=np.uint64)


@njit(cache=True, nogil=True)
def _count_tokens(data: Bytes, offsets: Ints, table: Table, out: Ints) -> None:
    hashes = _room(offsets)
    for row in range(len(out)):
        out[row] = _tokens(data, offsets[row], offsets[row + 1], table, hashes)


@njit(cache=True, nogil=True)
def _hash_ngrams(
    data: Bytes,
    offsets: Ints,
    table: Table,
    ngrams: int,
    buckets: np.uint64,
    found: NDArray[np.unsignedinteger],
    starts: Ints,
    tokens: Ints,
) -> None:
    hashes = _room(offsets)
    used = 0
    for row in range(len(tokens)):
        tokens[row] = _tokens(data, offsets[row], offsets[row + 1], table, hashes)
        for i in range(tokens[row]):
            gram = hashes[i]
            found[used] = _bucket(gram, buckets)
            used += 1
            for earlier in range(i - 1, max(-1, i - ngrams), -1):
                gram = _join(gram, hashes[earlier])
                found[used] = _bucket(gram, buckets)
                used += 1
        starts[row + 1] = used


@njit(cache=True, nogil=True)
def _count_buckets(
    buckets: NDArray[np.unsignedinteger], starts: Ints, rows: Ints, counts: Ints
) -> None:
    for row in rows:
        for bucket in buckets[starts[row] : starts[row + 1]]:
            counts[bucket] += 1


@njit(cache=True, nogil=True)
def _weigh_buckets(
    buckets: NDArray[np.unsignedinteger],
    starts: Ints,
    weights: NDArray[np.float64],
    sums: NDArray[np.float64],
) -> None:
    for row in range(len(sums)):
        total = 0.0
        for bucket in buckets[starts[row] : starts[row + 1]]:
            total += weights[bucket]
        sums[row] = total


@njit(cache=True, nogil=True)
def _row_ngrams(
    data: Bytes, offsets: Ints, table: Table, ngrams: int, buckets: int
) -> tuple[Ints, NDArray[np.int32], NDArray[np.int32], int]:
    hashes = _room(offsets)
    tally = np.zeros(buckets, dtype=np.int32)
    starts = np.zeros(len(offsets), dtype=np.int64)
    found = np.empty(1024, dtype=np.int32)
    counts = np.empty(1024, dtype=np.int32)
    used = 0
    for row in range(len(offsets) - 1):
        tokens = _tokens(data, offsets[row], offsets[row + 1], table, hashes)
        if used + tokens * ngrams > len(found):
            size = max(2 * len(found), used + tokens * ngrams)
            grown_found, grown_counts = np.empty(size, np.int32), np.empty(size, np.int32)
            copy_head(grown_found, found, used)
            copy_head(grown_counts, counts, used)
            found, counts = grown_found, grown_counts
        for i in range(tokens):
            gram = hashes[i]
            for earlier in range(i - 1, max(-2, i - ngrams - 1), -1):
                bucket = _bucket(gram, np.uint64(buckets))
                if tally[bucket] == 0:
                    found[used] = bucket
                    used += 1
                tally[bucket] += 1
                if earlier >= 0:
                    gram = _join(gram, hashes[earlier])
        for i in range(starts[row], used):
            counts[i] = tally[found[i]]
            tally[found[i]] = 0
        starts[row + 1] = used
    return starts, found, counts, used


@njit(cache=True, nogil=True)
def _token_hashes(data: Bytes, offsets: Ints, table: Table, out: Hashes) -> int:
    hashes = _room(offsets)
    used = 0
    for row in range(len(offsets) - 1):
        tokens = _tokens(data, offsets[row], offsets[row + 1], table, hashes)
        copy_head(out[used:], hashes, tokens)
        used += tokens
    return used


@njit(cache=True, nogil=True)
def _has_token_among(data: Bytes, offsets: Ints, table: Table, known: Hashes) -> bool:
    hashes = _room(offsets)
    for row in range(len(offsets) - 1):
        for i in range(_tokens(data, offsets[row], offsets[row + 1], table, hashes)):
            place = np.searchsorted(known, hashes[i])
            if place < len(known) and known[place] == hashes[i]:
                return True
    return False
