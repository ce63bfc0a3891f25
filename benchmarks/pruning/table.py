"""Outcomes as one Markdown table, and as a count of the cases in which a method beat random."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from benchmarks.pruning.trial import HELD, RANDOM, Outcome

Case = tuple[str, float, float]
MARKS = {1: "+", -1: "−", 0: "·"}
"""Above, below, neither: first against random rows, then against class-balanced random rows."""

COUNTS = ("cases", "better", "worse", "better_than_balanced", "worse_than_balanced")


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
            seen = counts.setdefault(name, dict.fromkeys(COUNTS, 0))
            against = sign(rows[name], rows[RANDOM])
            seen["cases"] += 1
            seen["better"] += against == 1
            seen["worse"] += against == -1
            if balanced in rows and name != balanced:
                against = sign(rows[name], rows[balanced])
                seen["better_than_balanced"] += against == 1
                seen["worse_than_balanced"] += against == -1
    return counts


def by_method(outcomes: Sequence[Outcome], balanced: str) -> str:
    """A line a method: its counts, and its lead over random rows, averaged, a column a budget."""
    found = gathered(outcomes)
    budgets = sorted({budget for _, _, budget in found})
    shares = ", ".join(f"{budget:.0%}" for budget in budgets)
    lines = [
        "| method | above, below random | above, below class-balanced "
        f"| lead over random in points at {shares} |",
        "|---|---|---|---|",
    ]
    counts = evidence(outcomes, balanced)
    for name, seen in sorted(counts.items(), key=lambda one: one[1]["worse"] - one[1]["better"]):
        leads = [
            np.mean(
                [
                    (rows[name] - rows[RANDOM]).mean()
                    for (_, _, one), rows in found.items()
                    if one == budget
                ]
            )
            for budget in budgets
        ]
        against = f"{seen['better_than_balanced']}, {seen['worse_than_balanced']}"
        lines.append(
            f"| {name} | {seen['better']}, {seen['worse']} of {seen['cases']} | "
            f"{'-' if name == balanced else against} | "
            f"{', '.join(f'{100 * lead:+.1f}' for lead in leads)} |"
        )
    return "\n".join(lines)


def table(outcomes: Sequence[Outcome], balanced: str) -> str:
    """A line a set, share of flipped labels and method; a column a budget.

    Args:
        outcomes: All of them.
        balanced: The method that is class-balanced random.
    """
    found = gathered(outcomes)
    budgets = sorted({budget for _, _, budget in found})
    lines = [
        f"| set | flipped | method | {' | '.join(f'{budget:.0%}' for budget in budgets)} |",
        "|---" * (3 + len(budgets)) + "|",
    ]
    for name, flipped in dict.fromkeys((one.set, one.flipped) for one in outcomes):
        for method in found[name, flipped, budgets[0]]:
            cells = [_cell(found[name, flipped, budget], method, balanced) for budget in budgets]
            lines.append(f"| {name} | {flipped:.0%} | {method} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(rows: dict[str, np.ndarray], method: str, balanced: str) -> str:
    values = rows[method]
    told = f"{100 * values.mean():.1f}"
    if len(values) > 1:
        told += f" ± {100 * half_width(values):.1f}"
    signs = [
        sign(values, rows[other]) if other in rows and method not in (RANDOM, other) else 0
        for other in (RANDOM, balanced)
    ]
    return f"{told} {MARKS[signs[0]]}{MARKS[signs[1]]}" if any(signs) else told
