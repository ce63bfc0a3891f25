"""Sensitivity sampling: chances by their formula, unbiased losses, few losses asked."""

from __future__ import annotations

import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError, SignalError
from cribble.kernels.cells import cells_of
from cribble.selectors.coresets.sensitivity import Sensitivity

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 2)) + np.repeat(np.array([[0, 0], [8, 0], [0, 8]]), 20, axis=0)
LOSS = 1 + X[:, 0] ** 2
POOL = Pool.from_array(X, signals={"loss": LOSS})


def test_chances_are_the_loss_of_the_center_and_the_distance_to_it() -> None:
    cells = cells_of(X, 3, seed=0)
    own = LOSS[cells.middle_rows()][cells.codes]
    want = own / own.mean() + 2 * cells.squares / cells.squares.mean()
    chosen = Sensitivity(loss="loss", clusters=3, smoothness=2).select(POOL, Budget(rows=6))
    np.testing.assert_allclose(chosen.scores, want / want.mean())
    np.testing.assert_allclose(
        chosen.weights, 1 / np.minimum(1, 6 * (want / want.sum())[chosen.indices])
    )


def test_equal_losses_and_a_rough_one_leave_the_distances_alone() -> None:
    cells = cells_of(X, 3, seed=0)
    chosen = Sensitivity(clusters=3, smoothness=1e9).select(POOL, Budget(rows=6))
    np.testing.assert_allclose(chosen.scores, cells.squares / cells.squares.mean(), atol=1e-6)
    smooth = Sensitivity(loss="loss", clusters=3, smoothness=1e-12).select(POOL, Budget(rows=6))
    own = LOSS[cells.middle_rows()][cells.codes]
    np.testing.assert_allclose(smooth.scores, own / own.mean())


def test_weights_sum_to_the_pool_on_average() -> None:
    method = Sensitivity(loss="loss", clusters=3)
    sums = [method.select(POOL, Budget(rows=12), seed).stats["weight_sum"] for seed in range(200)]
    assert abs(np.mean(sums) - 60) < 4 * np.std(sums) / np.sqrt(200)


def test_the_weighted_loss_is_unbiased() -> None:
    found = []
    for seed in range(400):
        chosen = Sensitivity(loss="loss", clusters=3).select(POOL, Budget(rows=10), seed)
        found.append(chosen.weights @ LOSS[chosen.indices])
    assert abs(np.mean(found) - LOSS.sum()) < 4 * np.std(found) / np.sqrt(len(found))


def test_the_loss_is_asked_of_one_row_a_cluster() -> None:
    asked: list[int] = []

    def loss(rows: np.ndarray) -> np.ndarray:
        asked.extend(rows.tolist())
        return LOSS[rows]

    chosen = Sensitivity(loss=loss, clusters=3).select(POOL, Budget(rows=6))
    assert sorted(asked) == sorted(cells_of(X, 3, seed=0).middle_rows().tolist())
    assert chosen.stats["losses_asked"] == 3
    again = Sensitivity(loss="loss", clusters=3).select(POOL, Budget(rows=6))
    assert again.indices.tolist() == chosen.indices.tolist()


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(SignalError, match="negative"):
        Sensitivity(loss=lambda rows: -np.ones(len(rows))).select(POOL, Budget(rows=6))
    with pytest.raises(ParameterError, match="clusters"):
        Sensitivity(clusters=0)
    with pytest.raises(ParameterError, match="smoothness"):
        Sensitivity(smoothness=0)
    with pytest.raises(ParameterError, match="clip"):
        Sensitivity(clip=0)
