import numpy as np
import pytest

from cribble.core import Budget, Limits, Pool
from cribble.core.errors import ParameterError
from cribble.kernels.lists import Lists
from cribble.objectives.listed_pairs import ListedPairs
from cribble.optimizers.partition_rounds import survivors

N, K = 30, 6


def pairs(seed: int) -> tuple[ListedPairs, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    table = np.triu(rng.integers(1, 9, (N, N)) * (rng.random((N, N)) < 0.2), 1).astype(np.float32)
    table = table + table.T
    scores = rng.integers(0, 30, N).astype(np.float64)
    start = np.concatenate([[0], np.cumsum((table > 0).sum(axis=1))])
    lists = Lists(start, np.nonzero(table)[1].astype(np.int32), table[table > 0])
    return ListedPairs(scores, lists), scores, table


def limits() -> Limits:
    return Budget(rows=K).resolve(Pool(N))


def greedily(scores: np.ndarray, table: np.ndarray, rows: list[int], count: int) -> list[int]:
    """Naive greedy among some rows, the lowest row among equals."""
    picks: list[int] = []
    for _ in range(min(count, len(rows))):
        left = [row for row in rows if row not in picks]
        gains = [scores[row] - table[row, picks].sum() for row in left]
        picks.append(left[int(np.argmax(gains))])
    return picks


def test_each_round_keeps_the_greedy_picks_of_its_parts() -> None:
    for seed in range(200):
        objective, scores, table = pairs(seed)
        rng = np.random.default_rng(seed)
        before = rng.choice(N, 3, replace=False)
        for row in before.tolist():
            objective.add(row)
        rows = np.setdiff1d(np.arange(N), before)
        beside = scores - table[:, before].sum(axis=1)
        parts, rounds = int(rng.integers(2, 5)), int(rng.integers(1, 4))
        room, seen = -(-len(rows) // parts), [rows]

        def watch(work, opened, narrowed, pieces, room=room, seen=seen, beside=beside, table=table):
            pieces, found = list(pieces), []
            assert np.array_equal(np.sort(np.concatenate(pieces)), seen[-1])
            assert len(pieces) == -(-len(seen[-1]) // room)
            assert max(map(len, pieces)) <= room
            for function, asked, piece in zip(opened, narrowed, pieces, strict=True):
                run = work(function, asked, piece)
                expected = greedily(beside, table, piece.tolist(), asked.rows)
                assert run.indices.tolist() == expected
                found.append(run)
            seen.append(np.sort(np.concatenate([run.indices for run in found])))
            return found

        rule = {"parts": parts, "rounds": rounds, "seed": seed}
        left = survivors(objective, limits(), rows, K, **rule, run_all=watch)
        assert np.array_equal(left, seen[-1])
        if seed < 10:
            assert np.array_equal(left, survivors(objective, limits(), rows, K, **rule))
        sizes = [len(one) for one in seen]
        assert sizes == sorted(sizes, reverse=True)
        assert len(left) >= K
        # One part holds what is left, or the rounds are used up and little more than K is.
        assert len(left) <= room or (len(sizes) == rounds + 1 and len(left) < K + parts)


def test_one_part_leaves_every_row() -> None:
    objective, _, _ = pairs(0)
    rows = np.arange(5, N)
    assert survivors(objective, limits(), rows, K, parts=1, rounds=4).tolist() == rows.tolist()


def test_what_cannot_be_is_refused() -> None:
    objective, _, _ = pairs(0)
    for name in ("parts", "rounds"):
        with pytest.raises(ParameterError, match=name):
            survivors(objective, limits(), np.arange(N), K, **{"parts": 2, "rounds": 2, name: 0})
