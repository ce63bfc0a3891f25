import numpy as np
import pytest
from hypothesis import given

from cribble.kernels import greedy, lists
from cribble.kernels.lists import (
    alive_pairs,
    listed_gains,
    listed_gains_in_doubt,
    merge_lists,
    prune_lists,
)
from cribble.kernels.reference import greedy as twin
from oracles.affinities import problem, shapes


@given(shapes)
def test_lists_give_the_dense_gains_to_the_last_bit(shape) -> None:
    X, _, cover, Y, offsets, scale = args = problem(*shape)
    pairs, bounds = alive_pairs(*args)
    found = merge_lists(pairs, cover, len(Y))
    rows = np.arange(len(Y))
    listed = listed_gains_in_doubt(X, Y, scale, offsets, *found, cover, rows)
    assert np.array_equal(listed, greedy.dense_gains(*args))
    above = listed_gains(*found, cover, rows)
    assert (above >= listed).all()
    assert (bounds >= listed).all()
    np.testing.assert_allclose(bounds, above, rtol=1e-4, atol=1e-4)
    raised = cover + np.float32(0.5)
    expected = listed_gains(*found, raised, rows)
    fewer, gains = prune_lists(found, raised)
    later = merge_lists(alive_pairs(*args)[0], raised, len(Y))
    assert all(np.array_equal(*both) for both in zip(fewer, later, strict=True))
    assert np.array_equal(gains, expected)
    assert np.array_equal(gains, listed_gains(*fewer, raised, rows))
    assert (fewer.values > raised[fewer.rows]).all()


@pytest.mark.parametrize("same", [True, False])
def test_lists_and_bounds_cross_tiles(same: bool, monkeypatch) -> None:
    monkeypatch.setattr(lists, "ACROSS", greedy.TILE)
    X, lengths, cover, Y, offsets, scale = problem(5, 1300, 1100, 8, 2.0, 6.0)
    if same:
        Y, offsets = X, -(X.astype(np.float64) ** 2).sum(axis=1)
    args = (X, lengths, cover, Y, offsets, scale)
    pairs, _ = alive_pairs(*args)
    start, rows, values = merge_lists(pairs, cover, len(Y))
    table = twin.affinities(X, Y, offsets, scale)
    dense = greedy.dense_gains(*args)
    assert (greedy.gain_bounds(*args) >= dense).all()
    np.testing.assert_allclose(dense, twin.gains(X, cover, Y, offsets, scale), rtol=1e-6)
    for j in (0, 511, 512, len(Y) - 1):
        part = slice(start[j], start[j + 1])
        alive = np.nonzero(table[:, j] > cover)[0]
        assert np.isin(alive, rows[part]).all()
        assert (np.diff(rows[part]) > 0).all()
        assert (values[part] >= table[rows[part], j]).all()
