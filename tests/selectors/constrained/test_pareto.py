"""Pareto layers on small pools."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError
from cribble.kernels.reference.dominance import dominance_layers, union_volume
from cribble.selectors.constrained.pareto import Pareto
from cribble.testing import check_selector


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


def test_a_layer_is_cut_to_nearly_the_largest_hypervolume() -> None:
    ratios, better = [], 0
    for seed in range(205):
        points = np.random.default_rng(seed).random((14, 2 + seed % 2))
        layers = dominance_layers(points)
        sizes = np.bincount(layers)
        layer = int(sizes.argmax())
        if sizes[layer] < 3:
            continue
        most, rows = int(sizes[layer]) // 2, np.nonzero(layers == layer)[0]
        scaled = (points - points.min(axis=0)) / np.ptp(points, axis=0)
        budget = Budget(rows=int(sizes[:layer].sum()) + most)
        names = ("quality", "difficulty", "length")[: points.shape[1]]
        picks, by_room = (
            Pareto(signals=names, cut=cut).select(pool_of(points), budget).indices
            for cut in ("hypervolume", "crowding")
        )
        assert set(np.nonzero(layers < layer)[0]) == set(picks[:-most].tolist())
        assert (layers[picks[-most:]] == layer).all()
        best = max(union_volume(scaled[list(some)]) for some in combinations(rows, most))
        ratios.append(union_volume(scaled[picks[-most:]]) / best)
        better += union_volume(scaled[by_room[-most:]]) < best * (ratios[-1] - 1e-9)
    assert len(ratios) >= 200
    assert 1 - 1 / np.e <= min(ratios) < 1
    assert better > 20


def test_a_lead_of_less_than_a_step_counts_for_nothing() -> None:
    points = np.random.default_rng(2).integers(0, 21, (90, 3)) / 20
    points[0], points[1] = 0.0, 1.0
    method = Pareto(signals=("quality", "difficulty", "length"), step=0.2)
    chosen = method.select(pool_of(points), Budget(rows=90))
    layers = dominance_layers((20 * points).round() // 4)
    assert (np.diff(layers[chosen.indices]) >= 0).all()
    assert chosen.stats["layers"] == layers.max() + 1
    assert not np.array_equal(layers, dominance_layers(points))


@pytest.mark.parametrize("cut", ["crowding", "hypervolume"])
def test_rows_below_a_floor_come_last_and_limits_hold(cut: str) -> None:
    rng = np.random.default_rng(0)
    points = rng.random((60, 2))
    points[7] = [5.0, 0.0]
    assert 7 in Pareto(cut=cut).select(pool_of(points), Budget(rows=5)).indices
    method = Pareto(cut=cut, floor=0.3)
    below = (points < np.quantile(points, 0.3, axis=0)).any(axis=1)
    chosen = method.select(pool_of(points), Budget(rows=60))
    assert chosen.stats["below"] == below.sum()
    assert (np.diff(below[chosen.indices].astype(int)) >= 0).all()
    assert (dominance_layers(points[~below]) == 0).sum() == chosen.stats["front"]
    for rows in range(60):
        picks = method.select(pool_of(points), Budget(rows=rows)).indices
        out = np.setdiff1d(np.arange(60), picks)
        assert not (points[out][:, None] >= points[picks]).all(axis=2).any()


@pytest.mark.parametrize("method", [Pareto(cut="hypervolume"), Pareto(floor=0.5)])
def test_it_holds_the_contract(method: Pareto) -> None:
    check_selector(method)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ParameterError, match="signals"):
        Pareto(signals=())
    with pytest.raises(ParameterError, match="smallest"):
        Pareto(smallest=("other",))
    with pytest.raises(ParameterError, match="cut"):
        Pareto(cut="none")
    with pytest.raises(ParameterError, match="floor"):
        Pareto(floor=1.0)
    with pytest.raises(ParameterError, match="step"):
        Pareto(step=-0.1)
