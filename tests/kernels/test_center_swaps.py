import numpy as np
import pytest

from cribble.kernels.center_swaps import meet_center, replace_center, swap_costs
from cribble.kernels.reference.fair_centers import clustering_cost


@pytest.mark.parametrize("power", [1, 2])
def test_a_swap_changes_the_cost_by_what_it_said(power: int) -> None:
    for seed in range(30):
        rng = np.random.default_rng(seed)
        n, k = int(rng.integers(4, 60)), int(rng.integers(1, 5))
        X = rng.integers(0, 5, (n, 3)) * 1.0 if seed % 2 else rng.standard_normal((n, 3))
        picks = rng.choice(n, k, replace=False)
        nearest, owner = np.full((n, 2), np.inf), np.full((n, 2), -1)
        for slot in range(k):
            meet_center(X, X[picks], slot, nearest, owner)
        row = int(np.setdiff1d(np.arange(n), picks)[0])
        said = swap_costs(X, row, X[picks], nearest, owner, power)
        before = clustering_cost(X, X[picks], power)
        for slot in range(k):
            swapped = picks.copy()
            swapped[slot] = row
            after = clustering_cost(X, X[swapped], power)
            assert said[slot] == pytest.approx(after - before, abs=1e-9)
        centers = X[swapped]
        replace_center(X, centers, k - 1, nearest, owner)
        table = ((X[:, None] - centers) ** 2).sum(axis=2)
        expected = np.sort(np.column_stack([table, np.full(n, np.inf)]), axis=1)[:, :2]
        np.testing.assert_allclose(nearest, expected, rtol=1e-12, atol=1e-12)
        assert np.allclose(table[np.arange(n), owner[:, 0]], nearest[:, 0])
