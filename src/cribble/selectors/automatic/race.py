"""A small race on held-out rows: which methods do better than random, beyond chance?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from cribble.core import Budget, Pool, Selector, stream
from cribble.selectors.baselines.random import Random

DRAWS = 12
RISK = 0.05
# A race that no method leads after so many rounds ends there.
_HOPELESS = 2

Rows = NDArray[np.int64]


class Judge(Protocol):
    """Judges subsets of a pool on what they were not chosen from."""

    def losses(self, picks: Rows) -> NDArray[np.float64]:
        """Loss on each thing that is held out; the lower, the better the picks."""
        ...


class Heat(NamedTuple):
    """One round: a pool to choose from, under which limits, and the judge of what is chosen.

    Args:
        pool: What the methods see, n rows.
        budget: How much to choose, under limits like those of the whole pool.
        judge: Judges row numbers of ``pool``.
        null: The same on a pool without structure, whose lead is taken off; None for none.
    """

    pool: Pool
    budget: Budget
    judge: Judge
    null: Heat | None = None


class Make(Protocol):
    """Makes a round when its turn comes, as most races end before the last."""

    def __call__(self) -> Heat:
        """Make the round."""
        ...


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


class Raced(NamedTuple):
    """How a race went.

    Args:
        standings: By name of method.
        rounds: How many were run.
        shown: Rows that the methods chose from, summed over their runs.
    """

    standings: dict[str, Standing]
    rounds: int
    shown: int


def race(
    heats: Sequence[Make],
    methods: Mapping[str, Selector],
    seed: int,
    margin: float = 0.0,
    risk: float = RISK,
) -> Raced:
    """Let methods and random subsets choose on each heat, until the race is settled.

    A lead is certain where it exceeds its error times Student's quantile at a one-sided ``risk``,
    divided by the number of methods; after r of R rounds, sqrt(R / r) times as much, which leaves
    the risk of the whole race nearly what it is. Its error counts the spread over what is held
    out, paired, and the spread of single random subsets, as if the method hung on chance as much
    as they do. The race ends once the method of largest lead is certain, or, after two rounds,
    none leads.

    Args:
        heats: Make the rounds, one at a time.
        methods: The methods by name.
        seed: Seed of the methods and of the random subsets.
        margin: The least lead that counts as certain.
        risk: Chance that a method that is no better is called certain.

    Source:
        Looks at growing data: O'Brien and Fleming (1979), doi:10.2307/2530245.
    """
    from cribble.kernels.threads import limited_threads  # loads numba

    leads: dict[str, list[float]] = {name: [] for name in methods}
    spreads: dict[str, list[float]] = {name: [] for name in methods}
    standings: dict[str, Standing] = {}
    done = shown = 0
    # What a race works out is small: more threads would wait for one another, and round in their
    # own way.
    with limited_threads(1):
        for done, make in enumerate(heats, 1):
            heat = make()
            found = _run(heat, methods, seed, done)
            null = _run(heat.null, methods, seed, done) if heat.null is not None else {}
            shown += len(heat.pool) * len(methods) * (1 if heat.null is None else 2)
            for name, (lead, spread) in found.items():
                nothing, doubt = null.get(name, (0.0, 0.0))
                leads[name].append(lead - nothing)
                spreads[name].append(spread + doubt)
            standings = {
                name: _standing(leads[name], spreads[name], len(heats), risk / len(methods), margin)
                for name in methods
            }
            if _settled(standings, done):
                break
    return Raced(standings, done, shown)


def _settled(standings: Mapping[str, Standing], rounds: int) -> bool:
    best = max(standings.values(), key=lambda one: one.lead)
    return best.certain or (rounds >= _HOPELESS and best.lead <= 0)


def _run(
    heat: Heat, methods: Mapping[str, Selector], seed: int, number: int
) -> dict[str, tuple[float, float]]:
    """Lead of each method in one round, and its variance."""

    def losses(method: Selector, seed: int) -> NDArray[np.float64]:
        return heat.judge.losses(np.sort(method.select(heat.pool, heat.budget, seed).indices))

    seeds = stream(seed, f"race {number}").integers(1 << 31, size=DRAWS).tolist()
    random = np.array([losses(Random(), draw) for draw in seeds])
    chance = float(random.mean(axis=1).var(ddof=1)) * (1 + 1 / len(random))
    found = {}
    for name, method in methods.items():
        gaps = random.mean(axis=0) - losses(method, seed)
        found[name] = float(gaps.mean()), float(gaps.var(ddof=1)) / len(gaps) + chance
    return found


def _standing(
    leads: list[float], spreads: list[float], rounds: int, risk: float, margin: float
) -> Standing:
    from scipy.special import stdtrit

    done = len(leads)
    lead, error = float(np.mean(leads)), math.sqrt(sum(spreads)) / done
    reach = float(stdtrit(done * (DRAWS - 1), 1 - risk)) * math.sqrt(rounds / done)
    return Standing(lead, error, lead > max(reach * error, margin))
