"""Chance on a directed graph: who would have set a row off, and whose neighbors vote for a row."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

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

    Args:
        arrows: The graph; weights are chances.
        roots: (s,) int64 rows.
        random: Draws; one draw for each arrow that is met.

    Returns:
        sets: (p,) int64 places in ``roots``.
        rows: (p,) int64 rows that reach that root, itself included, each once.

    Source:
        Borgs et al. (2014), arXiv:1212.0884.
    """
    n = len(arrows.start) - 1
    wave = np.arange(len(roots)) * n + roots
    seen = wave
    while len(wave):
        sets, heads = np.divmod(wave, n)
        counts = arrows.start[heads + 1] - arrows.start[heads]
        ends = np.cumsum(counts)
        at = np.arange(ends[-1]) + np.repeat(arrows.start[heads] - ends + counts, counts)
        live = random.random(len(at)) < arrows.weights[at]
        reached = np.unique((np.repeat(sets, counts) * n + arrows.sources[at])[live])
        wave = np.setdiff1d(reached, seen, assume_unique=True)
        seen = np.union1d(seen, wave)
    sets, rows = np.divmod(seen, max(1, n))
    return sets, rows


def as_lists(sets: NDArray[np.int64], rows: NDArray[np.int64], n: int) -> Lists:
    """List for each row the sets that hold it, ascending, with values of 1."""
    order = np.lexsort((sets, rows))
    start = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.bincount(rows, minlength=n), out=start[1:])
    return Lists(start, sets[order].astype(np.int32), np.ones(len(rows), dtype=np.float32))


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
