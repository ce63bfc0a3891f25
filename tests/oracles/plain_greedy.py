"""Greedy from the definition of a set function, without a memo."""

from __future__ import annotations

from collections.abc import Callable, Sequence


def plain_greedy(
    value: Callable[[Sequence[int]], float], rows: int, count: int
) -> tuple[list[int], list[float]]:
    """Add the row after which the value is largest, the lowest among equals; picks and values."""
    picks: list[int] = []
    values: list[float] = []
    for _ in range(count):
        rest = [row for row in range(rows) if row not in picks]
        found = [value([*picks, row]) for row in rest]
        best = max(range(len(rest)), key=lambda at: (found[at], -rest[at]))
        picks.append(rest[best])
        values.append(found[best])
    return picks, values
