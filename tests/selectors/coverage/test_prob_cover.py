"""ProbCover against the best cover of all sets, and its radius against the definition of purity."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError
from cribble.kernels.cells import cells_of
from cribble.kernels.reference.balls import inside, nearest_stranger
from cribble.selectors.coverage.prob_cover import ProbCover


@pytest.mark.parametrize("seed", range(6))
def test_coverage_is_near_the_best_and_gains_add_up(seed: int) -> None:
    X = np.random.default_rng(seed).normal(size=(14, 2)).astype(np.float32)
    near = inside(X, 0.6**2)
    chosen = ProbCover(radius=0.6).select(Pool.from_array(X), Budget(rows=3))
    best = max(near[list(rows)].any(axis=0).sum() for rows in itertools.combinations(range(14), 3))
    assert chosen.value == near[chosen.indices].any(axis=0).sum() == chosen.gains.sum()
    assert (1 - 1 / math.e) * best <= chosen.value <= best <= chosen.upper_bound
    assert chosen.gains[0] == near.sum(axis=1).max()
    assert chosen.indices[0] == near.sum(axis=1).argmax()


def test_the_radius_is_the_largest_with_enough_pure_balls() -> None:
    X = np.random.default_rng(0).normal(size=(60, 2)).astype(np.float32)
    chosen = ProbCover(clusters=4, purity=0.9).select(Pool.from_array(X), Budget(rows=3))
    strangers = np.sqrt(nearest_stranger(X, cells_of(X, 4, seed=0).codes))
    radius = chosen.stats["radius"]
    assert (strangers >= radius - 1e-9).mean() >= 0.9
    assert (strangers >= radius + 1e-6).mean() < 0.9


def test_when_all_is_covered_covering_starts_anew() -> None:
    X = np.repeat(np.array([[0.0, 0], [9, 0], [0, 9]]), [5, 3, 2], axis=0)
    chosen = ProbCover(radius=1).select(Pool.from_array(X), Budget(rows=6))
    blobs = np.repeat([0, 1, 2], [5, 3, 2])[chosen.indices]
    assert blobs.tolist() == [0, 1, 2, 0, 1, 2]
    assert chosen.gains.tolist() == [5, 3, 2, 0, 0, 0]
    assert chosen.stats["covered"] == 1.0


def test_rows_beyond_the_sample_come_last() -> None:
    pool = Pool.from_array(np.random.default_rng(0).normal(size=(30, 2)))
    chosen = ProbCover(radius=0.5, sample=8).select(pool, Budget(rows=30, keep=[4]))
    assert chosen.indices[0] == 4
    assert chosen.stats["sample"] == 8
    assert sorted(chosen.indices.tolist()) == list(range(30))


@pytest.mark.parametrize("name", ["clusters", "purity", "radius", "sample"])
def test_parameters_that_cannot_be_are_refused(name: str) -> None:
    with pytest.raises(ParameterError, match=name):
        ProbCover(**{name: 0})
