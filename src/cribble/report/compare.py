"""Hold one choice against random subsets of the same budget, and say plainly how it did."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cribble.core import Budget, Limits, Pool, Progress, Selection, Silent, stream
from cribble.core.errors import ParameterError
from cribble.report.findings import pool_findings
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
    panel = Panel(pool, limits.excluded, expected_rows(limits), seed)
    findings = pool_findings(pool, seed)
    if len(selection) == 0 or not panel.measures:
        return Comparison(
            method=selection.method,
            headline=None,
            others=(),
            repeats=0,
            rows=0,
            seed=seed,
            findings=findings,
        )
    subsets = _subsets(pool, budget, repeats, seed)
    draws = _measure(panel, subsets, progress or Silent())
    headline, others = _judge(panel, panel.measure(selection.indices), draws)
    return Comparison(
        method=selection.method,
        headline=headline,
        others=others,
        repeats=repeats,
        rows=len(panel.rows),
        seed=seed,
        curve=_curve(panel, selection.indices, subsets),
        findings=findings,
    )


def _check_repeats(repeats: int) -> None:
    if repeats < 5:
        raise ParameterError("repeats", repeats, "at least 5, for an interval that means something")


def expected_rows(limits: Limits) -> int:
    """How many rows a budget will pay for, roughly; exact under a row budget."""
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
    panel: Panel, value: dict[str, float], draws: list[dict[str, float]]
) -> tuple[Verdict | None, tuple[Verdict, ...]]:
    verdicts = []
    for measure in panel.measures:
        seen = tuple(one[measure.name] for one in draws)
        if np.isfinite((value[measure.name], *seen)).all():
            verdicts.append(Verdict(measure, value[measure.name], seen))
    rest = [one for one in verdicts if one.measure is not panel.headline]
    head = next((one for one in verdicts if one.measure is panel.headline), None)
    return head, tuple(Verdict(one.measure, one.value, one.draws, len(rest)) for one in rest)
