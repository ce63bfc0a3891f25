"""What a model that was trained on the whole pool says of the rows that were picked."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core import Groups
from cribble.core.errors import SignalError
from cribble.metrics import entropy
from cribble.report.measures import Measure
from cribble.signals.difficulty import TrainingLog

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
        log: (e, n, C) probabilities of each class, epoch after epoch.
        labels: The classes. Names that are whole numbers are the columns of the log; others are
            its columns in alphabetical order.

    Raises:
        SignalError: The log does not fit the pool or the labels, or is not finite.
    """

    measures = (MARGIN, NEVER, EVENNESS)

    def __init__(self, log: NDArray[Any], labels: Groups) -> None:
        log = np.asarray(log)
        if log.ndim != 3 or log.shape[1] != len(labels.codes):
            raise SignalError(
                "model log",
                f"its shape is {log.shape} for {len(labels.codes):,} rows",
                "hand over (epochs, rows, classes) probabilities",
            )
        whole = all(name.isdecimal() for name in labels.names)
        columns = np.array([int(name) for name in labels.names]) if whole else _ranks(labels.names)
        seen = TrainingLog(columns[labels.codes])
        for outputs in log:
            seen.add(outputs)
        self._margins = seen.aum(mean=True)
        self._never = seen.forgetting() > len(log)
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


def _ranks(names: tuple[str, ...]) -> NDArray[np.int64]:
    ranks = np.empty(len(names), dtype=np.int64)
    ranks[np.argsort(np.array(names), kind="stable")] = np.arange(len(names))
    return ranks
