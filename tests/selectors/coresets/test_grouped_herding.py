"""Grouped herding: shares of a plan, and in each group rows with the group's mean."""

from __future__ import annotations

import numpy as np
import pytest

from cribble.core import Budget, Groups, Pool
from cribble.core.errors import ParameterError
from cribble.kernels.reference.mean_matching import mean_matching
from cribble.selectors.coresets.grouped_herding import GroupedHerding

DRAWS = np.random.default_rng(0)
X = DRAWS.normal(size=(90, 3))
CODES = np.repeat([0, 1, 2], [45, 30, 15])


def _pool(vectors=X, codes=CODES) -> Pool:
    return Pool.from_array(vectors, groups={"group": Groups(codes, ("a", "b", "c"))})


def _unit(vectors: np.ndarray) -> np.ndarray:
    offsets = vectors - vectors.mean(axis=0)
    return offsets / np.linalg.norm(offsets, axis=1, keepdims=True)


def test_picks_of_a_group_are_those_of_the_rule() -> None:
    chosen = GroupedHerding().select(_pool(), Budget(rows=12))
    assert chosen.stats["reached"] == {"a": 6, "b": 4, "c": 2}
    for code, count in ((0, 6), (1, 4), (2, 2)):
        own = np.flatnonzero(code == CODES)
        mine = [row for row in chosen.indices if CODES[row] == code]
        assert mine == own[mean_matching(_unit(X)[own], count, [])[:count]].tolist()


def test_kept_rows_count_in_the_mean_and_dropped_ones_do_not() -> None:
    budget = Budget(rows=6, keep=[3], drop=list(range(50, 90)))
    chosen = GroupedHerding().select(_pool(), budget)
    own = np.arange(45)
    expected = mean_matching(_unit(X)[own], 5, [3])
    mine = [row for row in chosen.indices.tolist() if row < 45]
    assert mine == expected[: len(mine)]
    assert chosen.stats["reached"] == {"a": 5, "b": 1, "c": 0}


def test_equal_shares() -> None:
    chosen = GroupedHerding(allocation="equal").select(_pool(), Budget(rows=12))
    assert chosen.stats["reached"] == {"a": 4, "b": 4, "c": 4}


def test_length_and_place_of_the_cloud_do_not_matter() -> None:
    plain = GroupedHerding().select(_pool(), Budget(rows=20)).indices
    moved = GroupedHerding().select(_pool(X * 8 + 4), Budget(rows=20)).indices
    assert plain.tolist() == moved.tolist()


def test_parameters_that_cannot_be_are_refused() -> None:
    with pytest.raises(ParameterError, match="allocation"):
        GroupedHerding(allocation="half")
