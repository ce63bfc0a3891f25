"""Shares as they are defined: by trying every allocation."""

from __future__ import annotations

import itertools
from fractions import Fraction


def allocations(sizes: list[int], rows: int) -> list[tuple[int, ...]]:
    """List every way to take ``rows`` rows from groups of these sizes."""
    every = itertools.product(*(range(size + 1) for size in sizes))
    return [shares for shares in every if sum(shares) == rows]


def deviation(sizes: list[int], shares: tuple[int, ...]) -> Fraction:
    """Summed absolute distance of shares from exact proportion."""
    rows, total = sum(shares), max(1, sum(sizes))
    ideal = [Fraction(size * rows, total) for size in sizes]
    return sum((abs(a - b) for a, b in zip(shares, ideal, strict=True)), Fraction(0))


def taken_in_turn(sizes: list[int], rows: int) -> list[int]:
    """Shares of a walk that gives one row at a time to each group that has any left.

    In the last round, which may end early, the largest groups come first.
    """
    shares = [0] * len(sizes)
    while rows:
        open_groups = [g for g, size in enumerate(sizes) if shares[g] < size]
        open_groups.sort(key=lambda g: -sizes[g])
        for group in open_groups[:rows]:
            shares[group] += 1
        rows -= min(rows, len(open_groups))
    return shares
