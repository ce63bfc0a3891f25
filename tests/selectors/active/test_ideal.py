"""IDEAL against influence over all graphs."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError
from cribble.kernels.neighbors import near_rows
from cribble.objectives.facility_location import Affinity
from cribble.objectives.influence import neighbor_arrows, sampled_influence
from cribble.selectors.active.ideal import Ideal


def test_influence_is_that_of_all_graphs() -> None:
    # Three rows in a ring of chances 1: whoever is picked reaches all three; the fourth is alone.
    points = np.eye(4, dtype=np.float32)
    near = np.array([[1], [2], [0], [4]], dtype=np.int32)
    influence = sampled_influence(neighbor_arrows(points, near), 20_000, seed=0)
    assert influence.add(1) == pytest.approx(3, abs=0.06)
    assert influence.gains(np.array([0, 2])).tolist() == [0, 0]
    influence.add(3)
    assert influence.value == pytest.approx(4)


def test_chances_are_shares_of_clipped_cosines() -> None:
    points = Affinity.of(np.array([[1.0, 0], [1, 1], [1, -1], [-1, 0]]), "cosine").points
    near = np.array([[1, 2], [0, 2], [0, 3], [4, 4]], dtype=np.int32)
    arrows = neighbor_arrows(points, near)
    into = [arrows.weights[arrows.start[j] : arrows.start[j + 1]].tolist() for j in range(4)]
    assert into[0] == pytest.approx([1.0, 1.0])  # from 1, whose cosine to 2 is 0, and from 2
    assert into[1] == pytest.approx([0.5])
    assert into[2] == pytest.approx([0.5, 0.0])
    assert into[3] == pytest.approx([0.0])


def test_greedy_reaches_its_share_of_the_best_and_the_bound_holds() -> None:
    for seed in range(20):
        X = np.random.default_rng(seed).normal(size=(9, 3))
        chosen = Ideal(neighbors=3, sets=500).select(Pool.from_array(X), Budget(rows=3), seed)
        points = Affinity.of(X, "cosine").points
        cosines = points @ points.T
        np.fill_diagonal(cosines, -2)
        near = np.argsort(-cosines, axis=1)[:, :3].astype(np.int32)
        influence = sampled_influence(neighbor_arrows(points, near), 500, seed)
        values = []
        for some in (*combinations(range(9), 3), tuple(chosen.indices.tolist())):
            influence.reset()
            for row in some:
                influence.add(row)
            values.append(influence.value)
        assert chosen.value == pytest.approx(values[-1])
        assert (1 - 1 / np.e) * max(values) <= chosen.value <= max(values) + 1e-9
        assert max(values) <= chosen.upper_bound + 1e-9


def test_a_fresh_sample_tells_the_influence_without_the_luck_of_the_choice() -> None:
    X = np.random.default_rng(0).normal(size=(80, 6))
    chosen = Ideal(neighbors=5, sets=300).select(Pool.from_array(X), Budget(rows=8))
    near = near_rows(Affinity.of(X, "cosine").points, 5, 0)
    influence = sampled_influence(neighbor_arrows(Affinity.of(X, "cosine").points, near), 40_000, 9)
    for row in chosen.indices.tolist():
        influence.add(row)
    assert chosen.stats["influence"] == pytest.approx(influence.value, rel=0.25)
    assert chosen.value > influence.value


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ParameterError, match="sets"):
        Ideal(sets=0)
