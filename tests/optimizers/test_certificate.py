from itertools import combinations

import numpy as np
import pytest

from cribble.optimizers.certificate import certify, optimum_bound
from oracles.coverage import KINDS, coverage, feasible, optimum, problem


@pytest.mark.parametrize("kind", KINDS)
def test_any_set_certifies_and_loose_bounds_change_nothing(kind: str) -> None:
    for seed in range(40):
        rng = np.random.default_rng(seed)
        objective, (limits, _) = coverage(seed), problem(seed, kind)
        for row in {*rng.integers(0, 10, 2).tolist(), *limits.keep.tolist()}:
            objective.add(row)
        tight = objective.bounds()
        upper = certify(objective, limits, tight.copy())
        assert upper >= optimum(objective, limits) - 1e-9
        loose = np.where(tight > 0, tight + rng.random(10), 0.0)
        assert certify(objective, limits, loose) == pytest.approx(upper, abs=1e-12)


@pytest.mark.parametrize("kind", ["rows", "keep", "groups"])
def test_the_bound_is_the_largest_sum_that_the_maxima_allow(kind: str) -> None:
    for seed in range(20):
        gains = np.random.default_rng(seed).integers(-2, 9, 10).astype(float)
        limits, _ = problem(seed, kind)
        limits.lower[:] = 0
        useful = np.maximum(gains, 0)
        useful[limits.keep] = 0
        largest = max(
            useful[list(rows)].sum()
            for rows in combinations(range(10), limits.rows)
            if feasible(limits, rows)
        )
        found, rows = optimum_bound(gains, limits)
        assert found == largest == gains[rows].sum()
