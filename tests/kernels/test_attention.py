"""Graph attention against its definition row by row, and hashed neighbors against all pairs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cribble.core import stream
from cribble.kernels.attention import (
    Layer,
    attend,
    attend_by_distance,
    batch_neighbors,
    hashed_neighbors,
)
from cribble.kernels.reference import attention as reference
from cribble.kernels.reference.neighbors import exact_neighbors


def _layer(rng: np.random.Generator, heads: int, width: int, out: int) -> Layer:
    shapes = ((heads, width, out), (heads, out), (heads, out), (heads, out))
    return Layer(*(rng.normal(size=shape).astype(np.float32) for shape in shapes))


@settings(max_examples=30)
@given(st.integers(0, 2**16), st.integers(2, 9), st.integers(1, 3))
def test_attention_is_that_of_its_definition(seed: int, n: int, heads: int) -> None:
    rng = np.random.default_rng(seed)
    X, labels = rng.normal(size=(n, 3)).astype(np.float32), rng.integers(0, 2, n)
    near = hashed_neighbors(X, 2, views=2, bits=1, seed=seed)
    layers = _layer(rng, heads, 3, 4), _layer(rng, heads, 4 * heads, 2)
    got, want = attend(X, near, labels, layers), reference.attend(X, near, labels, layers)
    np.testing.assert_allclose(got.received, want[0], rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(got.sure, want[1], rtol=1e-3, atol=1e-4)
    assert got.received.sum() == pytest.approx(n)


def test_attention_by_distance_sums_to_one_and_falls_with_distance() -> None:
    X = np.array([[0.0], [1.0], [3.0]], dtype=np.float32)
    near = np.array([[0, 1, 3], [1, 0, 2], [2, 1, 3]], dtype=np.int32)
    labels = np.array([0, 0, 1])
    got = attend_by_distance(X, near, labels)
    # Squared distances 0, 1; 0, 1, 4; 0, 4: their mean is 10 / 7.
    e1, e4 = np.exp(-0.7), np.exp(-2.8)
    rows = [1 + e1, 1 + e1 + e4, 1 + e4]
    wanted = [1 / rows[0] + e1 / rows[1], e1 / rows[0] + 1 / rows[1] + e4 / rows[2]]
    np.testing.assert_allclose(got.received[:2], wanted)
    assert got.received.sum() == pytest.approx(3)
    np.testing.assert_allclose(got.sure, [1, e1 / (e1 + e4), 0])


@given(st.integers(0, 2**16), st.integers(1, 20), st.integers(1, 4))
def test_without_planes_hashed_neighbors_are_the_nearest(seed: int, n: int, count: int) -> None:
    X = np.random.default_rng(seed).normal(size=(n, 2)).astype(np.float32)
    near = hashed_neighbors(X, count, views=2, bits=0, seed=seed)
    assert near[:, 0].tolist() == list(range(n))
    own = min(count, n - 1)
    for row, line in enumerate(exact_neighbors(X, own) if own else near[:, :0]):
        assert near[row, 1:].tolist() == sorted(line) + [n] * (2 * count - own)


def test_neighbors_are_the_nearest_on_the_same_sides_and_views_are_united() -> None:
    X = np.random.default_rng(0).normal(size=(200, 4)).astype(np.float32)
    near = hashed_neighbors(X, 3, views=2, bits=2, seed=1)
    wanted: list[set[int]] = [set() for _ in X]
    for view in range(2):
        sides = X @ stream(1, f"planes of view {view}").standard_normal((2, 4)).T
        sides = sides > sides.mean(axis=0)
        for row in range(200):
            others = np.nonzero((sides == sides[row]).all(axis=1))[0]
            gaps = np.linalg.norm(X[others] - X[row], axis=1)
            wanted[row] |= set(others[np.argsort(gaps)[1:4]].tolist())
    for row, line in enumerate(near[:, 1:]):
        assert line.tolist() == sorted(wanted[row]) + [200] * (6 - len(wanted[row]))


def test_large_buckets_are_parted() -> None:
    X = np.random.default_rng(0).normal(size=(4_500, 1)).astype(np.float32)
    near = hashed_neighbors(X, 1, views=1, bits=0, seed=0)
    assert (near[:, 1] < 4_500).all()
    gaps = np.abs(X[near[:, 1], 0] - X[:, 0])
    nearest = np.sort(np.diff(np.sort(X[:, 0])))
    # Three parts: two in three of the nearest rows lie in another.
    assert np.median(gaps) > 1.5 * np.median(nearest)


def test_batches_hold_the_shares_of_classes_and_neighbors_are_the_nearest_there() -> None:
    rng = np.random.default_rng(0)
    X, labels = rng.normal(size=(190, 2)).astype(np.float32), np.repeat([0, 1], [150, 40])
    # As many neighbors as a batch has other rows, so that the lists show the batches.
    near = batch_neighbors(X, labels, 18, views=1, size=20, seed=3)
    batches = {tuple(sorted(line.tolist())) for line in near}
    assert sorted(row for batch in batches for row in batch) == list(range(190))
    assert {len(batch) for batch in batches} == {19}
    assert {int(labels[list(batch)].sum()) for batch in batches} == {4}
    few = batch_neighbors(X, labels, 3, views=1, size=20, seed=3)
    for batch in batches:
        rows = np.array(batch)
        for row, own in zip(rows, exact_neighbors(X[rows], 3), strict=True):
            assert few[row].tolist() == [row, *sorted(rows[own])]
    twice = batch_neighbors(X, labels, 3, views=2, size=20, seed=3)
    assert all(set(few[row]) <= set(twice[row]) for row in range(190))
    assert (twice != np.pad(few, ((0, 0), (0, 3)), constant_values=190)).any()
