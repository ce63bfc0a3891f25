"""How hard each row is to learn, from what a model said of it at every epoch.

The log of a training run has one (n, C) table an epoch. It is read once, in blocks, and only
running sums are kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cribble.core import Groups
from cribble.core.errors import ParameterError, SignalError

if TYPE_CHECKING:
    from cribble.data.training_log import ModelLog


class TrainingLog:
    """Running sums over the epochs of a training run; every score is (n,) float64.

    Memory: 34 bytes a row, however many epochs and classes there are.

    Args:
        labels: (n,) integer class of each row, in [0, C).
        el2n_epochs: How many of a row's first epochs EL2N sums over.
        logits: Whether outputs are logits. The margins are then taken of the logits, and EL2N of
            their softmax.

    Source:
        AUM: Pleiss et al. (2020), arXiv:2001.10528. EL2N: Paul et al. (2021), arXiv:2107.07075.
        Forgetting: Toneva et al. (2019), arXiv:1812.05159.
    """

    def __init__(
        self, labels: NDArray[Any], *, el2n_epochs: int = 10, logits: bool = False
    ) -> None:
        self.labels = np.asarray(labels)
        if self.labels.ndim != 1 or self.labels.dtype.kind not in "iu":
            raise SignalError(
                "label", f"it is {self.labels.dtype} {self.labels.shape}", "give one class a row"
            )
        size = len(self.labels)
        self.el2n_epochs = el2n_epochs
        self.logits = logits
        self.epochs = np.zeros(size, dtype=np.int64)
        self._margins = np.zeros(size)
        self._last_margin = np.zeros(size)
        self._errors = np.zeros(size)
        self._forgets = np.zeros(size, dtype=np.int64)
        self._right = np.zeros(size, dtype=bool)
        self._learned = np.zeros(size, dtype=bool)

    def add(self, outputs: NDArray[Any], rows: int | NDArray[np.int64] = 0) -> None:
        """Take in what the model said of some rows at the next epoch of these rows.

        Args:
            outputs: (m, C) probabilities, or logits.
            rows: (m,) the rows, no repeats; or the first of as many consecutive ones.

        Raises:
            ParameterError: The rows lie outside the log.
            SignalError: A label has no column, or an output is not finite.
        """
        if isinstance(rows, (int, np.integer)):
            rows = np.arange(rows, rows + len(outputs))
        if len(rows) and not (rows.min() >= 0 and rows.max() < len(self.labels)):
            found = f"from {rows.min()} to {rows.max()}"
            raise ParameterError("rows", found, f"in [0, {len(self.labels)})")
        wide = np.asarray(outputs, dtype=np.float64)
        label = self.labels[rows]
        if not np.isfinite(wide).all():
            raise SignalError("outputs", "one is NaN or infinite", "mend the training run")
        if len(label) and not (label.min() >= 0 and label.max() < wide.shape[1]):
            raise SignalError("label", f"one is not in [0, {wide.shape[1]})", "mend the labels")
        at = np.arange(len(wide))
        own = wide[at, label]
        others = wide.copy()
        others[at, label] = -np.inf
        margin = own - others.max(axis=1, initial=-np.inf) if wide.shape[1] > 1 else own
        self._margins[rows] += margin
        self._last_margin[rows] = margin
        chances = _softmax(wide) if self.logits else wide
        chances = chances - (np.arange(wide.shape[1]) == label[:, None])
        early = self.epochs[rows] < self.el2n_epochs
        self._errors[rows] += np.where(early, np.sqrt((chances**2).sum(axis=1)), 0.0)
        right = wide.argmax(axis=1) == label
        self._forgets[rows] += self._right[rows] & ~right
        self._learned[rows] |= right
        self._right[rows] = right
        self.epochs[rows] += 1

    def aum(self, *, mean: bool = False) -> NDArray[np.float64]:
        """Area under the margin: own output less the largest other, summed over epochs.

        Low is hard or mislabeled. The source averages the margins of logits; coverage-centric
        selection (arXiv:2210.15809) sums those of probabilities.
        """
        return self._margins / np.maximum(self.epochs, 1) if mean else self._margins.copy()

    def margin(self) -> NDArray[np.float64]:
        """The margin at the last epoch; low is hard."""
        return self._last_margin.copy()

    def el2n(self) -> NDArray[np.float64]:
        """Length of the error vector, summed over the first epochs; high is hard."""
        return self._errors.copy()

    def forgetting(self) -> NDArray[np.float64]:
        """How often a row went from right to wrong; high is hard.

        A row that was never right counts one more than the epochs it was seen for: the source
        gives it infinity, and a plain count would make it look easy.
        """
        return np.where(self._learned, self._forgets, self.epochs + 1).astype(np.float64)


@dataclass(frozen=True, eq=False, slots=True)
class Difficulty:
    """What a whole log says of every row; the methods of `TrainingLog` tell of each.

    Args:
        aum: (n,) float64 mean margin over the epochs.
        el2n: (n,) float64.
        forgetting: (n,) float64.
        margin: (n,) float64.
        epochs: How many epochs there were.
    """

    aum: NDArray[np.float64]
    el2n: NDArray[np.float64]
    forgetting: NDArray[np.float64]
    margin: NDArray[np.float64]
    epochs: int

    @property
    def never_learned(self) -> NDArray[np.bool_]:
        """(n,) whether the model was never right."""
        return self.forgetting > self.epochs


def difficulty_of(log: ModelLog, labels: Groups) -> Difficulty:
    """Read a log from end to end.

    Args:
        log: The log.
        labels: Class of each row. Names that are whole numbers are the columns of the log; others
            are its columns in alphabetical order.

    Raises:
        SignalError: A label has no column, or an output is not finite.
        DataError: The log misses a row, or holds what is no probability.
    """
    seen = TrainingLog(_columns_of(labels, log.classes), logits=log.logits)
    for block in log.blocks():
        seen.add(block.outputs, block.rows)
    return Difficulty(
        seen.aum(mean=True), seen.el2n(), seen.forgetting(), seen.margin(), log.epochs
    )


def _columns_of(labels: Groups, classes: int) -> NDArray[np.int64]:
    if all(name.isdecimal() for name in labels.names):
        return np.array([int(name) for name in labels.names], dtype=np.int64)[labels.codes]
    if len(labels.names) != classes:
        raise SignalError(
            "label",
            f"it has {len(labels.names)} names, and the model log {classes} classes",
            "label the rows with the numbers of the log's columns",
        )
    places = np.empty(classes, dtype=np.int64)
    places[np.argsort(np.array(labels.names), kind="stable")] = np.arange(classes)
    return places[labels.codes]


def _softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    chances: NDArray[np.float64] = raised / raised.sum(axis=1, keepdims=True)
    return chances
