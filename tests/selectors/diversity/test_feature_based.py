"""Feature-based selection against its definition."""

from __future__ import annotations

import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError
from cribble.selectors.diversity.feature_based import FeatureBased
from oracles.plain_greedy import plain_greedy

CONCAVE = {"sqrt": np.sqrt, "log": lambda x: np.log(1 + x), "ratio": lambda x: x / (1 + x)}


@pytest.mark.parametrize("name", CONCAVE)
def test_the_picks_are_those_of_greedy_on_the_definition(name: str) -> None:
    X = np.random.default_rng(6).random((40, 9)).astype(np.float32)

    def value(rows: list[int]) -> float:
        return float(CONCAVE[name](X[rows].sum(axis=0, dtype=np.float64)).sum())

    chosen = FeatureBased(concave=name).select(Pool.from_array(X), Budget(rows=10))
    picks, values = plain_greedy(value, len(X), 10)
    assert chosen.indices.tolist() == picks
    np.testing.assert_allclose(np.cumsum(chosen.gains), values, rtol=1e-6)
    assert chosen.value <= chosen.upper_bound
    assert chosen.stats["split"] is False


def test_a_negative_entry_is_an_amount_of_the_opposite_feature() -> None:
    X = np.random.default_rng(7).standard_normal((30, 5))
    both = np.concatenate([np.maximum(X, 0), np.maximum(-X, 0)], axis=1)
    split = FeatureBased().select(Pool.from_array(X), Budget(rows=8))
    plain = FeatureBased().select(Pool.from_array(both), Budget(rows=8))
    assert split.stats["split"] is True
    assert split.indices.tolist() == plain.indices.tolist()
    assert split.value == pytest.approx(plain.value)


def test_an_unknown_function_is_refused() -> None:
    with pytest.raises(ParameterError, match="concave"):
        FeatureBased(concave="cube")
