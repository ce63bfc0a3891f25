"""DPP MAP: greedy finds far larger volumes than chance, up to the rank of the kernel."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_digits

from cribble.core import Budget, Pool
from cribble.selectors.diversity.dpp_map import DppMap


def run() -> dict[str, object]:
    """Compare log-determinants of 50 digits, and ask for more than the rank."""
    X = load_digits().data
    pool = Pool.from_array(X)
    unit = X / np.linalg.norm(X, axis=1, keepdims=True)

    def volume(rows: np.ndarray) -> float:
        return float(np.linalg.slogdet(unit[rows] @ unit[rows].T)[1])

    ours = volume(DppMap().select(pool, Budget(rows=50)).indices)
    draws = [np.random.default_rng(seed).choice(len(X), 50, replace=False) for seed in range(20)]
    best = max(volume(rows) for rows in draws)
    more = DppMap().select(pool, Budget(rows=100))
    return {
        "method": "dpp-map",
        "paper_says": "Chen et al. (2018): greedy search stops at the rank of the kernel "
        "(61 for the cosines of the digits)",
        "we_saw": f"log det {ours:.0f} for 50 of 1797 digits, the best of 20 random sets "
        f"{best:.0f}; of 100 picks, rank {more.stats['rank']}",
        "holds": bool(ours > best and more.stats["rank"] == 61),
    }
