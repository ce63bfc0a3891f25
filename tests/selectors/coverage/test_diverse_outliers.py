"""Diverse outliers against the best row of each cluster, found by hand."""

from __future__ import annotations

import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError
from cribble.kernels.cells import cells_of
from cribble.selectors.coverage.diverse_outliers import DiverseOutliers


def _pool(scores: np.ndarray) -> Pool:
    rng = np.random.default_rng(3)
    X = np.eye(4)[np.arange(len(scores)) % 4] + rng.normal(size=(len(scores), 4)) * 0.02
    return Pool(len(scores), signals={"embedding": X, "quality": scores})


def test_the_best_rows_of_every_cluster_are_picked() -> None:
    scores = np.random.default_rng(1).normal(size=40)
    chosen = DiverseOutliers(clusters=4).select(_pool(scores), Budget(rows=8))
    best = [np.arange(blob, 40, 4)[np.argsort(-scores[blob::4])[:2]] for blob in range(4)]
    assert sorted(chosen.indices.tolist()) == sorted(np.concatenate(best).tolist())
    assert chosen.stats == {"clusters": 4, "hit": 4}


def test_equal_scores_go_to_the_lowest_row_of_each_cluster() -> None:
    chosen = DiverseOutliers(clusters=4).select(_pool(np.ones(20)), Budget(rows=4))
    assert sorted(chosen.indices.tolist()) == [0, 1, 2, 3]


def test_one_cluster_a_row_is_the_default_and_lengths_do_not_matter() -> None:
    pool = _pool(np.random.default_rng(2).normal(size=30))
    lengths = np.random.default_rng(4).uniform(0.5, 8, size=(30, 1))
    longer = pool.adding(signals={"embedding": pool.signal("embedding") * lengths})
    chosen = DiverseOutliers().select(pool, Budget(rows=4))
    assert sorted(chosen.indices % 4) == [0, 1, 2, 3]
    again = DiverseOutliers(clusters=4).select(longer, Budget(rows=4))
    assert sorted(again.indices.tolist()) == sorted(chosen.indices.tolist())
    codes = cells_of(pool.signal("embedding"), 4, seed=0, spherical=True).codes
    assert len(set(codes[chosen.indices].tolist())) == 4


def test_parameters_that_cannot_be_are_refused() -> None:
    with pytest.raises(ParameterError, match="clusters"):
        DiverseOutliers(clusters=-1)
