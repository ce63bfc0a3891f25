"""The contract of a method: what every method of the catalogue holds on every pool."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import numpy as np

from cribble.core import Budget, Pool, Selection, Selector
from cribble.core.errors import (
    BudgetError,
    CribbleError,
    QuotaError,
    SignalError,
    TargetError,
    UnknownNameError,
    UnsupportedLimitError,
)
from cribble.executors import Local
from cribble.testing.outcome import content, expect, expect_sound
from cribble.testing.pools import KINDS, make_pool, narrowed

LIMITS = {
    "rows": Budget(rows=12),
    "share": Budget(share=0.1),
    "keep": Budget(rows=12, keep=[40, 3, 17]),
    "drop": Budget(rows=12, drop=[0, 1, 5, 88, 89]),
    "at least": Budget(rows=12, at_least={"source": {"a": 5, "b": 5}}),
    "at most": Budget(rows=12, at_most={"source": {"a": 2, "b": 0, "c": 3}}),
    "exactly": Budget(
        rows=12,
        at_least={"source": {"a": 6, "d": 1}},
        at_most={"source": {"a": 6, "b": 2, "c": 3}},
        keep=[40, 3, 17],
        drop=[0, 1, 5],
    ),
    "cost": Budget(cost=120),
    "fractional cost": Budget(cost=4.5, cost_column="cost"),
    "cost with limits": Budget(
        cost=150,
        at_least={"source": {"a": 3}},
        at_most={"source": {"b": 1}},
        keep=[40],
        drop=[2, 4],
    ),
    "cost that nothing fits": Budget(cost=0),
}
"""The budgets that every method is tried under, on a pool of 90 rows."""

CONTRADICTIONS: dict[str, tuple[Budget, tuple[type[CribbleError], ...]]] = {
    "more rows than the pool has": (Budget(rows=91), (BudgetError,)),
    "more rows than are not dropped": (Budget(rows=90, drop=[4]), (BudgetError,)),
    "more rows kept than asked": (Budget(rows=1, keep=[1, 2]), (BudgetError,)),
    "kept rows over the cost": (Budget(cost=0, keep=[1]), (BudgetError,)),
    "a row kept and dropped": (Budget(rows=3, keep=[1], drop=[1]), (QuotaError,)),
    "minima over the rows": (
        Budget(rows=3, at_least={"source": {"a": 2, "b": 2}}),
        (QuotaError,),
    ),
    "maxima under the rows": (
        Budget(rows=12, at_most={"source": dict.fromkeys("abcd", 2)}),
        (QuotaError,),
    ),
    "minima over the cost": (Budget(cost=0, at_least={"source": {"a": 2}}), (QuotaError,)),
    "a group that does not exist": (
        Budget(rows=3, at_least={"source": {"nowhere": 1}}),
        (UnknownNameError,),
    ),
}
"""Budgets that no choice can hold, and the errors that say so."""


def check_selector(method: Selector | type[Selector], *, seed: int = 0) -> None:
    """Check that a method holds the contract; there is no way to skip a part of it.

    The pools are small and have exactly what the method's card says it needs. Checked are: the
    count, range and uniqueness of the picks; every limit on the card, to the row, and a refusal
    of the others before any signal is read; contradictory budgets refused as early; an unchanged
    pool; equal picks in a second run, with small blocks, with one thread and over shards; empty and
    tiny pools, none and all of the rows; identical, tied, all-zero and float16 rows; NaN, and
    missing signals; and the shapes and claims of what comes with the picks.

    Args:
        method: The method, or its class to be made with its defaults.
        seed: Seed of the runs.

    Raises:
        AssertionError: The method breaks the contract; the message names the method, the check
            and the figures.
    """
    made: Selector = method() if isinstance(method, type) else method
    for check in CHECKS:
        try:
            check(made, seed)
        except AssertionError:
            raise
        except Exception as error:
            raise AssertionError(
                f"{made.card.name}, {check.__name__[6:]}: raised {type(error).__name__}: {error}"
            ) from error


def fingerprint(method: Selector, *, seed: int = 0) -> str:
    """Hash the picks of a method on a fixed pool, to compare processes and machines."""
    pool = make_pool(method.card.needs, 240, seed=seed)
    return hashlib.sha256(method.select(pool, Budget(rows=20), seed).indices.tobytes()).hexdigest()


def _run(method: Selector, pool: Pool, budget: Budget, seed: int, check: str) -> Selection:
    before = content(pool)
    chosen = method.select(pool, budget, seed)
    expect_sound(chosen, method, pool, budget, seed, check)
    changed = [name for name, digest in content(pool).items() if digest != before.get(name)]
    expect(not changed, method, check, f"the pool's {changed} changed")
    return chosen


def _refused(
    method: Selector, pool: Pool, budget: Budget, errors: tuple[type[CribbleError], ...], check: str
) -> None:
    wanted = " or ".join(error.__name__ for error in errors)
    try:
        chosen = method.select(pool, budget)
    except errors:
        return
    except Exception as error:
        raise AssertionError(
            f"{method.card.name}, {check}: expected {wanted}, got {type(error).__name__}: {error}"
        ) from error
    expect(False, method, check, f"expected {wanted}, got {len(chosen)} picks")


def _able(method: Selector, budget: Budget) -> bool:
    return set(budget.kinds) <= set(method.card.limits)


def check_limits_hold(method: Selector, seed: int) -> None:
    """Every budget the card allows holds to the row, and any other is refused before work."""
    for name, budget in LIMITS.items():
        if _able(method, budget):
            _run(method, make_pool(method.card.needs, 90, seed=seed), budget, seed, name)
        else:
            touched: list[str] = []
            pool = make_pool(method.card.needs, 90, seed=seed, touched=touched)
            _refused(method, pool, budget, (UnsupportedLimitError,), f"refuses {name}")
            expect(not touched, method, f"refuses {name}", f"it read {touched} first")


def check_limits_bite(method: Selector, seed: int) -> None:
    """Limits made against what the method would choose without them hold too."""
    pool = make_pool(method.card.needs, 90, seed=seed)
    free = _run(method, pool, Budget(rows=12), seed, "rows").indices
    others = np.setdiff1d(np.arange(90), free)
    groups = pool.groups("source")
    counts = np.bincount(groups.codes[free], minlength=4)
    # Two different groups even where all are picked from equally often.
    most, least = groups.names[counts.argmax()], groups.names[3 - counts[::-1].argmin()]
    against = {
        "drop its own picks": Budget(rows=12, drop=free[::2].tolist()),
        "keep others": Budget(rows=12, keep=others[:5].tolist()),
        "fewer of its largest group": Budget(
            rows=12, at_most={"source": {most: int(counts.max()) - 1}}
        ),
        "more of its smallest group": Budget(
            rows=12, at_least={"source": {least: int(counts.min()) + 1}}
        ),
        "all of these at once": Budget(
            rows=12,
            at_most={"source": {most: int(counts.max()) - 1}},
            at_least={"source": {least: int(counts.min()) + 1}},
            keep=others[:2].tolist(),
            drop=free[::3].tolist(),
        ),
        "a cost under that of its picks": Budget(
            cost=float(pool.signal("tokens")[free].sum()) - 1, drop=free[:1].tolist()
        ),
    }
    for name, budget in against.items():
        if _able(method, budget):
            _run(method, make_pool(method.card.needs, 90, seed=seed), budget, seed, name)


def check_contradictions(method: Selector, seed: int) -> None:
    """A budget that nothing can hold is refused before any signal is read."""
    for name, (budget, errors) in CONTRADICTIONS.items():
        touched: list[str] = []
        pool = make_pool(method.card.needs, 90, seed=seed, touched=touched)
        allowed = errors if _able(method, budget) else (*errors, UnsupportedLimitError)
        _refused(method, pool, budget, allowed, name)
        expect(not touched, method, name, f"it read {touched} before it refused")


def check_sizes(method: Selector, seed: int) -> None:
    """Empty and tiny pools, no rows and all rows."""
    for size, rows in ((0, 0), (1, 0), (1, 1), (2, 1), (2, 2), (3, 2), (25, 0), (25, 24), (25, 25)):
        pool = make_pool(method.card.needs, size, seed=seed)
        _run(method, pool, Budget(rows=rows), seed, f"{rows} of {size} rows")


def check_kinds(method: Selector, seed: int) -> None:
    """Identical, tied, all-zero and float16 rows still give exactly the rows asked."""
    for kind in KINDS:
        for rows in (9, 60):
            pool = make_pool(method.card.needs, 60, kind=kind, seed=seed)
            _run(method, pool, Budget(rows=rows), seed, f"{rows} of 60 {kind} rows")


def check_repeats(method: Selector, seed: int) -> None:
    """The same seed, which may be any integer, gives the same result on a pool read anew."""
    for kind, number in (("random", seed), ("ties", -1), ("zeros", 2**64)):
        one, other = (
            _run(
                method,
                make_pool(method.card.needs, 120, kind=kind, seed=seed),
                Budget(rows=15),
                number,
                "repeats",
            )
            for _ in range(2)
        )
        _expect_equal(one, other, method, f"a second run on {kind} rows", exact=True)


def check_blocks_and_threads(method: Selector, seed: int) -> None:
    """Neither block size (by the memory limit) nor threads nor shards change a pick."""
    from cribble.kernels.threads import limited_threads

    for kind in ("random", "ties"):
        whole = make_pool(method.card.needs, 240, kind=kind, seed=seed)
        with limited_threads(2):
            base = _run(method, whole, Budget(rows=20), seed, "blocks")
        for memory in (16 << 10, 2_000):
            pool = make_pool(method.card.needs, 240, kind=kind, seed=seed, memory=memory)
            with limited_threads(2):
                chosen = _run(method, pool, Budget(rows=20), seed, "blocks")
            _expect_equal(base, chosen, method, f"{memory} bytes of memory on {kind} rows")
        with limited_threads(1):
            chosen = _run(method, whole, Budget(rows=20), seed, "threads")
        _expect_equal(base, chosen, method, f"one thread on {kind} rows")
        chosen = _run(method, whole.on(Local(ranks=3)), Budget(rows=20), seed, "shards")
        _expect_equal(base, chosen, method, f"an executor of three ranks on {kind} rows")


def check_bad_signals(method: Selector, seed: int) -> None:
    """NaN in anything the card needs or in the costs is refused; so is a lack."""
    needs = method.card.needs
    arrays = ("embedding", "quality", "difficulty", "label", "probability")
    signals = [need for need in needs if need in arrays]
    for name in signals:
        pool = make_pool(needs, 30, seed=seed, spoil=name)
        _refused(method, pool, Budget(rows=5), (SignalError,), f"NaN in {name}")
    if "cost" in method.card.limits:
        pool = make_pool(needs, 30, seed=seed, spoil="tokens")
        _refused(method, pool, Budget(cost=60), (SignalError,), "NaN in the costs")
    for name in needs:
        pool = make_pool([one for one in needs if one != name], 30, seed=seed)
        errors = (SignalError, TargetError, UnknownNameError)
        _refused(method, pool, Budget(rows=5), errors, f"a pool without {name}")


def check_targets(method: Selector, seed: int) -> None:
    """Two targets serve; an empty one, NaN in one or vectors of another width are refused."""
    needs = method.card.needs
    if "target" not in needs:
        return
    inside = [need for need in needs if need != "target"]
    pool = make_pool(needs, 40, seed=seed)
    pool.targets = (*pool.targets, make_pool(inside, 1, seed=seed + 2))
    _run(method, pool, Budget(rows=9), seed, "two targets")
    pool.targets = (make_pool(inside, 0, seed=seed),)
    _refused(method, pool, Budget(rows=5), (TargetError,), "an empty target")
    if "embedding" in needs:
        pool = make_pool(needs, 30, seed=seed, spoil="target")
        _refused(method, pool, Budget(rows=5), (SignalError, TargetError), "NaN in the target")
        pool = make_pool(needs, 30, seed=seed)
        pool.targets = (narrowed(pool.targets[0]),)
        _refused(method, pool, Budget(rows=5), (SignalError, TargetError), "a narrower target")


def _expect_equal(
    one: Selection, other: Selection, method: Selector, check: str, exact: bool = False
) -> None:
    differ = int((one.indices != other.indices).sum()) if len(one) == len(other) else "a count of"
    same = np.array_equal(one.indices, other.indices)
    expect(same, method, check, f"{differ} of {len(one)} picks differ")
    tolerance = 0.0 if exact else 1e-5
    for name in ("gains", "weights", "value", "upper_bound", "scores", "assignment"):
        a, b = getattr(one, name), getattr(other, name)
        close = (a is None) == (b is None) and (
            a is None or np.allclose(a, b, rtol=tolerance, atol=tolerance, equal_nan=True)
        )
        expect(close, method, check, f"{name} differs: {a} and {b}")


CHECKS: tuple[Callable[[Selector, int], None], ...] = (
    check_limits_hold,
    check_limits_bite,
    check_contradictions,
    check_sizes,
    check_kinds,
    check_repeats,
    check_blocks_and_threads,
    check_bad_signals,
    check_targets,
)
