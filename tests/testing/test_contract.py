"""The contract catches what it says it catches: one broken method a promise."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest

from cribble.constraints import Admission
from cribble.core import Budget, Card, Pool, Selection, check_limits, row_uniforms
from cribble.core.errors import CribbleError, TargetError
from cribble.selectors.baselines.random import Random
from cribble.testing import check_selector

CARD = Card("toy", family="baselines", needs=("embedding", "text", "target"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Toy:
    """A method that holds the contract: rows by the first coordinate of their embedding."""

    card: ClassVar[Card] = CARD

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        check_limits(self.card, budget)
        admission = Admission(budget.resolve(pool))
        scores = np.asarray(pool.signal("embedding", ndim=2)[:, 0], dtype=np.float64)
        for target in pool.target_pools():
            if target.signal("embedding", ndim=2).shape[1] != 8:
                raise TargetError("its vectors have another width", "embed both alike")
        for _ in pool.text_blocks():
            pass
        indices = admission.add_in_order(np.argsort(-scores, kind="stable"))
        return Selection(
            indices=indices,
            method="toy",
            seed=seed,
            gains=scores[indices],
            scores=scores,
            pool=pool,
        )


def _select(pool: Pool, budget: Budget, seed: int = 0) -> Selection:
    return Toy().select(pool, budget, seed)


Break = Callable[[Pool, Budget, int], Selection]


def _with(**changes: Any) -> Break:
    return lambda pool, budget, seed: dataclasses.replace(
        _select(pool, budget, seed), **{name: make(pool) for name, make in changes.items()}
    )


def _picks(change: Callable[[np.ndarray], np.ndarray]) -> Break:
    def select(pool: Pool, budget: Budget, seed: int) -> Selection:
        indices = change(_select(pool, budget, seed).indices.copy())
        return Selection(indices=indices, method="toy", seed=seed, pool=pool)

    return select


def _repeat(indices: np.ndarray) -> np.ndarray:
    indices[1:2] = indices[:1]
    return indices


def _mutate(pool: Pool, budget: Budget, seed: int) -> Selection:
    chosen = _select(pool, budget, seed)
    array = pool.signal("embedding")
    if array.flags.writeable and len(array):
        array[0, 0] += 1
    return chosen


def _mutate_target(pool: Pool, budget: Budget, seed: int) -> Selection:
    chosen = _select(pool, budget, seed)
    array = pool.targets[0].signal("embedding")
    if array.flags.writeable:
        array[0, 0] += 1
    return chosen


def _ignoring(**limits: Any) -> Break:
    """Solve the budget without some of its limits, and say nothing."""

    def select(pool: Pool, budget: Budget, seed: int) -> Selection:
        budget.resolve(pool)
        return _select(pool, dataclasses.replace(budget, **limits), seed)

    return select


def _overspend(pool: Pool, budget: Budget, seed: int) -> Selection:
    budget.resolve(pool)
    cost = None if budget.cost is None else budget.cost * 1.05
    return _select(pool, dataclasses.replace(budget, cost=cost), seed)


def _spend_nothing(pool: Pool, budget: Budget, seed: int) -> Selection:
    chosen = _select(pool, budget, seed)
    spare = budget.cost is not None and not budget.keep
    return Selection(indices=[], method="toy", seed=seed, pool=pool) if spare else chosen


def _blocks(pool: Pool, budget: Budget, seed: int) -> Selection:
    """Each block's best first: the picks depend on the block size."""
    admission = Admission(budget.resolve(pool))
    scores = pool.signal("embedding", ndim=2)[:, 0]
    block = np.arange(len(pool)) // pool.block_rows(64)
    order = np.lexsort((-scores, block))
    _select(pool, budget, seed)
    return Selection(indices=admission.add_in_order(order), method="toy", seed=seed, pool=pool)


_calls = itertools.count()


def _moods(pool: Pool, budget: Budget, seed: int) -> Selection:
    """Another choice at each call."""
    _select(pool, budget, seed)
    order = np.argsort(row_uniforms(next(_calls), "toy", 0, len(pool)))
    indices = Admission(budget.resolve(pool)).add_in_order(order)
    return Selection(indices=indices, method="toy", seed=seed, pool=pool)


def _late(pool: Pool, budget: Budget, seed: int) -> Selection:
    """Work first, then look at the budget."""
    if not any(array is None for array in (pool.signal("embedding"),)):
        return _select(pool, budget, seed)
    raise AssertionError


def _nan_blind(pool: Pool, budget: Budget, seed: int) -> Selection:
    budget.resolve(pool)
    pool.target_pools()
    list(pool.text_blocks())
    value = pool._signals.get("embedding", ())
    scores = np.nan_to_num(np.asarray(value() if callable(value) else value)[:, 0])
    indices = Admission(budget.resolve(pool)).add_in_order(np.argsort(-scores, kind="stable"))
    return Selection(indices=indices, method="toy", seed=seed, pool=pool)


def _target_blind(pool: Pool, budget: Budget, seed: int) -> Selection:
    Admission(budget.resolve(pool))
    pool.target_pools()
    spare = Pool(len(pool), signals={"embedding": pool.signal("embedding")}, groups=pool._groups)
    spare._signals.update({k: v for k, v in pool._signals.items() if k != "embedding"})
    spare.targets = (Pool.from_array(np.ones((2, 8))),)
    spare._texts = pool._texts
    return dataclasses.replace(_select(spare, budget, seed), pool=pool)


def _target_unchecked(pool: Pool, budget: Budget, seed: int) -> Selection:
    if any(len(target) == 0 for target in pool.targets):
        pool.targets = (Pool.from_array(np.ones((2, 8))),)
    return _select(pool, budget, seed)


