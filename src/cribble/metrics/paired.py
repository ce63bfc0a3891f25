"""Paired differences over repeats: how far one method is from another, and how sure that is."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from cribble.core import stream
from cribble.core.errors import ParameterError

_RESAMPLES = 9_999


def bootstrap_interval(
    differences: NDArray[np.float64], risk: float = 0.05, *, overlap: float = 0.0, seed: int = 0
) -> tuple[float, float]:
    """Interval of the mean of paired differences, by the symmetric bootstrap-t.

    Repeats that split the same rows anew are not independent: they share what they learn from and
    what they are judged on. With an overlap the interval is widened by sqrt(1 + r * overlap), so
    that more repeats cannot make up for rows that are not there.

    Args:
        differences: (r,) one a repeat, r >= 2.
        risk: Chance that the interval misses, in (0, 1); divide it by the number of intervals
            that are read together (Bonferroni).
        overlap: Rows judged on for each row chosen from, such as 0.25; 0 for independent repeats.
        seed: Seed of the resamples.

    Returns:
        Lower and upper end; infinite where so few repeats cannot tell at this risk.

    Raises:
        ParameterError: There are fewer than 2 differences, or ``risk`` is outside (0, 1).

    Source:
        Hall (1988), doi:10.1214/aos/1176350933; overlap: Nadeau and Bengio (2003),
        doi:10.1023/A:1024068626366.
    """
    values = np.asarray(differences, dtype=np.float64)
    if len(values) < 2:
        raise ParameterError("differences", f"{len(values)} values", "at least 2")
    if not 0 < risk < 1:
        raise ParameterError("risk", risk, "above 0 and below 1")
    mean, error = _mean_and_error(values[None])
    center, spread = float(mean[0]), float(error[0])
    if spread <= 1e-12 * abs(center):
        return center, center
    draws = stream(seed, "bootstrap").integers(len(values), size=(_RESAMPLES, len(values)))
    means, errors = _mean_and_error(values[draws])
    with np.errstate(divide="ignore", invalid="ignore"):
        # A resample of equal values has no error: it stands for any distance.
        ratios = np.where(errors > 1e-12 * spread, np.abs(means - center) / errors, np.inf)
    rank = math.ceil((1 - risk) * (_RESAMPLES + 1))
    reach = float(np.sort(ratios)[rank - 1]) if rank <= _RESAMPLES else math.inf
    reach *= spread * math.sqrt(1 + len(values) * overlap)
    return center - reach, center + reach


def _mean_and_error(
    values: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and standard error of each row."""
    error = values.std(axis=1, ddof=1) / math.sqrt(values.shape[1])
    return values.mean(axis=1), error
