"""Graph cut against its definition, with the matrix that the method never forms."""

from __future__ import annotations

import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError
from cribble.optimizers.registry import OPTIMIZERS
from cribble.selectors.diversity.graph_cut import GraphCut
from cribble.testing import check_selector
from oracles.plain_greedy import plain_greedy


@pytest.mark.parametrize("lam", [0.0, 0.4, 2.0])
def test_the_picks_are_those_of_greedy_on_the_definition(lam: float) -> None:
    X = np.random.default_rng(2).standard_normal((40, 6)).astype(np.float32)
    unit = X / np.linalg.norm(X.astype(np.float64), axis=1, keepdims=True)
    table = (1 + unit @ unit.T) / 2

    def value(rows: list[int]) -> float:
        return float(table[:, rows].sum() - lam * table[np.ix_(rows, rows)].sum())

    chosen = GraphCut(lam=lam).select(Pool.from_array(X), Budget(rows=12))
    picks, values = plain_greedy(value, 40, 12)
    assert chosen.indices.tolist() == picks
    np.testing.assert_allclose(np.cumsum(chosen.gains), values, rtol=1e-5)
    assert (chosen.upper_bound is not None) == (lam <= 0.5)


def test_a_budget_is_filled_although_picks_lower_the_value() -> None:
    X = np.random.default_rng(4).standard_normal((30, 4))
    chosen = GraphCut(lam=5.0).select(Pool.from_array(X), Budget(rows=30))
    assert len(chosen) == 30
    assert chosen.gains[-1] < 0


def test_a_negative_weight_is_refused() -> None:
    with pytest.raises(ParameterError, match="lam"):
        GraphCut(lam=-0.1)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimizer_holds_the_contract_where_picks_lower_the_value(optimizer: str) -> None:
    check_selector(GraphCut(optimizer=optimizer, lam=10.0))
