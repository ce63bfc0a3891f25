"""Scores less what near picks have in common: a pairwise function over lists of near rows."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core.errors import ParameterError
from cribble.kernels.lists import Lists


class ListedPairs:
    """f(S) = sum of the scores of S - sum over listed pairs of S of their similarity.

    Submodular, but not monotone. O(list) a pick and O(1) a gain.

    Args:
        scores: (n,) float64.
        lists: For each row its near rows and their similarities, 0 or more; j lists i, as alike,
            where i lists j. That a row lists itself does not count.

    Raises:
        ParameterError: A similarity is negative, or the lists are not over the rows.

    Source:
        Boether et al. (2025), arXiv:2402.16442.
    """

    monotone = False
    submodular = True

    def __init__(self, scores: NDArray[np.float64], lists: Lists) -> None:
        self.size = len(scores)
        if len(lists.start) != self.size + 1:
            raise ParameterError("lists", f"of {len(lists.start) - 1:,} rows", f"of {self.size:,}")
        if not lists.values.min(initial=0.0) >= 0:
            raise ParameterError("lists", float(lists.values.min()), "0 or more everywhere")
        self.scores, self.lists = np.asarray(scores, dtype=np.float64), lists
        self.reset()

    def reset(self) -> None:
        """Go back to the empty set."""
        self._gains = self.scores.copy()
        self._value = 0.0

    @property
    def value(self) -> float:
        """The value of the rows added so far."""
        return self._value

    def gains(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Look the gains up."""
        return self._gains[rows]

    def bounds(self) -> NDArray[np.float64]:
        """Copy all gains."""
        return self._gains.copy()

    def near(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        """Gather what some rows list, themselves left out: rows and similarities."""
        _, others, alike = self._pairs(rows)
        return others, alike.astype(np.float64)

    def _pairs(self, rows: NDArray[np.int64]) -> tuple[NDArray[Any], ...]:
        """Gather the pairs that some rows list: the row, the other row, and their similarity."""
        start = self.lists.start
        sizes = start[rows + 1] - start[rows]
        ends = np.cumsum(sizes)
        places = np.arange(int(sizes.sum())) + np.repeat(start[rows + 1] - ends, sizes)
        owners, others = np.repeat(rows, sizes), self.lists.rows[places]
        apart = others != owners
        return owners[apart], others[apart], self.lists.values[places[apart]]

    def part(self, rows: NDArray[np.int64]) -> ListedPairs:
        """The function of some of the rows alone, beside those added so far.

        Args:
            rows: (m,) int64 rows, ascending, none of them in S; pairs with others are left out.
        """
        place = np.full(self.size, -1, dtype=np.int64)
        place[rows] = np.arange(len(rows))
        owners, others, alike = self._pairs(rows)
        inside = place[others] >= 0
        sizes = np.bincount(place[owners[inside]], minlength=len(rows))
        start = np.concatenate([[0], np.cumsum(sizes)])
        lists = Lists(start, place[others[inside]].astype(np.int32), alike[inside])
        return ListedPairs(self._gains[rows], lists)

    def add(self, row: int) -> float:
        """Add a row and return its gain."""
        gain = float(self._gains[row])
        others, alike = self.near(np.array([row]))
        self._gains[others] -= alike
        self._value += gain
        return gain

    def remove(self, row: int) -> float:
        """Take a row out and return what that changes."""
        others, alike = self.near(np.array([row]))
        self._gains[others] += alike
        self._value -= float(self._gains[row])
        return -float(self._gains[row])

    def twin(self) -> ListedPairs:
        """Open a second state over the same rows, at the empty set."""
        twin = copy.copy(self)
        twin.reset()
        return twin
