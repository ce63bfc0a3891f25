"""Kernel thinning: nearer to the pool than random subsets, and never worse for its last step."""

from __future__ import annotations

import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError
from cribble.selectors.baselines.random import Random
from cribble.selectors.coresets.kernel_thinning import KernelThinning

X = np.random.default_rng(0).normal(size=(256, 2)).astype(np.float32)
WIDE = X.astype(np.float64)
K = np.exp(-((WIDE[:, None] - WIDE[None]) ** 2).sum(axis=2) / 2)


def _mmd(rows: np.ndarray) -> float:
    square = K.mean() - 2 * K[rows].mean() + K[np.ix_(rows, rows)].mean()
    return float(np.sqrt(max(square, 0)))


@pytest.mark.parametrize("rows", [8, 13, 32])
def test_the_picks_are_three_times_nearer_to_the_pool_than_random_ones(rows: int) -> None:
    pool = Pool.from_array(X)
    chosen = KernelThinning(width=1.0).select(pool, Budget(rows=rows))
    random = [_mmd(Random().select(pool, Budget(rows=rows), seed).indices) for seed in range(20)]
    assert chosen.stats["mmd"] == pytest.approx(_mmd(chosen.indices), abs=1e-6)
    assert 3 * _mmd(chosen.indices) < np.median(random)


def test_no_single_swap_of_the_last_pick_would_help() -> None:
    chosen = KernelThinning(width=1.0).select(Pool.from_array(X), Budget(rows=4))
    base = _mmd(chosen.indices)
    swaps = [
        min(_mmd(np.append(np.delete(chosen.indices, at), row)) for row in range(256))
        for at in range(4)
    ]
    assert max(swaps) >= base - 1e-9


def test_parameters_that_cannot_be_are_refused() -> None:
    with pytest.raises(ParameterError, match="width"):
        KernelThinning(width=0)
    with pytest.raises(ParameterError, match="sample"):
        KernelThinning(sample=0)
