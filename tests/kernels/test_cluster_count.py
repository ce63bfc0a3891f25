"""The number of clusters: planted ones are found, by either rule, and no block decides."""

from __future__ import annotations

import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError
from cribble.kernels.cluster_count import (
    best_silhouette,
    check_clusters,
    count_clusters,
    silhouettes,
)
from cribble.selectors.coverage.kmq import Kmq


def _blobs(seed: int, k: int, n: int = 600) -> np.ndarray:
    """Clusters at equal distances from one another, of unequal sizes."""
    random = np.random.default_rng(seed)
    of = random.choice(k, n, p=np.arange(2, k + 2) / np.arange(2, k + 2).sum())
    return (10 * np.eye(8)[of] + random.standard_normal((n, 8))).astype(np.float32)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    ("rule", "k"),
    [("auto", 2), ("auto", 4), ("auto", 6), ("multicut", 4), ("mixture", 4), ("mixture", 6)],
)
def test_planted_clusters_are_counted(seed: int, k: int, rule: str) -> None:
    assert count_clusters(_blobs(seed, k), rule, 99, seed=seed, spherical=False) == k


def test_a_number_is_taken_as_it_is_and_none_as_what_is_usual() -> None:
    x = np.zeros((4, 1), dtype=np.float32)
    assert count_clusters(x, 3, 7, seed=0, spherical=False) == 3
    assert count_clusters(x, None, 7, seed=0, spherical=False) == 7


@pytest.mark.parametrize("n", [0, 1, 30, 400])
@pytest.mark.parametrize("rule", ["auto", "multicut", "mixture"])
def test_few_or_identical_rows_are_one_cluster(n: int, rule: str) -> None:
    x = np.ones((n, 3), dtype=np.float32)
    assert count_clusters(x, rule, 7, seed=0, spherical=True) == 1


def test_silhouettes_are_ratios_of_distances() -> None:
    x = np.array([[0.0], [1.0], [3.0], [5.0]], dtype=np.float32)
    centers = np.array([[0.0], [4.0]], dtype=np.float32)
    np.testing.assert_allclose(silhouettes(x, centers), [1, 2 / 3, 2 / 3, 4 / 5])
    assert not silhouettes(x[:1], np.zeros((2, 1), dtype=np.float32)).any()


def test_methods_take_the_rule_by_name() -> None:
    pool = Pool.from_array(_blobs(0, 4), signals={"quality": np.zeros(600)})
    chosen = Kmq(clusters="auto", spherical=False).select(pool, Budget(rows=50))
    assert chosen.stats["clusters"] == best_silhouette(pool.signal("embedding"), seed=0) == 4


def test_other_words_are_refused() -> None:
    for bad in ("some", 0, -1):
        with pytest.raises(ParameterError, match="clusters is"):
            check_clusters(bad)
