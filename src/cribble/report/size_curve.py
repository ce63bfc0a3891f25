"""How good a choice is over its number of rows, and the number that two stated rules take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.report.knee import knee, within_one_error
from cribble.report.verdict import number

Rows = NDArray[np.int64]
Numbers = NDArray[np.float64]
_TOLD = 32


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ValueCurve:
    """What a method makes of more rows, by its own value or by coverage.

    Args:
        measure: What is measured, in words.
        sizes: (m,) int64 numbers of rows, ascending.
        values: (m,) float64.
        bounds: (m,) float64, what no choice of as many rows exceeds; nan where unknown. None
            where theory gives none.
        prefixes: Whether the sizes are prefixes of one run; else each is a run of its own.
    """

    measure: str
    sizes: Rows
    values: Numbers
    bounds: Numbers | None
    prefixes: bool

    @property
    def knee(self) -> int | None:
        """Rows at the knee; None where more rows never pay less."""
        found = knee(self.sizes, self.values)
        return None if found is None else int(self.sizes[found])

    @property
    def certified(self) -> Numbers:
        """(m,) float64 share of the best possible value that is certain; nan where unknown."""
        found = np.full(len(self.values), np.nan)
        if self.bounds is not None:
            np.divide(self.values, self.bounds, out=found, where=self.bounds > 0)
        return found

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values, at no more than 32 sizes, the knee among them."""
        shown = thinned(self.sizes, _TOLD, self.knee)
        bounds = None if self.bounds is None else self.bounds[shown]
        return {
            "measure": self.measure,
            "knee": self.knee,
            "prefixes_of_one_run": self.prefixes,
            "rows": self.sizes[shown].tolist(),
            "values": self.values[shown].tolist(),
            "upper_bounds": None
            if bounds is None
            else [one if np.isfinite(one) else None for one in bounds.tolist()],
        }


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class HeldOutCurve:
    """What choices of more rows teach about rows that were held out.

    Args:
        measure: What is measured, in words; the lower, the better.
        sizes: (m,) int64 numbers of rows, ascending.
        losses: (m,) float64 mean losses.
        errors: (m,) float64 standard errors, over what is held out, of the difference to the best.
        held: How many rows are held out.
        whole: Loss of all rows that may be picked; None where they are too many to learn from.
        chance: Loss of who always names the most common label; None where there are none.
        beats_chance: Whether some size does better than that, beyond chance (risk 5% over all
            sizes); True where nobody can say what chance would do.
    """

    measure: str
    sizes: Rows
    losses: Numbers
    errors: Numbers
    held: int
    whole: float | None
    chance: float | None = None
    beats_chance: bool = True

    @property
    def best(self) -> int:
        """Position of the least loss, the first among equals."""
        return int(np.argmin(self.losses))

    @property
    def enough(self) -> int:
        """Position of the fewest rows within one standard error of the best."""
        return within_one_error(self.losses, self.errors)

    @property
    def rows(self) -> int:
        """The fewest rows within one standard error of the best."""
        return int(self.sizes[self.enough])

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "measure": self.measure,
            "held_out_rows": self.held,
            "rows": self.sizes.tolist(),
            "losses": self.losses.tolist(),
            "standard_errors": self.errors.tolist(),
            "best": int(self.sizes[self.best]),
            "within_one_error": self.rows,
            "all_rows": self.whole,
            "by_chance": self.chance,
            "beats_chance": self.beats_chance,
        }


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TrainingBudget:
    """What the scaling law of filtering says of one training budget.

    Args:
        times: The budget, in passes over the whole pool.
        sizes: (m,) int64 numbers of rows to train on, ascending.
        passes: (m,) float64 passes over them that the budget pays for.
        losses: (m,) float64 predicted losses.
        whole: Whether the last size is that of all rows.
    """

    times: float
    sizes: Rows
    passes: Numbers
    losses: Numbers
    whole: bool

    @property
    def best(self) -> int:
        """Position of the least predicted loss, the fewest rows among equals."""
        return int(np.argmin(self.losses))

    @property
    def words(self) -> str:
        """What the law says, in one sentence."""
        best = self.best
        everything = self.whole and best == len(self.sizes) - 1
        rows = "all rows" if everything else f"{self.sizes[best]:,} rows"
        return (
            f"training on as much as {self.times:g} times the pool: best with {rows}, "
            f"{number(float(self.passes[best]))} passes over them"
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "times_the_pool": self.times,
            "best": int(self.sizes[self.best]),
            "last_is_all_rows": self.whole,
            "rows": self.sizes.tolist(),
            "passes": self.passes.tolist(),
            "predicted_losses": self.losses.tolist(),
        }


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SizeCurve:
    """How many rows? What was measured, the number that follows, and why.

    Args:
        method: Name of the method.
        seed: Seed of everything that was drawn.
        value: The value curve; None where there is nothing to measure it by.
        held_out: The held-out curve; None without labels or a target.
        training: One entry a training budget; empty without a held-out curve.

    One of ``value`` and ``held_out`` is there.
    """

    method: str
    seed: int
    value: ValueCurve | None
    held_out: HeldOutCurve | None
    training: tuple[TrainingBudget, ...] = ()

    @property
    def rows(self) -> int:
        """How many rows to pick: the held-out curve decides, or else the value curve.

        A held-out curve on which no size beats chance decides nothing. Without a value curve the
        largest size is taken then.
        """
        if self.held_out is not None and self.held_out.beats_chance:
            return self.held_out.rows
        if self.value is not None:
            return self.value.knee or int(self.value.sizes[-1])
        assert self.held_out is not None
        return int(self.held_out.sizes[-1])

    @property
    def doubt(self) -> str:
        """Say that no size beats chance, in one sentence; empty where one does."""
        held = self.held_out
        if held is None or held.beats_chance:
            return ""
        assert held.chance is not None
        return (
            f"No number of rows beats chance: {held.measure} is "
            f"{number(float(held.losses[held.best]))} at best, at {held.sizes[held.best]:,} rows, "
            f"and {number(held.chance)} for always naming the most common label"
        )

    @property
    def why(self) -> str:
        """The rule that led to ``rows``, in words."""
        if (held := self.held_out) is not None and held.beats_chance:
            best, enough = held.best, held.enough
            told = (
                f"the fewest rows whose {held.measure} is within one standard error of the best, "
                f"{number(float(held.losses[best]))} at {held.sizes[best]:,} rows"
            )
            if enough == best:
                return told
            gap = float(held.losses[enough] - held.losses[best])
            error = float(held.errors[enough])
            return f"{told} (the difference is {number(gap)}, its error {number(error)})"
        aside = "with labels that tell nothing, " if self.doubt else ""
        if self.value is None:
            return f"{aside}as many rows as were looked at"
        if self.value.knee is None:
            return (
                f"{aside}the curve of {self.value.measure} has no knee, so as many rows as were "
                "looked at"
            )
        return (
            f"{aside}the knee of the curve of {self.value.measure}: the point farthest from the "
            "line between its ends, on a logarithmic axis of rows"
        )

    def as_dict(self) -> dict[str, Any]:
        """Everything as plain JSON values."""
        return {
            "method": self.method,
            "rows": self.rows,
            "why": self.why,
            "doubt": self.doubt or None,
            "value": self.value.as_dict() if self.value is not None else None,
            "held_out": self.held_out.as_dict() if self.held_out is not None else None,
            "training": [one.as_dict() for one in self.training],
        }


def thinned(sizes: Rows, most: int, also: int | None = None) -> Rows:
    """Positions of at most ``most`` sizes, evenly spread on a logarithmic axis, both ends in."""
    if len(sizes) <= most:
        return np.arange(len(sizes))
    wanted = np.geomspace(sizes[0], sizes[-1], most - (also is not None))
    found = np.searchsorted(sizes, np.append(wanted, also or sizes[0]) - 0.5)
    return np.unique(np.minimum(found, len(sizes) - 1))
