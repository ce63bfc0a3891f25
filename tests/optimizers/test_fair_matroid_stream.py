from itertools import combinations

import numpy as np
import pytest

from cribble.constraints.intersection import Independent
from cribble.core.errors import QuotaError
from cribble.optimizers.fair_matroid_stream import FairMatroidStream
from oracles.matroids import at_most, forest
from oracles.streamed import NAMES, Case


class Drawn:
    """Rows in groups, a matroid across them, and limits that some set meets."""

    def __init__(self, seed: int, name: str, n: int = 9) -> None:
        rng = np.random.default_rng(seed)
        self.case = Case(seed, name, n)
        self.groups = rng.integers(0, 3, n)
        self.matroid: Independent
        if seed % 2:
            self.kinds = np.arange(n)
            self.matroid = forest(rng.integers(0, 6, (n, 2)))
        else:
            self.kinds = rng.integers(0, 3, n)
            self.matroid = at_most(self.kinds, rng.integers(1, 4, 3))
        rows: list[int] = []
        for row in rng.permutation(n).tolist():
            if len(rows) < 5 and self.matroid([*rows, row]):
                rows.append(row)
        counts = np.bincount(self.groups[rows], minlength=3)
        self.count = len(rows)
        self.lower = np.maximum(counts - rng.integers(0, 2, 3), 0)
        self.upper = counts + rng.integers(0, 2, 3)

    def run(self, order: np.ndarray, step: int) -> FairMatroidStream:
        found = FairMatroidStream(
            self.case.function, self.matroid, self.count, self.lower, self.upper
        )
        for take in (found.look, found.push):
            for low in range(0, len(order), step):
                rows = order[low : low + step]
                take(rows, self.groups[rows], self.kinds[rows], self.case.X[rows])
        return found

    def sets(self) -> list[tuple[int, ...]]:
        found = []
        for rows in combinations(range(len(self.groups)), self.count):
            counts = np.bincount(self.groups[list(rows)], minlength=3)
            met = (self.lower <= counts).all() and (counts <= self.upper).all()
            if met and self.matroid(list(rows)):
                found.append(rows)
        return found


@pytest.mark.parametrize("name", NAMES)
def test_any_order_holds_what_is_promised_and_its_share_of_the_optimum(name: str) -> None:
    shares, swaps, moved, halved = [], 0, 0, 0
    for seed in range(80):
        drawn = Drawn(seed, name)
        case = drawn.case
        best = case.best(drawn.sets())
        rising = np.argsort([case.value([row]) for row in range(9)])
        for order in (np.random.default_rng(seed).permutation(9), rising):
            found = drawn.run(order, 4)
            run = found.result()
            picks = run.indices.tolist()
            counts = np.bincount(drawn.groups[picks], minlength=3)
            assert len(set(picks)) == drawn.count
            assert drawn.matroid(picks)
            assert (counts <= drawn.upper).all()
            assert (counts >= drawn.lower // 2).all()
            assert run.value == pytest.approx(case.value(picks), rel=1e-4, abs=1e-4)
            # The promise is that of the better half, before any filling up.
            halves = [case.value(half.whole()) for half in found._begun()]
            assert max(halves) >= best / 16 - 1e-4
            assert found.moved or max(halves) - 1e-4 <= run.value
            shares.append(run.value / best if best > 0 else 1.0)
            swaps, moved = swaps + found.swaps, moved + found.moved
            halved += bool((counts < drawn.lower).any())
    assert swaps > 0
    assert moved > 0
    assert halved > 0
    assert min(shares) < 0.9 < np.mean(shares)


def test_blocks_and_kinds_change_nothing() -> None:
    for seed in range(0, 40, 2):
        drawn = Drawn(seed, "feature-based", n=40)
        order = np.random.default_rng(seed).permutation(40)
        picks = drawn.run(order, 40).result().indices.tolist()
        for step in (1, 7):
            assert drawn.run(order, step).result().indices.tolist() == picks
        drawn.kinds = np.arange(40)
        assert drawn.run(order, 40).result().indices.tolist() == picks


def test_each_row_joins_as_it_would_by_the_rule() -> None:
    for seed in range(20):
        drawn = Drawn(seed, "facility-location", n=30)
        function, X = drawn.case.function, drawn.case.X
        found = drawn.run(np.arange(30), 7)
        for half in found._begun():
            members: list[tuple[int, float]] = []

            def room(rows: list[int], beside: list[int] = half._beside) -> bool:
                return found.independent(sorted({*beside, *rows}))  # noqa: B023

            for row in range(30):
                state = function.empty()
                for one, _ in members:
                    state = function.grown(state, function.view(X[[one]])[0])
                gain = float(function.gains(state, function.view(X[[row]]))[0])
                inside = [one for one, _ in members]
                out: set[int] = set()
                price = 0.0
                own = [
                    at for at, one in enumerate(inside) if drawn.groups[one] == drawn.groups[row]
                ]
                ways = [
                    at
                    for at in range(len(inside))
                    if room([one for one in inside if one != inside[at]] + [row])
                ]
                for full, some in (
                    (not room([*inside, row]), ways),
                    (len(own) >= drawn.upper[drawn.groups[row]], own),
                ):
                    if full and some:
                        light = min(some, key=lambda at: (members[at][1], at))
                        price += 2 * members[light][1]
                        out.add(light)
                    elif full:
                        price = np.inf
                if gain > 0 and gain >= price:
                    members = [one for at, one in enumerate(members) if at not in out]
                    members.append((row, gain))
            assert [one.row for one in half.members] == [row for row, _ in members]


def test_limits_that_nothing_meets_together_are_refused() -> None:
    case = Case(0, "feature-based", 6)
    groups, one = np.array([0, 0, 0, 1, 1, 1]), np.zeros(6, dtype=np.int64)
    found = FairMatroidStream(
        case.function, at_most(one, np.array([1])), 2, np.array([1, 1]), np.array([2, 2])
    )
    found.look(np.arange(6), groups, one, case.X)
    with pytest.raises(QuotaError, match="at most 1 rows"):
        found.result()
