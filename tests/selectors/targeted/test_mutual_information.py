"""Mutual information against greedy over the definitions of its forms."""

import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError, SignalError, TargetError
from cribble.selectors.targeted.mutual_information import FORMS, MutualInformation
from cribble.testing import check_selector
from oracles.feasible import feasible_sets
from oracles.plain_greedy import plain_greedy


def pool_of(seed: int, size: int = 30, queries: tuple[int, ...] = (4,), **rest) -> Pool:
    rng = np.random.default_rng(seed)
    targets = [Pool.from_array(rng.standard_normal((q, 5)).astype(np.float32)) for q in queries]
    return Pool.from_array(
        rng.standard_normal((size, 5)).astype(np.float32), targets=targets, **rest
    )


def cosines(pool: Pool) -> tuple[np.ndarray, np.ndarray]:
    """Cosines among the rows, and of the rows with all queries, unclipped."""
    rows, queries = (
        one.astype(np.float64) / np.linalg.norm(one.astype(np.float64), axis=1, keepdims=True)
        for one in (
            pool.signal("embedding"),
            np.concatenate([target.signal("embedding") for target in pool.targets]),
        )
    )
    return rows @ rows.T, rows @ queries.T


def definition(pool: Pool, form: str, eta: float):
    inside, across = cosines(pool)
    near, query = np.maximum(inside, 0), np.maximum(across, 0)
    unit = pool.targets[0].signal("embedding").astype(np.float64)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)

    def value(picks) -> float:
        some = list(picks)
        if not some:
            return 0.0
        if form == "gcmi":
            return float(query[some].sum())
        if form == "com":
            one, other = query[some].sum(axis=1), query[some].sum(axis=0)
            return float(eta * np.log1p(one).sum() + np.log1p(other).sum())
        if form == "flqmi":
            return float(query[some].max(axis=0).sum() + eta * query[some].max(axis=1).sum())
        if form == "flmi":
            reached = np.minimum(near[:, some].max(axis=1), eta * query.max(axis=1))
            return float(reached.sum() + 1e-6 * query[some].mean(axis=1).sum())
        held = inside[np.ix_(some, some)] + 0.1 * np.eye(len(some))
        target = unit @ unit.T + 0.1 * np.eye(len(unit))
        told = eta**2 * across[some] @ np.linalg.solve(target, across[some].T)
        return float(np.linalg.slogdet(held)[1] - np.linalg.slogdet(held - told)[1])

    return value


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("eta", [1.0, 0.4])
def test_picks_what_greedy_picks_by_the_definition(form: str, eta: float) -> None:
    for seed in range(5):
        pool = pool_of(seed)
        value = definition(pool, form, eta)
        picks, values = plain_greedy(value, 30, 8)
        chosen = MutualInformation(form=form, eta=eta).select(pool, Budget(rows=8))
        assert chosen.indices.tolist() == picks
        np.testing.assert_allclose(np.cumsum(chosen.gains), values, atol=1e-5)
        assert chosen.value == pytest.approx(values[-1], abs=1e-5)
        assert (chosen.upper_bound is None) == (form == "logdet")
        assert ("warning" in chosen.stats) == (form == "logdet")


@pytest.mark.parametrize("form", sorted(set(FORMS) - {"flqmi"}))
def test_every_form_holds_the_contract(form: str) -> None:
    check_selector(MutualInformation(form=form))


@pytest.mark.parametrize("form", FORMS)
def test_the_rows_of_all_targets_are_the_queries(form: str) -> None:
    pool = pool_of(3, queries=(2, 1, 3))
    together = np.concatenate([target.signal("embedding") for target in pool.targets])
    joined = pool.adding(targets=[Pool.from_array(together)])
    method = MutualInformation(form=form)
    apart = method.select(pool, Budget(rows=9))
    assert apart.indices.tolist() == method.select(joined, Budget(rows=9)).indices.tolist()


@pytest.mark.parametrize("form", FORMS)
def test_memory_changes_nothing(form: str) -> None:
    rng = np.random.default_rng(5)
    vectors = rng.standard_normal((3000, 6)).astype(np.float16)[rng.integers(2500, size=3000)]
    target = Pool.from_array(rng.standard_normal((7, 6)))
    method = MutualInformation(form=form, neighbors=12)
    found = [
        method.select(Pool.from_array(vectors, targets=[target], memory=memory), Budget(rows=25))
        for memory in (20_000, 1 << 30)
    ]
    assert found[0].indices.tolist() == found[1].indices.tolist()
    assert found[0].gains.tolist() == found[1].gains.tolist()


def test_the_best_of_a_ranking_is_known_to_be_the_best() -> None:
    pool = pool_of(7, size=10, groups={"half": ["a", "b"] * 5})
    value = definition(pool, "gcmi", 1.0)
    for budget in (Budget(rows=4, drop=[1]), Budget(rows=4, at_least={"half": {"b": 3}}, keep=[2])):
        chosen = MutualInformation(form="gcmi").select(pool, budget)
        most = max(value(sorted(rows)) for rows in feasible_sets(pool, budget))
        assert chosen.value == pytest.approx(most)
        assert chosen.upper_bound == chosen.value


def test_near_duplicates_fill_a_ranking_but_not_a_cover_of_the_queries() -> None:
    target = Pool.from_array(np.eye(3))
    copies = np.tile([1.0, 0.1, 0.1], (5, 1))
    pool = Pool.from_array(np.concatenate([copies, 0.9 * np.eye(3)[1:]]), targets=[target])
    by = {form: MutualInformation(form=form, eta=0.1) for form in ("gcmi", "flqmi")}
    budget = Budget(rows=3)
    assert by["gcmi"].select(pool, budget).indices.tolist() == [0, 1, 2]
    assert sorted(by["flqmi"].select(pool, budget).indices.tolist()) == [0, 5, 6]


def test_once_saturated_it_takes_the_rows_most_like_the_target() -> None:
    target = Pool.from_array(np.array([[1.0, 0.0]]))
    turns = np.array([0.0, 0.5, 0.2, 1.2, 1.4])
    pool = Pool.from_array(np.column_stack([np.cos(turns), np.sin(turns)]), targets=[target])
    chosen = MutualInformation(form="flmi").select(pool, Budget(rows=3))
    assert chosen.indices.tolist() == [0, 2, 1]
    assert chosen.gains[1] == pytest.approx(1e-6 * np.cos(0.2), rel=1e-4)


def test_refuses_what_it_cannot_use() -> None:
    for wrong in (
        {"form": "fl"},
        {"eta": -1.0},
        {"eta": np.inf},
        {"form": "logdet", "eta": 1.5},
        {"concave": "power"},
        {"ridge": 0.0},
        {"neighbors": 0},
        {"probes": 0},
    ):
        with pytest.raises(ParameterError):
            MutualInformation(**wrong)
    rows = np.ones((3, 4))
    with pytest.raises(TargetError):
        MutualInformation().select(Pool.from_array(rows), Budget(rows=1))
    apart = Pool.from_array(rows, targets=[Pool.from_array(np.ones((2, 5)))])
    with pytest.raises(SignalError, match="4 dimensions, target 0 has 5"):
        MutualInformation().select(apart, Budget(rows=1))
