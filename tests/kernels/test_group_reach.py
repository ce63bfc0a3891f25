import numpy as np
import pytest

from cribble.kernels.group_reach import nearest_in_groups
from cribble.kernels.reference import fair_centers as twin


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_it_finds_what_its_twin_finds(dtype: type) -> None:
    for seed in range(30):
        rng = np.random.default_rng(seed)
        n, k, groups = int(rng.integers(5, 80)), int(rng.integers(1, 6)), int(rng.integers(1, 4))
        X = (rng.integers(0, 6, (n, 3)) if seed % 2 else rng.standard_normal((n, 3))).astype(dtype)
        centers = X[rng.choice(n, k, replace=False)]
        table = ((X[:, None].astype(np.float64) - centers) ** 2).sum(axis=2)
        codes, eligible = rng.integers(0, groups, n), rng.random(n) < 0.8
        within = np.where(rng.random(k) < 0.3, np.inf, 6 * rng.random(k))
        within[0] = 4.0 if k > 1 else 0.0
        around = (X, centers, table.min(axis=1), table.argmin(axis=1), codes, groups, eligible)
        gaps, rows = nearest_in_groups(*around, within)
        expected, which = twin.nearest_in_groups(X, centers, codes, groups, eligible, within)
        assert np.array_equal(rows, which)
        np.testing.assert_allclose(gaps, expected, rtol=1e-12)
