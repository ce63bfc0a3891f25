"""Auto: look at what the pool has, race the methods that fit, and take random if none is better."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple

from cribble.core import Budget, Card, Limits, Pool, Selection, Selector
from cribble.core.errors import BudgetError, QuotaError
from cribble.selectors import catalogue
from cribble.selectors.automatic.entries import Entry, entry_of
from cribble.selectors.automatic.race import Raced, Standing, race
from cribble.selectors.automatic.sample import sample_of

_LEAST_ROWS = 40


class Decision(NamedTuple):
    """What a race came to.

    Args:
        method: Who chooses.
        told: What ``stats["auto"]`` says, but for the seconds.
    """

    method: Selector
    told: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Auto:
    """The method that does best on held-out rows of this pool, or random.

    What the pool has decides, before any number is known, which methods are tried and by what
    they are judged on rows they did not choose from:

    - a target: how well the picks predict held-out target text, or match its vectors;
    - a grouping "label": the accuracy of a linear classifier that learns from the picks; where
      there are scores too, a method that uses them races as well;
    - vectors alone: the same for the clusters of the pool, since no labels are known, and for
      the groups of a grouping "group";
    - a quality signal alone: nothing to race, the best scores are taken;
    - nothing: random.

    In up to eight rounds each method and twelve random subsets choose from up to 1,500 rows of a
    sample, while an eighth of it is held out; copies of what is held out cannot be chosen. Rows,
    cost and limits on groups shrink with the rows, to 5% of them at the least. A method whose
    lead over random is beyond chance may win; the largest lead does, and chooses from the whole
    pool under all limits. If there is none, the result is that of `random` with the same seed, to
    the row.

    The sample is an eighth of the rows, from 1,500 to 4,000, and the race ends once the method in
    front is certain or none has much hope left. That takes 0.03 to 0.1 CPU seconds with labels or
    a target, and up to one with vectors alone, whatever the pool: less than the choice itself from
    some 10,000 rows on (20,000 with labels), and more below, where the choice takes milliseconds;
    ``cpu_seconds`` tells both. Rows decide, never the clock, so that a run can be repeated.

    Source:
        Racing on held-out data: Maron and Moore (1997), doi:10.1023/A:1006556606079. Random as
        the baseline to beat: Guo et al. (2022), arXiv:2204.08499.
    """

    card: ClassVar[Card] = Card(
        "auto",
        family="automatic",
        cost="that of the method it takes, O(n^2 d) or, as facility-location, O(n d log n), "
        "and at most sixteen runs of each that races on 1,500 rows",
        memory="that of the method it takes",
        row_bytes=150,
        guarantee="random itself where no method does better on held-out rows, beyond chance",
        source="doi:10.1023/A:1006556606079",
    )

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Race, and let the winner choose.

        Returns:
            What the winner returns; ``stats["auto"]`` says what was ``seen`` and what was
            ``unused``, the ``sample`` (``rows``, ``copies`` among them, ``rounds``, rows ``shown``
            to the methods in all), who was ``tried`` (each with ``lead``, ``error`` and whether it
            is ``certain``, or ``hopeless``), by what it was ``judged``, which method was
            ``chosen``, with which ``parameters`` but for defaults, ``why``, and the
            ``cpu_seconds`` of race and method.

        Raises:
            CribbleError: The budget cannot be met, or a signal is malformed.
        """
        entry_of(pool)  # works signals out that nobody has asked for yet, which is no race
        began = time.process_time()
        method, told = self.decide(pool, budget, seed)
        raced = time.process_time()
        found = method.select(pool, budget, seed)
        # Recorded, and nothing else: what is chosen does not hang on the clock.
        spent = {"race": raced - began, "method": time.process_time() - raced}
        told = {**told, "cpu_seconds": spent}
        return dataclasses.replace(found, method="auto", stats={**found.stats, "auto": told})

    def decide(self, pool: Pool, budget: Budget, seed: int = 0) -> Decision:
        """Race, and say who is to choose.

        Args:
            pool: The pool.
            budget: How much to choose.
            seed: Seed of the race.

        Raises:
            CribbleError: The budget cannot be met, or a signal is malformed.
        """
        from cribble.kernels.threads import limited_threads  # loads numba

        limits = budget.resolve(pool)
        entry = entry_of(pool, limits.most_rows)
        if entry is None:
            nothing = Entry(seen="nothing", methods={})
            return _decision(nothing, "random", "the rows have nothing to choose by", {})
        if entry.judge is None:
            name = next(iter(entry.methods))
            return _decision(entry, name, f"{entry.seen}; there is nothing to race", {})
        if why := _no_race(limits):
            return _decision(entry, "random", why, {})
        with limited_threads(1):
            sample = sample_of(pool, limits, entry.rounds, seed)
        told: dict[str, Any] = {"rows": len(sample.rows), "copies": sample.copies}
        if (distinct := len(sample.leaders)) < _LEAST_ROWS:
            why = f"{distinct} rows are no copies, too few to tell methods from random"
            return _decision(entry, "random", why, told)
        heats = [
            partial(entry.judge, sample, budget.cost_column, number, seed)
            for number in range(entry.rounds)
        ]
        try:
            raced = race(heats, entry.methods, seed, entry.margin, entry.risks)
        except (BudgetError, QuotaError) as error:
            # Limits that the pool can just meet may be beyond a part of it.
            return _decision(entry, "random", f"no part of the pool can be raced on: {error}", told)
        return _winner(entry, raced, told)


def _no_race(limits: Limits) -> str:
    """Why the budget leaves nothing to race for; empty where it does."""
    free = int((~limits.excluded).sum())
    if free < _LEAST_ROWS:
        return f"{free} rows are too few to tell methods from random"
    return "" if 0 < limits.most_rows < free else "no choice is left to make"


def _winner(entry: Entry, raced: Raced, told: dict[str, Any]) -> Decision:
    certain = {name: one for name, one in raced.standings.items() if one.certain}
    chosen = max(certain, key=lambda name: certain[name].lead, default="random")
    why = f"no method beats it beyond chance in {entry.judged}"
    if chosen != "random":
        why = f"it beats random by {certain[chosen].lead:.3g} in {entry.judged}"
    told |= {"rounds": raced.rounds, "shown": raced.shown}
    return _decision(entry, chosen, why, told, raced.standings)


def _decision(
    entry: Entry,
    chosen: str,
    why: str,
    sample: dict[str, Any],
    standings: Mapping[str, Standing] = MappingProxyType({}),
) -> Decision:
    method = catalogue.make("random") if chosen == "random" else entry.methods[chosen]
    fields = dataclasses.fields(method)  # type: ignore[arg-type]
    set_here = [one.name for one in fields if getattr(method, one.name) != one.default]
    told = {
        "chosen": chosen,
        "parameters": {name: getattr(method, name) for name in set_here},
        "why": why,
        "seen": entry.seen,
        "unused": dict(entry.unused),
        "judged": entry.judged,
        "sample": sample,
        "tried": {name: one._asdict() for name, one in standings.items()},
    }
    return Decision(method, told)
