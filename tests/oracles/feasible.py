"""Every set of rows that holds a budget, from the definition of the limits."""

from __future__ import annotations

import itertools
from collections import Counter

from cribble.core import Budget, Pool


def feasible_sets(pool: Pool, budget: Budget) -> list[frozenset[int]]:
    """List the sets by brute force; for pools of a dozen rows at most."""
    sizes = range(len(pool) + 1)
    subsets = (set(s) for k in sizes for s in itertools.combinations(range(len(pool)), k))
    return [frozenset(rows) for rows in subsets if _holds(rows, pool, budget)]


def _holds(rows: set[int], pool: Pool, budget: Budget) -> bool:
    if not set(budget.keep) <= rows or set(budget.drop) & rows:
        return False
    if budget.rows is not None and len(rows) != budget.rows:
        return False
    if budget.cost is not None:
        costs = pool.signal(budget.cost_column)
        if sum(costs[row] for row in rows) > budget.cost:
            return False
    for column in {*budget.at_least, *budget.at_most}:
        groups = pool.groups(column)
        counts = Counter(groups.names[groups.codes[row]] for row in rows)
        if any(counts[name] < least for name, least in budget.at_least.get(column, {}).items()):
            return False
        if any(counts[name] > most for name, most in budget.at_most.get(column, {}).items()):
            return False
    return True
