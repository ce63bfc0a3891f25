"""Chance on a directed graph: who would have set a row off, and whose neighbors vote for a row."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cribble.kernels.copying import copy_head
from cribble.kernels.lists import Lists

# Sets that grow together, each group with draws of its own.
GROUP = 16_384


class Arrows(NamedTuple):
    """A directed graph by the rows that arrows lead to.

    Args:
        start: (n + 1,) int64; the arrows to row j are ``start[j]:start[j + 1]``.
        sources: (p,) int64 rows they come from, ascending within a row.
        weights: (p,) float64.
    """

    start: NDArray[np.int64]
    sources: NDArray[np.int64]
    weights: NDArray[np.float64]


def arrows_to(near: NDArray[np.int32], weights: NDArray[np.float64]) -> Arrows:
    """Turn round what each row points to.

    Args:
        near: (n, c) int32 rows that each row points to; n stands for none.
        weights: (n, c) float64 of each arrow.
    """
    n = len(near)
    heads = near.ravel().astype(np.int64)
    there = np.nonzero(heads < n)[0]
    order = there[np.argsort(heads[there], kind="stable")]
    start = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.bincount(heads[there], minlength=n), out=start[1:])
    return Arrows(start, order // max(1, near.shape[1]), weights.ravel()[order])


def reverse_reach(
    arrows: Arrows, roots: NDArray[np.int64], random: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each root draw a graph, each arrow kept with its weight as chance: who reaches the root?

    An arrow from a row that reached the root already is not drawn: it could change nothing.

    Args:
        arrows: The graph; weights are chances.
        roots: (s,) int64 rows.
        random: Draws; one draw for each arrow that is met.

    Returns:
        sets: (p,) int64 places in ``roots``, ascending.
        rows: (p,) int64 rows that reach that root, itself first, each once.

    Source:
        Borgs et al. (2014), arXiv:1212.0884.
    """
    ends, rows = _reach(*arrows, roots, random)
    return np.repeat(np.arange(len(roots)), np.diff(ends, prepend=0)), rows


@njit(cache=True, nogil=True)
def _reach(start, sources, weights, roots, random):  # type: ignore[no-untyped-def]
    """The rows of each set one after another, and where each set ends; see `reverse_reach`."""
    ends = np.empty(len(roots), dtype=np.int64)
    last = np.full(len(start) - 1, -1)  # the last set that holds a row
    rows, count = np.empty(4 * len(roots) + len(last), dtype=np.int64), 0
    for one in range(len(roots)):
        if count + len(last) > len(rows):
            longer = np.empty(2 * len(rows), dtype=np.int64)
            copy_head(longer, rows, count)
            rows = longer
        at = count
        rows[count], last[roots[one]] = roots[one], one
        count += 1
        while at < count:
            head = rows[at]
            at += 1
            for arrow in range(start[head], start[head + 1]):
                source = sources[arrow]
                if last[source] != one and random.random() < weights[arrow]:
                    rows[count], last[source] = source, one
                    count += 1
        ends[one] = count
    return ends, rows[:count].copy()


def as_lists(sets: NDArray[np.int64], rows: NDArray[np.int64], n: int) -> Lists:
    """List for each row the sets that hold it, with values of 1.

    Args:
        sets: (p,) int64, ascending.
        rows: (p,) int64.
        n: Number of rows of the pool.
    """
    start = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.bincount(rows, minlength=n), out=start[1:])
    return Lists(start, _by_row(start[:-1].copy(), sets, rows), np.ones(len(rows), np.float32))


@njit(cache=True, nogil=True)
def _by_row(place, sets, rows):  # type: ignore[no-untyped-def]
    """Put each set where the list of its row goes on; ``place``, (n,) int64, is used up."""
    out = np.empty(len(rows), dtype=np.int32)
    for p in range(len(rows)):
        out[place[rows[p]]] = sets[p]
        place[rows[p]] += 1
    return out


@njit(cache=True, nogil=True)
def votes(start, sources, times, picked, base, rows):  # type: ignore[no-untyped-def]
    """Sum base^-times over the rows that point to some rows and are not picked, (m,) float64.

    Args:
        start: (n + 1,) int64, see `Arrows`.
        sources: (p,) int64.
        times: (n,) int64, how many picks each row points to.
        picked: (n,) bool.
        base: What each of those divides the vote by.
        rows: (m,) int64.
    """
    out = np.empty(len(rows))
    for p in range(len(rows)):
        total = 0.0
        for at in range(start[rows[p]], start[rows[p] + 1]):
            source = sources[at]
            if not picked[source]:
                total += base ** -float(times[source])
        out[p] = total
    return out
