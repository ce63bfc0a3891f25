"""What Python users call: read a pool, select from it, compare methods on it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cribble.core import Budget, Selection, Selector, Silent
from cribble.core import Pool as CorePool
from cribble.core.errors import ParameterError
from cribble.executors import check_executor
from cribble.run import choice
from cribble.run.environment import Clock
from cribble.run.execute import Prepared, choose, pick_method
from cribble.run.footprint import require_memory
from cribble.run.pool import Pool, aimed
from cribble.run.recipe import AUTO, AUTO_SHARE, Recipe, make_reading, make_recipe
from cribble.run.size import widest

if TYPE_CHECKING:
    from cribble.report.outcome import MethodComparison
    from cribble.report.size_curve import SizeCurve

__all__ = ["Pool", "compare", "curve", "select"]


def select(
    data: Any,
    budget: int | str | Budget,
    method: str | Selector | None = None,
    *,
    target: Any = None,
    seed: int = 0,
    text: str | None = None,
    view: str | None = None,
    embed: str | None = None,
    embedding: str | None = None,
    quality: Any = None,
    group: Any = None,
    label: Any = None,
    model_log: str | None = None,
    executor: str | None = None,
    **parameters: Any,
) -> Selection:
    """Choose the best rows of a pool within a budget.

    Args:
        data: A `Pool`, or anything that `Pool.read` takes: a path, a DataFrame, a
            datasets.Dataset, an (n, d) array of vectors.
        budget: A number of rows, ``"5%"``, ``"20M tokens"`` or a `Budget`; or ``"auto"`` for the
            number that `curve` finds.
        method: Name of a method, or one made already; by default the one that ``cribble methods``
            names as such.
        target: Examples of what you want: a path, (q, d) vectors or a pool; several of them are
            several tasks.
        seed: Seed of every random choice.
        text: Template of a row's text, such as ``"{instruction} {input}"``.
        view: Which part of a chat counts: first_user, all_user, assistant or full.
        embed: Embedder, such as ``"hashed"`` or ``"model2vec:NAME"``.
        embedding: Column that already holds vectors.
        quality: Column, or (n,) numbers; larger is better.
        group: Column, or one value a row.
        label: Column, or one value a row.
        model_log: File with the log of a training run on the pool: gives the signals aum, el2n,
            forgetting, margin and difficulty, where ``label`` is a column.
        executor: Where work over shards is done: ``"local"``, ``"ray"`` or ``"ray://HOST:PORT"``;
            by default where the pool was read to be worked on. Never changes the picks.
        **parameters: Parameters of the method.

    Returns:
        The picks, with everything the method knows about them and the record of the run.

    Raises:
        CribbleError: Anything the caller can mend; the message says how.
    """
    clock = Clock()
    auto = isinstance(budget, str) and budget == AUTO
    budget = Budget(share=AUTO_SHARE) if auto else Budget.parse(budget)
    columns = {"quality": quality, "group": group, "label": label}
    arrays = {key: v for key, v in columns.items() if v is not None and not isinstance(v, str)}
    how = {"text": text, "view": view, "embed": embed, "embedding": embedding}
    given = {**how, **columns, "model_log": model_log}
    if executor is not None:
        check_executor(executor)
        if not isinstance(data, CorePool) or getattr(data, "binding", None) is not None:
            given["executor"] = executor
    pool = _pool(data, {key: v for key, v in given.items() if v is not None and key not in arrays})
    if arrays:
        scores = {key: np.asarray(v) for key, v in arrays.items() if key == "quality"}
        groups = {key: v for key, v in arrays.items() if key != "quality"}
        pool = pool.adding(signals=scores, groups=groups)
    pool = aimed(pool, target) if target is not None else pool
    if isinstance(pool, Pool) and budget.cost is not None:
        pool = pool.with_numbers(budget.cost_column)
    repeatable = not arrays and _names_files(target)
    recipe = _recipe(pool, budget, target, seed, repeatable)
    if executor is not None:
        recipe = recipe.model_copy(update={"executor": executor})
    if method is None or isinstance(method, str):
        recipe = recipe.model_copy(update={"method": method, "parameters": parameters})
        made, why = pick_method(recipe, pool, budget)
    else:
        made, why = _check_made(method, parameters, pool, budget)
        recipe = recipe.model_copy(
            update={"method": made.card.name, "parameters": choice.parameters_of(made)}
        )
    if auto:
        recipe = recipe.model_copy(update={"k": AUTO})
    require_memory(made, pool, budget)
    return choose(Prepared(recipe, pool, budget, made, why).cleaned(Silent()), clock=clock)


def curve(
    data: Any,
    budget: int | str | Budget | None = None,
    method: str | Selector | None = None,
    *,
    target: Any = None,
    seed: int = 0,
    **reading: Any,
) -> SizeCurve:
    """Measure how good choices of more and more rows are, and how many rows are enough.

    Args:
        data: A `Pool`, or anything that `Pool.read` takes.
        budget: The most rows to look at, and the limits; by default a fifth of the pool.
        method: Name of a method, or one made already; by default the one that ``cribble methods``
            names as such.
        target: Examples of what you want, as in `select`.
        seed: Seed of every random choice.
        **reading: How the data are read, as in `Pool.read`; with ``label="COLUMN"`` a linear
            classifier judges the choices.

    Returns:
        The value curve, the held-out curve where there are labels or a target, the number of
        ``rows`` that follows, and ``why``.

    Raises:
        CribbleError: Anything the caller can mend; the message says how.
    """
    from cribble.report.sizing import size_curve

    pool = _pool(data, reading)
    pool = aimed(pool, target) if target is not None else pool
    most = Budget.parse(widest(Budget(share=AUTO_SHARE), pool) if budget is None else budget)
    named = method or choice.default_method(pool)
    made = choice.build(named, {}) if isinstance(named, str) else named
    choice.check_method(made, pool, most)
    return size_curve(pool, most, made, seed)


def compare(
    data: Any,
    budget: int | str | Budget,
    methods: Sequence[str | Selector],
    *,
    repeats: int = 10,
    seed: int = 0,
    target: Any = None,
    probe: Any = None,
    model_log: Any = None,
    **reading: Any,
) -> MethodComparison:
    """Run several methods at one budget and hold each against random, on rows none of them saw.

    Args:
        data: A `Pool`, or anything that `Pool.read` takes.
        budget: A number of rows, ``"5%"``, ``"20M tokens"`` or a `Budget`.
        methods: Names of methods, or methods made already.
        repeats: Runs of each method, one split of the pool and one seed each. Fewer than 5 are
            measured, and get no verdict.
        seed: The first seed.
        target: Examples of what you want, as in `select`.
        probe: Column, or one value a row: the labels of a linear probe, which then decides.
        model_log: Log of a training run on the data, with the classes of ``probe`` or the label:
            (epochs, rows, classes) probabilities, or a file as ``--model-log`` takes it.
        **reading: How the data are read, as in `Pool.read`.

    Returns:
        What was measured of each method; ``.report("compare.html")`` writes it as a page.

    Raises:
        CribbleError: Anything the caller can mend; the message says how.
    """
    from cribble.report.contest import compare_methods
    from cribble.run.training_log import difficulty_in

    budget = Budget.parse(budget)
    pool = _pool(data, reading)
    pool = aimed(pool, target) if target is not None else pool
    made = [choice.build(one, {}) if isinstance(one, str) else one for one in methods]
    for one in made:
        choice.check_method(one, pool, budget)
    if probe is not None and not isinstance(probe, str):
        pool, probe = pool.adding(groups={"probe": probe}), "probe"
    log = difficulty_in(pool, model_log, probe)
    return compare_methods(pool, budget, made, repeats, seed, probe=probe, log=log)


def _pool(data: Any, reading: Mapping[str, Any]) -> CorePool:
    if isinstance(data, Pool):
        if not reading:
            return data
        before = data.binding.reading.model_dump() if data.binding is not None else {}
        return data.rebound(make_reading({**before, **reading}))
    if isinstance(data, CorePool):
        if reading:
            raise ParameterError(next(iter(reading)), "given", "left out for a pool of arrays")
        return data
    if isinstance(data, np.ndarray) and not reading:
        return Pool.from_array(data)
    return Pool.read(data, **reading)


def _check_made(
    method: Selector, parameters: Mapping[str, Any], pool: CorePool, budget: Budget
) -> tuple[Selector, str]:
    if parameters:
        raise ParameterError(
            next(iter(parameters)), "given", "set on the method itself, which is made already"
        )
    choice.check_method(method, pool, budget)
    return method, "asked for"


def _names_files(target: Any) -> bool:
    several = target if isinstance(target, (list, tuple)) else (target,)
    return all(one is None or isinstance(one, (str, os.PathLike)) for one in several)


def _recipe(pool: CorePool, budget: Budget, target: Any, seed: int, repeatable: bool) -> Recipe:
    values: dict[str, Any] = {"seed": seed, "at_least": budget.at_least, "at_most": budget.at_most}
    if budget.cost is not None:
        values |= {"cost_budget": budget.cost, "cost_column": budget.cost_column}
    else:
        values["k"] = budget.rows if budget.share is None else f"{budget.share * 100:.12g}%"
    for name, rows in (("keep", budget.keep), ("drop", budget.drop)):
        values[name] = tuple(int(row) for row in rows) or None
    binding = getattr(pool, "binding", None)
    if binding is not None and repeatable:
        values |= binding.reading.model_dump(exclude_defaults=True)
        values["inputs"] = pool.sources  # type: ignore[attr-defined]
        targets = target if isinstance(target, (list, tuple)) else [target]
        values["target"] = [str(one) for one in targets if one is not None]
    return make_recipe(values)
