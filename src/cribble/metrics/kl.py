"""How far one histogram is from another, in nats."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SMOOTHING = 1e-2


def kl_divergence(
    p: NDArray[np.int64], q: NDArray[np.int64], smoothing: float = SMOOTHING
) -> float:
    """Kullback-Leibler divergence between two smoothed histograms, in nats.

    Args:
        p: (b,) counts of the reference.
        q: (b,) counts of the approximation.
        smoothing: Added to every count of both; above 0, as an empty bucket of ``q`` alone would
            make the divergence infinite.
    """
    reference = (p + smoothing) / (p.sum() + smoothing * len(p))
    other = (q + smoothing) / (q.sum() + smoothing * len(q))
    return float(np.sum(reference * np.log(reference / other)))


def kl_error(p: NDArray[np.int64], q: NDArray[np.int64], smoothing: float = SMOOTHING) -> float:
    """Standard error of `kl_divergence`, in nats, by the delta method.

    It takes the counts as independent draws. Words of one text are not: where texts are long, the
    error is too small, and random subsets tell more.

    Args:
        p: (b,) counts of the reference.
        q: (b,) counts of the approximation.
        smoothing: Added to every count of both.
    """
    reference = (p + smoothing) / (p.sum() + smoothing * len(p))
    other = (q + smoothing) / (q.sum() + smoothing * len(q))
    logs = np.log(reference / other)
    ratios = reference / other
    from_reference = reference @ logs**2 - (reference @ logs) ** 2
    from_other = reference @ ratios - 1
    total = from_reference / max(1, p.sum()) + from_other / max(1, q.sum())
    return float(np.sqrt(max(0.0, total)))


def kl_reduction(
    target: NDArray[np.int64],
    chosen: NDArray[np.int64],
    random: NDArray[np.int64],
    smoothing: float = SMOOTHING,
) -> float:
    """How much nearer the chosen rows are to a target than random rows, in nats.

    The divergence of a small set is biased upward, so the number is fair only where ``chosen``
    and ``random`` count about equally many n-grams.

    Args:
        target: (b,) counts of the target.
        chosen: (b,) counts of the chosen rows.
        random: (b,) counts of random rows.
        smoothing: Added to every count.

    Returns:
        KL(target || random) - KL(target || chosen); above 0 where the choice beat random.

    Source:
        Xie et al. (2023), arXiv:2302.03169.
    """
    return kl_divergence(target, random, smoothing) - kl_divergence(target, chosen, smoothing)
