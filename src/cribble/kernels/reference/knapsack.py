"""Twin of `cribble.kernels.knapsack`, from the definition of the reserve."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def pay_in_order(
    order: NDArray[np.int64],
    codes: NDArray[np.int64],
    costs: NDArray[np.float64],
    lower: NDArray[np.int64],
    upper: NDArray[np.int64],
    usable: NDArray[np.bool_],
    picked: list[int],
    budget: float,
) -> list[int]:
    """Add each row for which the set, completed by the cheapest rows its minima need, fits.

    Args:
        order: (m,) rows, no repeats.
        codes: (n,) group of each row.
        costs: (n,) cost of each row.
        lower: (C,) least number of picks per group.
        upper: (C,) largest number of picks per group.
        usable: (n,) rows that may be picked.
        picked: Rows picked before.
        budget: What the picks may cost together.

    Returns:
        All picks, in the order they were added.
    """
    picks = list(picked)
    for row in order:
        trial = [*picks, int(row)]
        total = costs[trial].sum()
        counts = np.bincount(codes[trial], minlength=len(lower))
        for code in range(len(lower)):
            free = np.nonzero(usable & (codes == code) & ~np.isin(np.arange(len(codes)), trial))[0]
            need = max(0, lower[code] - counts[code])
            total += np.sort(costs[free])[:need].sum()
        if row not in picks and usable[row] and (counts <= upper).all() and total <= budget:
            picks = trial
    return picks
