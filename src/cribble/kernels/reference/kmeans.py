"""K-means as it is defined: every distance, in float64, every round."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def unit_rows(x: NDArray[Any]) -> NDArray[np.float64]:
    """Scale rows to length 1; zero rows stay."""
    wide = np.asarray(x, dtype=np.float64)
    lengths = np.linalg.norm(wide, axis=1, keepdims=True)
    return wide / np.where(lengths > 0, lengths, 1)


def nearest_centers(
    x: NDArray[Any], centers: NDArray[Any]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Nearest center of each row, the lowest among equals, and the squared distance to it.

    Holds n k d numbers.
    """
    gaps = np.asarray(x, dtype=np.float64)[:, None] - np.asarray(centers, dtype=np.float64)[None]
    squares = (gaps**2).sum(axis=2)
    return squares.argmin(axis=1), squares.min(axis=1)


def lloyd(
    x: NDArray[Any], centers: NDArray[Any], iterations: int
) -> tuple[NDArray[np.float32], NDArray[np.int64], float, int]:
    """Lloyd's rounds; a center without rows moves to the row farthest from its own center."""
    centers = np.array(centers, dtype=np.float32)
    before = np.full(len(x), -1)
    for done in range(iterations + 1):
        label, squares = nearest_centers(x, centers)
        if done == iterations or np.array_equal(label, before):
            break
        before = label
        counts = np.bincount(label, minlength=len(centers))
        far = iter(np.argsort(-squares, kind="stable"))
        for c in range(len(centers)):
            rows = x[label == c] if counts[c] else x[next(far)][None]
            centers[c] = rows.sum(axis=0, dtype=np.float64) / len(rows)
    return centers, label, float(squares.sum()), done


def draw_chances(x: NDArray[Any], seeds: list[int]) -> NDArray[np.float64]:
    """Chance of each row to be the next k-means++ seed, (n,)."""
    if not seeds:
        return np.full(len(x), 1 / len(x))
    squares = nearest_centers(x, np.asarray(x)[seeds])[1]
    chances: NDArray[np.float64] = squares / squares.sum()
    return chances
