"""MMR against its rule, scanned in full."""

from __future__ import annotations

import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError
from cribble.selectors.diversity.mmr import Mmr


@pytest.mark.parametrize("lam", [0.0, 0.3, 0.7])
def test_the_picks_are_those_of_a_full_scan(lam: float) -> None:
    rng = np.random.default_rng(11)
    X, quality = rng.standard_normal((80, 5)).astype(np.float32), rng.random(80)
    unit = X / np.linalg.norm(X.astype(np.float64), axis=1, keepdims=True)
    cosines = np.maximum(unit @ unit.T, 0)
    scaled = (quality - quality.min()) / np.ptp(quality)
    picks: list[int] = []
    scores = []
    for _ in range(30):
        nearest = cosines[:, picks].max(axis=1, initial=0.0)
        score = lam * scaled - (1 - lam) * nearest
        score[picks] = -np.inf
        picks.append(int(np.argmax(score)))
        scores.append(score[picks[-1]])
    chosen = Mmr(lam=lam).select(Pool.from_array(X, signals={"quality": quality}), Budget(rows=30))
    assert chosen.indices.tolist() == picks
    np.testing.assert_allclose(chosen.gains, np.array(scores) + 1 - lam, atol=1e-6)
    assert chosen.upper_bound is None


def test_relevance_alone_ranks_by_quality() -> None:
    quality = np.array([0.1, 0.9, 0.5, 0.9])
    pool = Pool.from_array(np.ones((4, 2)), signals={"quality": quality})
    assert Mmr(lam=1.0).select(pool, Budget(rows=4)).indices.tolist() == [1, 3, 2, 0]


def test_a_weight_outside_its_range_is_refused() -> None:
    with pytest.raises(ParameterError, match="lam"):
        Mmr(lam=1.5)
