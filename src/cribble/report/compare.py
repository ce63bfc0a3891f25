"""Hold a choice against random subsets of the same budget, and say plainly how it did."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core import Budget, Limits, Pool, Progress, Selection, Selector, Silent, stream
from cribble.core.errors import ParameterError
from cribble.report.measures import Panel
from cribble.report.verdict import Comparison, Curve, Verdict
from cribble.selectors.baselines.random import Random


def against_random(
    selection: Selection,
    pool: Pool,
    budget: Budget | int | str,
    *,
    repeats: int = 20,
    seed: int = 0,
    progress: Progress | None = None,
) -> Comparison:
    """Compare a choice with random subsets drawn under the same budget and limits.

    Coverage is judged on pool rows that the judged subset did not pick, on one seeded sample of
    at most 4,096 rows for all subsets. The picks' own pairs are judged on at most 2,000 of them.

    Args:
        selection: The choice.
        pool: The pool it came from.
        budget: The budget and limits it was made under.
        repeats: Number of random subsets, at least 5.
        seed: Seed of the random subsets and of the samples.
        progress: Where to report each subset.

    Raises:
        ParameterError: ``repeats`` is below 5.
        SignalError: A signal is malformed.
    """
    budget = Budget.parse(budget)
    limits = budget.resolve(pool)
    _check_repeats(repeats)
    panel = Panel(pool, limits.excluded, _expected_rows(limits), seed)
    if len(selection) == 0 or not panel.measures:
        return Comparison(
            method=selection.method, headline=None, others=(), repeats=0, rows=0, seed=seed
        )
    subsets = _subsets(pool, budget, repeats, seed)
    draws = _measure(panel, subsets, progress or Silent())
    headline, others = _judge(panel, panel.measure(selection.indices), draws, tests=1)
    return Comparison(
        method=selection.method,
        headline=headline,
        others=others,
        repeats=repeats,
        rows=len(panel.rows),
        seed=seed,
        curve=_curve(panel, selection.indices, subsets),
    )


def _check_repeats(repeats: int) -> None:
    if repeats < 5:
        raise ParameterError("repeats", repeats, "at least 5, for an interval that means something")


def _expected_rows(limits: Limits) -> int:
    if limits.costs is None or not limits.size:
        return limits.most_rows
    mean = float(limits.costs[~limits.excluded].mean()) if (~limits.excluded).any() else 0.0
    return int(min(limits.most_rows, (limits.cost or 0) / mean)) if mean > 0 else limits.most_rows


def _subsets(pool: Pool, budget: Budget, repeats: int, seed: int) -> list[NDArray[np.int64]]:
    # Seeds of their own: the choice under test may itself be `random` with a small seed.
    seeds = stream(seed, "random subsets").integers(1 << 62, size=repeats)
    return [Random().select(pool, budget, one).indices for one in seeds.tolist()]


def _measure(
    panel: Panel, subsets: list[NDArray[np.int64]], progress: Progress
) -> list[dict[str, float]]:
    progress.start("compare with random", len(subsets), "subsets")
    draws = []
    for one in subsets:
        draws.append(panel.measure(one))
        progress.advance(1)
    return draws


def _curve(
    panel: Panel, picks: NDArray[np.int64], subsets: list[NDArray[np.int64]]
) -> Curve | None:
    # Under a cost budget subsets differ in length; the curve ends with the shortest.
    shortest = min(len(one) for one in (picks, *subsets))
    sizes = np.unique(np.geomspace(max(1, shortest // 64), shortest, 16).astype(np.int64))
    lines = [panel.curve(one, sizes) for one in (picks, *subsets)]
    found = [one for one in lines if one is not None]
    if len(found) < len(lines) or len(sizes) < 3:
        return None
    random = np.array(found[1:])
    return Curve(
        tuple(sizes.tolist()),
        tuple(found[0].tolist()),
        tuple(random.mean(axis=0).tolist()),
        tuple(random.min(axis=0).tolist()),
        tuple(random.max(axis=0).tolist()),
    )


def _judge(
    panel: Panel, value: dict[str, float], draws: list[dict[str, float]], tests: int
) -> tuple[Verdict | None, tuple[Verdict, ...]]:
    verdicts = []
    for measure in panel.measures:
        seen = tuple(one[measure.name] for one in draws)
        if np.isfinite((value[measure.name], *seen)).all():
            verdicts.append(Verdict(measure, value[measure.name], seen))
    rest = [one for one in verdicts if one.measure is not panel.headline]
    head = next((one for one in verdicts if one.measure is panel.headline), None)
    if head is not None:
        head = Verdict(head.measure, head.value, head.draws, tests)
    return head, tuple(
        Verdict(one.measure, one.value, one.draws, tests * len(rest)) for one in rest
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodResult:
    """One method in a comparison of several.

    Args:
        comparison: Its values, averaged over the runs, against random.
        runs: The headline value of each run.
        seconds: Mean wall time of one selection.
        selection: The first run's picks.
    """

    comparison: Comparison
    runs: tuple[float, ...]
    seconds: float
    selection: Selection


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodComparison:
    """Several methods at one budget, each against the same random subsets.

    Args:
        results: One per method, in the order asked.
        pool_rows: Rows in the pool.
        repeats: Runs of each method, one seed each.
        draws: Number of random subsets.
        seed: The first seed.
    """

    results: tuple[MethodResult, ...]
    pool_rows: int
    repeats: int
    draws: int
    seed: int

    @property
    def verdict(self) -> str:
        """Name the methods that beat random, or say that none does."""
        good = [one.comparison.method for one in self.results if one.comparison.better]
        rest = [one.comparison.method for one in self.results if not one.comparison.better]
        if not good:
            return "No method here is better than random."
        tail = f" Not better: {', '.join(rest)}." if rest else ""
        return f"Better than random: {', '.join(good)}.{tail}"

    def as_dict(self) -> dict[str, Any]:
        """Everything as plain JSON values."""
        return {
            "verdict": self.verdict,
            "pool_rows": self.pool_rows,
            "repeats": self.repeats,
            "random_subsets": self.draws,
            "seed": self.seed,
            "methods": [
                one.comparison.as_dict() | {"runs": list(one.runs), "seconds": one.seconds}
                for one in self.results
            ],
        }

    def report(self, path: str | Path) -> None:
        """Write the comparison as one self-contained HTML page.

        Raises:
            OutputError: The path cannot be written.
        """
        from cribble.report.html import write_method_comparison

        write_method_comparison(path, self)


def compare_methods(
    pool: Pool,
    budget: Budget | int | str,
    methods: Sequence[Selector],
    repeats: int = 5,
    seed: int = 0,
    *,
    draws: int = 20,
    progress: Progress | None = None,
) -> MethodComparison:
    """Run several methods at one budget and hold each against random.

    The mean over a method's runs is judged by the interval of a single random subset, and the
    risk is divided by the number of methods: both make it harder to be called better.

    Args:
        pool: The pool.
        budget: Budget and limits, the same for all.
        methods: The methods.
        repeats: Runs of each method, with seeds ``seed``, ``seed + 1`` and so on.
        seed: First seed, and the seed of the random subsets.
        draws: Number of random subsets, at least 5.
        progress: Where to report each run.

    Raises:
        ParameterError: There are no methods, or too few repeats or draws.
    """
    budget = Budget.parse(budget)
    limits = budget.resolve(pool)
    _check_repeats(draws)
    if repeats < 1 or not methods:
        raise ParameterError("repeats and methods", (repeats, len(methods)), "at least one of each")
    progress = progress or Silent()
    panel = Panel(pool, limits.excluded, _expected_rows(limits), seed)
    baseline = _measure(panel, _subsets(pool, budget, draws, seed), progress)
    progress.start("run methods", repeats * len(methods), "runs")
    results = []
    for method in methods:
        began, chosen = time.perf_counter(), []
        for turn in range(repeats):
            chosen.append(method.select(pool, budget, seed + turn))
            progress.advance(1)
        seconds = (time.perf_counter() - began) / repeats
        values = [panel.measure(one.indices) for one in chosen]
        mean = {name: float(np.mean([one[name] for one in values])) for name in values[0]}
        headline, others = _judge(panel, mean, baseline, tests=len(methods))
        comparison = Comparison(
            method=method.card.name,
            headline=headline,
            others=others,
            repeats=draws,
            rows=len(panel.rows),
            seed=seed,
        )
        runs = tuple(one[headline.measure.name] for one in values) if headline else ()
        results.append(
            MethodResult(comparison=comparison, runs=runs, seconds=seconds, selection=chosen[0])
        )
    return MethodComparison(
        results=tuple(results), pool_rows=len(pool), repeats=repeats, draws=draws, seed=seed
    )
