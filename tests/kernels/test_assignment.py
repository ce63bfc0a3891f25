from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cribble.kernels.assignment import CHUNK, Assigner, float_rows, nearest_centers, over_chunks
from cribble.kernels.reference import kmeans as reference


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 40), st.integers(1, 12), st.integers(1, 5), st.integers(0, 10**6))
def test_equals_the_definition_ties_and_duplicates_included(n, k, d, seed):
    random = np.random.default_rng(seed)
    x = random.integers(-2, 3, (n, d)).astype(np.float32)
    centers = random.integers(-2, 3, (k, d)).astype(np.float32)
    label, squares = nearest_centers(x, centers)
    want, distances = reference.nearest_centers(x, centers)
    np.testing.assert_array_equal(label, want)
    np.testing.assert_array_equal(squares, distances)


@pytest.mark.parametrize("offset", [0.0, 30.0, 3000.0])
def test_float64_decides_where_float32_products_cannot(offset):
    random = np.random.default_rng(1)
    x = (random.standard_normal((300, 24)) + offset).astype(np.float32)
    centers = x[:40] + random.standard_normal((40, 24)).astype(np.float32) * np.float32(1e-3)
    label, squares = nearest_centers(x, centers)
    want, distances = reference.nearest_centers(x, centers)
    np.testing.assert_array_equal(label, want)
    np.testing.assert_allclose(squares, distances, rtol=1e-12)


@pytest.mark.parametrize("offset", [0.0, 30.0])
def test_bounds_enclose_the_nearest_and_the_rest(offset):
    random = np.random.default_rng(2)
    x = (random.standard_normal((400, 16)) + offset).astype(np.float32)
    centers = (random.standard_normal((50, 16)) + offset).astype(np.float32)
    found = Assigner(centers)(x)
    gaps = ((x[:, None].astype(np.float64) - centers[None]) ** 2).sum(axis=2)
    gaps.sort(axis=1)
    assert (found.upper >= gaps[:, 0]).all()
    assert (found.lower <= gaps[:, 1]).all()
    assert (found.lower >= gaps[:, 1] - 1e-2 * (1 + offset)).all()


def test_a_single_center_leaves_no_other():
    found = Assigner(np.ones((1, 3), dtype=np.float32))(np.zeros((4, 3), dtype=np.float32))
    assert (found.label == 0).all()
    assert np.isinf(found.lower).all()


def test_a_row_is_assigned_alike_in_any_company():
    random = np.random.default_rng(3)
    x = random.standard_normal((CHUNK + 700, 6)).astype(np.float32)
    centers = random.standard_normal((90, 6)).astype(np.float32)
    label, squares = nearest_centers(x, centers)
    for rows in (slice(0, 1), slice(5, 40), slice(CHUNK - 3, CHUNK + 200)):
        alone, distances = nearest_centers(x[rows], centers)
        np.testing.assert_array_equal(label[rows], alone)
        np.testing.assert_array_equal(squares[rows], distances)


def test_spherical_ignores_lengths_and_bears_zero_rows():
    random = np.random.default_rng(4)
    x = random.standard_normal((50, 5)).astype(np.float32)
    x[7] = 0
    centers = float_rows(random.standard_normal((6, 5)), spherical=True)
    label, _ = nearest_centers(x, centers, spherical=True)
    cosines = reference.unit_rows(x) @ centers.T.astype(np.float64)
    np.testing.assert_array_equal(np.delete(label, 7), np.delete(cosines.argmax(axis=1), 7))
    lengths = np.linalg.norm(float_rows(x, spherical=True).astype(np.float64), axis=1)
    np.testing.assert_allclose(np.delete(lengths, 7), 1, atol=1e-6)
    assert lengths[7] == 0


def test_normalizing_leaves_the_callers_rows_alone():
    x = np.full((3, 2), 3, dtype=np.float32)
    float_rows(x, spherical=True)
    assert (x == 3).all()


def test_chunks_come_in_row_order():
    n = 3 * CHUNK + 5
    seen = list(over_chunks(n, lambda chunk: (chunk.start, chunk.stop)))
    assert [(chunk.start, chunk.stop) for chunk, _ in seen] == [bounds for _, bounds in seen]
    assert [bounds[0] for _, bounds in seen] == [0, CHUNK, 2 * CHUNK, 3 * CHUNK]
    assert seen[-1][1][1] == n
    assert list(over_chunks(0, lambda chunk: chunk)) == []
