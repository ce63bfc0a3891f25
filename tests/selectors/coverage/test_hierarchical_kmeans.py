"""Hierarchical k-means on blobs whose tree is known."""

from __future__ import annotations

import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError
from cribble.kernels.cells import cells_of
from cribble.selectors.coverage.hierarchical_kmeans import HierarchicalKmeans

SIZES = np.array([5, 1, 10, 3])


def _pool() -> Pool:
    centers = np.array([[0, 0], [0, 9], [90, 0], [90, 9]])
    X = np.repeat(centers, SIZES, axis=0) + np.random.default_rng(0).normal(size=(19, 2)) * 0.01
    return Pool.from_array(X)


def _counts(method: HierarchicalKmeans, budget: Budget) -> list[int]:
    picks = method.select(_pool(), budget).indices
    return np.bincount(np.repeat(range(4), SIZES)[picks], minlength=4).tolist()


def test_one_level_is_filled_to_one_level() -> None:
    method = HierarchicalKmeans(levels=(4,), rounds=0, spherical=False)
    assert _counts(method, Budget(rows=12)) == [4, 1, 4, 3]


def test_branches_share_before_their_leaves_do() -> None:
    method = HierarchicalKmeans(levels=(4, 2), rounds=0, spherical=False)
    assert _counts(method, Budget(rows=12)) == [5, 1, 3, 3]
    assert _counts(method, Budget(rows=8)) == [3, 1, 2, 2]


def test_a_leaf_gives_the_rows_closest_to_its_center() -> None:
    pool = _pool()
    method = HierarchicalKmeans(levels=(4,), rounds=0, spherical=False)
    picks = method.select(pool, Budget(rows=8)).indices
    cells = cells_of(pool.signal("embedding"), 4, seed=0)
    for cell in range(4):
        own = np.nonzero(cells.codes == cell)[0]
        taken = own[np.isin(own, picks)]
        nearest = own[np.argsort(cells.squares[own])][: len(taken)]
        assert sorted(taken) == sorted(nearest)


def test_random_rows_of_a_leaf_follow_the_seed() -> None:
    method = HierarchicalKmeans(levels=(4,), rounds=0, spherical=False, inside="random")
    found = {tuple(method.select(_pool(), Budget(rows=8), seed).indices) for seed in range(6)}
    assert len(found) > 1


@pytest.mark.parametrize("wrong", [{"levels": (2, 4)}, {"levels": ()}, {"rounds": -1}])
def test_parameters_that_cannot_be_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ParameterError, match=next(iter(wrong))):
        HierarchicalKmeans(**wrong)
    with pytest.raises(ParameterError, match="inside"):
        HierarchicalKmeans(inside="far")
