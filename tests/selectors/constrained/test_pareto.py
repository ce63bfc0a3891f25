"""Pareto layers on small pools."""

from __future__ import annotations

import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError
from cribble.kernels.reference.dominance import dominance_layers
from cribble.selectors.constrained.pareto import Pareto


def pool_of(points: np.ndarray) -> Pool:
    names = ("quality", "difficulty", "length")
    columns = points.T.astype(np.float64)
    return Pool(len(points), signals=dict(zip(names, columns, strict=False)))


def test_no_row_is_passed_over_for_one_that_it_dominates() -> None:
    points = np.random.default_rng(0).random((80, 3))
    points[:, 2] *= -1
    method = Pareto(signals=("quality", "difficulty", "length"), smallest=("length",))
    seen = points * np.array([1.0, 1.0, -1.0])
    for rows in range(0, 80, 7):
        picks = method.select(pool_of(points), Budget(rows=rows)).indices
        out = np.setdiff1d(np.arange(80), picks)
        above = (seen[out][:, None] >= seen[picks]).all(axis=2)
        assert not above.any()
    chosen = method.select(pool_of(points), Budget(rows=80))
    layers = dominance_layers(seen)
    assert (np.diff(layers[chosen.indices]) >= 0).all()
    assert chosen.stats["front"] == (layers == 0).sum()


def test_the_ends_and_the_least_crowded_of_a_layer_come_first() -> None:
    points = np.array([[0.0, 10], [1, 9], [2, 8], [7, 3], [10, 0], [-1, -1]])
    picks = Pareto().select(pool_of(points), Budget(rows=6)).indices
    assert picks.tolist() == [0, 4, 3, 2, 1, 5]


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ParameterError, match="signals"):
        Pareto(signals=())
    with pytest.raises(ParameterError, match="smallest"):
        Pareto(smallest=("other",))
