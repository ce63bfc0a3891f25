"""Costs that are not known for sure: what to charge so that a budget holds all the same."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core.errors import ParameterError, SignalError


def safe_costs(mean: NDArray[Any], spread: NDArray[Any], risk: float = 0.05) -> NDArray[np.float64]:
    """Charge each row so that picks within a budget overrun it with a chance of at most ``risk``.

    A row is charged its mean + sqrt((1 - risk) / risk) standard deviations. The standard deviation
    of a sum is at most the sum of the standard deviations, and Cantelli's inequality bounds how
    often the sum exceeds its mean by so much, whatever the costs' distributions and however they
    depend on one another. Real costs are never negative, so the sum only grows, and the same
    chance covers all times at once: it is safe to stop after any pick. Charges add up as costs
    do, so that every method takes them as its cost column, and certificates stay valid for them.

    Args:
        mean: (n,) expected cost of each row, 0 or more.
        spread: (n,) standard deviation of each cost, 0 or more, in the same unit.
        risk: Largest chance of an overrun, in (0, 1).

    Returns:
        (n,) float64, in the same unit.

    Raises:
        ParameterError: ``risk`` is outside (0, 1), or the lengths differ.
        SignalError: A mean or spread is negative or not finite.

    Source:
        Chance constraints on submodular functions, Doerr et al. (2020), arXiv:1911.11451.
    """
    if not 0 < risk < 1:
        raise ParameterError("risk", risk, "above 0 and below 1")
    mean, spread = np.asarray(mean, dtype=np.float64), np.asarray(spread, dtype=np.float64)
    if mean.shape != spread.shape or mean.ndim != 1:
        raise ParameterError("spread", spread.shape, f"of shape {mean.shape}, one number a row")
    for name, values in (("mean cost", mean), ("spread of cost", spread)):
        if len(bad := np.nonzero(~(np.isfinite(values) & (values >= 0)))[0]):
            raise SignalError(name, f"row {bad[0]} has {values[bad[0]]:.6g}", "it is 0 or more")
    charged: NDArray[np.float64] = mean + np.sqrt((1 - risk) / risk) * spread
    return charged
