"""Measure how good choices of more and more rows are: by their own value, and on held-out rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cribble.core import Budget, Pool, Progress, Selector, Silent
from cribble.core.errors import BudgetError
from cribble.metrics.blocked import nearest, sample_rows
from cribble.report.size_curve import SizeCurve, ValueCurve, thinned
from cribble.report.size_held_out import held_out_curve
from cribble.report.size_runs import Runs, run_sizes

_SAMPLE, _LINES = 2_048, 512


def size_curve(
    pool: Pool,
    budget: Budget,
    method: Selector,
    seed: int = 0,
    *,
    label: str = "label",
    progress: Progress | None = None,
) -> SizeCurve:
    """Measure choices of up to as many rows as a budget asks for.

    The value curve comes from the prefixes of one run, where the method's gains add up to its
    value; else from one run at each of eight sizes. A method without a value, or with one that
    is lost as rows are added, is measured by how much nearer rows of the pool are to a pick than
    to their mean. With a target of 12 rows or more, or with labels, a second run sees a part of
    pool and target only, and its prefixes, or again runs at eight sizes, are judged on the rest.
    From these losses the scaling law of filtering tells which size is best where training goes
    over the picks again and again.

    Args:
        pool: The pool.
        budget: The largest number of rows to look at, and the limits.
        method: Who chooses.
        seed: Decides what is held out, and what the method draws.
        label: Grouping with the labels.
        progress: Where to report each step.

    Raises:
        BudgetError: The budget counts cost, or there is nothing to measure by.
        CribbleError: The method cannot do what is asked.

    Source:
        The scaling law: Goyal et al. (2024), arXiv:2404.07177.
    """
    if not budget.resolve(pool).rows:
        asked = "0 rows" if budget.cost is None else f"{budget.cost:g} {budget.cost_column}"
        raise BudgetError(asked, "a curve counts rows, from 1 on", "give a number of rows")
    progress = progress or Silent()
    progress.start("measure sizes", 2, "curves")
    value = _value_curve(pool, budget, method, seed)
    progress.advance(1)
    held_out, training = held_out_curve(pool, budget, method, seed, label)
    progress.advance(1)
    if value is None and held_out is None:
        raise BudgetError(
            "auto",
            f"{method.card.name} has no value, and there are neither labels, target nor vectors",
            "say how many rows, or name another method",
        )
    return SizeCurve(
        method=method.card.name, seed=seed, value=value, held_out=held_out, training=training
    )


def _value_curve(pool: Pool, budget: Budget, method: Selector, seed: int) -> ValueCurve | None:
    runs = run_sizes(pool, budget, method, seed)
    if runs.prefixes:
        return _prefix_values(runs, budget.row_range(pool)[0])
    values = [one.value for one in runs.each]
    known = np.array([np.nan if one is None else one for one in values], dtype=np.float64)
    # A value that is lost as rows are added says nothing of how many are enough.
    if np.isfinite(known).all() and known[-1] >= known[0]:
        measure, bounds = f"value ({method.card.name})", [one.upper_bound for one in runs.each]
    elif pool.has("embedding") and pool.signal("embedding").ndim == 2:
        measure, bounds = "share of the pool's variance explained by the nearest picks", [None]
        known = _explained(pool, [np.sort(one.indices) for one in runs.each], seed)
    else:
        return None
    return ValueCurve(
        measure=measure,
        sizes=runs.sizes,
        values=known,
        bounds=None if None in bounds else np.array(bounds, dtype=np.float64),
        prefixes=False,
    )


def _explained(pool: Pool, subsets: list[NDArray[np.int64]], seed: int) -> NDArray[np.float64]:
    """How much nearer rows are to a pick than to the mean, squared, as a share of the latter."""
    vectors = pool.signal("embedding", ndim=2)
    queries = vectors[sample_rows(len(pool), _SAMPLE, seed, "size curve")]
    away = queries.astype(np.float64) - queries.mean(axis=0, dtype=np.float64)
    spread = np.einsum("ij,ij->i", away, away)
    left = [nearest(queries, vectors[picks])[0] ** 2 for picks in subsets]
    near = np.array([np.maximum(0.0, spread - one).sum() for one in left])
    return near / max(float(spread.sum()), 1e-300)


def _prefix_values(runs: Runs, kept: int) -> ValueCurve:
    (chosen,) = runs.each
    assert chosen.gains is not None
    least = max(1, kept)
    sizes = np.arange(least, len(chosen) + 1)
    bounds = None
    if chosen.upper_bound is not None:
        bounds = np.full(len(sizes), np.nan)
        # Only plain greedy takes the row of largest gain at each step.
        if getattr(runs.method, "optimizer", None) == "lazy":
            bounds = np.minimum(prefix_bounds(chosen.gains, kept, sizes), chosen.upper_bound)
        bounds[-1:] = chosen.upper_bound
    return ValueCurve(
        measure=f"value ({chosen.method})",
        sizes=sizes,
        values=np.cumsum(chosen.gains)[least - 1 :],
        bounds=bounds,
        prefixes=True,
    )


def prefix_bounds(
    gains: NDArray[np.float64], kept: int, sizes: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Bound the best value of each size by one greedy run.

    At each step of greedy no row gains more than the pick; so no k rows exceed, for a monotone
    submodular value, the value before that step and k times the gain of that pick.

    Args:
        gains: (K,) float64 gains in pick order.
        kept: How many of the first picks were no choice of greedy.
        sizes: (m,) int64 sizes k.

    Returns:
        (m,) float64, of at most 512 steps the least bound.

    Source:
        Nemhauser, Wolsey and Fisher (1978), doi:10.1007/BF01588971.
    """
    before = np.concatenate([[0.0], np.cumsum(gains)[:-1]])
    steps = kept + thinned(np.arange(1, len(gains) - kept + 1), _LINES)
    bounds = np.full(len(sizes), np.inf)
    for step in steps.tolist():
        np.minimum(bounds, before[step] + sizes * gains[step], out=bounds)
    return bounds
