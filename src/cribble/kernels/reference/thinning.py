"""Twins of `cribble.kernels.gaussian` and `cribble.kernels.thinning`, on whole kernel matrices."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def gaussian_matrix(x: NDArray[Any], y: NDArray[Any]) -> NDArray[np.float64]:
    """Evaluate exp(-|x - y|^2 / 2) for all columns of (d, m) and (d, q), (m, q)."""
    gaps = x.astype(np.float64).T[:, None] - y.astype(np.float64).T[None]
    matrix: NDArray[np.float64] = np.exp(-0.5 * (gaps**2).sum(axis=2))
    return matrix


def split(
    kernel: NDArray[np.float64], bound: float, draws: NDArray[np.float64]
) -> tuple[list[int], list[int]]:
    """Split rows 0 to m - 1 in order, by their kernel matrix."""
    sides: tuple[list[int], list[int]] = ([], [])
    spread = 0.0
    for i, draw in enumerate(draws):
        pair = [2 * i, 2 * i + 1]
        apart = kernel[pair[0], pair[0]] + kernel[pair[1], pair[1]] - 2 * kernel[pair[0], pair[1]]
        step = max((spread * apart * bound) ** 0.5, apart) or 1.0
        spread += 2 * apart * max(0.0, 0.5 + (apart / (2 * step) - 1) * spread / step)
        pulls = [kernel[row, sides[1]].sum() - kernel[row, sides[0]].sum() for row in pair]
        swap = int(draw < 0.5 * (1 - (pulls[0] - pulls[1]) / step))
        sides[0].append(pair[swap])
        sides[1].append(pair[1 - swap])
    return sides


def mean_distance(
    kernel: NDArray[np.float64], mean: NDArray[np.float64], picks: list[int]
) -> float:
    """The squared distance of the picks' kernel mean, less what is the same for all picks."""
    return float(kernel[np.ix_(picks, picks)].mean() - 2 * mean[picks].mean())


def refine(
    kernel: NDArray[np.float64],
    mean: NDArray[np.float64],
    picks: list[int],
    count: int,
    rounds: int,
) -> list[int]:
    """Drop picks, then replace them in turn, by trying every one."""
    while len(picks) > count:
        tries = [picks[:i] + picks[i + 1 :] for i in range(len(picks))]
        picks = min(tries, key=lambda one: mean_distance(kernel, mean, one))
    for _ in range(rounds):
        for i, own in enumerate(picks):
            rest = picks[:i] + picks[i + 1 :]
            rows = [own, *(row for row in range(len(kernel)) if row not in picks)]
            near = [mean_distance(kernel, mean, [*rest, row]) for row in rows]
            picks[i] = rows[int(np.argmin(near))]
    return picks
