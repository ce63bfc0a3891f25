"""Layers of neighbors against whole rankings."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cribble.kernels.layers import nearest_layers
from cribble.kernels.reference.layers import nearest_layers as twin


@settings(deadline=None, max_examples=30)
@given(
    st.integers(0, 999),
    st.integers(1, 40),
    st.integers(1, 7),
    st.integers(1, 50),
    st.sampled_from([1, 2_000, 1 << 20]),
)
def test_equals_the_twin_whatever_the_memory(seed, n, q, depth, memory):
    rng = np.random.default_rng(seed)
    rows, targets = rng.normal(size=(n, 3)), rng.normal(size=(q, 3))
    blocked = rng.random(n) < 0.3
    found = nearest_layers(targets, rows, depth, blocked, memory)
    np.testing.assert_array_equal(found, twin(targets, rows, depth, blocked))


@pytest.mark.parametrize("memory", [1, 1 << 20])
def test_the_lowest_of_equal_rows_comes_first(memory):
    rows = np.array([[0.0, 1], [1, 1], [1, 1], [1, 0]])
    layers = nearest_layers(np.array([[1.0, 1]]), rows, 3, np.zeros(4, dtype=bool), memory)
    assert layers.tolist() == [3, 1, 2, 4]
