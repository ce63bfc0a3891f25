"""Multiwinner: against every committee that the limits allow."""

from itertools import combinations

import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError
from cribble.selectors.constrained.multiwinner import RULES, Multiwinner
from cribble.testing import check_selector

NAMES = ("one", "two", "three")


def draw(seed: int, *, ties: bool = False) -> tuple[Pool, int]:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(6, 11))
    votes = rng.integers(0, 4, (n, 3)) if ties else rng.random((n, 3))
    signals = {name: votes[:, at].astype(np.float64) for at, name in enumerate(NAMES)}
    codes = np.concatenate([[0, 0, 1, 1, 2, 2], rng.integers(0, 3, n - 6)])
    return Pool(n, signals=signals, groups={"side": codes}), int(rng.integers(2, 5))


def place_points(rule: str, n: int, k: int, depth: int | None) -> np.ndarray:
    if depth is not None and rule in ("borda", "chamberlin-courant"):
        return np.array([max(depth - place, 0.0) for place in range(n)])
    winners = {"sntv": 1, "bloc": k}.get(rule)
    return np.arange(n - 1, -1, -1.0) if winners is None else (np.arange(n) < winners) * 1.0


def value(pool: Pool, rule: str, rows: tuple[int, ...], depth: int | None = None) -> float:
    """The rule by its definition: rows that tie stand in every order equally often."""
    places, total = place_points(rule, len(pool), len(rows), depth), 0.0
    for name in NAMES:
        score = pool.signal(name)
        points = []
        for row in rows:
            above, level = int((score > score[row]).sum()), int((score == score[row]).sum())
            points.append(places[above : above + level].mean())
        total += max(points) if rule == "chamberlin-courant" else sum(points)
    return total


def committees(pool: Pool, budget: Budget) -> list[tuple[int, ...]]:
    codes = pool.groups("side").codes

    def allowed(rows: tuple[int, ...]) -> bool:
        counts = np.bincount(codes[list(rows)], minlength=3)
        least, most = (bound.get("side", {}) for bound in (budget.at_least, budget.at_most))
        return all(
            least.get(str(code), 0) <= counts[code] <= most.get(str(code), len(pool))
            for code in range(3)
        ) and set(budget.keep) <= set(rows)

    return [rows for rows in combinations(range(len(pool)), budget.rows) if allowed(rows)]


def budgets(k: int) -> list[Budget]:
    return [
        Budget(rows=k),
        Budget(rows=k, at_least={"side": {"0": 1, "2": 1}}, at_most={"side": {"1": 1}}),
        Budget(rows=k, at_least={"side": {"1": 2}}, at_most={"side": {"2": 1}}, keep=[3]),
    ]


@pytest.mark.parametrize("rule", RULES)
def test_it_holds_the_contract(rule: str) -> None:
    check_selector(Multiwinner(rule=rule))


@pytest.mark.parametrize("rule", RULES)
def test_no_committee_within_the_limits_is_better_than_promised(rule: str) -> None:
    factors = (1 - 1 / np.e, 0.5, 0.5) if rule == "chamberlin-courant" else (1.0, 1.0, 1.0)
    for seed in range(80):
        pool, k = draw(seed, ties=seed % 2 == 0)
        depth = (None, 1, 3, 4)[seed % 4]
        for budget, factor in zip(budgets(k), factors, strict=True):
            chosen = Multiwinner(signals=NAMES, rule=rule, depth=depth).select(pool, budget)
            picks = tuple(sorted(chosen.indices.tolist()))
            allowed = committees(pool, budget)
            best = max(value(pool, rule, rows, depth) for rows in allowed)
            assert picks in allowed
            assert chosen.value == pytest.approx(value(pool, rule, picks, depth))
            assert chosen.value >= factor * best - 1e-9
            assert chosen.upper_bound >= best - 1e-9


def test_only_ranks_count() -> None:
    pool, k = draw(5)
    bent = pool.adding(signals={"one": np.exp(pool.signal("one")), "two": pool.signal("two") - 9})
    for rule in RULES:
        method = Multiwinner(signals=NAMES, rule=rule)
        one, other = (method.select(each, Budget(rows=k)) for each in (pool, bent))
        assert one.indices.tolist() == other.indices.tolist()
        assert one.value == other.value


def test_the_same_rows_in_another_order_elect_the_same() -> None:
    for seed in range(20):
        pool, k = draw(seed)
        order = np.random.default_rng(seed).permutation(len(pool))
        moved = Pool(len(pool), signals={name: pool.signal(name)[order] for name in NAMES})
        for rule in ("borda", "bloc", "sntv"):
            method = Multiwinner(signals=NAMES, rule=rule)
            one, other = (method.select(each, Budget(rows=k)) for each in (pool, moved))
            assert one.value == other.value


def test_a_column_of_vectors_is_several_rankings() -> None:
    pool, k = draw(3)
    votes = np.column_stack([pool.signal(name) for name in NAMES])
    wide = Pool(len(pool), signals={"votes": votes})
    one = Multiwinner(signals=NAMES).select(pool, Budget(rows=k))
    other = Multiwinner(signals=("votes",)).select(wide, Budget(rows=k))
    assert one.indices.tolist() == other.indices.tolist()


def test_once_all_rankings_have_their_best_the_points_decide() -> None:
    votes = np.array([[9, 0], [0, 9], [5, 1], [6, 6], [7, 7], [1, 2]])
    pool = Pool(6, signals={"votes": votes})
    chosen = Multiwinner(signals=("votes",), rule="chamberlin-courant").select(pool, Budget(rows=4))
    assert chosen.indices.tolist() == [4, 0, 1, 3]
    assert chosen.gains.tolist() == [8.0, 1.0, 1.0, 0.0]
    assert chosen.stats["best_place"] == [0.0, 0.0]
    assert chosen.stats["top_share"] == [0.75, 0.75]


@pytest.mark.parametrize("wrong", [{"signals": ()}, {"rule": "plurality"}])
def test_wrong_parameters_are_refused(wrong: dict) -> None:
    with pytest.raises(ParameterError, match=next(iter(wrong))):
        Multiwinner(**wrong)
