"""Sets that are independent in two matroids at once, as large as can be."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

Independent = Callable[[list[int]], bool]
"""Tells whether some rows are independent in a matroid."""


def largest_common(
    rows: Iterable[int],
    one: Independent,
    other: Independent,
    start: Iterable[int] = (),
    most: int | None = None,
) -> list[int]:
    """Find a largest set that is independent in both of two matroids.

    Rows are added as they come as long as one fits as it is, and then along shortest augmenting
    paths, which exchange rows. About (rows * k) questions to the matroids a path.

    Args:
        rows: The rows.
        one: The first matroid.
        other: The second matroid.
        start: A set that is independent in both; it may be exchanged along the way.
        most: Stop at so many rows; None for as many as can be.

    Returns:
        The set, in no particular order.

    Source:
        Edmonds (1970), Submodular Functions, Matroids, and Certain Polyhedra; Lawler (1975),
        doi:10.1007/BF01681329.
    """
    found = list(start)
    others = [row for row in rows if row not in set(found)]
    for row in list(others):
        if most is not None and len(found) >= most:
            return found
        if one([*found, row]) and other([*found, row]):
            found.append(row)
            others.remove(row)
    while most is None or len(found) < most:
        path = _augmenting_path(found, others, one, other)
        if path is None:
            break
        flipped = set(path)
        found, others = (
            [row for row in found if row not in flipped] + path[::2],
            [row for row in others if row not in flipped] + path[1::2],
        )
    return found


def _augmenting_path(
    found: list[int], others: list[int], one: Independent, other: Independent
) -> list[int] | None:
    """Find a shortest path of rows that enter and leave by turns, from one matroid to the other."""
    came: dict[int, int | None] = {row: None for row in others if one([*found, row])}
    wave = deque(came)
    inside = set(found)
    while wave:
        row = wave.popleft()
        if row in inside:
            # The row leaves: who may enter in its place, as far as the first matroid goes?
            rest = [held for held in found if held != row]
            following = [new for new in others if new not in came and one([*rest, new])]
        elif other([*found, row]):
            path = [row]
            while (before := came[path[-1]]) is not None:
                path.append(before)
            return path
        else:
            # The row enters: who must leave for it, as far as the second matroid goes?
            following = [
                held
                for held in found
                if held not in came and other([*(kept for kept in found if kept != held), row])
            ]
        came.update(dict.fromkeys(following, row))
        wave.extend(following)
    return None
