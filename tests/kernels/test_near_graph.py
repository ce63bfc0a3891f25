from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cribble.kernels import near_graph as module
from cribble.kernels.near_graph import near_graph
from cribble.kernels.neighbors import NearRows, measured
from cribble.kernels.reference import neighbors as twin


def draw(seed: int, n: int, count: int) -> tuple[np.ndarray, np.ndarray, NearRows]:
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, 2)).astype(np.float32)
    near = rng.integers(0, n + 1, (n, count)).astype(np.int32)
    order = rng.permutation(n).astype(np.int32)
    return X, near, NearRows(order, measured(X, near)[order])


@given(st.integers(0, 2**32 - 1), st.integers(1, 20), st.integers(0, 5))
def test_lists_are_symmetric_sorted_and_without_repeats(seed: int, n: int, count: int) -> None:
    X, near, lines = draw(seed, n, count)
    start, rows, gaps = near_graph(lines)
    found = [rows[a:b].tolist() for a, b in pairwise(start)]
    assert found == twin.near_graph(near)
    owners = np.repeat(np.arange(n), np.diff(start))
    squared = ((X[owners].astype(np.float64) - X[rows]) ** 2).sum(axis=1)
    np.testing.assert_allclose(gaps, squared, rtol=1e-6)


@pytest.mark.parametrize("pairs", [1, 7, 100])
def test_parts_and_memory_change_nothing(pairs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    _, _, lines = draw(0, 50, 4)
    whole = near_graph(lines)
    monkeypatch.setattr(module, "_LEAST_PAIRS", pairs)
    for one, other in zip(near_graph(lines, memory=0), whole, strict=True):
        assert np.array_equal(one, other)
