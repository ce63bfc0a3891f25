"""One metric of a method, paired with random repeat by repeat: the rule and the words."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cribble.metrics import bootstrap_interval
from cribble.report.measures import Measure
from cribble.report.verdict import number

RISK = 0.05
# Fewer repeats tell of nothing beyond chance: three of one sign come by chance one time in four.
LEAST_REPEATS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """One metric of a method and of random subsets, on the same splits of the pool.

    Args:
        measure: What was measured.
        values: The method's value at each repeat.
        random: Mean of the random subsets' values at each repeat.
        tests: Number of intervals that share the 5% risk (Bonferroni).
        overlap: Rows judged on for each row chosen from, see `bootstrap_interval`.
        seed: Seed of the bootstrap.

    Attributes:
        interval: Of the mean difference to random, at a risk of 5% over ``tests``; endless where
            so few repeats cannot tell.
    """

    measure: Measure
    values: tuple[float, ...]
    random: tuple[float, ...]
    tests: int
    overlap: float
    seed: int
    interval: tuple[float, float] = field(init=False)

    def __post_init__(self) -> None:
        found = (-math.inf, math.inf)
        if len(self.values) >= LEAST_REPEATS:
            found = bootstrap_interval(
                np.array(self.differences),
                RISK / self.tests,
                overlap=self.overlap,
                seed=self.seed,
            )
        object.__setattr__(self, "interval", found)

    @property
    def differences(self) -> tuple[float, ...]:
        """The method less random, at each repeat."""
        return tuple(a - b for a, b in zip(self.values, self.random, strict=True))

    @property
    def value(self) -> float:
        """Mean over the repeats."""
        return float(np.mean(self.values))

    @property
    def random_mean(self) -> float:
        """Mean of the random subsets over the repeats."""
        return float(np.mean(self.random))

    @property
    def difference(self) -> float:
        """Mean difference."""
        return float(np.mean(self.differences))

    @property
    def level(self) -> float:
        """The interval's confidence."""
        return 1 - RISK / self.tests

    @property
    def outcome(self) -> str:
        """Tell "better", "worse" or "different" (no direction is better), "same" or "unknown".

        The method differs where the interval leaves out 0, and the mean differs by the measure's
        margin at least. Nothing is known where the repeats are too few for an interval.
        """
        if self.too_few:
            return "unknown"
        small = abs(self.difference) < self.measure.margin * abs(self.random_mean)
        return "same" if small else self._side()

    @property
    def too_few(self) -> str:
        """Say that the repeats are too few for a verdict; empty where they are not."""
        if math.isfinite(self.interval[0]):
            return ""
        count = len(self.values)
        enough = (
            f"at least {LEAST_REPEATS}"
            if count < LEAST_REPEATS
            else f"not enough for {self.tests:,} intervals at once"
        )
        return f"Too few repeats for a verdict ({count}; {enough})"

    @property
    def small(self) -> bool:
        """Whether the difference is beyond chance but below the measure's margin."""
        return self.outcome == "same" and self._side() != "same"

    def _side(self) -> str:
        low, high = self.interval
        slack = 1e-9 * max(abs(self.value), abs(self.random_mean))
        if low <= slack and high >= -slack:
            return "same"
        if not self.measure.better:
            return "different"
        return "better" if (low > 0) == (self.measure.better == "higher") else "worse"

    def sentence(self) -> str:
        """The result in plain words."""
        if self.too_few:
            return (
                f"{self.too_few}: {self.measure.phrase} is {number(self.value, self.measure)}, "
                f"against {number(self.random_mean, self.measure)} for random; difference "
                f"{number(self.difference, self.measure)}."
            )
        low, high = self.interval
        lead = {"better": self.measure.claim or "Better than random", "worse": "Worse than random"}
        return (
            f"{lead.get(self.outcome, 'Not better than random')}: {self.measure.phrase} is "
            f"{number(self.value, self.measure)}, against {number(self.random_mean, self.measure)}"
            f" for random; difference {number(self.difference, self.measure)} "
            f"({100 * self.level:.3g}% interval {number(low, self.measure)} to "
            f"{number(high, self.measure)})."
            + (" The difference is beyond chance, but too small to matter." * self.small)
        )

    def as_dict(self) -> dict[str, Any]:
        """Everything as plain JSON values; an end of the interval that is infinite is null."""
        return {
            "value": self.value,
            "random_mean": self.random_mean,
            "difference": self.difference,
            "interval": [end if np.isfinite(end) else None for end in self.interval],
            "level": self.level,
            "better": self.measure.better or None,
            "outcome": self.outcome,
            "values": list(self.values),
            "random_values": list(self.random),
        }
