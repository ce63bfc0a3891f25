"""Recombination: sums kept, no weight below 0, the count asked, whatever the points."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cribble.kernels.recombination import recombine


@given(
    seed=st.integers(0, 2**16),
    n=st.integers(1, 300),
    q=st.integers(0, 5),
    more=st.integers(1, 40),
    tied=st.booleans(),
)
def test_the_sums_stay_and_the_weights_are_not_negative(
    seed: int, n: int, q: int, more: int, tied: bool
) -> None:
    rng = np.random.default_rng(seed)
    X = rng.integers(-1, 2, (n, q)).astype(float) if tied else rng.normal(size=(n, q))
    count = min(n, q + more)
    if count <= q:
        return
    rows, weights = recombine(lambda some: X[some], rng.permutation(n), count)
    assert len(set(rows.tolist())) == len(rows) == count
    assert (weights >= 0).all()
    assert weights.sum() == pytest.approx(n, rel=1e-12)
    np.testing.assert_allclose(weights @ X[rows], X.sum(axis=0), atol=1e-9 * n)


def test_many_rows_in_many_dimensions() -> None:
    X = np.random.default_rng(0).normal(size=(5_000, 40))
    rows, weights = recombine(lambda some: X[some], np.arange(5_000), 41)
    assert len(rows) == 41
    np.testing.assert_allclose(weights @ X[rows] / 5_000, X.mean(axis=0), atol=1e-9)
