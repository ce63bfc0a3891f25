"""Choices of more and more rows by one method: prefixes of one run, or a run each."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cribble.core import Budget, Pool, Selection, Selector
from cribble.selectors.automatic.entries import entry_of
from cribble.selectors.baselines.random import Random

Rows = NDArray[np.int64]

# Sizes of a grid: each about twice the one before it, up to the largest.
GRID = 8


class Runs(NamedTuple):
    """Choices of several sizes: prefixes of one run, or a run each.

    Args:
        sizes: (m,) int64 numbers of rows, ascending.
        each: The run of the largest size, or one a size.
        prefixes: Which of both.
        method: Who chose; of a race, its winner at the largest size.
    """

    sizes: Rows
    each: tuple[Selection, ...]
    prefixes: bool
    method: Selector

    def picks(self, position: int) -> Rows:
        """The picks of one size, in pick order."""
        if self.prefixes:
            return self.each[0].indices[: self.sizes[position]]
        return self.each[position].indices

    @property
    def every(self) -> tuple[Rows, ...]:
        """The picks of each run."""
        return tuple(one.indices for one in self.each)


def run_sizes(pool: Pool, budget: Budget, method: Selector, seed: int) -> Runs:
    """Choose at a grid of sizes; only at the largest where its prefixes serve.

    The prefixes of a run serve where its gains add up to its value, and no limits on groups are
    to be met, which hold at the end of a run alone.

    Args:
        pool: The pool.
        budget: The largest size, and the limits.
        method: Who chooses.
        seed: Of the method.
    """
    least, _ = budget.row_range(pool)
    most = budget.resolve(pool).rows or 0
    sizes = _grid(least, most)
    largest = method.select(pool, budget, seed)
    method = _winner(pool, method, largest)
    if _adds_up(largest) and not (budget.at_least or budget.at_most):
        return Runs(sizes, (largest,), True, method)
    smaller = (
        method.select(pool, dataclasses.replace(budget, rows=size, share=None), seed)
        for size in sizes[:-1].tolist()
    )
    return Runs(sizes, (*smaller, largest), False, method)


def _winner(pool: Pool, method: Selector, chosen: Selection) -> Selector:
    """Who chose where methods raced, so that they race once a curve; else the method itself."""
    if "auto" not in chosen.stats:
        return method
    entry = entry_of(pool)
    methods = entry.methods if entry is not None else {}
    return methods.get(chosen.stats["auto"]["chosen"], Random())


def _grid(least: int, most: int) -> Rows:
    first = min(most, max(1, least, most >> (GRID - 1)))
    return np.unique(np.rint(np.geomspace(max(1, first), max(1, most), GRID)).astype(np.int64))


def _adds_up(chosen: Selection) -> bool:
    if chosen.gains is None or chosen.value is None or not np.isfinite(chosen.gains).all():
        return False
    return bool(np.isclose(chosen.gains.sum(), chosen.value, rtol=1e-6, atol=1e-12))
