"""KMQ: the shares of the clusters, and the draw inside one against the law of its definition."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import stats

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError
from cribble.kernels.cells import cells_of
from cribble.selectors.coverage.kmq import Kmq


def _pool(sizes: list[int], quality: np.ndarray | None = None) -> Pool:
    """Well separated blobs, one a cluster."""
    n = sum(sizes)
    X = np.eye(len(sizes))[np.repeat(np.arange(len(sizes)), sizes)]
    X = X + np.random.default_rng(0).normal(size=X.shape) * 0.01
    return Pool(n, signals={"embedding": X, "quality": np.zeros(n) if quality is None else quality})


@pytest.mark.parametrize(
    ("allocation", "shares"), [("proportional", [6, 3, 1]), ("equal", [4, 4, 2])]
)
def test_clusters_get_their_shares(allocation: str, shares: list[int]) -> None:
    sizes = [12, 6, 2]
    chosen = Kmq(clusters=3, allocation=allocation).select(_pool(sizes), Budget(rows=10))
    blob = np.repeat([0, 1, 2], sizes)[chosen.indices]
    assert np.bincount(blob).tolist() == shares
    assert chosen.stats == {"clusters": 3, "hit": 3}


def test_the_draw_inside_a_cluster_is_successive_sampling_by_softmax() -> None:
    quality = np.array([0.0, 1.0, 2.0, 0.5])
    odds = np.exp(quality)
    pairs = list(itertools.permutations(range(4), 2))
    chances = np.array([odds[a] / odds.sum() * odds[b] / (odds.sum() - odds[a]) for a, b in pairs])
    pool, runs = _pool([4], quality), 1_500
    counts = np.zeros(len(pairs))
    for seed in range(runs):
        picks = Kmq(clusters=1).select(pool, Budget(rows=2), seed).indices
        counts[pairs.index(tuple(picks.tolist()))] += 1
    assert stats.chisquare(counts, chances * runs).pvalue > 0.001


def test_quality_decides_nothing_between_clusters() -> None:
    quality = np.repeat([50.0, 0.0], [10, 10])
    chosen = Kmq(clusters=2).select(_pool([10, 10], quality), Budget(rows=6))
    assert (chosen.indices < 10).sum() == 3


def test_kept_rows_count_in_their_cluster() -> None:
    pool = _pool([10, 10])
    cells = cells_of(pool.signal("embedding"), 2, seed=0, spherical=True).codes
    keep = np.nonzero(cells == 0)[0][:3].tolist()
    chosen = Kmq(clusters=2).select(pool, Budget(rows=6, keep=keep))
    assert sorted(chosen.indices[cells[chosen.indices] == 0].tolist()) == keep


def test_parameters_that_cannot_be_are_refused() -> None:
    with pytest.raises(ParameterError, match="clusters"):
        Kmq(clusters=0)
    with pytest.raises(ParameterError, match="allocation"):
        Kmq(allocation="both")
