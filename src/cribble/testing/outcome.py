"""Judge one outcome of a method: the picks, the limits, and what comes with the picks."""

from __future__ import annotations

import hashlib
import json
import math
from typing import Any

import numpy as np

from cribble.core import Budget, Pool, Selection, Selector


def expect(holds: bool, method: Selector, check: str, figures: str) -> None:
    """Raise an AssertionError that names the method, the check and the figures."""
    if not holds:
        raise AssertionError(f"{method.card.name}, {check}: {figures}")


def content(pool: Pool) -> dict[str, str]:
    """Hash everything a pool holds, by name."""
    digests = {}
    for name in pool.signal_names:
        # The stored value itself: `signal` would refuse the NaN that some checks plant.
        value = pool._signals[name]
        if isinstance(value, np.ndarray):
            digests[name] = _digest(value)
    for name in pool.group_names:
        digests[f"grouping {name}"] = _digest(pool.groups(name).codes)
    if pool.has_text:
        texts = [text for block in pool.text_blocks() for text in block]
        digests["text"] = hashlib.sha256("\0".join(texts).encode()).hexdigest()
    for number, target in enumerate(pool.targets):
        digests |= {f"target {number} {name}": one for name, one in content(target).items()}
    return digests


def _digest(array: np.ndarray) -> str:
    head = f"{array.dtype} {array.shape}".encode()
    return hashlib.sha256(head + np.ascontiguousarray(array).tobytes()).hexdigest()


def expect_sound(
    chosen: Selection, method: Selector, pool: Pool, budget: Budget, seed: int, check: str
) -> None:
    """Check one selection: picks, limits, extras and record."""
    kind = type(chosen).__name__
    expect(isinstance(chosen, Selection), method, check, f"it returned a {kind}")
    _expect_picks(chosen, method, pool, budget, check)
    _expect_limits(chosen, method, pool, budget, check)
    _expect_extras(chosen, method, pool, check)
    expect(chosen.method == method.card.name, method, check, f"it calls itself {chosen.method!r}")
    expect(chosen.seed == seed, method, check, f"seed {seed} is recorded as {chosen.seed}")
    expect(chosen.pool is pool, method, check, "the selection does not carry its pool")


def _expect_picks(
    chosen: Selection, method: Selector, pool: Pool, budget: Budget, check: str
) -> None:
    picks = chosen.indices
    limits = budget.resolve(pool)
    expect(picks.ndim == 1, method, check, f"indices have shape {picks.shape}")
    expect(picks.dtype == np.int64, method, check, f"indices are {picks.dtype}")
    inside = bool(((picks >= 0) & (picks < len(pool))).all())
    expect(inside, method, check, f"a pick lies outside [0, {len(pool)})")
    repeats = len(picks) - len(np.unique(picks))
    expect(repeats == 0, method, check, f"{repeats} picks are repeated")
    if limits.rows is not None:
        rows = limits.rows
        expect(len(picks) == rows, method, check, f"{rows} rows asked, {len(picks)} picked")


def _expect_limits(
    chosen: Selection, method: Selector, pool: Pool, budget: Budget, check: str
) -> None:
    """Check the limits from the budget as it was asked, not from what the method made of it."""
    picked = set(chosen.indices.tolist())
    left = sorted({*map(int, budget.keep)} - picked)
    expect(not left, method, check, f"rows {left} should be kept")
    taken = sorted({*map(int, budget.drop)} & picked)
    expect(not taken, method, check, f"rows {taken} should be dropped")
    for quotas, bound, sign in ((budget.at_least, "least", 1), (budget.at_most, "most", -1)):
        for column, numbers in quotas.items():
            groups = pool.groups(column)
            for name, number in numbers.items():
                codes = groups.codes[chosen.indices]
                count = int((codes == groups.names.index(name)).sum())
                figures = f"{count} of {column}:{name}, at {bound} {number} asked"
                expect(sign * (count - number) >= 0, method, check, figures)
    if budget.cost is not None:
        spent = math.fsum(pool.signal(budget.cost_column)[chosen.indices])
        within = spent <= budget.cost * (1 + 1e-9)
        expect(within, method, check, f"it spent {spent:.9g} of {budget.cost:.9g}")
        some = len(chosen) > 0 or bool(
            (
                pool.signal(budget.cost_column)[budget.resolve(pool).excluded == 0] > budget.cost
            ).all()
        )
        expect(some, method, check, "it picked nothing, though a row fits the cost")


def _expect_extras(chosen: Selection, method: Selector, pool: Pool, check: str) -> None:
    k, n = len(chosen), len(pool)
    if chosen.gains is not None:
        expect(not np.isnan(chosen.gains).any(), method, check, "a gain is NaN")
    if chosen.weights is not None:
        sane = bool((np.isfinite(chosen.weights) & (chosen.weights >= 0)).all())
        expect(sane, method, check, "a weight is negative or not finite")
    if chosen.scores is not None:
        shape = np.shape(chosen.scores)
        expect(shape == (n,), method, check, f"scores have shape {shape} for {n} rows")
    if chosen.assignment is not None:
        owners = np.asarray(chosen.assignment)
        fits = owners.shape == (n,) and bool(((owners >= -1) & (owners < k)).all())
        expect(fits, method, check, f"assignment of shape {owners.shape} leaves [-1, {k})")
    if chosen.reasons is not None:
        expect(len(chosen.reasons) == k, method, check, f"{len(chosen.reasons)} reasons, {k} picks")
    if chosen.value is not None:
        expect(math.isfinite(chosen.value), method, check, f"value is {chosen.value}")
        if chosen.upper_bound is not None:
            slack = 1e-6 * max(1.0, abs(chosen.value))
            figures = f"value {chosen.value:.9g} exceeds its bound {chosen.upper_bound:.9g}"
            expect(chosen.value <= chosen.upper_bound + slack, method, check, figures)
    promised: dict[str, Any] = {
        "gain": chosen.gains,
        "score": chosen.scores,
        "assignment": chosen.assignment,
    }
    for name in method.card.explains:
        expect(promised[name] is not None, method, check, f"the card promises {name}, none came")
    for row in {0, n - 1, *chosen.indices[:2].tolist()} & set(range(n)):
        told = chosen.explain(row)
        expect(told.picked == (row in chosen.indices), method, check, f"explain({row}) is wrong")
    json.dumps(chosen.stats)
