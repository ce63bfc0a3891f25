"""Vendi against greedy by the metric."""

from __future__ import annotations

import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError
from cribble.metrics.diversity import vendi_score
from cribble.selectors.diversity.vendi import Vendi


def plain(X: np.ndarray, rows: int, order: float) -> list[int]:
    picks = [0]
    while len(picks) < rows:
        left = np.setdiff1d(np.arange(len(X)), picks)
        scores = np.array([vendi_score(X[[*picks, j]], order) for j in left])
        picks.append(int(left[scores >= scores.max() - 1e-9].min()))
    return picks


@pytest.mark.parametrize("order", [0.5, 1.0, 2.0, np.inf])
def test_the_picks_are_those_of_greedy_where_all_rows_are_tried(order: float) -> None:
    X = np.random.default_rng(0).normal(size=(25, 4))
    chosen = Vendi(order=order, candidates=25).select(Pool.from_array(X), Budget(rows=9))
    assert chosen.indices.tolist() == plain(X, 9, order)
    assert chosen.value == pytest.approx(vendi_score(X[chosen.indices], order), rel=1e-5)
    assert chosen.gains.sum() == pytest.approx(chosen.value)


def test_few_candidates_come_near() -> None:
    X = np.random.default_rng(1).normal(size=(200, 12))
    pool = Pool.from_array(X)
    few, all_ = (Vendi(candidates=c).select(pool, Budget(rows=10)).value for c in (8, 200))
    assert few > 0.98 * all_


def test_a_copy_comes_last_and_a_row_of_zeros_after_it() -> None:
    X = np.concatenate([np.eye(5), np.zeros((1, 5)), np.eye(5)[:1]])
    for order in (1.0, 2.0):
        picks = Vendi(order=order).select(Pool.from_array(X), Budget(rows=6)).indices
        assert picks.tolist()[:5] == [0, 1, 2, 3, 4]


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ParameterError, match="order"):
        Vendi(order=0)
    with pytest.raises(ParameterError, match="candidates"):
        Vendi(candidates=0)
