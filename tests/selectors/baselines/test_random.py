"""Random: fair, and nested in the budget."""

from __future__ import annotations

import numpy as np
from scipy import stats

from cribble.core import Budget, Pool
from cribble.selectors.baselines.random import Random


def test_rows_are_picked_equally_often() -> None:
    """Chi-square of inclusion counts, with the variance of sampling without replacement."""
    pool, runs, n, k = Pool(30), 2_000, 30, 12
    counts = np.zeros(n)
    for seed in range(runs):
        counts[Random().select(pool, Budget(rows=k), seed).indices] += 1
    share = k / n
    statistic = ((counts - runs * share) ** 2 / (runs * share * (1 - share))).sum() * (n - 1) / n
    assert stats.chi2.ppf(0.001, n - 1) < statistic < stats.chi2.ppf(0.999, n - 1)


def test_pairs_are_picked_equally_often() -> None:
    pool, runs, n = Pool(6), 3_000, 6
    together = np.zeros((n, n))
    for seed in range(runs):
        a, b = Random().select(pool, Budget(rows=2), seed).indices
        together[min(a, b), max(a, b)] += 1
    counts = together[np.triu_indices(n, 1)]
    assert stats.chisquare(counts).pvalue > 0.001


def test_a_smaller_budget_starts_a_larger_one() -> None:
    pool = Pool(50)
    full = Random().select(pool, Budget(rows=50), 3).indices
    for k in (0, 1, 7, 49):
        np.testing.assert_array_equal(Random().select(pool, Budget(rows=k), 3).indices, full[:k])


def test_dropped_rows_do_not_shift_the_others() -> None:
    pool = Pool(50)
    full = Random().select(pool, Budget(rows=50), 3).indices
    rest = Random().select(pool, Budget(rows=45, drop=range(5)), 3).indices
    np.testing.assert_array_equal(rest, full[full >= 5])
