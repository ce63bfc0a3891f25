"""Auto: look at what the pool has, race the methods that fit, and take random if none is better."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from cribble.core import Budget, Card, Limits, Pool, Selection
from cribble.core.errors import ParameterError
from cribble.selectors import catalogue
from cribble.selectors.automatic.entries import Entry, entry_of
from cribble.selectors.automatic.race import Standing, race, turns

_LEAST_ROWS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Auto:
    """The method that does best on held-out rows of this pool, or random.

    What the pool has decides, before any number is known, which methods are tried and by what
    they are judged on rows they did not choose from:

    - a target: how well the picks predict held-out target text, or match its vectors;
    - a grouping "label": the accuracy of a linear classifier that learns from the picks;
    - vectors alone: the same for the clusters of the pool, since no labels are known;
    - a quality signal alone: nothing to race, the best scores are taken;
    - nothing: random.

    In four rounds each method and eight random subsets choose, from three quarters of a sample,
    as large a share as the budget asks. A method whose lead over random is beyond chance may
    win; the largest lead does, and chooses from the whole pool under all limits. If there is
    none, the result is that of `random` with the same seed, to the row.

    The sample is the pool up to ``least`` rows, above it a third of the pool, up to ``most``, so
    that a race takes some seconds whatever the pool. Rows decide, never the clock, so that a run
    can be repeated.

    Args:
        least: Rows below which the race uses all of them.
        most: The most rows that it uses.

    Raises:
        ParameterError: ``least`` is below 1, or above ``most``.

    Source:
        Racing on held-out data: Maron and Moore (1997), doi:10.1023/A:1006556606079. Random as
        the baseline to beat: Guo et al. (2022), arXiv:2204.08499.
    """

    card: ClassVar[Card] = Card(
        "auto",
        family="automatic",
        cost="that of the method it takes, O(n^2 d) or, as facility-location, O(n d log n), "
        "and eight of its runs on up to 5,000 rows",
        memory="that of the method it takes",
        guarantee="random itself where no method does better on held-out rows, beyond chance",
        source="doi:10.1023/A:1006556606079",
    )
    least: int = 4_000
    most: int = 5_000

    def __post_init__(self) -> None:
        if not 1 <= self.least <= self.most:
            raise ParameterError("least", self.least, f"in [1, {self.most}], the value of most")

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Race, and let the winner choose.

        Returns:
            What the winner returns; ``stats["auto"]`` says what was ``seen``, ``tried`` (each
            with ``lead``, ``error`` and whether it is ``certain``), by what it was ``judged``,
            which method was ``chosen`` and ``why``.

        Raises:
            CribbleError: The budget cannot be met, or a signal is malformed.
        """
        limits = budget.resolve(pool)
        entry = entry_of(pool)
        standings, why = self._race(pool, limits, entry, seed) if entry else ({}, "")
        certain = {name: one for name, one in standings.items() if one.certain}
        chosen = max(certain, key=lambda name: certain[name].lead, default="random")
        if entry is None:
            why = "the rows have nothing to choose by"
        elif entry.judge is None:
            chosen, why = next(iter(entry.methods)), f"{entry.seen}; there is nothing to race"
        elif chosen != "random":
            why = f"it beats random by {certain[chosen].lead:.3g} in {entry.judged}"
        elif not why:
            why = f"no method beats it beyond chance in {entry.judged}"
        method = entry.methods[chosen] if entry and chosen != "random" else catalogue.make("random")
        found = method.select(pool, budget, seed)
        told = {
            "chosen": chosen,
            "why": why,
            "seen": entry.seen if entry else "nothing",
            "judged": entry.judged if entry else "",
            "tried": {name: _plain(one) for name, one in standings.items()},
        }
        return dataclasses.replace(found, method="auto", stats={**found.stats, "auto": told})

    def _race(
        self, pool: Pool, limits: Limits, entry: Entry, seed: int
    ) -> tuple[dict[str, Standing], str]:
        """Standings by name; or none, and why there was no race."""
        rows = np.nonzero(~limits.excluded)[0]
        wanted = limits.rows if limits.rows is not None else _paid(limits)
        share = wanted / max(1, len(rows))
        if entry.judge is None:
            return {}, ""
        if len(rows) < _LEAST_ROWS:
            return {}, f"{len(rows)} rows are too few to tell methods from random"
        if not 0 < share < 1:
            return {}, "no choice is left to make"
        size = min(len(rows), int(np.clip(len(rows) // 3, self.least, self.most)))
        heats = [
            entry.judge(part, held, share, number, seed)
            for number, (part, held) in enumerate(turns(rows, size, seed))
        ]
        return race(heats, entry.methods, seed, entry.margin, entry.risk), ""


def _paid(limits: Limits) -> float:
    """How many rows a cost budget pays for at the mean cost."""
    assert limits.costs is not None
    mean = float(limits.costs[~limits.excluded].mean()) if (~limits.excluded).any() else 0.0
    return min(limits.most_rows, (limits.cost or 0.0) / mean) if mean > 0 else limits.most_rows


def _plain(one: Standing) -> dict[str, Any]:
    return {"lead": one.lead, "error": one.error, "certain": one.certain}
