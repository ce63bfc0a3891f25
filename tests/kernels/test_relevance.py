import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cribble.kernels.reference import relevance as twin
from cribble.kernels.relevance import BLOCK, clipped_products, relevance
from cribble.kernels.threads import limited_threads


def draw(seed: int, n: int, q: int, d: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, d)).astype(np.float32), rng.standard_normal((q, d)).astype(
        np.float32
    )


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 40), st.integers(0, 9), st.integers(1, 20))
def test_equals_its_twin(seed: int, n: int, q: int, d: int) -> None:
    X, Y = draw(seed, n, q, d)
    found = relevance(X, Y)
    largest, total = twin.relevance(X, Y)
    np.testing.assert_allclose(found.largest, largest, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(found.total, total, rtol=1e-5, atol=1e-5)
    rows = np.random.default_rng(seed).permutation(n)
    table = clipped_products(X, rows, Y)
    np.testing.assert_allclose(table, twin.clipped_products(X, Y)[rows], rtol=1e-5, atol=1e-5)
    # To the last bit, whatever stands beside a row.
    assert np.array_equal(table.max(axis=1, initial=0), found.largest[rows])


def test_neither_blocks_nor_threads_reach_the_last_bit() -> None:
    X, Y = draw(0, 2 * BLOCK + 77, 7, 33)
    with limited_threads(1):
        alone = relevance(X, Y)
    both = relevance(X, Y)
    assert np.array_equal(alone.largest, both.largest)
    assert np.array_equal(alone.total, both.total)
    tail = relevance(np.ascontiguousarray(X[1000:]), Y)
    assert np.array_equal(tail.total, alone.total[1000:])
