"""Hold rows back: no method sees them, and every subset is judged on them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cribble.core import Budget, CribbleError, Groups, Pool, Selection, Selector, row_uniforms
from cribble.core.errors import BudgetError
from cribble.kernels.shares import planned_order

_SHARE, _MOST, _LEAST, _TARGET_SHARE = 0.2, 4_096, 10, 1 / 3


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Split:
    """A pool without some rows, for methods, and these rows, for judging.

    Args:
        pool: What methods see: the other rows, and the other target rows.
        budget: The budget over it; it asks for as many rows as that over the whole pool.
        rows: (m,) int64 row numbers, in the whole pool, of what methods see.
        held: (h,) int64 row numbers of what they do not see.
        targets: Target rows that methods do not see, or all where a target is too small to split.
        overlap: Held-out rows a row seen, of the pool.
        target_overlap: The same of the targets; 0 where they are not split.
    """

    pool: Pool
    budget: Budget
    rows: NDArray[np.int64]
    held: NDArray[np.int64]
    targets: tuple[Pool, ...]
    overlap: float
    target_overlap: float

    def run(self, method: Selector, seed: int) -> Selection:
        """Let a method choose; its picks are positions in what it sees."""
        return method.select(self.pool, self.budget, seed)

    def original(self, picks: NDArray[np.int64]) -> NDArray[np.int64]:
        """Row numbers in the whole pool, ascending."""
        return np.sort(self.rows[picks])


def split(pool: Pool, budget: Budget, seed: int, labels: Groups | None = None) -> Split:
    """Hold back a fifth of the pool, at most 4,096 rows, and a third of each target.

    Rows that must or must not be picked are not held back. Fewer are where the limits leave no
    fifth to spare.

    Args:
        pool: The pool.
        budget: The budget over the whole pool.
        seed: Decides the rows, each by a draw of its own.
        labels: Hold back each label in proportion; None for no regard to labels.

    Raises:
        BudgetError: The limits leave no rows to judge on.
        CribbleError: The whole pool cannot meet the budget.
    """
    limits = budget.resolve(pool)
    free = ~limits.excluded
    free[limits.keep] = False
    rows = np.nonzero(free)[0]
    rows = rows[np.argsort(row_uniforms(seed, "hold out", 0, len(pool))[rows], kind="stable")]
    codes = np.zeros(len(pool), dtype=np.int64) if labels is None else labels.codes
    groups = 1 if labels is None else len(labels.names)
    number = min(_MOST, int(_SHARE * len(rows)))
    while number > 0:
        order = planned_order(codes[rows], groups, number, "proportional").places
        held = np.sort(rows[order[:number]])
        seen = np.setdiff1d(np.arange(len(pool)), held, assume_unique=True)
        part, smaller = pool.part(seen), budget.part(pool, seen)
        if _feasible(smaller, part):
            break
        number //= 2
    if number < 2:
        raise BudgetError(
            f"{limits.most_rows:,} of {len(pool):,} rows",
            "no rows are left to judge subsets on",
            "lower it, or relax the limits"
            if len(rows) >= _LEAST
            else f"compare on a pool of {_LEAST} rows or more",
        )
    aims = [_split_target(one, seed) for one in pool.targets]
    kept, judged = sum(len(one) for one, _ in aims), sum(len(one) for _, one in aims)
    whole = all(one is other for one, other in aims)
    return Split(
        pool=part.adding(targets=[one for one, _ in aims]),
        budget=smaller,
        rows=seen,
        held=held,
        targets=tuple(one for _, one in aims),
        overlap=len(held) / len(seen),
        target_overlap=0.0 if whole else judged / kept,
    )


def _feasible(budget: Budget, pool: Pool) -> bool:
    try:
        budget.resolve(pool)
    except CribbleError:
        return False
    return True


def _split_target(target: Pool, seed: int) -> tuple[Pool, Pool]:
    """What methods see of a target, and what they are judged on; twice the whole if tiny."""
    number = int(_TARGET_SHARE * len(target))
    if number < 1:
        return target, target
    order = np.argsort(row_uniforms(seed, "hold out target", 0, len(target)), kind="stable")
    return target.part(np.sort(order[number:])), target.part(np.sort(order[:number]))


def halves(size: int, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Split held-out rows at random, to choose on one half and to judge on the other.

    One row alone serves for both.
    """
    if size < 2:
        return np.arange(size), np.arange(size)
    order = np.argsort(row_uniforms(seed, "halves", 0, size), kind="stable")
    return np.sort(order[: size // 2]), np.sort(order[size // 2 :])
