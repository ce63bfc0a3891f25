"""Multicut against contraction on the matrix of all pairs, and against every partition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cribble.core.errors import ParameterError
from cribble.kernels.multicut import multicut
from cribble.kernels.reference import multicut as reference


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 16), st.integers(1, 4), st.integers(-4, 4), st.integers(0, 10**6))
def test_the_factored_form_equals_the_matrix(n: int, d: int, offset: int, seed: int) -> None:
    """Whole numbers make every sum exact, so that ties must go the same way."""
    x = np.random.default_rng(seed).integers(-2, 3, (n, d)).astype(np.float32)
    table = x.astype(np.float64) @ x.T - offset
    found = multicut(x, offset)
    assert found.codes.tolist() == reference.contract(table)
    assert found.joined == reference.objective(table, found.codes)


@pytest.mark.parametrize("seed", range(5))
def test_the_greedy_partition_lies_between_singletons_and_the_best(seed: int) -> None:
    x = np.random.default_rng(seed).standard_normal((7, 3))
    table = x @ x.T - 0.2
    best = max(reference.objective(table, codes) for codes in reference.partitions(7))
    found = multicut(x, 0.2)
    assert 0 <= found.joined <= best + 1e-9
    assert found.joined >= 0.8 * best


def test_orthogonal_groups_are_found_and_a_large_offset_parts_all_rows() -> None:
    planted = np.random.default_rng(0).permutation(np.repeat(np.arange(6), [9, 1, 4, 2, 7, 3]))
    x = np.eye(6)[planted]
    pairs = set(zip(planted.tolist(), multicut(x, 0.5).codes.tolist(), strict=True))
    assert len(pairs) == 6
    assert multicut(x, 1.5).codes.tolist() == list(range(26))
    assert not multicut(x, -1.0).codes.any()


def test_an_offset_that_is_not_finite_is_refused() -> None:
    with pytest.raises(ParameterError, match="offset is nan"):
        multicut(np.zeros((2, 1)), float("nan"))
