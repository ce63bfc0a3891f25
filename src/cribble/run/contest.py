"""Several methods on one pool, under one budget, against random."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cribble.core import Progress
from cribble.core.errors import ParameterError
from cribble.run import choice
from cribble.run.execute import open_pool, read_budget
from cribble.run.recipe import Recipe
from cribble.run.staging import check_outputs

if TYPE_CHECKING:
    from cribble.report.compare import MethodComparison


def contest(
    recipe: Recipe, names: Sequence[str], repeats: int, progress: Progress
) -> MethodComparison:
    """Run several methods and hold each against random subsets of the same budget.

    Args:
        recipe: The pool, the budget and the report; its method is not read.
        names: The methods.
        repeats: Runs of each method, one seed each.
        progress: Where long steps report.

    Raises:
        CribbleError: Anything the user can mend.
    """
    from cribble.report.compare import compare_methods

    if not names:
        raise ParameterError("--methods", "", "one name or more, with commas")
    methods = [choice.build(name, {}) for name in names]
    check_outputs((recipe.report,) if recipe.report else (), (*recipe.inputs, *recipe.target))
    pool = open_pool(recipe, progress)
    budget = read_budget(recipe, pool)
    for method in methods:
        choice.check_method(method, pool, budget)
    result = compare_methods(pool, budget, methods, repeats, recipe.seed, progress=progress)
    if recipe.report is not None:
        result.report(recipe.report)
    return result
