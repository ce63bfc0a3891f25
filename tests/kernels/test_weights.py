"""What is told of weights, by hand, by invariants, and against tails of known shape."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cribble.kernels.weights import (
    clip_weights,
    effective_size,
    mean_one,
    tail_shape,
    weight_stats,
)

WEIGHTS = arrays(np.float64, st.integers(1, 30), elements=st.just(0.0) | st.floats(1e-290, 1e6))


def test_the_effective_size_by_hand() -> None:
    assert effective_size(np.ones(5)) == 5
    assert effective_size(np.array([3.0, 1, 0])) == pytest.approx(1.6)
    assert effective_size(np.zeros(2)) == 0
    assert effective_size(np.empty(0)) == 0
    assert effective_size(np.full(4, 1e-200)) == pytest.approx(4)


@given(WEIGHTS, st.floats(1e-3, 1e3))
def test_the_effective_size_has_no_unit_and_lies_within_the_rows(weights, unit) -> None:
    found = effective_size(weights)
    assert 0 <= found <= np.count_nonzero(weights) * (1 + 1e-12)
    assert effective_size(weights * unit) == pytest.approx(found, rel=1e-6)


@given(WEIGHTS, st.floats(0, 1e6))
def test_clipping_never_lowers_the_effective_size(weights, most) -> None:
    cut, number = clip_weights(weights, most)
    assert number == (weights > most).sum()
    assert (cut <= weights).all()
    if most > 0:
        assert effective_size(cut) >= effective_size(weights) * (1 - 1e-9)
    assert clip_weights(weights, None).clipped == 0


def test_stats_and_scaling() -> None:
    told = weight_stats(np.array([3.0, 1, 0]), 2)
    assert told == {"weight_sum": 4.0, "effective_size": pytest.approx(1.6), "clipped": 2}
    np.testing.assert_allclose(mean_one(np.array([3.0, 1, 2])), [1.5, 0.5, 1])
    assert mean_one(np.zeros(3)).tolist() == [0, 0, 0]


@pytest.mark.parametrize("shape", [0.2, 0.5, 1.0, 1.5])
def test_the_shape_of_a_pareto_tail_is_found(shape) -> None:
    # Quantiles of a generalized Pareto distribution: no luck in the draw.
    quantiles = (np.arange(20_000) + 0.5) / 20_000
    weights = ((1 - quantiles) ** -shape - 1) / shape
    assert tail_shape(weights) == pytest.approx(shape, abs=0.06)


def test_a_bounded_tail_has_a_shape_below_a_half_and_a_flat_one_none() -> None:
    assert tail_shape(np.linspace(0, 1, 5000)) < 0
    assert tail_shape(np.ones(100)) is None
    assert tail_shape(np.arange(10.0)) is None
