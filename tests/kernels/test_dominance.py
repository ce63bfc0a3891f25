"""Layers and crowding against plain twins."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cribble.kernels.dominance import crowding, dominance_layers, fresh_volumes
from cribble.kernels.reference import dominance as twin


@settings(max_examples=60)
@given(st.integers(0, 2**16), st.integers(0, 60), st.integers(1, 4), st.booleans())
def test_layers_and_crowding_equal_their_twins(seed: int, n: int, c: int, coarse: bool) -> None:
    points = np.random.default_rng(seed).random((n, c))
    points = np.round(points * 4) if coarse else points
    layers = dominance_layers(points)
    np.testing.assert_array_equal(layers, twin.dominance_layers(points))
    np.testing.assert_allclose(crowding(points, layers), twin.crowding(points, layers))


def test_a_monotone_change_of_a_column_leaves_layers_and_equal_rows_share_one() -> None:
    points = np.random.default_rng(0).random((200, 3))
    points[50] = points[20]
    changed = points * np.array([1.0, 7.0, 1.0])
    changed[:, 2] = np.exp(points[:, 2])
    layers = dominance_layers(points)
    np.testing.assert_array_equal(layers, dominance_layers(changed))
    assert layers[50] == layers[20]


@settings(max_examples=60)
@given(st.integers(0, 2**16), st.integers(0, 7), st.integers(1, 4), st.booleans())
def test_fresh_volumes_equal_their_twin(seed: int, n: int, c: int, coarse: bool) -> None:
    points = np.random.default_rng(seed).random((n + 3, c))
    points = np.round(points * 3) if coarse else points
    found = fresh_volumes(points[:3], points[3:])
    np.testing.assert_allclose(found, twin.fresh_volumes(points[:3], points[3:]), atol=1e-9)
