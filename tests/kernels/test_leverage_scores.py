"""Leverage against the diagonal of the projection from an SVD."""

from __future__ import annotations

import numpy as np
import pytest

from cribble.kernels.leverage_scores import leverage_scores


@pytest.mark.parametrize("rank", [1, 3, 5])
def test_leverage_is_the_diagonal_of_the_projection(rank: int) -> None:
    rng = np.random.default_rng(rank)
    x = rng.normal(size=(2_500, rank)) @ rng.normal(size=(rank, 5))
    u = np.linalg.svd(x, full_matrices=False)[0][:, :rank]
    np.testing.assert_allclose(leverage_scores(x), (u**2).sum(axis=1), atol=1e-9)


def test_rows_of_zeros_have_none() -> None:
    assert leverage_scores(np.zeros((4, 2))).tolist() == [0.0] * 4
    assert leverage_scores(np.zeros((0, 2))).tolist() == []
