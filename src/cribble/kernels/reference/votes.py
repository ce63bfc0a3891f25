"""Twin of `cribble.kernels.votes`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import rel_entr


def neighbor_votes(
    X: NDArray[Any],
    found: NDArray[np.int32],
    labels: NDArray[np.int64],
    halves: NDArray[np.uint32],
    members: int,
    few: int,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Scores (n, 5) and own, rival and close (n, 3), each by its definition."""
    n, classes = len(X), int(labels.max(initial=0)) + 1
    scores, tallies = np.empty((n, 5)), np.empty((n, 3), dtype=np.int64)
    for row in range(n):
        near = np.sort(found[row][found[row] < n])
        gaps = np.linalg.norm(X[near].astype(np.float64) - X[row], axis=1)
        same = labels[near] == labels[row]
        farthest = gaps.max(initial=0.0)
        to_own, to_other = (gaps[mask].min(initial=farthest) for mask in (same, ~same))
        whole = np.bincount(labels[near], minlength=classes)
        in_half = (halves[near][:, None] >> np.arange(members, dtype=np.uint32)) & 1 == 1
        counts = [np.bincount(labels[near[half]], minlength=classes) for half in in_half.T]
        votes = np.array([(c + 1 / classes) / (c.sum() + 1) for c in counts])
        vote = (whole + 1 / classes) / (whole.sum() + 1)
        others = np.delete(whole, labels[row])
        own, rival = int(whole[labels[row]]), int(others.max(initial=0))
        mean = votes.mean(axis=0)
        scores[row] = (
            (to_other - to_own) / 2,
            -np.mean([(rel_entr(p, vote) + rel_entr(vote, p)).sum() for p in votes]),
            -np.mean([rel_entr(p, mean).sum() for p in votes]),
            votes.max(axis=1).mean(),
            _privacy(own, others, classes),
        )
        first = np.argsort(gaps, kind="stable")[:few]
        tallies[row] = own, rival, same[first].sum()
    return scores, tallies


def _privacy(own: int, others: NDArray[np.int64], classes: int) -> float:
    if classes == 1:
        return 0.0
    if own <= others.max():
        return float(-(2 * np.log(9 * classes) + 1 + others.max() - own))

    def doubt(epsilon: float) -> float:
        return float(np.exp(epsilon * (others - own) / 2).sum() - 1 / 9)

    return -float(brentq(doubt, 0, 2 * np.log(9 * classes), xtol=1e-12))
