"""SemDeDup against all pairs of cosines, walked in order of quality."""

from __future__ import annotations

import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError
from cribble.selectors.coverage.semdedup import Semdedup


def _pool(seed: int = 0, n: int = 30) -> Pool:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 4)).astype(np.float32)
    X[1::3] = X[::3] * 2 + rng.normal(size=X[::3].shape) * 0.02
    return Pool.from_array(X, signals={"quality": rng.normal(size=n)})


@pytest.mark.parametrize("rows", [1, 12, 20, 29])
def test_the_rows_least_like_a_better_one_are_picked(rows: int) -> None:
    pool = _pool()
    X, quality = pool.signal("embedding").astype(np.float64), pool.signal("quality")
    unit = X / np.linalg.norm(X, axis=1, keepdims=True)
    cosines = unit @ unit.T
    worst = [max(cosines[i, quality > quality[i]], default=-1.0) for i in range(30)]
    chosen = Semdedup(quality="quality", clusters=1).select(pool, Budget(rows=rows))
    assert chosen.indices.tolist() == np.argsort(worst, kind="stable")[:rows].tolist()
    assert chosen.stats["threshold"] == pytest.approx(np.sort(worst)[rows - 1], abs=1e-6)
    np.testing.assert_allclose(-chosen.scores, worst, atol=1e-6)


def test_every_row_is_led_to_a_pick_as_good_or_better() -> None:
    pool = _pool()
    quality = pool.signal("quality")
    chosen = Semdedup(quality="quality", clusters=1).select(pool, Budget(rows=12))
    assert (chosen.assignment >= 0).all()
    assert chosen.assignment[chosen.indices].tolist() == list(range(12))
    assert (quality[chosen.indices[chosen.assignment]] >= quality).all()


def test_exact_duplicates_leave_one_row_and_kept_ones_win() -> None:
    X = np.repeat(np.eye(5), 4, axis=0)
    pool = Pool.from_array(X, signals={"quality": np.arange(20.0)})
    chosen = Semdedup(quality="quality", clusters=2).select(pool, Budget(rows=5))
    assert sorted(chosen.indices.tolist()) == [3, 7, 11, 15, 19]
    chosen = Semdedup(quality="quality", clusters=2).select(pool, Budget(rows=5, keep=[0]))
    assert sorted(chosen.indices.tolist()) == [0, 7, 11, 15, 19]
    assert chosen.explain(2).represented_by == 0


def test_without_a_quality_the_rows_far_from_the_center_come_first() -> None:
    X = np.array([[1.0, 0.0], [1.0, 0.01], [1.0, 0.5]])
    chosen = Semdedup(clusters=1).select(Pool.from_array(X), Budget(rows=2))
    assert chosen.indices.tolist() == [2, 0]


def test_parameters_that_cannot_be_are_refused() -> None:
    with pytest.raises(ParameterError, match="clusters"):
        Semdedup(clusters=0)
