"""A selection as a sampler of PyTorch."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cribble.core import Selection, stream
from cribble.core.errors import ParameterError


class SelectionSampler:
    """Yields the chosen row numbers, for ``DataLoader(dataset, sampler=SelectionSampler(chosen))``.

    The dataset stays whole, and each row keeps its number. Each time it is gone through is an
    epoch, with an order of its own that hangs on the seed and the number of the epoch alone:
    ``set_epoch`` makes all processes of a distributed training agree, and a run that was stopped
    go on. A loader asks a sampler for an iterator and a length and nothing else, so that PyTorch
    need not be there.

    Args:
        chosen: The rows.
        order: "shuffled" anew each epoch, or "picked" or "pool" in every one.
        weighted: Draw each of the k rows of an epoch by the weights of the selection, with
            replacement, instead of every row once.
        seed: Seed of order and draws.

    Raises:
        ParameterError: The order is unknown, or the selection has no weights to draw by.
    """

    def __init__(
        self,
        chosen: Selection,
        *,
        order: str = "shuffled",
        weighted: bool = False,
        seed: int = 0,
    ) -> None:
        if order not in ("shuffled", "picked", "pool"):
            raise ParameterError("order", order, "'shuffled', 'picked' or 'pool'")
        if weighted and (chosen.weights is None or not chosen.weights.sum() > 0):
            found = f"given, but {chosen.method} gives no weights above 0"
            raise ParameterError("weighted", found, "left out, or a method with weights taken")
        self._rows = chosen.ordered("picked" if order == "shuffled" else order)
        self._shares = None
        if weighted and chosen.weights is not None:
            place = np.argsort(chosen.indices) if order == "pool" else slice(None)
            self._shares = chosen.weights[place] / chosen.weights.sum()
        self._shuffles = order == "shuffled"
        self._seed, self._epoch = seed, 0

    def set_epoch(self, epoch: int) -> None:
        """Make the next pass that of an epoch, counted from 0."""
        self._epoch = epoch

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[int]:
        draws = stream(self._seed, f"epoch {self._epoch}")
        self._epoch += 1
        if self._shares is not None:
            places = draws.choice(len(self._rows), size=len(self._rows), p=self._shares)
            rows = self._rows[places if self._shuffles else np.sort(places)]
        else:
            rows = draws.permutation(self._rows) if self._shuffles else self._rows
        return iter(rows.tolist())
