"""Recombination: means matched exactly, along the widest directions where rows are too few."""

from __future__ import annotations

import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.selectors.coresets.recombination import Recombination

X = np.random.default_rng(0).normal(size=(400, 6)) * [1, 2, 50, 1e-3, 1, 1] + 7
POOL = Pool.from_array(X)


@pytest.mark.parametrize("rows", [7, 8, 60, 399, 400])
def test_the_weighted_means_are_those_of_the_pool(rows: int) -> None:
    chosen = Recombination().select(POOL, Budget(rows=rows))
    assert chosen.weights.sum() == pytest.approx(400, rel=1e-12)
    means = chosen.weights @ X[chosen.indices] / 400
    assert (np.abs(means - X.mean(axis=0)) <= 1e-9 * X.std(axis=0)).all()
    assert chosen.stats["matched"] == 6


def test_kept_rows_stand_for_themselves_and_dropped_ones_for_nothing() -> None:
    chosen = Recombination().select(POOL, Budget(rows=12, keep=[3, 5], drop=[0, 1]))
    assert chosen.indices[:2].tolist() == [3, 5]
    assert chosen.weights[:2].tolist() == [1, 1]
    np.testing.assert_allclose(chosen.weights @ X[chosen.indices], X[2:].sum(axis=0), rtol=1e-9)


def test_few_rows_match_the_widest_directions() -> None:
    rng = np.random.default_rng(1)
    wide = rng.normal(size=(300, 1)) * np.ones(9) + 0.1 * rng.normal(size=(300, 9))
    chosen = Recombination().select(Pool.from_array(wide), Budget(rows=2))
    scaled = (wide - wide.mean(axis=0)) / wide.std(axis=0)
    first = np.linalg.svd(scaled, full_matrices=False)[2][0]
    assert chosen.stats["matched"] == 1
    assert abs(chosen.weights @ scaled[chosen.indices] @ first) < 1e-7


def test_where_limits_stand_in_the_way_the_gap_is_told() -> None:
    pool = Pool.from_array(X, groups={"half": (X[:, 0] > 7).astype(int)})
    chosen = Recombination().select(pool, Budget(rows=10, at_most={"half": {"0": 0}}))
    gap = (chosen.weights @ X[chosen.indices] / 400 - X.mean(axis=0)) / X.std(axis=0)
    assert chosen.weights.sum() == pytest.approx(400)
    assert chosen.stats["moment_error"] > 0.01
    assert np.abs(gap).max() > 0.01
