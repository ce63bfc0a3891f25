import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cribble.kernels import greedy
from cribble.kernels.reference import greedy as twin


def problem(seed: int, m: int, n: int, d: int, scale: float, cover: float):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((m, d)).astype(np.float32)
    Y = rng.standard_normal((n, d)).astype(np.float32)
    offsets = -(Y.astype(np.float64) ** 2).sum(axis=1) * (scale == 2)
    lengths = np.sqrt((X.astype(np.float64) ** 2).sum(axis=1)).astype(np.float32)
    held = np.maximum(0, rng.normal(cover, 1, m)).astype(np.float32)
    return X, lengths, held, Y, offsets, scale


shapes = st.tuples(
    st.integers(0, 2**32 - 1),
    st.integers(1, 50),
    st.integers(1, 50),
    st.integers(1, 20),
    st.sampled_from([1.0, 2.0]),
    st.sampled_from([0.0, 1.0, 3.0]),
)


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


@given(shapes)
def test_lists_give_the_dense_gains_to_the_last_bit(shape) -> None:
    X, _, cover, Y, offsets, scale = args = problem(*shape)
    lists = greedy.alive_lists(*args)
    rows = np.arange(len(Y))
    listed = greedy.listed_gains_in_doubt(X, Y, scale, offsets, *lists, cover, rows)
    assert np.array_equal(listed, greedy.dense_gains(*args))
    assert (greedy.listed_gains(*lists, cover, rows) >= listed).all()


@pytest.mark.parametrize("same", [True, False])
def test_lists_and_bounds_cross_tiles(same: bool) -> None:
    X, lengths, cover, Y, offsets, scale = problem(5, 1300, 1100, 8, 2.0, 6.0)
    if same:
        Y, offsets = X, -(X.astype(np.float64) ** 2).sum(axis=1)
    args = (X, lengths, cover, Y, offsets, scale)
    start, rows, values = greedy.alive_lists(*args)
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
