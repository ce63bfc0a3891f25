"""Separated sets over shards: limits, bounds and values against brute force and one search."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError
from cribble.executors import Local
from cribble.kernels.reference.separation import distances
from cribble.selectors.diversity.gist import Gist
from cribble.testing import check_selector


def pool(seed: int, n: int, **rest) -> Pool:
    rng = np.random.default_rng(seed)
    return Pool.from_array(rng.standard_normal((n, 3)), signals={"quality": rng.random(n)}, **rest)


def test_it_holds_the_contract_over_shards() -> None:
    check_selector(Gist(shards=3))


def test_no_set_of_the_budget_exceeds_the_bound() -> None:
    losses = []
    for seed in range(40):
        some = pool(seed, 12)
        table, quality = distances(some.signal("embedding")), some.signal("quality")
        scaled = (quality - quality.min()) / (quality.max() - quality.min())
        k, alpha = 2 + seed % 3, (0.2, 0.8)[seed % 2]
        drop = [seed % 12]

        def value(picks, table=table, scaled=scaled, alpha=alpha) -> float:
            least = min(table[a, b] for a, b in combinations(picks, 2))
            return alpha * scaled[list(picks)].mean() + (1 - alpha) * least / table.max()

        chosen = Gist(shards=3, alpha=alpha).select(some, Budget(rows=k, drop=drop), seed)
        rows = [row for row in range(12) if row not in drop]
        best = max(value(picks) for picks in combinations(rows, k))
        assert chosen.value == pytest.approx(value(chosen.indices.tolist()))
        assert chosen.value <= best + 1e-9
        assert chosen.upper_bound >= best - 1e-9
        assert chosen.stats["lost"] >= 1 - chosen.value / best - 1e-9
        assert chosen.stats["diameter"] == pytest.approx(table.max())
        losses.append(1 - chosen.value / best)
        nearest = table[:, chosen.indices].argmin(axis=1)
        assert np.array_equal(chosen.assignment, nearest)
    # Something is lost now and then: the bound could be too low.
    assert max(losses) > 0.01
    assert np.mean(losses) < 0.2


def test_one_function_is_compared_and_the_shards_alone_decide() -> None:
    some = pool(1, 400)
    whole = Gist().select(some, Budget(rows=15), 4)
    here = Gist(shards=5).select(some, Budget(rows=15), 4)
    there = Gist(shards=5).select(some.on(Local(ranks=7)), Budget(rows=15), 4)
    assert here.indices.tolist() == there.indices.tolist()
    assert here.stats == there.stats
    assert here.upper_bound == there.upper_bound
    assert 0.8 * whole.value < here.value <= here.upper_bound
    assert here.value >= max(here.stats["merged_value"], *here.stats["shard_values"])
    assert here.stats["candidates"] <= 5 * 15 + 2
    assert whole.upper_bound is None
    with pytest.raises(ParameterError, match="shards"):
        Gist(shards=0)
