"""KMQ: the shares of the clusters, and the draw inside one against the law of its definition."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import stats

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError, SignalError
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


def _told(pool: Pool, value: dict[int, float], **more: object) -> tuple[object, list[list[int]]]:
    """Run two blobs in three rounds; the score of a row is that of its blob."""
    asked: list[list[int]] = []
    half = len(pool) // 2

    def score(rows: np.ndarray) -> list[float]:
        asked.append(rows.tolist())
        return [value[int(row >= half)] for row in rows]

    method = Kmq(clusters=2, rounds=3, score=score)
    return method.select(pool, Budget(rows=30), **more), asked


def test_rounds_share_the_budget_and_move_it_to_the_clusters_that_score() -> None:
    pool = _pool([40, 40])
    chosen, asked = _told(pool, {0: 1.0, 1: 3.0})
    assert [len(rows) for rows in asked] == [10, 20]
    assert chosen.indices[:20].tolist() == asked[1]
    assert asked[1][:10] == asked[0]
    first = int(cells_of(pool.signal("embedding"), 2, seed=0, spherical=True).codes[0])
    # Half and half; then 1 : 3, and 1 : 9, each with a twentieth spread evenly.
    low = [0.5, 0.95 * 0.25 + 0.025]
    low.append(0.95 * low[1] / (low[1] + 3 * (1 - low[1])) + 0.025)
    weights = np.array(chosen.stats["weights"])
    np.testing.assert_allclose(weights[:, first], low)
    np.testing.assert_allclose(weights.sum(axis=1), 1)
    blob = chosen.indices >= 40
    assert [int(blob[s : s + 10].sum()) for s in (0, 10, 20)] == [5, 7, 9]


def test_scores_below_zero_count_above_the_least_and_equal_ones_change_nothing() -> None:
    chosen, _ = _told(_pool([40, 40]), {0: -5.0, 1: -4.0})
    assert np.sort(chosen.stats["weights"][1]).tolist() == pytest.approx([0.025, 0.975])
    same, _ = _told(_pool([40, 40]), {0: -5.0, 1: -5.0})
    assert same.stats["weights"] == [[0.5, 0.5]] * 3


def test_rounds_hold_group_limits_and_costs() -> None:
    pool = _pool([40, 40]).adding(
        groups={"half": ["a", "b"] * 40}, signals={"tokens": np.full(80, 2.0)}
    )
    method = Kmq(clusters=2, rounds=4, score=lambda rows: np.ones(len(rows)))
    chosen = method.select(pool, Budget(rows=20, at_most={"half": {"a": 3}}))
    assert (len(chosen), int((chosen.indices % 2 == 0).sum())) == (20, 3)
    assert len(method.select(pool, Budget(cost=41))) == 20


@pytest.mark.parametrize("bad", [[1.0], np.full(10, np.nan)])
def test_scores_that_cannot_be_are_refused(bad: object) -> None:
    method = Kmq(clusters=2, rounds=3, score=lambda _: bad)
    with pytest.raises(SignalError, match="score"):
        method.select(_pool([40, 40]), Budget(rows=30))


def test_parameters_that_cannot_be_are_refused() -> None:
    with pytest.raises(ParameterError, match="clusters"):
        Kmq(clusters=0)
    with pytest.raises(ParameterError, match="allocation"):
        Kmq(allocation="both")
    for rounds, score in ((0, None), (3, None), (1, len)):
        with pytest.raises(ParameterError, match="rounds"):
            Kmq(rounds=rounds, score=score)
