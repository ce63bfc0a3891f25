"""The split against its twin on the kernel matrix; the lists part the input."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cribble.kernels.reference import thinning as reference
from cribble.kernels.thinning import halves, split


@given(st.integers(0, 2**16), st.integers(1, 9))
def test_the_split_is_that_of_the_kernel_matrix(seed: int, pairs: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(2 * pairs, 2)).astype(np.float32)
    wide = x.astype(np.float64)
    kernel = np.exp(-0.7 * ((wide[:, None] - wide[None]) ** 2).sum(axis=2))
    draws = rng.random(pairs)
    left, right = split(x, np.arange(2 * pairs), -0.7, 3.0, draws)
    assert (left.tolist(), right.tolist()) == reference.split(kernel, 3.0, draws)


def test_the_lists_part_what_they_came_from() -> None:
    x = np.random.default_rng(0).normal(size=(50, 2)).astype(np.float32)
    order = np.random.default_rng(1).permutation(50)
    lists = halves(x, order, 3, 1.0, seed=0)
    assert [len(rows) for rows in lists] == [6] * 8
    assert len(set(np.concatenate(lists).tolist())) == 48
