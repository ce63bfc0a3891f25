from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from scipy.stats import chisquare

from cribble.core.errors import ParameterError
from cribble.kernels.reference import kmeans as reference
from cribble.kernels.seeding import seed_centers


@pytest.mark.parametrize("exact", [False, True])
def test_seeds_follow_their_distribution(exact):
    x = np.array([[0, 0], [1, 0], [0, 2], [4, 4], [5, 3]], dtype=np.float32)
    draws = 4_000
    seen = Counter(tuple(seed_centers(x, 3, seed=seed, exact=exact)) for seed in range(draws))
    expected = {}
    for a in range(5):
        for b in range(5):
            for c in range(5):
                if len({a, b, c}) == 3:
                    chance = (
                        reference.draw_chances(x, [a])[b] * reference.draw_chances(x, [a, b])[c]
                    )
                    expected[a, b, c] = chance / 5
    common = {seeds: chance for seeds, chance in expected.items() if chance * draws >= 5}
    counts = [seen[seeds] for seeds in common]
    rest = draws - sum(counts)
    chances = [*common.values(), 1 - sum(common.values())]
    result = chisquare([*counts, rest], np.array(chances) * draws)
    assert result.pvalue > 0.001
    assert set(seen) <= set(expected)


def blobs(clusters: int, each: int) -> np.ndarray:
    random = np.random.default_rng(5)
    centers = random.standard_normal((clusters, 8)) * 100
    return (
        centers.repeat(each, axis=0) + random.standard_normal((clusters * each, 8)) * 1e-3
    ).astype(np.float32)


def test_tight_clusters_are_all_found_though_proposals_fail():
    # Once most are held, nearly all proposals are refused, and distances are measured anew.
    rows = seed_centers(blobs(120, 10), 120, seed=1)
    assert sorted(rows // 10) == list(range(120))


def test_seeds_depend_on_the_seed_and_the_rows_alone(tmp_path):
    x = np.random.default_rng(6).standard_normal((400, 7)).astype(np.float32)
    rows = seed_centers(x, 50, seed=3)
    assert len(set(rows.tolist())) == 50
    np.save(tmp_path / "x.npy", x)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    np.testing.assert_array_equal(rows, seed_centers(mapped, 50, seed=3))
    assert not np.array_equal(rows, seed_centers(x, 50, seed=4))


def test_no_row_twice_when_rows_coincide():
    x = np.repeat(np.eye(3, dtype=np.float32), 4, axis=0)
    rows = seed_centers(x, 7, seed=0)
    assert len(set(rows.tolist())) == 7
    # The three distinct points come first, then the lowest rows left.
    assert sorted(rows[:3] // 4) == [0, 1, 2]
    assert list(rows[3:]) == sorted(set(range(12)) - set(rows[:3].tolist()))[:4]


@pytest.mark.parametrize("k", [0, 5])
def test_impossible_numbers_are_refused(k):
    with pytest.raises(ParameterError, match=r"it must be in \[1, 4\]"):
        seed_centers(np.zeros((4, 2), dtype=np.float32), k)
