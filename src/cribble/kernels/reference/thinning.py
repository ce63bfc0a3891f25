"""Twin of `cribble.kernels.thinning`, on the whole kernel matrix."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


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
