"""The band against ranks counted by hand, the choice inside it against chance."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError
from cribble.selectors.coverage.difficulty_band import DifficultyBand


def _pool(n: int) -> Pool:
    return Pool(n, signals={"difficulty": np.arange(n) * 2.0})


def test_the_band_is_picked_first_and_uniformly_then_the_rows_next_to_it() -> None:
    counts = np.zeros(20)
    for seed in range(600):
        chosen = DifficultyBand(low=0.2, high=0.6).select(_pool(20), Budget(rows=4), seed)
        counts[chosen.indices] += 1
    assert np.nonzero(counts)[0].tolist() == list(range(4, 12))
    assert stats.chisquare(counts[4:12]).pvalue > 0.001
    assert chosen.stats["band"] == [8.0, 22.0]
    more = DifficultyBand(low=0.2, high=0.6).select(_pool(20), Budget(rows=12)).indices
    assert set(more[:8].tolist()) == set(range(4, 12))
    assert set(more[8:].tolist()) == {2, 3, 12, 13}


def test_a_band_that_cannot_be_is_refused() -> None:
    with pytest.raises(ParameterError, match="low"):
        DifficultyBand(low=0.5, high=0.5)
