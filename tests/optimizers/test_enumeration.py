from itertools import combinations

import numpy as np
import pytest

from cribble.constraints import Admission
from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError
from cribble.objectives.modular import Modular
from cribble.optimizers.enumeration import enumeration
from cribble.optimizers.greedy_max import greedy_max
from cribble.optimizers.lazy import lazy
from oracles.coverage import coverage, optimum, problem

N = 5


def test_it_reaches_1_less_1_by_e_of_the_optimum_and_no_less_than_greedy_max() -> None:
    ratios, better = [], 0
    for seed in range(200):
        kind = ("cost", "free")[seed % 2]
        objective, (limits, _) = coverage(seed, N), problem(seed, kind, N)
        run = enumeration(objective, limits)
        best = optimum(objective, limits)
        assert (1 - 1 / np.e) * best <= run.value <= best <= run.upper_bound + 1e-9
        ratios.append(run.value / best)
        objective.reset()
        other = greedy_max(objective, limits).value
        assert run.value >= other
        better += run.value > other
    assert np.mean(ratios) > 0.99
    assert better > 3


def test_starts_that_are_passed_over_would_not_have_won() -> None:
    for seed in range(15):
        objective, (limits, _) = coverage(seed, N), problem(seed, "cost", N)
        run = enumeration(objective, limits)
        for size in (0, 1, 2):
            for start in combinations(range(N), size):
                if limits.costs[list(start)].sum() > limits.cost:
                    continue
                admission = Admission(limits)
                for row in start:
                    admission.add(row)
                objective.reset()
                assert lazy(objective, admission, by_cost=True).value <= run.value


def test_too_many_rows_are_refused_before_work() -> None:
    pool = Pool(20_001, signals={"tokens": np.ones(20_001)})
    objective = Modular(np.ones(20_001))
    with pytest.raises(ParameterError, match="greedy-max"):
        enumeration(objective, Budget(cost=2).resolve(pool))
    assert len(enumeration(objective, Budget(rows=2).resolve(pool)).indices) == 2
