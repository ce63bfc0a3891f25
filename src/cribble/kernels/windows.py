"""Hashed windows of words: the sets that near-duplicates and overlaps are judged by.

A word is a run of word characters in the lowercased text; punctuation only parts words, and each
character of a script without spaces is a word. A window's hash is a polynomial in its words'
hashes (see `ngrams`), mixed with its width, so that any width costs one multiplication.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cribble.core import TextBlock
from cribble.kernels.alphabet import OTHER, SHIFT, SIZE, SPACE, code_points
from cribble.kernels.ngrams import FOLD, Bytes, Hashes, Ints, Table, _mix, _room, _tokens


@lru_cache(maxsize=1)
def word_points() -> Table:
    """Tabulate code points as `alphabet.code_points`, with punctuation as space."""
    table = code_points(True).copy()
    classes = table >> np.uint32(SHIFT)
    table[classes == OTHER] = np.uint32(SPACE << SHIFT) | (
        table[classes == OTHER] & np.uint32(SIZE - 1)
    )
    table.setflags(write=False)
    return table


def window_sets(block: TextBlock, width: int) -> tuple[Ints, Hashes]:
    """Hash the distinct windows of each row, as compressed sparse rows.

    Memory: 8 bytes a word of the block.

    Args:
        block: m texts.
        width: Words in a window; a shorter text is one window.

    Returns:
        (m + 1,) int64 row starts and (e,) uint64 hashes, ascending within a row. A text without
        words has none.
    """
    # Every word takes a byte at least, and a separator where it is not of an unspaced script.
    table = word_points()
    room = np.empty(len(block), dtype=np.int64)
    _count_words(block.data, block.offsets, table, room)
    hashes = np.empty(int(room.sum()), dtype=np.uint64)
    starts = np.zeros(len(block) + 1, dtype=np.int64)
    _window_sets(block.data, block.offsets, table, width, starts, hashes)
    return starts, hashes[: starts[-1]]


def count_words(block: TextBlock) -> Ints:
    """Count the words of each row, (m,) int64."""
    out = np.empty(len(block), dtype=np.int64)
    _count_words(block.data, block.offsets, word_points(), out)
    return out


def windows_of(block: TextBlock, width: int, shortest: int) -> tuple[Ints, Ints, Hashes, Ints]:
    """List the windows by which rows of an evaluation set are recognized.

    Args:
        block: m texts.
        width: Words in a window.
        shortest: A text of fewer words than ``width``, but as many as this, is one window.

    Returns:
        Of each window its row in the block, its width, its hash; and of each row its words.
    """
    words = count_words(block)
    sizes = np.where(words >= width, words - width + 1, (words >= shortest).astype(np.int64))
    total = int(sizes.sum())
    rows, widths = np.empty(total, dtype=np.int64), np.empty(total, dtype=np.int64)
    hashes = np.empty(total, dtype=np.uint64)
    _all_windows(block.data, block.offsets, word_points(), width, shortest, rows, widths, hashes)
    return rows, widths, hashes, words


def find_windows(block: TextBlock, widths: Ints, known: Hashes) -> tuple[Ints, Ints, Ints]:
    """Look for known windows in rows.

    Args:
        block: m texts.
        widths: (w,) int64, ascending, the widths that are among the known windows.
        known: (e,) uint64 hashes of windows, ascending.

    Returns:
        (m,) int64 place in ``known`` of the first window found in the row, the widest first
        where several start alike, or -1; (m,) int64 words inside any known window; and (m,)
        int64 words in all.
    """
    found = np.full(len(block), -1, dtype=np.int64)
    covered = np.zeros(len(block), dtype=np.int64)
    words = np.zeros(len(block), dtype=np.int64)
    # One bit a hash turns most windows away without a search.
    bits = max(16, int(len(known) * 16 - 1).bit_length()) if len(known) else 16
    sieve = np.zeros(1 << bits, dtype=np.bool_)
    sieve[(known >> np.uint64(64 - bits)).astype(np.int64)] = True
    _find_windows(
        block.data, block.offsets, word_points(), widths, known, sieve, bits, found, covered, words
    )
    return found, covered, words


def first_holders(block: TextBlock, widths: Ints, known: Hashes, start: int, rows: Ints) -> None:
    """Put down which row is the first to hold each known window, in place.

    Args:
        block: m texts.
        widths: (w,) int64, the widths that are among the known windows.
        known: (e,) uint64 hashes of windows, ascending.
        start: Number of the block's first row.
        rows: (e,) int64 rows that hold the windows; -1 where none was found yet.
    """
    _first_holders(block.data, block.offsets, word_points(), widths, known, start, rows)


@njit(cache=True, nogil=True)
def _powers(widths: Ints) -> Hashes:
    out = np.empty(len(widths), dtype=np.uint64)
    for i in range(len(widths)):
        power = np.uint64(1)
        for _ in range(widths[i]):
            power = np.uint64(power * FOLD)
        out[i] = power
    return out


@njit(cache=True, nogil=True)
def _sum_up(hashes: Hashes, used: int, sums: Hashes) -> None:
    """Polynomials of the first i words, for every i."""
    sums[0] = np.uint64(0)
    for i in range(used):
        sums[i + 1] = np.uint64(sums[i] * FOLD + hashes[i])


@njit(cache=True, nogil=True)
def _window(sums: Hashes, at: int, width: int, power: np.uint64) -> np.uint64:
    inside = np.uint64(sums[at + width] - np.uint64(sums[at] * power))
    return np.uint64(_mix(np.uint64(inside + np.uint64(np.uint64(width) * FOLD))))


@njit(cache=True, nogil=True)
def _count_words(data: Bytes, offsets: Ints, table: Table, out: Ints) -> None:
    hashes = _room(offsets)
    for row in range(len(out)):
        out[row] = _tokens(data, offsets[row], offsets[row + 1], table, hashes)


@njit(cache=True, nogil=True)
def _window_sets(
    data: Bytes, offsets: Ints, table: Table, width: int, starts: Ints, out: Hashes
) -> None:
    hashes = _room(offsets)
    sums = np.empty(len(hashes) + 1, dtype=np.uint64)
    powers = _powers(np.arange(width + 1))
    used = 0
    for row in range(len(starts) - 1):
        words = _tokens(data, offsets[row], offsets[row + 1], table, hashes)
        _sum_up(hashes, words, sums)
        size = min(width, words)
        first = used
        if words:
            for at in range(words - size + 1):
                out[used] = _window(sums, at, size, powers[size])
                used += 1
            out[first:used].sort()
            kept = first
            for i in range(first, used):
                if i == first or out[i] != out[kept - 1]:
                    out[kept] = out[i]
                    kept += 1
            used = kept
        starts[row + 1] = used


@njit(cache=True, nogil=True)
def _all_windows(
    data: Bytes,
    offsets: Ints,
    table: Table,
    width: int,
    shortest: int,
    rows: Ints,
    widths: Ints,
    out: Hashes,
) -> None:
    hashes = _room(offsets)
    sums = np.empty(len(hashes) + 1, dtype=np.uint64)
    powers = _powers(np.arange(width + 1))
    used = 0
    for row in range(len(offsets) - 1):
        words = _tokens(data, offsets[row], offsets[row + 1], table, hashes)
        if words < min(width, shortest):
            continue
        _sum_up(hashes, words, sums)
        size = min(width, words)
        for at in range(words - size + 1):
            rows[used], widths[used] = row, size
            out[used] = _window(sums, at, size, powers[size])
            used += 1


@njit(cache=True, nogil=True)
def _find_windows(
    data: Bytes,
    offsets: Ints,
    table: Table,
    widths: Ints,
    known: Hashes,
    sieve: NDArray[np.bool_],
    bits: int,
    found: Ints,
    covered: Ints,
    words: Ints,
) -> None:
    hashes = _room(offsets)
    sums = np.empty(len(hashes) + 1, dtype=np.uint64)
    powers = _powers(widths)
    shift = np.uint64(64 - bits)
    for row in range(len(found)):
        used = _tokens(data, offsets[row], offsets[row + 1], table, hashes)
        words[row] = used
        _sum_up(hashes, used, sums)
        reached = 0
        for at in range(used):
            for i in range(len(widths) - 1, -1, -1):
                width = widths[i]
                if at + width > used:
                    continue
                window = _window(sums, at, width, powers[i])
                if not sieve[np.int64(window >> shift)]:
                    continue
                place = np.searchsorted(known, window)
                if place < len(known) and known[place] == window:
                    if found[row] < 0:
                        found[row] = place
                    covered[row] += max(0, at + width - max(at, reached))
                    reached = max(reached, at + width)
                    break


@njit(cache=True, nogil=True)
def _first_holders(
    data: Bytes, offsets: Ints, table: Table, widths: Ints, known: Hashes, start: int, rows: Ints
) -> None:
    hashes = _room(offsets)
    sums = np.empty(len(hashes) + 1, dtype=np.uint64)
    powers = _powers(widths)
    for row in range(len(offsets) - 1):
        used = _tokens(data, offsets[row], offsets[row + 1], table, hashes)
        _sum_up(hashes, used, sums)
        for i in range(len(widths)):
            for at in range(used - widths[i] + 1):
                window = _window(sums, at, widths[i], powers[i])
                place = np.searchsorted(known, window)
                if place < len(known) and known[place] == window and rows[place] < 0:
                    rows[place] = start + row