def _any_width(pool: Pool, budget: Budget, seed: int) -> Selection:
    try:
        return _select(pool, budget, seed)
    except TargetError as error:
        if "width" not in str(error):
            raise
        return Random().select(pool, budget, seed)


def _numpy_seed(pool: Pool, budget: Budget, seed: int) -> Selection:
    chosen = _select(pool, budget, seed)
    np.random.default_rng(seed)
    return chosen


def _crash_when_empty(pool: Pool, budget: Budget, seed: int) -> Selection:
    chosen = _select(pool, budget, seed)
    pool.signal("embedding").max()
    return chosen


def _swallow(pool: Pool, budget: Budget, seed: int) -> Selection:
    try:
        return _select(pool, budget, seed)
    except CribbleError:
        return Selection(indices=[], method="toy", seed=seed, pool=pool)


BROKEN: dict[str, tuple[Break, str]] = {
    "one pick repeated": (_picks(_repeat), r"1 picks are repeated"),
    "one pick too few": (_picks(lambda rows: rows[:-1]), r"12 rows asked, 11 picked"),
    "one pick too many": (_picks(lambda rows: np.append(rows, 89)), r"asked, 1\d picked|repeated"),
    "outside the pool": (_picks(lambda rows: rows + 1000), r"outside \[0, 90\)"),
    "pool changed": (_mutate, r"\['embedding'\] changed"),
    "target changed": (_mutate_target, r"\['target 0 embedding'\] changed"),
    "quotas ignored": (_ignoring(at_least={}, at_most={}), r"source:\w, at (least|most)"),
    "minima ignored": (_ignoring(at_least={}), r"source:\w, at least"),
    "maxima ignored": (_ignoring(at_most={}), r"source:\w, at most"),
    "keep ignored": (_ignoring(keep=()), r"should be kept"),
    "drop ignored": (_ignoring(drop=()), r"should be dropped"),
    "cost overspent": (_overspend, r"it spent .* of"),
    "nothing bought": (_spend_nothing, r"a row fits the cost"),
    "depends on the block size": (_blocks, r"bytes of memory on .* picks differ"),
    "depends on the call": (_moods, r"a second run on .* picks differ"),
    "budget read late": (_late, r"it read \['embedding'\] before it refused"),
    "NaN not seen": (_nan_blind, r"NaN in embedding: expected SignalError, got 5 picks"),
    "target not seen": (_target_blind, r"NaN in the target: expected"),
    "target never checked": (_target_unchecked, r"an empty target: expected TargetError"),
    "width of the target not seen": (_any_width, r"a narrower target: expected"),
    "seeds below 0 not thought of": (_numpy_seed, r"repeats: raised ValueError"),
    "empty pool not thought of": (_crash_when_empty, r"raised ValueError"),
    "errors swallowed": (_swallow, r"expected BudgetError, got 0 picks"),
    "scores of the wrong shape": (_with(scores=lambda pool: np.ones(3)), r"scores have shape"),
    "a NaN gain": (
        lambda pool, budget, seed: dataclasses.replace(
            c := _select(pool, budget, seed), gains=np.full(len(c), np.nan)
        ),
        r"a gain is NaN",
    ),
    "negative weights": (
        lambda pool, budget, seed: dataclasses.replace(
            c := _select(pool, budget, seed), weights=np.full(len(c), -1.0)
        ),
        r"a weight is negative",
    ),
    "a false certificate": (
        _with(value=lambda pool: 2.0, upper_bound=lambda pool: 1.0),
        r"value 2 exceeds its bound 1",
    ),
    "a false assignment": (
        _with(assignment=lambda pool: np.full(len(pool), 99)),
        r"assignment of shape",
    ),
    "a false name": (_with(method=lambda pool: "other"), r"calls itself 'other'"),
    "a false seed": (_with(seed=lambda pool: 77), r"seed 0 is recorded as 77"),
    "no pool": (_with(pool=lambda pool: None), r"does not carry its pool"),
    "stats no JSON can hold": (_with(stats=lambda pool: {"a": {1}}), r"raised TypeError"),
}


def _toy(select: Break, card: Card = CARD) -> Any:
    body = {"card": card, "select": lambda self, pool, budget, seed=0: select(pool, budget, seed)}
    return type("Broken", (), body)


def test_a_sound_method_passes_as_instance_and_as_class() -> None:
    check_selector(Toy())
    check_selector(Toy, seed=5)


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_method_is_caught(name: str) -> None:
    select, message = BROKEN[name]
    with pytest.raises(AssertionError, match=message) as caught:
        check_selector(_toy(select))
    assert str(caught.value).startswith("toy, ")


@pytest.mark.parametrize("kind", ["quota", "keep", "drop", "cost"])
def test_a_limit_off_the_card_must_be_refused(kind: str) -> None:
    card = dataclasses.replace(
        CARD, limits=tuple({"rows", "cost", "quota", "keep", "drop"} - {kind})
    )
    with pytest.raises(AssertionError, match="expected UnsupportedLimitError"):
        check_selector(_toy(_select, card))

    def refuse(pool: Pool, budget: Budget, seed: int) -> Selection:
        check_limits(card, budget)
        return _select(pool, budget, seed)

    check_selector(_toy(refuse, card))


def test_an_explanation_the_card_promises_must_come() -> None:
    with pytest.raises(AssertionError, match="promises assignment, none came"):
        check_selector(_toy(_select, dataclasses.replace(CARD, explains=("assignment",))))


def test_a_need_off_the_card_shows() -> None:
    with pytest.raises(AssertionError, match="raised TargetError"):
        check_selector(_toy(_select, dataclasses.replace(CARD, needs=("embedding", "text"))))
