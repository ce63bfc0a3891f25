import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cribble.kernels import projection
from cribble.kernels.reference import projection as twin
from cribble.kernels.similarity import TILE, positive_products
from cribble.kernels.threads import limited_threads

shapes = st.tuples(st.integers(0, 2**32 - 1), st.integers(1, 30), st.integers(1, 20))


@settings(max_examples=60)
@given(shapes)
def test_rows_asked_late_end_at_the_same_bits(shape: tuple[int, int, int]) -> None:
    seed, n, d = shape
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, d)).astype(np.float32)
    basis, every = rng.standard_normal((5, d)) / d, np.arange(n)
    left = projection.square_norms(X)
    np.testing.assert_allclose(left, (X.astype(np.float64) ** 2).sum(axis=1), rtol=1e-12)
    early, late = left.copy(), left.copy()
    seen = np.zeros(n, dtype=np.int64)
    for count in range(1, 6):
        projection.deflate(X, basis, count, early, seen, every)
    projection.deflate(X, basis, 5, late, np.zeros(n, dtype=np.int64), every)
    assert np.array_equal(early, late)
    np.testing.assert_allclose(late, twin.deflate(X.astype(np.float64), basis, left), atol=1e-9)
    vector = rng.standard_normal(d)
    part = projection.orthogonal_part(basis, 3, vector)
    np.testing.assert_allclose(part, twin.orthogonal_part(basis[:3], vector), atol=1e-12)
    expected = twin.relieve(X.astype(np.float64), basis[0], vector / d, left)
    projection.relieve(X, basis[0], vector / d, left)
    np.testing.assert_allclose(left, expected, atol=1e-9)
    products = projection.row_products(X, every, vector)
    np.testing.assert_allclose(products, X.astype(np.float64) @ vector, atol=1e-9)


@settings(max_examples=60)
@given(shapes)
def test_the_nearest_pick_equals_its_twin(shape: tuple[int, int, int]) -> None:
    seed, n, d = shape
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, d)).astype(np.float32)
    picks = rng.integers(0, n, 4)
    nearest, seen = np.zeros(n), np.zeros(n, dtype=np.int64)
    for count in (2, 3):
        projection.raise_nearest(X, picks, count, nearest, seen, np.arange(n))
    np.testing.assert_allclose(nearest, twin.nearest(X.astype(np.float64), picks[:3]), atol=1e-9)


def test_products_are_symmetric_and_the_same_on_any_number_of_threads() -> None:
    rng = np.random.default_rng(3)
    for size in (0, 1, 40, TILE + 37):
        X = rng.standard_normal((size, 24)).astype(np.float32)
        with limited_threads(2):
            found = positive_products(X)
        with limited_threads(1):
            assert np.array_equal(found, positive_products(X))
        assert np.array_equal(found, found.T)
        np.testing.assert_allclose(found, twin.positive_products(X), atol=1e-4)
