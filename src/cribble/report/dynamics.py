"""What a model that was trained on the whole pool says of the rows that were picked."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cribble.metrics import entropy
from cribble.report.measures import Measure
from cribble.signals.difficulty import Difficulty

_STRATA = 10

MARGIN = Measure(
    "mean_margin",
    "Mean margin in the training log",
    "the mean margin in the training log",
    "",
    least=-np.inf,
)
NEVER = Measure(
    "never_learned",
    "Picks that the logged model never got right",
    "the share of picks that the logged model never got right",
    "lower",
)
EVENNESS = Measure(
    "balance:difficulty",
    "Evenness over ten levels of difficulty",
    "the evenness over ten levels of difficulty",
    "",
)


class Dynamics:
    """The difficulty of every row, from the log of a training run on the whole pool.

    The log tells how hard the picks were for a model that saw all rows. It cannot tell how a
    model would do that sees the picks alone, so it never decides a verdict.

    Args:
        log: What the log says of each row of the pool.
    """

    measures = (MARGIN, NEVER, EVENNESS)

    def __init__(self, log: Difficulty) -> None:
        self._margins, self._never = log.aum, log.never_learned
        order = np.argsort(self._margins, kind="stable")
        self._strata = np.empty(len(order), dtype=np.int64)
        self._strata[order] = np.arange(len(order)) * _STRATA // max(1, len(order))

    def measure(self, picks: NDArray[np.int64]) -> dict[str, float]:
        """Measure one subset of at least one row."""
        return {
            MARGIN.name: float(self._margins[picks].mean()),
            NEVER.name: float(self._never[picks].mean()),
            EVENNESS.name: entropy(self._strata[picks], _STRATA),
        }
