"""A small race on held-out rows: which methods do better than random, beyond chance?"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from cribble.core import Budget, Pool, Selector, row_uniforms, stream

ROUNDS, DRAWS = 4, 8
RISK = 0.05

Rows = NDArray[np.int64]


class Judge(Protocol):
    """Judges subsets of a pool on what they were not chosen from."""

    def losses(self, picks: Rows) -> NDArray[np.float64]:
        """Loss on each thing that is held out; the lower, the better the picks."""
        ...


class Heat(NamedTuple):
    """One round: a pool to choose from, how many rows, and the judge of what is chosen.

    Args:
        pool: What the methods see, n rows.
        rows: How many to choose.
        judge: Judges row numbers of ``pool``.
        null: The same on a pool without structure, whose lead is taken off; None for none.
    """

    pool: Pool
    rows: int
    judge: Judge
    null: Heat | None = None


class Standing(NamedTuple):
    """How a method did.

    Args:
        lead: By how much its loss is below random's, on average.
        error: Standard error of the lead: what is judged on, and which rows chance gives.
        certain: Whether the lead is beyond chance.
    """

    lead: float
    error: float
    certain: bool


def race(
    heats: list[Callable[[], Heat]],
    methods: Mapping[str, Selector],
    seed: int,
    margin: float = 0.0,
    risk: float = RISK,
) -> dict[str, Standing]:
    """Let methods and random subsets choose on each heat.

    A lead is certain where it exceeds Student's quantile at a one-sided ``risk``, divided
    by the number of methods. Its error counts the spread over what is held out, paired, and the
    spread of single random subsets, as if the method hung on chance as much as they do.

    Args:
        heats: Make the rounds, one at a time.
        methods: The methods by name.
        seed: Seed of the methods and of the random subsets.
        margin: The least lead that counts as certain.
        risk: Chance that a method that is no better is called certain.
    """
    from cribble.kernels.threads import limited_threads  # loads numba

    leads: dict[str, list[float]] = {name: [] for name in methods}
    spreads: dict[str, list[float]] = {name: [] for name in methods}
    for number, make in enumerate(heats):
        # What a race works out is small: more threads would wait for one another, and round in
        # their own way.
        with limited_threads(1):
            heat = make()
        found = _run(heat, methods, seed, number)
        null = _run(heat.null, methods, seed, number) if heat.null is not None else {}
        for name, (lead, spread) in found.items():
            nothing, doubt = null.get(name, (0.0, 0.0))
            leads[name].append(lead - nothing)
            spreads[name].append(spread + doubt)
    return {
        name: _standing(leads[name], spreads[name], risk / len(methods), margin) for name in methods
    }


def _run(
    heat: Heat, methods: Mapping[str, Selector], seed: int, number: int
) -> dict[str, tuple[float, float]]:
    """Lead of each method in one round, and its variance."""
    from cribble.kernels.threads import limited_threads  # loads numba

    subsets = _subsets(heat, seed, number)
    chosen = {
        name: np.sort(method.select(heat.pool, Budget(rows=heat.rows), seed).indices)
        for name, method in methods.items()
    }
    with limited_threads(1):
        random = np.array([heat.judge.losses(one) for one in subsets])
        losses = {name: heat.judge.losses(picks) for name, picks in chosen.items()}
    chance = float(random.mean(axis=1).var(ddof=1)) * (1 + 1 / len(random))
    found = {}
    for name, own in losses.items():
        gaps = random.mean(axis=0) - own
        found[name] = float(gaps.mean()), float(gaps.var(ddof=1)) / len(gaps) + chance
    return found


def _subsets(heat: Heat, seed: int, number: int) -> list[Rows]:
    draws = stream(seed, f"race {number}")
    return [
        np.sort(draws.choice(len(heat.pool), heat.rows, replace=False)).astype(np.int64)
        for _ in range(DRAWS)
    ]


def _standing(leads: list[float], spreads: list[float], risk: float, margin: float) -> Standing:
    from scipy.special import stdtrit

    lead, error = float(np.mean(leads)), math.sqrt(sum(spreads)) / len(leads)
    reach = float(stdtrit(len(leads) * (DRAWS - 1), 1 - risk))
    return Standing(lead, error, lead > max(reach * error, margin))


def turns(rows: Rows, size: int, seed: int) -> list[tuple[Rows, Rows]]:
    """Split rows for each round: those to choose from, and those held out, both ascending.

    Held-out rows of different rounds are different rows as long as there are enough.

    Args:
        rows: (n,) int64 rows that may be used.
        size: How many a round uses, at most n.
        seed: Decides the order in which rows are used.
    """
    draws = row_uniforms(seed, "race order", 0, int(rows.max(initial=-1)) + 1)[rows]
    order = rows[np.argsort(draws, kind="stable")]
    held = max(2, size // ROUNDS)
    found = []
    for number in range(ROUNDS):
        used = np.roll(order, -number * held)[:size]
        found.append((np.sort(used[held:]), np.sort(used[:held])))
    return found
