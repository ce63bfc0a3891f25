import numpy as np
import pytest
from hypothesis import given, settings

from cribble.kernels import greedy
from cribble.kernels.reference import greedy as twin
from oracles.affinities import problem, shapes


@given(shapes)
def test_gains_equal_their_twin_and_bounds_lie_above(shape) -> None:
    X, _, cover, Y, offsets, scale = args = problem(*shape)
    expected = twin.gains(X, cover, Y, offsets, scale)
    found = greedy.dense_gains(*args)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-5)
    for bound in (greedy.gain_bounds, greedy.dense_bounds):
        above = bound(*args)
        assert (above >= found).all()
        np.testing.assert_allclose(above, found, rtol=1e-3, atol=1e-3 * len(X))


@settings(max_examples=50)
@given(shapes)
def test_raising_the_cover_equals_its_twin(shape) -> None:
    X, _, cover, Y, offsets, scale = problem(*shape)
    values = twin.affinities(X, Y[:1], offsets[:1], scale)[:, 0]
    expected, gain = twin.raise_cover(cover, values)
    raised, owner = cover.copy(), np.full(len(X), -1)
    rows = np.arange(len(X), dtype=np.int32)
    assert greedy.raise_cover(raised, owner, rows, values, 3) == pytest.approx(gain)
    assert np.array_equal(raised, expected)
    assert np.array_equal(owner, np.where(values > cover, 3, -1))


@given(shapes)
def test_best_candidates_equal_their_twin_but_for_ties_of_the_last_bit(shape) -> None:
    X, _, _, Y, offsets, scale = problem(*shape)
    table = twin.affinities(X, Y, offsets, scale)
    found = greedy.best_candidates(X, Y, offsets, scale)
    expected = twin.best_candidates(X, Y, offsets, scale)
    rows = np.nonzero(found != expected)[0]
    best = table[rows].max(axis=1)
    other = np.where(found[rows] < 0, 0.0, table[rows, found[rows]])
    np.testing.assert_allclose(other, best, rtol=1e-6, atol=1e-6)


def test_best_candidates_go_to_the_earlier_of_equals_across_blocks() -> None:
    X = np.random.default_rng(0).normal(size=(1_500, 4)).astype(np.float32)
    Y = np.concatenate([X[:700]] * 4)
    offsets = -(Y.astype(np.float64) ** 2).sum(axis=1)
    found = greedy.best_candidates(X, Y, offsets, 2.0)
    assert found.max() < 700
    alone = greedy.best_candidates(X, Y[:700], offsets[:700], 2.0)
    assert np.array_equal(found, alone)
