"""DPP MAP against slogdet."""

from __future__ import annotations

import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError, SignalError
from cribble.selectors.diversity.dpp_map import DppMap
from oracles.plain_greedy import plain_greedy


def unit_rows(n: int, d: int, seed: int = 0) -> np.ndarray:
    rows = np.random.default_rng(seed).standard_normal((n, d))
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.mark.parametrize("theta", [0.0, 0.7])
def test_the_picks_are_those_of_greedy_on_the_determinant(theta: float) -> None:
    X = unit_rows(60, 24)
    quality = np.random.default_rng(1).random(60)
    kernel = X @ X.T
    np.fill_diagonal(kernel, 1.0)
    scaled = (quality - quality.min()) / np.ptp(quality)

    def value(rows: list[int]) -> float:
        volume = np.linalg.slogdet(kernel[np.ix_(rows, rows)])[1]
        return float(theta * scaled[rows].sum() + (1 - theta) * volume)

    pool = Pool.from_array(X, signals={"quality": quality})
    chosen = DppMap(theta=theta).select(pool, Budget(rows=15))
    picks, _ = plain_greedy(value, 60, 15)
    assert chosen.indices.tolist() == picks
    assert theta or picks[0] == 0, "rows of one length tie"
    rows = chosen.indices
    assert chosen.stats["log_det"] == pytest.approx(
        np.linalg.slogdet(kernel[np.ix_(rows, rows)])[1]
    )
    assert chosen.stats["rank"] == 15


def test_past_the_rank_it_turns_to_directions_that_few_picks_share() -> None:
    X = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    chosen = DppMap().select(Pool.from_array(X), Budget(rows=4))
    assert chosen.indices.tolist() == [0, 1, 2, 4]
    assert chosen.stats["rank"] == 2
    assert chosen.stats["log_det"] is None
    np.testing.assert_allclose(chosen.gains[2:], np.log([2, 2]), rtol=1e-5)
    assert chosen.certified > 0.9


def test_a_window_lets_rows_like_old_picks_come_again() -> None:
    X = np.tile(unit_rows(3, 3), (4, 1))
    pool = Pool.from_array(X)
    whole = DppMap().select(pool, Budget(rows=9))
    chosen = DppMap(window=3).select(pool, Budget(rows=9))
    assert (chosen.indices % 3).tolist() == (chosen.indices[:3] % 3).tolist() * 3
    assert chosen.upper_bound is None
    assert whole.upper_bound is not None
    assert (chosen.gains > 10).all()
    assert (whole.gains[3:] < 1).all()
    wide = DppMap(window=9).select(pool, Budget(rows=9))
    assert wide.indices[:3].tolist() == whole.indices[:3].tolist()


def test_a_copy_is_picked_last() -> None:
    X = unit_rows(12, 12)
    X[7] = X[3]
    chosen = DppMap().select(Pool.from_array(X), Budget(rows=12))
    assert chosen.indices[-1] == 7


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ParameterError, match="theta"):
        DppMap(theta=1.0)
    with pytest.raises(ParameterError, match="ridge"):
        DppMap(ridge=0.0)
    with pytest.raises(ParameterError, match="window"):
        DppMap(window=1)
    with pytest.raises(SignalError, match="quality"):
        DppMap(theta=0.5).select(Pool.from_array(unit_rows(4, 3)), Budget(rows=2))
