"""Where a curve says that more rows are not worth it: two rules, both to the fewest rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_ROUNDING = 1e-12


def knee(sizes: NDArray[Any], values: NDArray[np.float64]) -> int | None:
    """Find where a curve stops paying: the point farthest from its chord.

    The chord runs from the first point to the last, on a logarithmic axis of sizes. Only points
    on the side of diminishing returns count: above the chord of a curve that rises, below that
    of one that falls.

    Args:
        sizes: (m,) ascending, above 0.
        values: (m,) float64.

    Returns:
        The position of the knee, the first among equals; None where no point lies on that side.

    Source:
        Satopää et al. (2011), doi:10.1109/ICDCSW.2011.20, with the chord as the reference.
    """
    if len(sizes) < 3 or values[0] == values[-1]:
        return None
    along = np.log(np.asarray(sizes, dtype=np.float64))
    along = (along - along[0]) / (along[-1] - along[0])
    gaps = (values - values[0]) / (values[-1] - values[0]) - along
    most = float(gaps.max())
    return int(np.argmax(gaps >= most - _ROUNDING)) if most > _ROUNDING else None


def within_one_error(losses: NDArray[np.float64], errors: NDArray[np.float64]) -> int:
    """Find the first point that is no worse than the best by more than one standard error.

    Args:
        losses: (m,) float64, the lower the better, by ascending size.
        errors: (m,) float64 standard errors of the difference of each to the best. All are judged
            on the same rows, so that what makes some of these hard for all is no error here.

    Returns:
        Its position.

    Source:
        The one-standard-error rule of Breiman et al. (1984), doi:10.1201/9781315139470, paired.
    """
    best = int(np.argmin(losses))
    return int(np.argmax(losses <= losses[best] + errors))
