"""Several methods on one pool, under one budget, against random."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cribble.core import Progress
from cribble.core.errors import BudgetError, ParameterError
from cribble.run import choice
from cribble.run.cleaning import clean, steps_of
from cribble.run.execute import open_pool, read_budget
from cribble.run.footprint import require_memory
from cribble.run.recipe import AUTO, Recipe
from cribble.run.staging import check_outputs
from cribble.run.training_log import difficulty_in

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
        model_log: Log of a training run on the pool, with the classes of ``probe`` or the label.

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
        require_memory(method, pool, budget)
    budget, _ = clean(steps_of(recipe, pool), recipe, pool, budget, progress)
    result = compare_methods(
        pool,
        budget,
        methods,
        repeats,
        recipe.seed,
        # One column under two names would be told of twice.
        probe="label" if probe is not None and probe == recipe.label else probe,
        log=difficulty_in(pool, model_log, probe),
        progress=progress,
    )
    if recipe.report is not None:
        result.report(recipe.report)
    return result
