"""The window against slogdet; what holds of the objective of a set stands in test_objectives."""

from __future__ import annotations

import numpy as np
import pytest

from cribble.constraints import Admission
from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError
from cribble.objectives.log_determinant import LogDeterminant, WindowedLogDeterminant
from cribble.optimizers.greedy import greedy
from oracles.coverage import KINDS, feasible, problem

N = 10


def naive_gains(kernel: np.ndarray, before: list[int]) -> np.ndarray:
    """Log of what each row multiplies det(kernel on the rows before it) by, (n,)."""
    rows = [[*before, row] for row in range(len(kernel))]
    blocks = np.array([kernel[np.ix_(some, some)] for some in rows])
    return np.linalg.slogdet(blocks)[1] - np.linalg.slogdet(kernel[np.ix_(before, before)])[1]


@pytest.mark.parametrize("kind", KINDS)
def test_each_pick_has_the_largest_determinant_beside_the_last_ones(kind: str) -> None:
    checked = 0
    for seed in range(50):
        rng = np.random.default_rng(seed)
        X, window = rng.standard_normal((N, 3)), 2 + seed % 4
        kernel = np.eye(N) + X @ X.T / 1e-3
        limits, _ = problem(seed, kind, N)
        admission, free = Admission(limits), Admission(limits)
        run = greedy(WindowedLogDeterminant(X, 1e-3, window), admission)
        picks = run.indices.tolist()
        assert feasible(limits, tuple(picks))
        assert run.upper_bound is None
        assert run.value == pytest.approx(run.gains.sum())
        for place, row in enumerate(picks):
            # A row chosen long ago does not count, and cannot come again.
            expected = naive_gains(kernel, picks[max(0, place - window + 1) : place])
            assert run.gains[place] == pytest.approx(expected[row], abs=1e-6)
            if place >= len(limits.keep):
                open_rows = free.open_rows()
                assert open_rows[row]
                assert expected[row] >= expected[open_rows].max() - 1e-6
                free.add(row)
                checked += 1
    assert checked > 100


def test_a_long_list_goes_on_past_the_rank_and_drifts_nowhere() -> None:
    X = np.random.default_rng(0).standard_normal((400, 3)).astype(np.float32)
    limits = Budget(rows=300).resolve(Pool(400))
    run = greedy(WindowedLogDeterminant(X, 1e-6, 4), Admission(limits))
    kernel = np.eye(400) + X.astype(np.float64) @ X.T.astype(np.float64) / 1e-6
    for place in range(3, 300):
        gain = naive_gains(kernel, run.indices[place - 3 : place].tolist())[run.indices[place]]
        assert run.gains[place] == pytest.approx(gain, abs=1e-3)


def test_a_window_over_all_picks_is_the_determinant_of_the_set() -> None:
    X = np.random.default_rng(1).standard_normal((40, 12))
    limits = Budget(rows=9).resolve(Pool(40))
    whole = greedy(LogDeterminant(X, 1e-3), Admission(limits))
    run = greedy(WindowedLogDeterminant(X, 1e-3, 9), Admission(limits))
    assert run.indices.tolist() == whole.indices.tolist()
    np.testing.assert_allclose(run.gains, whole.gains, atol=1e-8)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ParameterError, match="window"):
        WindowedLogDeterminant(np.ones((2, 2)), 1.0, 1)
    with pytest.raises(ParameterError, match="ridge"):
        WindowedLogDeterminant(np.ones((2, 2)), 0.0, 2)
