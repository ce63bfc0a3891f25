"""How many rows each group gives, in exact integers, and the order that takes them so."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cribble.core.errors import ParameterError
from cribble.core.ordering import group_order, stable_order

ALLOCATIONS = ("proportional", "equal")


def proportional_shares(sizes: NDArray[np.int64], rows: int) -> NDArray[np.int64]:
    """Share out rows in proportion to size, by largest remainder; ties go to the first group.

    Args:
        sizes: (C,) int64 rows of each group.
        rows: How many to share out, in [0, sum of sizes].

    Returns:
        (C,) int64, at most ``sizes``, within one of exact proportion, summing to ``rows``.
    """
    total = max(1, int(sizes.sum()))
    shares = sizes * rows // total
    remainders = sizes * rows % total
    shares[np.argsort(-remainders, kind="stable")[: rows - int(shares.sum())]] += 1
    return shares


def equal_shares(sizes: NDArray[np.int64], rows: int) -> NDArray[np.int64]:
    """Fill all groups to one level; the rows left over go one each to the largest groups.

    A group that has fewer rows gives all of them. Among groups of one size the first comes first.

    Args:
        sizes: (C,) int64 rows of each group.
        rows: How many to share out, in [0, sum of sizes].

    Returns:
        (C,) int64, at most ``sizes``, summing to ``rows``.
    """
    level = bisect_right(range(rows + 1), rows, key=lambda t: int(np.minimum(sizes, t).sum())) - 1
    shares = np.minimum(sizes, level)
    left = rows - int(shares.sum())
    # Whoever is above the level is larger than whoever is not, so the largest come first.
    shares[np.argsort(-sizes, kind="stable")[:left]] += 1
    return shares


def nested_shares(
    counts: NDArray[np.int64],
    parents: Sequence[NDArray[np.int64]],
    rows: int,
    allocation: str = "equal",
) -> NDArray[np.int64]:
    """Share rows out down a tree: at each level in equal shares among the children of a cell.

    Args:
        counts: (L,) int64 rows that each leaf can give.
        parents: For each level from the leaves up, the parent of each cell on the level above;
            the last names the cells of the top. Empty where the leaves are the top.
        rows: How many to share out, in [0, sum of counts].
        allocation: One of `ALLOCATIONS`, how the cells of the top share.

    Returns:
        (L,) int64, at most ``counts``, summing to ``rows``.

    Raises:
        ParameterError: ``allocation`` is neither.
    """
    check_allocation(allocation)
    levels = [counts]
    for parent in parents:
        size = int(parent.max(initial=-1)) + 1
        levels.append(np.bincount(parent, levels[-1], minlength=size).astype(np.int64))
    given = (equal_shares if allocation == "equal" else proportional_shares)(levels.pop(), rows)
    for parent in reversed(parents):
        counts = levels.pop()
        below = np.zeros(len(counts), dtype=np.int64)
        order = np.argsort(parent, kind="stable")
        ends = np.searchsorted(parent[order], np.arange(len(given) + 1))
        for cell in np.nonzero(given)[0]:
            children = order[ends[cell] : ends[cell + 1]]
            below[children] = equal_shares(counts[children], int(given[cell]))
        given = below
    return given


def shared_out(sizes: NDArray[np.int64], rows: int, allocation: str) -> NDArray[np.int64]:
    """Share rows out among groups, (C,) int64; all of them where there are no more.

    Args:
        sizes: (C,) int64 rows of each group.
        rows: How many to share out.
        allocation: One of `ALLOCATIONS`.

    Raises:
        ParameterError: ``allocation`` is neither.
    """
    check_allocation(allocation)
    share_out = equal_shares if allocation == "equal" else proportional_shares
    return share_out(sizes, min(rows, int(sizes.sum())))


class Planned(NamedTuple):
    """An order that takes every group's share first.

    Args:
        places: (m,) int64 positions in what was ordered, planned ones first.
        shares: (C,) int64 planned rows of each group; None where no number of rows is planned.
    """

    places: NDArray[np.int64]
    shares: NDArray[np.int64] | None


def planned_order(
    codes: NDArray[np.int64],
    groups: int,
    rows: int | None,
    allocation: str = "proportional",
    shares: NDArray[np.int64] | None = None,
) -> Planned:
    """Order candidates so that each group's share comes first, and then groups take turns.

    The first ``shares[c]`` candidates of each group c are planned, and keep their order. The
    others follow in turn: one of each group, or as often as the group is large. Without a number
    of rows to plan, all candidates are in turn.

    Args:
        codes: (m,) int64 group of each candidate, the candidates in order of preference.
        groups: Number of groups, C.
        rows: Rows to plan, at most m are; None for turns alone.
        allocation: One of `ALLOCATIONS`.
        shares: (C,) int64, the shares themselves, where something else has planned them.

    Raises:
        ParameterError: ``allocation`` is neither.
    """
    check_allocation(allocation)
    sizes = np.bincount(codes, minlength=groups)
    place = np.empty(len(codes), dtype=np.int64)
    by_group = group_order(codes, groups)
    place[by_group] = np.arange(len(codes)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    turn = place.astype(np.float64)
    if allocation == "proportional":
        turn = (place + 0.5) / sizes[codes]
    if shares is None and rows is not None:
        shares = shared_out(sizes, rows, allocation)
    if shares is not None:
        turn[place < shares[codes]] = -1.0
    return Planned(stable_order(turn), shares)


def leading(
    codes: NDArray[np.int64], shares: NDArray[np.int64], keys: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Find the rows that may be among the first of their group, without sorting all of them.

    Args:
        codes: (n,) int64 group of each row.
        shares: (C,) int64, how many rows of each group are wanted.
        keys: (n,) float64 without NaN, larger is better.

    Returns:
        (m,) int64 rows, ascending: the best ``shares[c]`` of each group c, and all that are equal
        to the last of them.
    """
    sizes = np.bincount(codes, minlength=len(shares))
    stops = np.cumsum(sizes)
    sorted_keys = keys[group_order(codes, len(shares))]
    bars = np.full(len(shares), np.inf)
    for group in np.flatnonzero(np.minimum(shares, sizes)).tolist():
        some = sorted_keys[stops[group] - sizes[group] : stops[group]]
        place = max(0, len(some) - int(shares[group]))
        bars[group] = np.partition(some, place)[place]
    return np.flatnonzero(keys >= bars[codes])


def share_order(codes: NDArray[np.int64], weights: NDArray[np.float64]) -> NDArray[np.int64]:
    """Order candidates so that every prefix holds the groups' shares, as far as they reach.

    The i-th candidate of a group is due when (i + 1/2) / weight of the group is. Groups of weight
    0 come last, in the order of the candidates.

    Args:
        codes: (m,) int64 group of each candidate, the candidates in order of preference.
        weights: (C,) float64, 0 or more.

    Returns:
        (m,) int64 positions in what was ordered.

    Source:
        Webster's rule, as in Balinski and Young (1982), Fair Representation.
    """
    sizes = np.bincount(codes, minlength=len(weights))
    place = np.empty(len(codes))
    by_group = group_order(codes, len(weights))
    place[by_group] = np.arange(len(codes)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    due = np.full(len(codes), np.inf)
    listed = weights[codes] > 0
    due[listed] = (place[listed] + 0.5) / weights[codes[listed]]
    return stable_order(due)


def check_allocation(allocation: str) -> None:
    """Refuse what is not one of `ALLOCATIONS`.

    Raises:
        ParameterError: It is not.
    """
    if allocation not in ALLOCATIONS:
        raise ParameterError("allocation", allocation, f"one of {ALLOCATIONS}")
