"""Class-balanced weights: by their formulas, at their ends, and as unbiased draws."""

from __future__ import annotations

import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError
from cribble.selectors.weighting.long_tail import LongTail

CODES = np.repeat(["a", "b", "c"], [70, 25, 5])
POOL = Pool(100, groups={"group": CODES.tolist()})
VALUES = np.random.default_rng(0).normal(size=100) + (CODES == "c") * 5


def shares(method: LongTail, rows: int = 100, seed: int = 0) -> list[float]:
    chosen = method.select(POOL, Budget(rows=rows), seed)
    told = chosen.stats["shares"]
    total = chosen.weights.sum()
    for name, share in told.items():
        assert share == pytest.approx(chosen.weights[CODES[chosen.indices] == name].sum() / total)
    return [told[name] for name in "abc"]


def test_weights_by_their_formulas() -> None:
    effective = LongTail(beta=0.9).select(POOL, Budget(rows=100))
    want = np.array([0.1 / (1 - 0.9**n) for n in (70, 25, 5)])
    np.testing.assert_allclose(effective.scores, np.repeat(want, [70, 25, 5]))
    assert effective.weights.sum() == pytest.approx(100)
    power = np.array([70, 25, 5]) ** 0.5
    np.testing.assert_allclose(shares(LongTail(scheme="power")), power / power.sum())


def test_the_ends_leave_classes_alone_or_make_them_equal() -> None:
    for method in (LongTail(beta=0), LongTail(scheme="power", power=1)):
        np.testing.assert_allclose(shares(method), [0.7, 0.25, 0.05])
    for method in (LongTail(beta=1 - 1e-12), LongTail(scheme="power", power=0)):
        np.testing.assert_allclose(shares(method), [1 / 3] * 3, rtol=1e-3)


def test_draws_stand_for_the_reweighted_pool() -> None:
    method = LongTail(scheme="power", power=0)
    truth = np.mean([VALUES[name == CODES].mean() for name in "abc"]) * 100
    found = []
    for seed in range(500):
        chosen = method.select(POOL, Budget(rows=30), seed)
        found.append(chosen.weights @ VALUES[chosen.indices])
        # Five rows cannot be a third of thirty: they all come, and weigh more.
        assert (CODES[chosen.indices] == "c").sum() == 5
        assert chosen.weights[CODES[chosen.indices] == "c"].min() > chosen.weights.min()
    assert abs(np.mean(found) - truth) < 4 * np.std(found) / np.sqrt(500)


def test_dropped_rows_are_not_counted() -> None:
    budget = Budget(rows=50, drop=range(50))
    chosen = LongTail(scheme="power", power=0).select(POOL, budget)
    np.testing.assert_allclose(list(chosen.stats["shares"].values()), [1 / 3] * 3)


@pytest.mark.parametrize(
    "parameters", [{"scheme": "x"}, {"beta": 1.0}, {"power": -0.1}, {"clip": 0.0}]
)
def test_parameters_are_checked(parameters: dict[str, object]) -> None:
    with pytest.raises(ParameterError):
        LongTail(**parameters)
