"""Several methods on one pool, under one budget, against random."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cribble.core import Progress
from cribble.core.errors import BudgetError, DataError, ParameterError
from cribble.run import choice
from cribble.run.cleaning import clean, steps_of
from cribble.run.execute import open_pool, read_budget
from cribble.run.recipe import AUTO, Recipe
from cribble.run.staging import check_outputs

if TYPE_CHECKING:
    from cribble.report.outcome import MethodComparison


def contest(
    recipe: Recipe,
    names: Sequence[str],
    repeats: int,
    progress: Progress,
    *,
    probe: str | None = None,
    model_log: str | None = None,
) -> MethodComparison:
    """Run several methods and hold each against random subsets of the same budget.

    Args:
        recipe: The pool, the budget and the report; its method is not read.
        names: The methods.
        repeats: Runs of each method, one split of the pool and one seed each.
        progress: Where long steps report.
        probe: Column with the labels of a linear probe, which then decides.
        model_log: ``.npy`` file with the (epochs, rows, classes) probabilities of a training run.

    Raises:
        CribbleError: Anything the user can mend.
    """
    from cribble.report.contest import compare_methods

    if recipe.k == AUTO:
        raise BudgetError(
            AUTO, "methods are compared at one number of rows", "find it with `cribble select`"
        )
    if not names:
        raise ParameterError("--methods", "", "one name or more, with commas")
    methods = [choice.build(name, {}) for name in names]
    check_outputs(
        (recipe.report,) if recipe.report else (),
        (*recipe.inputs, *recipe.target, *recipe.decontaminate),
    )
    pool = open_pool(recipe, progress)
    budget = read_budget(recipe, pool)
    for method in methods:
        choice.check_method(method, pool, budget)
    budget, _ = clean(steps_of(recipe, pool), recipe, pool, budget, progress)
    result = compare_methods(
        pool,
        budget,
        methods,
        repeats,
        recipe.seed,
        probe=probe,
        log=read_log(model_log),
        progress=progress,
    )
    if recipe.report is not None:
        result.report(recipe.report)
    return result


def read_log(path: str | None) -> NDArray[Any] | None:
    """Open the log of a training run; None for none.

    Raises:
        DataError: It cannot be read, or is no array.
    """
    if path is None:
        return None
    try:
        found: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    except OSError as error:
        raise DataError(path, str(error.strerror or error), "name a .npy file") from None
    except ValueError as error:
        raise DataError(path, str(error), "save the log with numpy.save") from None
    return found
