import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cribble.kernels.reference import projection as twin
from cribble.kernels.similarity import SUMMED_ROWS, SumBounds, positive_sums
from cribble.kernels.threads import limited_threads


def unit_rows(seed: int, n: int, d: int) -> np.ndarray:
    X = np.random.default_rng(seed).standard_normal((n, d)) + 0.2
    X[n // 2 :: 7] = 0
    lengths = np.linalg.norm(X, axis=1, keepdims=True)
    return (X / np.where(lengths > 0, lengths, 1)).astype(np.float32)


def test_a_sum_depends_on_neither_threads_nor_the_rows_beside_it() -> None:
    X = unit_rows(4, 2 * SUMMED_ROWS + 37, 24)
    with limited_threads(2):
        found = positive_sums(X, X)
    with limited_threads(1):
        assert np.array_equal(found, positive_sums(X, X))
    some = np.random.default_rng(1).permutation(len(X))[:50]
    assert np.array_equal(found[some], positive_sums(X[some], X))
    np.testing.assert_allclose(found, twin.positive_sums(X, X), atol=1e-4)


@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1), st.integers(0, 60), st.integers(1, 20))
def test_sums_lie_between_their_bounds(seed: int, n: int, d: int) -> None:
    X = unit_rows(seed, n, d)
    sums = twin.positive_sums(X, X)
    bounds = SumBounds(X)
    for like in (np.arange(n)[:7], np.arange(n)[n // 2 :]):
        least, most = bounds.least.copy(), bounds.most.copy()
        assert (least <= sums).all()
        assert (sums <= most).all()
        if len(like):
            bounds.tighten(np.arange(0, n, 2), X[like].mean(axis=0, dtype=np.float64))
        assert (least <= bounds.least).all()
        assert (bounds.most <= most).all()
    np.testing.assert_allclose(positive_sums(X, X), sums, atol=1e-4)


def test_bounds_taken_from_a_cluster_are_close_within_it() -> None:
    rng = np.random.default_rng(2)
    X = rng.standard_normal((600, 32))
    X[:200] = rng.standard_normal(32) + 0.4 * X[:200]
    X = (X / np.linalg.norm(X, axis=1, keepdims=True)).astype(np.float32)
    sums, near = twin.positive_sums(X, X)[:200], np.arange(200)
    bounds = SumBounds(X)
    excess, gap = (bounds.most[:200] - sums).mean(), (sums - bounds.least[:200]).mean()
    bounds.tighten(near, X[:50].mean(axis=0, dtype=np.float64))
    assert (bounds.most[:200] - sums).mean() < 0.2 * excess
    assert (sums - bounds.least[:200]).mean() < 0.5 * gap
