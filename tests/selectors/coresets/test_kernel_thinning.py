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


@pytest.mark.parametrize("split", ["target", "power", "plus"])
def test_a_large_pool_is_compressed_and_still_near(split: str) -> None:
    pool = Pool.from_array(X)
    method = KernelThinning(width=1.0, split=split, oversampling=1, sample=64)
    chosen = method.select(pool, Budget(rows=16))
    random = [_mmd(Random().select(pool, Budget(rows=16), seed).indices) for seed in range(20)]
    assert chosen.stats["mean_rows"] == 64
    assert 2 * _mmd(chosen.indices) < np.median(random)


def test_compression_that_leaves_all_rows_is_thinning_itself_and_less_is_hardly_farther() -> None:
    pool, found = Pool.from_array(X), {}
    for oversampling in (2, 4, 8):
        method = KernelThinning(width=1.0, oversampling=oversampling)
        found[oversampling] = [method.select(pool, Budget(rows=16), seed) for seed in range(5)]
    # 16 * 2^4 rows are all there are.
    for one, other in zip(found[4], found[8], strict=True):
        assert one.indices.tolist() == other.indices.tolist()
    mean = {g: np.mean([_mmd(one.indices) for one in runs]) for g, runs in found.items()}
    assert mean[2] <= 1.5 * mean[8]


def test_under_limits_rows_that_the_picks_lack_follow() -> None:
    pool = Pool.from_array(X, groups={"half": (X[:, 0] > 0).astype(int)})
    budget = Budget(rows=12, at_least={"half": {"1": 10}})
    chosen = KernelThinning(width=1.0, sample=64).select(pool, budget)
    assert (X[chosen.indices, 0] > 0).sum() == 10


def test_parameters_that_cannot_be_are_refused() -> None:
    with pytest.raises(ParameterError, match="width"):
        KernelThinning(width=0)
    with pytest.raises(ParameterError, match="split"):
        KernelThinning(split="half")
    with pytest.raises(ParameterError, match="oversampling"):
        KernelThinning(oversampling=-1)
    with pytest.raises(ParameterError, match="sample"):
        KernelThinning(sample=0)
