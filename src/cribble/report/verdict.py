"""One metric, and one choice, held against random: the rule and the words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from cribble.report.measures import SHARES, Measure

_LEVEL = 0.05


@dataclass(frozen=True, slots=True)
class Verdict:
    """One metric of the choice, against the same metric of random subsets.

    Args:
        measure: What was measured.
        value: The choice's value.
        draws: The random subsets' values.
        tests: Number of verdicts that share the 5% risk (Bonferroni).

    Source:
        Prediction interval of one further draw: Hahn (1969), doi:10.1080/01621459.1969.10501007.
    """

    measure: Measure
    value: float
    draws: tuple[float, ...]
    tests: int = 1

    @property
    def mean(self) -> float:
        """Mean of the random subsets."""
        return float(np.mean(self.draws))

    @property
    def sd(self) -> float:
        """Standard deviation of the random subsets."""
        return float(np.std(self.draws, ddof=1))

    @property
    def interval(self) -> tuple[float, float]:
        """The 95% interval in which one more random subset would lie (Student's t)."""
        return self._prediction(_LEVEL)

    @property
    def outcome(self) -> str:
        """Tell "better", "worse" or "different" (no direction is better), or "same".

        The choice differs where it lies outside the prediction interval at 5% divided by
        ``tests``, beyond every single random subset, and by more than the measure's margin. The
        second condition needs no normal distribution: a further random subset beats all of 20
        with probability 1/21 at most.
        """
        return "same" if self.small else self._side()

    @property
    def small(self) -> bool:
        """Whether the difference is beyond chance but below the measure's margin."""
        gap = abs(self.value - self.mean)
        return self._side() != "same" and gap < self.measure.margin * abs(self.mean)

    def _side(self) -> str:
        low, high = self._prediction(_LEVEL / self.tests)
        slack = 1e-9 * max(abs(self.value), abs(self.mean))
        below = self.value < min(low, *self.draws) - slack
        above = self.value > max(high, *self.draws) + slack
        if not (below or above):
            return "same"
        if not self.measure.better:
            return "different"
        return "better" if below == (self.measure.better == "lower") else "worse"

    def as_dict(self) -> dict[str, Any]:
        """Everything as plain JSON values."""
        low, high = self.interval
        return {
            "value": self.value,
            "random_mean": self.mean,
            "random_sd": self.sd,
            "random_interval": [low, high],
            "better": self.measure.better or None,
            "outcome": self.outcome,
        }

    def _prediction(self, risk: float) -> tuple[float, float]:
        from scipy.special import stdtrit

        count = len(self.draws)
        reach = stdtrit(count - 1, 1 - risk / 2) * self.sd * math.sqrt(1 + 1 / count)
        return max(self.measure.least, self.mean - float(reach)), self.mean + float(reach)


@dataclass(frozen=True, slots=True)
class Curve:
    """Mean distance to the nearest of the first picks, over their number.

    Args:
        sizes: Numbers of picks, ascending.
        choice: The choice, in pick order.
        random: Mean of the random subsets.
        low: The smallest of the random subsets.
        high: The largest of the random subsets.
    """

    sizes: tuple[int, ...]
    choice: tuple[float, ...]
    random: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A choice held against random subsets of the same budget.

    Args:
        method: Name of the method that chose.
        headline: The metric that decides, fixed before any number was known; None where the
            pool has nothing to measure or nothing was picked.
        others: The other metrics, each corrected for their number.
        repeats: Number of random subsets.
        rows: Number of pool rows on which coverage was judged, before picks are left out.
        seed: Seed of the random subsets and samples.
        curve: Coverage over the number of picks; None without an embedding.
        findings: What stands out about the pool, one sentence each.
    """

    method: str
    headline: Verdict | None
    others: tuple[Verdict, ...]
    repeats: int
    rows: int
    seed: int
    curve: Curve | None = None
    findings: tuple[str, ...] = ()

    @property
    def better(self) -> bool | None:
        """Whether the choice beats random; None where it could not be judged."""
        return None if self.headline is None else self.headline.outcome == "better"

    @property
    def verdict(self) -> str:
        """The result in plain words, bad news first where it is bad."""
        if self.headline is None:
            return "Not held against random: there is nothing to measure the picks by."
        one = self.headline
        low, high = one.interval
        lead = {
            "better": one.measure.claim,
            "same": "No better than random",
            "worse": "Worse than random",
        }[one.outcome]
        return (
            f"{lead}: {one.measure.phrase} is {number(one.value, one.measure)}, against "
            f"{number(one.mean, one.measure)} for random subsets of the same budget "
            f"(95% interval {number(low, one.measure)} to {number(high, one.measure)})."
            + (" The difference is beyond chance, but too small to matter." * one.small)
        )

    @property
    def remarks(self) -> tuple[str, ...]:
        """What the other metrics add, one sentence for each kind of outcome."""
        lines = []
        for outcome, lead in (
            ("better", "Also better than random"),
            ("worse", "Worse than random"),
        ):
            phrases = [one.measure.phrase for one in self.others if one.outcome == outcome]
            if phrases:
                lines.append(f"{lead}: {'; '.join(phrases)}.")
        return tuple(lines)

    def as_dict(self) -> dict[str, Any]:
        """Everything as plain JSON values."""
        verdicts = ([self.headline] if self.headline else []) + list(self.others)
        return {
            "method": self.method,
            "verdict": self.verdict,
            "better_than_random": self.better,
            "headline": self.headline.measure.name if self.headline else None,
            "repeats": self.repeats,
            "evaluated_rows": self.rows,
            "seed": self.seed,
            "findings": list(self.findings),
            "metrics": {one.measure.name: one.as_dict() for one in verdicts},
        }


def number(value: float, measure: Measure | None = None) -> str:
    """Write a number for a person: few digits, thousands separators, shares as percent."""
    if not math.isfinite(value):
        return "–" if math.isnan(value) else "∞" if value > 0 else "−∞"
    if measure is not None and measure.name in SHARES:
        return f"{value:.1%}".replace("-", "−")
    size = abs(value)
    if size >= 1_000 or value == int(value):
        return f"{value:,.0f}".replace("-", "−")
    magnitude = math.floor(math.log10(size))
    places = 3 - magnitude if size >= 1 else 3 if size >= 0.01 else min(8, 1 - magnitude)
    return f"{value:.{places}f}".replace("-", "−")
