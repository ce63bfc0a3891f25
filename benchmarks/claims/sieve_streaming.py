"""Sieve-streaming: most of greedy's value from one pass that holds few rows."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_digits

from cribble import core
from cribble.selectors.constrained.sieve_streaming import SieveStreaming
from cribble.selectors.diversity.facility_location import FacilityLocation


def run() -> dict[str, object]:
    """Compare one pass with greedy, at 10 and 50 digits, over five orders of the stream."""
    X = load_digits().data
    told, holds = [], True
    for k in (10, 50):
        greedy = FacilityLocation().select(core.Pool.from_array(X), core.Budget(rows=k))
        shares, held, proven = [], [], []
        for seed in range(5):
            order = np.random.default_rng(seed).permutation(len(X))
            pool = core.Pool.from_array(X[order])
            chosen = SieveStreaming(reference=len(X)).select(pool, core.Budget(rows=k))
            shares.append(float(chosen.value or 0) / float(greedy.value or 1))
            proven.append(float(chosen.certified or 0))
            held.append(chosen.stats["held"])
        told.append(
            f"k = {k}: {min(shares):.3f} to {max(shares):.3f} of greedy, certified at least "
            f"{min(proven):.2f}, at most {max(held)} of {len(X):,} rows held"
        )
        holds = holds and min(shares) > 0.9 and max(held) < len(X) / 5 and min(proven) > 0.45
    return {
        "method": "sieve-streaming",
        "paper_says": "Kazemi et al. (2019): one pass, O(k) rows held, at least 1/2 - eps of the "
        "optimum, and in practice close to greedy",
        "we_saw": f"{'; '.join(told)} (digits, five orders)",
        "holds": bool(holds),
    }
