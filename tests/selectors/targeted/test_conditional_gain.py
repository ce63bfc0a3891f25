"""Conditional gain against greedy over the definitions of its forms."""

import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError, TargetError
from cribble.selectors.targeted.conditional_gain import FORMS, ConditionalGain
from cribble.testing import check_selector
from oracles.plain_greedy import plain_greedy


def pool_of(seed: int, sizes: tuple[int, ...] = (4,), size: int = 30) -> Pool:
    rng = np.random.default_rng(seed)
    targets = [Pool.from_array(rng.standard_normal((q, 5)).astype(np.float32)) for q in sizes]
    return Pool.from_array(rng.standard_normal((size, 5)).astype(np.float32), targets=targets)


def definition(pool: Pool, form: str, nu: float, queries: int = 0):
    unit = [one.signal("embedding").astype(np.float64) for one in (pool, *pool.targets)]
    unit = [rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in unit]
    inside, across = unit[0] @ unit[0].T, unit[0] @ np.concatenate(unit[1 + queries :]).T
    near, held = np.maximum(inside, 0), np.maximum(across, 0).max(axis=1)
    private = np.concatenate(unit[1 + queries :])
    most = np.inf
    if queries:
        most = np.maximum(unit[0] @ np.concatenate(unit[1 : 1 + queries]).T, 0).max(axis=1)

    def value(picks) -> float:
        some = list(picks)
        if not some:
            return 0.0
        if form == "flcg":
            reached = np.minimum(near[:, some].max(axis=1), most)
            return float(np.maximum(reached - nu * held, 0).sum() + 1e-6 * (1 - held[some]).sum())
        if form == "gccg":
            table = (1 + inside) / 2
            own = table[:, some].sum() - 0.4 * table[np.ix_(some, some)].sum()
            return float(own - 0.8 * nu * ((1 + across[some]) / 2).sum())
        told = nu * across[some]
        kernel = private @ private.T + 0.1 * np.eye(len(private))
        rest = inside[np.ix_(some, some)] + 0.1 * np.eye(len(some))
        rest = rest - told @ np.linalg.solve(kernel, told.T)
        return float(np.linalg.slogdet(rest)[1] - len(some) * np.log(0.1))

    return value


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("nu", [1.0, 0.4])
def test_picks_what_greedy_picks_by_the_definition(form: str, nu: float) -> None:
    for seed in range(5):
        pool = pool_of(seed)
        picks, values = plain_greedy(definition(pool, form, nu), 30, 8)
        chosen = ConditionalGain(form=form, nu=nu).select(pool, Budget(rows=8))
        assert chosen.indices.tolist() == picks
        np.testing.assert_allclose(np.cumsum(chosen.gains), values, atol=1e-5)
        assert chosen.value == pytest.approx(values[-1], abs=1e-5)
        assert (chosen.upper_bound is None) == (form == "gccg")


def test_the_first_targets_are_queries_where_asked_for() -> None:
    for seed in range(5):
        pool = pool_of(seed, (3, 2))
        picks, values = plain_greedy(definition(pool, "flcg", 0.6, queries=1), 30, 6)
        chosen = ConditionalGain(nu=0.6, queries=1).select(pool, Budget(rows=6))
        assert chosen.indices.tolist() == picks
        np.testing.assert_allclose(np.cumsum(chosen.gains), values, atol=1e-5)
    with pytest.raises(TargetError, match="last target"):
        ConditionalGain(queries=1).select(pool_of(0), Budget(rows=1))


@pytest.mark.parametrize("form", sorted(set(FORMS) - {"flcg"}))
def test_every_form_holds_the_contract(form: str) -> None:
    check_selector(ConditionalGain(form=form))


@pytest.mark.parametrize("form", FORMS)
def test_a_row_like_the_private_ones_is_left_for_last(form: str) -> None:
    rows = np.array([[1.0, 0.05, 0], [0.05, 1.0, 0], [1.0, 0.0, 0.02], [0, 0.1, 1.0]])
    pool = Pool.from_array(rows, targets=[Pool.from_array(np.eye(3)[:1])])
    nu = 5.0 if form == "gccg" else 1.0
    chosen = ConditionalGain(form=form, nu=nu).select(pool, Budget(rows=2))
    assert sorted(chosen.indices.tolist()) == [1, 3]


def test_refuses_what_it_cannot_use() -> None:
    for wrong in (
        {"form": "flmi"},
        {"nu": -1.0},
        {"form": "logdet", "nu": 1.5},
        {"eta": np.inf},
        {"lam": -0.1},
        {"ridge": 0.0},
        {"neighbors": 0},
        {"queries": -1},
        {"form": "gccg", "queries": 1},
    ):
        with pytest.raises(ParameterError):
            ConditionalGain(**wrong)
