"""RDS+ against a plain round robin over full float64 rankings."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cribble.constraints import Admission
from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError, SignalError, TargetError
from cribble.kernels import topk
from cribble.kernels.reference.topk import cosines
from cribble.optimizers import round_robin
from cribble.selectors.targeted.rds_plus import RdsPlus


def plain_round_robin(pool: Pool, budget: Budget, mode: str = "round-robin") -> list[int]:
    """The definition: in each turn one ranking takes its best row that the limits still admit."""
    vectors = pool.signal("embedding")
    tables = [cosines(target.signal("embedding"), vectors) for target in pool.targets]
    if mode == "global":
        table = np.concatenate(tables).max(axis=0)[None]
    elif len(tables) == 1:
        table = tables[0]
    else:
        table = np.stack([one.max(axis=0) for one in tables])
    rankings = np.argsort(-table, axis=1, kind="stable")
    admission = Admission(budget.resolve(pool))
    turn = 0
    while not admission.done:
        for row in rankings[turn % len(rankings)].tolist():
            if admission.admits(row):
                admission.add(row)
                break
        turn += 1
    return admission.picks


def tied_pool(size: int = 500, queries: tuple[int, ...] = (20,), **rest) -> Pool:
    """Small integer vectors: many equal cosines, repeated rows and repeated queries."""
    rng = np.random.default_rng(3)
    vectors = rng.integers(-2, 3, (size, 4)).astype(np.float32)
    targets = [Pool.from_array(rng.integers(-2, 3, (q, 4)).astype(np.float32)) for q in queries]
    costs = rng.integers(1, 9, size).astype(np.float64)
    return Pool.from_array(
        vectors,
        signals={"tokens": costs},
        groups={"source": [f"s{i % 3}" for i in range(size)]},
        targets=targets,
        **rest,
    )


BUDGETS = {
    "rows": Budget(rows=100),
    "all rows": Budget(rows=500),
    "none": Budget(rows=0),
    "kept and dropped": Budget(rows=60, keep=[4, 2, 499], drop=list(range(5, 200))),
    "quotas": Budget(rows=90, at_least={"source": {"s0": 70}}, at_most={"source": {"s1": 5}}),
    "cost": Budget(cost=300),
    "cost and quotas": Budget(cost=200, at_least={"source": {"s2": 25}}, keep=[7]),
}


@pytest.mark.parametrize("name", BUDGETS)
@pytest.mark.parametrize("queries", [(20,), (3, 9, 1)])
@pytest.mark.parametrize("depth", [(4, 16), (0, 1)])
def test_equals_the_plain_round_robin(name, queries, depth, monkeypatch):
    # A first depth of one row lets every ranking run dry again and again.
    monkeypatch.setattr(round_robin, "_DEPTH", depth[0])
    monkeypatch.setattr(round_robin, "_LEAST_DEPTH", depth[1])
    pool = tied_pool(queries=queries)
    chosen = RdsPlus().select(pool, BUDGETS[name])
    assert chosen.indices.tolist() == plain_round_robin(pool, BUDGETS[name])
    if depth[1] == 1 and name == "rows":
        assert chosen.stats["passes"] > 2


@pytest.mark.parametrize("name", ["rows", "quotas", "cost"])
def test_global_takes_the_largest_cosine_to_any_target_row(name):
    pool = tied_pool(queries=(5, 6))
    chosen = RdsPlus(mode="global").select(pool, BUDGETS[name])
    assert chosen.indices.tolist() == plain_round_robin(pool, BUDGETS[name], "global")


@given(st.integers(0, 1000), st.integers(1, 60), st.integers(10_000, 2_000_000))
@settings(max_examples=30, deadline=None)
def test_memory_changes_nothing(seed, rows, memory):
    rng = np.random.default_rng(seed)
    vectors = rng.standard_normal((300, 8)).astype(np.float16)[rng.integers(300, size=300)]
    target = Pool.from_array(rng.standard_normal((6, 8)).astype(np.float32))
    roomy = Pool.from_array(vectors, targets=[target])
    tight = Pool.from_array(vectors, targets=[target], memory=memory)
    budget = Budget(rows=rows)
    chosen = RdsPlus().select(tight, budget)
    assert chosen.indices.tolist() == RdsPlus().select(roomy, budget).indices.tolist()
    assert chosen.indices.tolist() == plain_round_robin(roomy, budget)


def test_a_tight_memory_limits_the_heads(monkeypatch):
    depths = []
    searched = topk.blocked_top

    def spy(queries, pool, count, **rest):
        depths.append((count, rest["memory"]))
        return searched(queries, pool, count, **rest)

    monkeypatch.setattr(topk, "blocked_top", spy)
    pool = tied_pool(memory=20_000)
    chosen = RdsPlus().select(pool, Budget(rows=200))
    assert chosen.indices.tolist() == plain_round_robin(pool, Budget(rows=200))
    assert max(count for count, _ in depths) * 48 * 20 <= 20_000 / 4
    assert {memory for _, memory in depths} == {10_000}


def test_tells_why_each_pick_is_in():
    target = Pool.from_array(np.float32([[0, 1], [1, 0]]))
    pool = Pool.from_array(np.float32([[1, 0.1], [0.8, 0.6], [0, 2]]), targets=[target])
    chosen = RdsPlus().select(pool, Budget(rows=3, keep=[1]))
    assert chosen.indices.tolist() == [1, 2, 0]
    assert chosen.reasons == [
        "kept by the budget",
        "closest to target row 0 (cosine 1.00)",
        "closest to target row 1 (cosine 1.00)",
    ]
    assert chosen.stats["picks_per_query"] == [1, 1]
    assert chosen.stats["mean_cosine"] == pytest.approx((1 + 1 / np.sqrt(1.01)) / 2)


def test_names_the_target_when_there_are_several():
    targets = [Pool.from_array(np.float32([[0, 1]])), Pool.from_array(np.float32([[1, 1], [1, 0]]))]
    pool = Pool.from_array(np.float32([[1, 0], [0, 1]]), targets=targets)
    assert RdsPlus().select(pool, Budget(rows=2)).reasons == [
        "closest to row 0 of target 0 (cosine 1.00)",
        "closest to row 1 of target 1 (cosine 1.00)",
    ]


def test_a_zero_row_has_cosine_zero():
    target = Pool.from_array(np.float32([[1, 0]]))
    pool = Pool.from_array(np.float32([[-1, 0], [0, 0], [1, 1]]), targets=[target])
    assert RdsPlus().select(pool, Budget(rows=3)).indices.tolist() == [2, 1, 0]


def test_refuses_what_it_cannot_use():
    pool = Pool.from_array(np.ones((3, 4)))
    with pytest.raises(TargetError):
        RdsPlus().select(pool, Budget(rows=1))
    apart = Pool.from_array(np.ones((3, 4)), targets=[Pool.from_array(np.ones((2, 5)))])
    with pytest.raises(SignalError, match="4 dimensions, target 0 has 5"):
        RdsPlus().select(apart, Budget(rows=1))
    with pytest.raises(ParameterError, match="round-robin"):
        RdsPlus(mode="max")
