"""How many rows: the number that ``-k auto`` stands for, and the curve that ``--curve`` shows."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from cribble.core import Budget, Pool, Progress, Selector
from cribble.run.recipe import AUTO, AUTO_SHARE, Recipe

if TYPE_CHECKING:
    from cribble.report.size_curve import SizeCurve


def find_size(
    recipe: Recipe, pool: Pool, budget: Budget, method: Selector, progress: Progress
) -> tuple[Budget, SizeCurve | None]:
    """Measure the curve if it is asked for, and turn "auto" into a number of rows.

    Args:
        recipe: What decides the run.
        pool: The pool.
        budget: The budget, what filters dropped in it.
        method: Who chooses.
        progress: Where to report.

    Returns:
        The budget to run with, and the curve; the budget as it was and None where neither is
        asked for.

    Raises:
        BudgetError: The budget counts cost, or there is nothing to measure by.
        CribbleError: The method cannot do what is asked.
    """
    auto = recipe.k == AUTO
    if not (auto or recipe.curve):
        return budget, None
    from cribble.report.sizing import size_curve

    asked = 0 if auto else budget.resolve(pool).rows
    # A budget of cost is for the measurement to refuse.
    most = widest(budget, pool, asked) if asked is not None else budget
    curve = size_curve(pool, most, method, recipe.seed, progress=progress)
    if auto:
        budget = dataclasses.replace(budget, rows=curve.rows, share=None)
    return budget, curve


def widest(budget: Budget, pool: Pool, asked: int = 0) -> Budget:
    """The largest budget that a curve looks at: a fifth of the rows that may be picked, or more.

    Args:
        budget: The limits.
        pool: The pool.
        asked: Rows that are to be on the curve in any case.

    Raises:
        QuotaError: The group limits contradict one another or the pool.
    """
    least, most = budget.row_range(pool)
    rows = min(most, max(1, least, asked, int(AUTO_SHARE * most)))
    return dataclasses.replace(budget, rows=rows, share=None)
