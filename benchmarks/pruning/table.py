"""Outcomes as one Markdown table, and as a count of the cases in which a method beat random."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from benchmarks.pruning.trial import HELD, RANDOM, Outcome

Case = tuple[str, float, float]
BETTER, WORSE = "+", "−"


def half_width(values: np.ndarray) -> float:
    """Half of the 95 % interval of a mean over trials; infinite for a single one.

    Student's t, with the variance that trials share because their pools overlap: rows held out
    over rows chosen from, Nadeau and Bengio (2003), doi:10.1023/A:1024068626366.
    """
    from scipy.special import stdtrit

    if len(values) < 2:
        return float("inf")
    spread = values.std(ddof=1) * np.sqrt(1 / len(values) + HELD / (1 - HELD))
    return float(stdtrit(len(values) - 1, 0.975) * spread)


def gathered(outcomes: Sequence[Outcome]) -> dict[Case, dict[str, np.ndarray]]:
    """Accuracies by case and method, in the order of seeds."""
    found: dict[Case, dict[str, list[tuple[int, float]]]] = defaultdict(lambda: defaultdict(list))
    for one in outcomes:
        found[one.set, one.flipped, one.budget][one.method].append((one.seed, one.accuracy))
    return {
        case: {name: np.array([acc for _, acc in sorted(seen)]) for name, seen in rows.items()}
        for case, rows in found.items()
    }


def sign(ours: np.ndarray, other: np.ndarray) -> int:
    """1 or -1 where the 95 % interval of the paired difference lies above or below 0, else 0."""
    gap = ours - other
    return int(np.sign(gap.mean())) if abs(gap.mean()) > half_width(gap) else 0


def evidence(outcomes: Sequence[Outcome], balanced: str) -> dict[str, dict[str, int]]:
    """Count, by method, the cases in which it was better or worse than random beyond chance.

    Args:
        outcomes: All of them.
        balanced: The method that is class-balanced random, compared with as well.
    """
    counts: dict[str, dict[str, int]] = {}
    for rows in gathered(outcomes).values():
        for name in rows:
            if name == RANDOM:
                continue
            seen = counts.setdefault(
                name, {"cases": 0, "better": 0, "worse": 0, "better_than_balanced": 0}
            )
            against = sign(rows[name], rows[RANDOM])
            seen["cases"] += 1
            seen["better"] += against == 1
            seen["worse"] += against == -1
            if balanced in rows and name != balanced:
                seen["better_than_balanced"] += sign(rows[name], rows[balanced]) == 1
    return counts


def table(outcomes: Sequence[Outcome]) -> str:
    """A line a set, share of flipped labels and method; a column a budget."""
    found = gathered(outcomes)
    budgets = sorted({budget for _, _, budget in found})
    lines = [
        f"| set | flipped | method | {' | '.join(f'{budget:.0%}' for budget in budgets)} |",
        "|---" * (3 + len(budgets)) + "|",
    ]
    for name, flipped in dict.fromkeys((one.set, one.flipped) for one in outcomes):
        for method in found[name, flipped, budgets[0]]:
            cells = [_cell(found[name, flipped, budget], method) for budget in budgets]
            lines.append(f"| {name} | {flipped:.0%} | {method} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(rows: dict[str, np.ndarray], method: str) -> str:
    values = rows[method]
    told = f"{100 * values.mean():.1f}"
    if len(values) > 1:
        told += f" ± {100 * half_width(values):.1f}"
    mark = {1: f" {BETTER}", -1: f" {WORSE}", 0: ""}
    return told + ("" if method == RANDOM else mark[sign(values, rows[RANDOM])])
