"""MMR: less repetition among the picks, for a little quality."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_digits

from cribble.core import Budget, Pool
from cribble.selectors.diversity.mmr import Mmr


def run() -> dict[str, object]:
    """Pick 50 digits by the sum of their pixels, alone and with MMR; measure repetition."""
    X = load_digits().data
    quality = X.sum(axis=1)
    pool = Pool.from_array(X, signals={"quality": quality})
    unit = X / np.linalg.norm(X, axis=1, keepdims=True)

    def sides(lam: float) -> tuple[float, float]:
        rows = Mmr(lam=lam).select(pool, Budget(rows=50)).indices
        near = unit[rows] @ unit[rows].T - 2 * np.eye(len(rows))
        return float(quality[rows].mean()), float(near.max(axis=1).mean())

    top, repeated = sides(1.0)
    both, fresh = sides(0.5)
    return {
        "method": "mmr",
        "paper_says": "Carbonell and Goldstein (1998): redundancy falls while relevance is kept",
        "we_saw": f"50 of 1797 digits: mean largest cosine {fresh:.3f} at lambda 0.5, "
        f"{repeated:.3f} by quality alone; mean quality {both:.0f} against {top:.0f} "
        f"(pool {quality.mean():.0f})",
        "holds": bool(fresh < repeated and both > quality.mean()),
    }
