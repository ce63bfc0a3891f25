"""What came of a comparison of several methods: numbers by method, and the verdict in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core import Limits
from cribble.report.measures import Measure
from cribble.report.paired import Paired

Shares = dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SameTime:
    """What random could do with the time that a method takes.

    Args:
        draws: Random subsets that fit, on average over the repeats; never over 50.
        value: The best of them, chosen on one half of the held-out rows, judged on the other.
        difference: The method's value on that other half, less ``value``.
        measure: What was measured.
    """

    draws: float
    value: float
    difference: float
    measure: Measure

    @property
    def beaten(self) -> bool:
        """Whether the method does better, on average."""
        return self.difference > 0 if self.measure.better == "higher" else self.difference < 0

    def as_dict(self) -> dict[str, Any]:
        """Everything as plain JSON values."""
        return {
            "draws": self.draws,
            "value": self.value,
            "difference": self.difference,
            "beaten": self.beaten,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitState:
    """One limit, and what the repeats reached.

    Args:
        limit: Its name.
        asked: What was asked.
        least: The smallest number any repeat reached.
        most: The largest.
        held: Whether all repeats held it.
    """

    limit: str
    asked: float
    least: float
    most: float
    held: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodResult:
    """One method in a comparison of several.

    Args:
        method: Its name.
        headline: The metric that decides, fixed before any number was known.
        others: The other metrics.
        seconds: Mean wall time of one selection; with signals that were computed before.
        cpu_seconds: Mean time on all processors together.
        memory_bytes: Largest growth of the process during one selection; None if not known.
        same_time: What random could do with the same time.
        limits: The budget and the limits.
        shares: Mean share of each group in the picks, by grouping.
    """

    method: str
    headline: Paired
    others: tuple[Paired, ...]
    seconds: float
    cpu_seconds: float
    memory_bytes: int | None
    same_time: SameTime
    limits: tuple[LimitState, ...]
    shares: Shares

    @property
    def better(self) -> bool:
        """Whether it beats random."""
        return self.headline.outcome == "better"

    @property
    def verdict(self) -> str:
        """The result in plain words."""
        if self.better and not self.same_time.beaten:
            return (
                f"{self.headline.sentence()} But the best of {self.same_time.draws:.0f} random "
                "subsets, which take the same time, does as well."
            )
        return self.headline.sentence()

    def as_dict(self) -> dict[str, Any]:
        """Everything as plain JSON values."""
        return {
            "method": self.method,
            "verdict": self.verdict,
            "better_than_random": None if self.headline.too_few else self.better,
            "headline": self.headline.measure.name,
            "metrics": {one.measure.name: one.as_dict() for one in (self.headline, *self.others)},
            "seconds": self.seconds,
            "cpu_seconds": self.cpu_seconds,
            "memory_bytes": self.memory_bytes,
            "random_with_the_same_time": self.same_time.as_dict(),
            "limits": [
                {name: getattr(one, name) for name in LimitState.__slots__} for one in self.limits
            ],
            "shares": self.shares,
        }


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class MethodComparison:
    """Several methods at one budget, each against the same random subsets.

    Args:
        results: One per method, in the order asked.
        random_shares: Mean share of each group in the random subsets, by grouping.
        pool_shares: Share of each group in the pool.
        pool_rows: Rows in the pool.
        held_rows: Rows held back at each repeat.
        held_target_rows: Target rows held back; 0 where none could be.
        repeats: Runs of each method, one split and one seed each.
        seed: The first seed.
        findings: What stands out about the pool, one sentence each.
    """

    results: tuple[MethodResult, ...]
    random_shares: Shares
    pool_shares: Shares
    pool_rows: int
    held_rows: int
    held_target_rows: int
    repeats: int
    seed: int
    findings: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """The verdict, and that on each method; the numbers are in the attributes."""
        told = [self.verdict, *(f"{one.method}: {one.verdict}" for one in self.results)]
        return f"<MethodComparison: {' '.join(told)}>"

    @property
    def verdict(self) -> str:
        """Name the methods that beat random, or say that none does, or that nobody can tell."""
        good = [one.method for one in self.results if one.better]
        open_ = [one.method for one in self.results if one.headline.too_few]
        rest = [one.method for one in self.results if one.method not in (*good, *open_)]
        if not (good or open_):
            return "No method here is better than random."
        if len(open_) == len(self.results):
            return f"{self.results[0].headline.too_few}."
        named = (("Better than random", good), ("Not better", rest), ("Too few repeats", open_))
        return " ".join(f"{lead}: {', '.join(some)}." for lead, some in named if some)

    def as_dict(self) -> dict[str, Any]:
        """Everything as plain JSON values."""
        return {
            "verdict": self.verdict,
            "pool_rows": self.pool_rows,
            "held_out_rows": self.held_rows,
            "held_out_target_rows": self.held_target_rows,
            "repeats": self.repeats,
            "seed": self.seed,
            "findings": list(self.findings),
            "random_shares": self.random_shares,
            "pool_shares": self.pool_shares,
            "methods": [one.as_dict() for one in self.results],
        }

    def report(self, path: str | Path) -> None:
        """Write the comparison as one self-contained HTML page.

        Raises:
            OutputError: The path cannot be written.
        """
        from cribble.report.html import write_method_comparison

        write_method_comparison(path, self)


def quota_state(limits: Limits, subsets: Sequence[NDArray[np.int64]]) -> tuple[LimitState, ...]:
    """Count every limit again on the picks of all repeats.

    Args:
        limits: The limits over the whole pool.
        subsets: The picks of each repeat, rows of the whole pool.
    """
    states = []

    def put(limit: str, asked: float, reached: Sequence[float], *, floor: bool, roof: bool) -> None:
        least, most = min(reached), max(reached)
        held = (not floor or least >= asked) and (not roof or most <= asked * (1 + 1e-9))
        states.append(LimitState(limit=limit, asked=asked, least=least, most=most, held=held))

    if limits.rows is not None:
        put("rows", limits.rows, [len(one) for one in subsets], floor=True, roof=True)
    if limits.cost is not None and limits.costs is not None:
        spent = [float(limits.costs[one].sum()) for one in subsets]
        put("cost at most", limits.cost, spent, floor=False, roof=True)
    width = len(limits.lower)
    counts = np.array([np.bincount(limits.groups.codes[one], minlength=width) for one in subsets])
    for code, name in enumerate(limits.groups.names):
        group, reached = f"{limits.column}:{name}", counts[:, code].tolist()
        if limits.lower[code] > 0:
            put(f"{group} at least", int(limits.lower[code]), reached, floor=True, roof=False)
        if limits.upper[code] < limits.size:
            put(f"{group} at most", int(limits.upper[code]), reached, floor=False, roof=True)
    if len(limits.keep):
        kept = [int(np.isin(limits.keep, one).sum()) for one in subsets]
        put("rows to keep", len(limits.keep), kept, floor=True, roof=False)
    if limits.excluded.any():
        taken = [int(limits.excluded[one].sum()) for one in subsets]
        put("dropped rows", 0, taken, floor=False, roof=True)
    return tuple(states)
