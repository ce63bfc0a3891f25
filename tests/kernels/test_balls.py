"""Balls against the table of all distances."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cribble.kernels.balls import ball_sizes, cover_ball, nearest_stranger
from cribble.kernels.reference import balls as reference


@given(st.integers(0, 2**16), st.integers(1, 12), st.sampled_from([0.0, 1.0, 2.5, 9.0, np.inf]))
def test_gains_are_the_uncovered_rows_of_every_ball(seed: int, m: int, square: float) -> None:
    rng = np.random.default_rng(seed)
    x = rng.integers(-2, 3, size=(m, 2)).astype(np.float32)
    inside = reference.inside(x, square)
    gains = ball_sizes(x, square)
    np.testing.assert_array_equal(gains, inside.sum(axis=1))
    covered = np.zeros(m, dtype=bool)
    for center in rng.integers(0, m, 3):
        want = int((inside[center] & ~covered).sum())
        assert cover_ball(x, center, square, covered, gains, square) == want
        np.testing.assert_array_equal(gains, (inside & ~covered).sum(axis=1))


@given(st.integers(0, 2**16), st.integers(1, 12), st.integers(1, 3))
def test_the_nearest_stranger_is_of_another_label(seed: int, m: int, labels: int) -> None:
    rng = np.random.default_rng(seed)
    x, label = rng.integers(-2, 3, size=(m, 2)).astype(np.float32), rng.integers(0, labels, m)
    np.testing.assert_array_equal(nearest_stranger(x, label), reference.nearest_stranger(x, label))
