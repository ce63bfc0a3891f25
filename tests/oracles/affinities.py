"""Facility-location problems that the tests of its kernels draw."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st


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
