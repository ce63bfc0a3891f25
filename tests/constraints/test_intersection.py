from itertools import combinations

import numpy as np

from cribble.constraints.intersection import largest_common
from oracles.matroids import at_most, forest


def test_the_largest_common_set_is_found_from_any_start() -> None:
    paths = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        edges = rng.integers(0, 6, (8, 2))
        one, other = forest(edges), at_most(rng.integers(0, 4, 8), rng.integers(0, 3, 4))
        common = [
            rows
            for size in range(9)
            for rows in combinations(range(8), size)
            if one(list(rows)) and other(list(rows))
        ]
        best = len(common[-1])
        start = common[int(rng.integers(len(common)))]
        for begun in ((), start):
            found = largest_common(range(8), one, other, begun)
            assert len(found) == len(set(found)) == best
            assert one(found)
            assert other(found)
        paths += not set(start) <= set(found)
        assert len(largest_common(range(8), one, other, most=1)) == min(1, best)
    assert paths > 5
