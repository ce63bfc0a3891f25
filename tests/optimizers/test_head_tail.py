import numpy as np
import pytest

from cribble.constraints import Admission
from cribble.core import Budget, Pool
from cribble.optimizers.greedy import greedy
from cribble.optimizers.head_tail import head_tail
from oracles.coverage import KINDS, Coverage, coverage, feasible, optimum, problem


def both_ends(objective: Coverage, pending: int) -> tuple[list[int], int]:
    """Order all rows by the published rounds, from the definition of the function."""
    size = objective.size
    head: list[int] = []
    tail: list[int] = []
    evaluated = 0
    while open_rows := [row for row in range(size) if row not in head + tail]:
        score = {row: objective.of((*head, row)) for row in open_rows}
        best = min(open_rows, key=lambda row: (-score[row], row))
        evaluated += len(open_rows)
        if len(open_rows) > pending:
            low = sorted(open_rows, key=lambda row: (score[row], row))[:pending]
            low = [row for row in low if row != best]
            evaluated += len(low)
            if low:
                tail.append(min(low, key=lambda row: (objective.of((*tail, row)), row)))
        head.append(best)
    return head + tail[::-1], evaluated


@pytest.mark.parametrize("pending", [1, 2, 5])
def test_the_order_is_that_of_the_published_rounds(pending: int) -> None:
    for seed in range(40):
        objective, size = coverage(seed, n=17), 17
        limits = Budget(rows=size).resolve(Pool(size))
        run = head_tail(objective, coverage(seed, n=size), Admission(limits), pending)
        assert sorted(run.indices.tolist()) == list(range(size))
        assert (run.indices.tolist(), run.evaluations) == both_ends(objective, pending)
        assert run.value == objective.of(tuple(range(size))) == run.gains.sum()


@pytest.mark.parametrize("kind", KINDS)
def test_limits_hold_and_the_certificate_is_never_below_the_optimum(kind: str) -> None:
    for seed in range(60):
        objective, (limits, _) = coverage(seed), problem(seed, kind)
        run = head_tail(objective, coverage(seed), Admission(limits), 3)
        assert feasible(limits, tuple(run.indices.tolist()))
        assert run.value <= optimum(objective, limits) <= run.upper_bound + 1e-9
        assert run.value == objective.of(tuple(run.indices.tolist()))


def test_with_all_rows_pending_it_is_greedy() -> None:
    for seed in range(40):
        objective, (limits, _) = coverage(seed), problem(seed, "groups")
        plain = greedy(objective, Admission(limits))
        objective.reset()
        run = head_tail(objective, coverage(seed), Admission(limits), 10)
        assert run.indices.tolist() == plain.indices.tolist()


def test_the_saving_tends_to_a_factor_of_two() -> None:
    # Greedy asks for 1,225 and 80,200.
    for size, asked in ((49, 804), (400, 41_600)):
        pair = [Coverage(np.eye(size, dtype=bool), np.arange(1.0, size + 1)) for _ in range(2)]
        run = head_tail(*pair, Admission(Budget(rows=size).resolve(Pool(size))))
        assert run.evaluations == pytest.approx(asked, rel=0.01)
    assert 400 * 401 / 2 / run.evaluations > 1.9


def test_rows_of_the_tail_come_back_where_the_limits_need_them() -> None:
    weights = np.array([9.0, 8, 7, 6, 1, 1])
    pair = [Coverage(np.eye(6, dtype=bool), weights) for _ in range(2)]
    pool = Pool(6, groups={"g": list("aaaabb")})
    limits = Budget(rows=4, at_least={"g": {"b": 2}}).resolve(pool)
    run = head_tail(*pair, Admission(limits), 2)
    assert sorted(run.indices.tolist()) == [0, 1, 4, 5]
