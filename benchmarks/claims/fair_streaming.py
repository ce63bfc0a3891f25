"""Fair streaming: two passes under group limits come close to greedy on the whole pool."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_digits

from cribble import core
from cribble.selectors.constrained.fair_streaming import FairStreaming
from cribble.selectors.diversity.facility_location import FacilityLocation


def run() -> dict[str, object]:
    """Compare with greedy under the same limits, 50 digits, over five orders of the stream."""
    data = load_digits()
    least = {str(digit): 3 for digit in range(10)}
    most = {str(digit): 6 for digit in range(10)}
    budget = core.Budget(rows=50, at_least={"digit": least}, at_most={"digit": most})
    shares, counts, swaps = [], [], []
    for seed in range(5):
        order = np.random.default_rng(seed).permutation(len(data.data))
        labels = data.target[order]
        pool = core.Pool.from_array(data.data[order], groups={"digit": labels})
        greedy = FacilityLocation().select(pool, budget)
        chosen = FairStreaming(reference=len(order)).select(pool, budget)
        shares.append(float(chosen.value or 0) / float(greedy.value or 1))
        counts.append(np.bincount(labels[chosen.indices], minlength=10))
        swaps.append(chosen.stats["swaps"])
    low, high = int(np.min(counts)), int(np.max(counts))
    return {
        "method": "fair-streaming",
        "paper_says": "El Halabi et al. (2023): two passes meet group limits, with values close "
        "to those of algorithms that see all rows",
        "we_saw": f"{min(shares):.3f} to {max(shares):.3f} of greedy under the same limits, "
        f"{low} to {high} of a digit (3 to 6 asked), {min(swaps)} to {max(swaps)} swaps (digits, "
        "five orders, k = 50)",
        "holds": bool(min(shares) > 0.85 and low >= 3 and high <= 6),
    }
