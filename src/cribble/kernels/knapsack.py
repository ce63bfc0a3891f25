"""Walk rows in order and pay for those that a cost budget with group minima can afford."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True)
def pay_in_order(
    order: NDArray[np.int64],
    codes: NDArray[np.int64],
    costs: NDArray[np.float64],
    room: NDArray[np.int64],
    budget: float,
    totals: NDArray[np.float64],
    needs: NDArray[np.int64],
    relief: NDArray[np.float64],
    ranked: NDArray[np.int64],
    place: NDArray[np.int64],
    start: NDArray[np.int64],
    tail: NDArray[np.int64],
    picked: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Pay for each row whose cost fits beside what the group minima still hold in reserve.

    All arrays from ``room`` on are brought up to date in place. O(m + len(ranked)) time; holds
    (m,) bytes.

    Args:
        order: (m,) unpicked rows, no repeats.
        codes: (n,) group of each row.
        costs: (n,) cost of each row, 0 or more.
        room: (C,) how many more rows each group may have.
        budget: What may be committed, spent and held together.
        totals: (2,) what is spent, and what is held in reserve.
        needs: (C,) how many rows each group's minimum still needs.
        relief: (C,) cost of the dearest reserved row of each group, 0 where it needs none.
        ranked: Rows of the groups with a minimum, by group, then cost.
        place: (n,) position of each row in ``ranked``.
        start: (C,) first position of each group in ``ranked``.
        tail: (C,) last reserved position of each group.
        picked: (n,) rows already paid for.

    Returns:
        (m,) bool, the rows that were paid for.
    """
    taken = np.zeros(len(order), dtype=np.bool_)
    for i in range(len(order)):
        row = order[i]
        code = codes[row]
        slack = max(budget - totals[0] - totals[1], 0.0)
        if room[code] <= 0 or costs[row] > slack + relief[code]:
            continue
        taken[i] = True
        picked[row] = True
        room[code] -= 1
        totals[0] += costs[row]
        if needs[code] == 0:
            continue
        needs[code] -= 1
        # A reserved row leaves the reserve itself; any other takes the place of the dearest.
        if place[row] <= tail[code]:
            totals[1] -= costs[row]
        else:
            totals[1] -= relief[code]
            tail[code] -= 1
        while tail[code] >= start[code] and picked[ranked[tail[code]]]:
            tail[code] -= 1
        relief[code] = costs[ranked[tail[code]]] if needs[code] > 0 else 0.0
    return taken
