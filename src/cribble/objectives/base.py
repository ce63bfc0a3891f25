"""What an optimizer asks of a set function, and nothing more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray


class Objective(Protocol):
    """A set function f over the rows of a pool, with the set picked so far as its state.

    An objective knows nothing of budgets and an optimizer nothing of data, so that any objective
    runs under any limit. A fresh objective stands at the empty set.

    Two promises make every optimizer give the same picks. The gain of a row does not depend, to
    the last bit, on the rows that it is asked together with. And where `submodular` holds, no gain
    rises as rows are added, beyond rounding.
    """

    @property
    def size(self) -> int:
        """Number of rows, n."""
        ...

    @property
    def monotone(self) -> bool:
        """Whether no row ever has a negative gain."""
        ...

    @property
    def submodular(self) -> bool:
        """Whether gains never rise; only then are lazy evaluation and certificates right."""
        ...

    @property
    def value(self) -> float:
        """The value f(S) of the rows added so far, float64."""
        ...

    def gains(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Evaluate f(S + j) - f(S) for some rows.

        Args:
            rows: (m,) int64 rows, none of them in S; no repeats.

        Returns:
            (m,) float64.
        """
        ...

    def bounds(self) -> NDArray[np.float64]:
        """Bound the gain of every row from above, (n,) float64, as tightly as one pass allows.

        Lazy optimizers start from here. An objective without a cheaper way returns
        ``gains(np.arange(size))``.
        """
        ...

    def add(self, row: int) -> float:
        """Add a row to S and return its gain."""
        ...

    def reset(self) -> None:
        """Go back to the empty set."""
        ...


@runtime_checkable
class Screening(Objective, Protocol):
    """An objective that can bound some gains for much less than it costs to evaluate them."""

    def screen(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Bound the gains of some rows from above, (m,) float64; arguments as for ``gains``.

        The bounds may differ in the last bits from batch to batch: they only rule rows out.
        """
        ...


@runtime_checkable
class Leading(Objective, Protocol):
    """An objective that finds the row of largest gain in one call."""

    def lead(self, entries: tuple[Any, ...], stamp: int) -> tuple[int, int]:
        """Settle the gains of rows that may lead, until one leads whose gain is settled.

        A row that leads nowhere may be settled at a bound of its gain.

        Args:
            entries: What `Tournament.entries` returns; updated.
            stamp: The stamp of settled rows.

        Returns:
            The row that leads, -1 where none is left, and how many were settled.
        """
        ...


@runtime_checkable
class Exchanging(Objective, Protocol):
    """An objective that evaluates all exchanges of a pick for a row in about one pass."""

    def exchanges(
        self, picks: NDArray[np.int64], rows: NDArray[np.int64]
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float64]]]:
        """Evaluate f(picks - v + u) - f(picks) for some rows u and each pick v.

        Args:
            picks: (k,) int64 rows; the state of the objective plays no part, and stays.
            rows: (c,) int64 rows u, ascending.

        Returns:
            Blocks of rows u, (c,) int64, ascending over the blocks, and (c, k) float64 changes.
            What is said of rows u that are picks themselves means nothing.
        """
        ...


@runtime_checkable
class Removing(Objective, Protocol):
    """An objective that rows can be taken out of for about what it costs to add them."""

    def remove(self, row: int) -> float:
        """Take a row out of S and return f(S - row) - f(S)."""
        ...

    def twin(self) -> Removing:
        """Open a second state over the same data, at the empty set."""
        ...
