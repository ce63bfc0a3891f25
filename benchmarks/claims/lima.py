"""LiMA: growing an order from both ends takes fewer evaluations than from one."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_digits

from cribble import core
from cribble.objectives.facility_location import Affinity, FacilityLocation
from cribble.selectors.diversity.lima import Lima


def run() -> dict[str, object]:
    """Order 49 and 400 digits; compare with greedy and with 20 random orders."""
    told, savings, holds = [], [], True
    for rows in (49, 400):
        X = load_digits().data[:rows]
        pool = core.Pool.from_array(X)
        affinity = Affinity.of(X, "phantom")

        def area(order: np.ndarray, affinity: Affinity = affinity) -> float:
            """Mean share of the whole value over the first 1, 2, ... rows of the order."""
            objective = FacilityLocation(affinity)
            values = np.cumsum([objective.add(int(row)) for row in order])
            return float(values.mean() / values[-1])

        order = Lima().select(pool, core.Budget(rows=rows))
        # With all rows pending it is plain greedy.
        greedy = Lima(pending=rows).select(pool, core.Budget(rows=rows))
        random = [area(np.random.default_rng(seed).permutation(rows)) for seed in range(20)]
        ours, best = area(order.indices), area(greedy.indices)
        savings.append(greedy.stats["evaluations"] / order.stats["evaluations"])
        told.append(
            f"{rows} digits: {savings[-1]:.2f} times fewer evaluations, mean share of the value "
            f"along the order {ours:.4f} (greedy {best:.4f}, random {np.mean(random):.4f})"
        )
        holds = holds and ours > max(random)
    return {
        "method": "lima",
        "paper_says": "Chen et al. (2025): ordering from both ends is 1.6 times faster than naive "
        "greedy",
        "we_saw": "; ".join(told),
        "holds": bool(holds and savings[1] > 1.6),
    }
