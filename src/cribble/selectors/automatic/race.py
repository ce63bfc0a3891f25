"""A small race on held-out rows: which methods do better than random, beyond chance?"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from cribble.constraints.even_draws import draw_evenly
from cribble.core import Budget, Pool, Selector, stream

DRAWS = 12
RISK = 0.05
# Of a method's risk, for the end after any one round: it makes a whole race's 0.059 of 0.054
# (risk 0.04, eight rounds, normal leads), and most races shorter.
_EARLY = 1 / 10

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
        null: Makes the same on a pool without structure, whose lead is taken off; None for none.
    """

    pool: Pool
    budget: Budget
    judge: Judge
    null: Callable[[], Heat] | None = None


class Standing(NamedTuple):
    """How a method did.

    Args:
        lead: By how much its loss is below random's, on average.
        error: Standard error of the lead: what is judged on, and which rows chance gives.
        certain: Whether the lead is beyond chance.
        hopeless: Whether it will hardly become so in the rounds that are left.
    """

    lead: float
    error: float
    certain: bool
    hopeless: bool


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
    heats: Sequence[Callable[[], Heat]],
    methods: Mapping[str, Selector],
    seed: int,
    margin: float = 0.0,
    risks: Mapping[str, float] | None = None,
) -> Raced:
    """Let methods and random subsets choose on each heat, until the race is settled.

    A lead is certain where it exceeds its error times Student's quantile at the one-sided risk
    of the method; after r of R rounds, sqrt(R / r) times as much, or as much as a tenth of the
    risk asks for, which leaves the risk of the whole race nearly what it is. Its error counts the
    spread over what is held out, paired, and the spread of single random subsets, as if the
    method hung on chance as much as they do.

    What a method leads by without structure is taken off, if it is above 0. It is looked at in
    rounds with a lead beyond the margin: without one there is nothing to win. The race ends once
    the method of largest lead is certain, or all are hopeless: the last bound would be missed
    although a method led by just as much from here on, and chance helped by one standard error.

    Args:
        heats: Make the rounds, one at a time.
        methods: The methods by name.
        seed: Seed of the methods and of the random subsets.
        margin: The least lead that counts as certain.
        risks: Chance that a method that is no better is called certain, by name; None for 5%,
            shared evenly.

    Source:
        Looks at growing data: O'Brien and Fleming (1979), doi:10.2307/2530245; one strict bound
        for all early looks, Haybittle (1971), doi:10.1259/0007-1285-44-526-793; giving up, Lan,
        Simon and Halperin (1982), doi:10.1080/07474948208836014.
    """
    from cribble.kernels.threads import limited_threads  # loads numba

    risks = risks or dict.fromkeys(methods, RISK / len(methods))
    tallies = {name: _Tally() for name in methods}
    standings: dict[str, Standing] = {}
    done = shown = 0
    # What a race works out is small: more threads would wait for one another, and round in their
    # own way.
    with limited_threads(1):
        for done, make in enumerate(heats, 1):
            heat = make()
            found = _run(heat, methods, seed, done)
            shown += len(heat.pool) * len(methods)
            null: dict[str, _Result] = {}
            if heat.null is not None and max(one.lead for one in found.values()) > margin:
                null = _run(heat.null(), methods, seed, done)
                shown += len(heat.pool) * len(methods)
            for name, tally in tallies.items():
                tally.found.append(found[name])
                tally.null.extend([null[name]] if null else [])
            standings = {
                name: _standing(tally, len(heats), risks[name], margin)
                for name, tally in tallies.items()
            }
            if _settled(standings):
                break
    return Raced(standings, done, shown)


class _Result(NamedTuple):
    """The lead of a method in one round, and its variance."""

    lead: float
    spread: float


@dataclass(slots=True)
class _Tally:
    """The results of a method so far: in rounds, and without structure."""

    found: list[_Result] = field(default_factory=list)
    null: list[_Result] = field(default_factory=list)


def _settled(standings: Mapping[str, Standing]) -> bool:
    best = max(standings.values(), key=lambda one: one.lead)
    return best.certain or all(one.hopeless for one in standings.values())


def _run(heat: Heat, methods: Mapping[str, Selector], seed: int, number: int) -> dict[str, _Result]:
    """Result of each method in one round."""
    seeds = stream(seed, f"race {number}").integers(1 << 31, size=DRAWS).tolist()
    limits = heat.budget.resolve(heat.pool)
    draws = [np.sort(draw_evenly(limits, one)) for one in seeds]
    random = np.array([heat.judge.losses(draw) for draw in draws])
    chance = float(random.mean(axis=1).var(ddof=1)) * (1 + 1 / len(random))
    found = {}
    for name, method in methods.items():
        picks = np.sort(method.select(heat.pool, heat.budget, seed).indices)
        gaps = random.mean(axis=0) - heat.judge.losses(picks)
        found[name] = _Result(float(gaps.mean()), float(gaps.var(ddof=1)) / len(gaps) + chance)
    return found


def _standing(tally: _Tally, rounds: int, risk: float, margin: float) -> Standing:
    from scipy.special import stdtrit

    done = len(tally.found)
    lead, square = _mean(tally.found)
    nothing, doubt = _mean(tally.null)
    lead, error = lead - max(nothing, 0.0), math.sqrt(square + doubt)
    last, early = stdtrit(done * (DRAWS - 1), [1 - risk, 1 - risk * _EARLY]).tolist()
    reach = min(last * math.sqrt(rounds / done), early)
    part = done / rounds
    needed = (last * part - math.sqrt(1 - part)) / math.sqrt(part)
    certain = lead > max(reach * error, margin)
    return Standing(lead, error, certain, not certain and lead <= needed * error)


def _mean(results: list[_Result]) -> tuple[float, float]:
    """The mean lead, and the square of its standard error."""
    number = max(1, len(results))
    leads, spreads = ([one[at] for one in results] for at in (0, 1))
    return sum(leads) / number, sum(spreads) / number**2
