"""Concave functions of sums: every feature is worth less, the more of it is there already."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core.errors import ParameterError
from cribble.kernels import concave as kernel
from cribble.kernels.lists import Lists

SHAPES = kernel.SHAPES


class ConcaveOverSums:
    """f(S) = sum over features f of w_f * shape(sum over j in S of m_jf).

    The shapes: "sqrt"; "log", log(1 + x); "ratio", x / (1 + x); "cap", min(x, cap_f);
    "saturation", 1 - exp(-x); "power", (x + 1e-6)^0.8 less its value at 0. Monotone and
    submodular, since every m_jf and every weight is 0 or more. Saturated coverage, feature-based
    functions, set cover and probabilistic cover are of this kind (`cribble.objectives.coverage`).

    Args:
        features: (n, F) float32 or float64, 0 or more; or `Lists` with a list of features a row.
        shape: One of `SHAPES`.
        weights: (F,) float64, 0 or more; None for ones.
        caps: (F,) float64, where each feature is full, for "cap".
        width: Number of features, F, where ``features`` are lists.

    Raises:
        ParameterError: No such shape, or a feature, weight or cap is negative, so that the
            function would be neither monotone nor submodular.

    Source:
        Lin and Bilmes (2011), aclanthology.org/P11-1052.
    """

    monotone = True
    submodular = True

    def __init__(
        self,
        features: NDArray[Any] | Lists,
        shape: str = "sqrt",
        *,
        weights: NDArray[np.float64] | None = None,
        caps: NDArray[np.float64] | None = None,
        width: int | None = None,
    ) -> None:
        if shape not in SHAPES:
            raise ParameterError("shape", shape, " or ".join(SHAPES))
        self.features = features
        listed = isinstance(features, Lists)
        values = features.values if isinstance(features, Lists) else features
        count = (width or 0) if listed else values.shape[1]
        self.size = len(features.start) - 1 if isinstance(features, Lists) else len(values)
        self._shape = SHAPES.index(shape)
        self._weights = np.ones(count) if weights is None else np.asarray(weights, np.float64)
        self._caps = np.full(count, np.inf) if caps is None else np.asarray(caps, np.float64)
        for name, array in (("features", values), ("weights", weights), ("caps", caps)):
            if array is not None and array.size and not (least := array.min()) >= 0:
                raise ParameterError(name, float(least), "0 or more")
        self._means: NDArray[np.float64] | None = None
        self.reset()

    def reset(self) -> None:
        """Go back to the empty set."""
        self.sums = np.zeros(len(self._weights))
        self._held = np.zeros(len(self._weights))
        self._value = 0.0

    @property
    def value(self) -> float:
        """The value of the rows added so far."""
        return self._value

    @property
    def full(self) -> NDArray[np.bool_]:
        """Mark the features that reached their cap, (F,) bool."""
        return self.sums >= self._caps

    @property
    def _state(self) -> tuple[Any, ...]:
        return self.sums, self._held, self._caps, self._weights, self._shape

    def gains(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Evaluate the gains of some rows."""
        gains: NDArray[np.float64]
        if isinstance(self.features, Lists):
            gains = kernel.listed_gains(*self.features, *self._state, rows)
        else:
            gains = kernel.dense_gains(self.features, *self._state, rows)
        return gains

    def bounds(self) -> NDArray[np.float64]:
        """Bound every gain by a plane, or evaluate it where that is as quick."""
        if isinstance(self.features, Lists) or not len(means := self._touching()):
            return self.gains(np.arange(self.size))
        bounds: NDArray[np.float64] = kernel.plane_bounds(self.features, *self._state, means)
        return bounds

    def lead(self, entries: tuple[Any, ...], stamp: int) -> tuple[int, int]:
        """Find the leader, evaluating the gains of rows that a plane does not rule out."""
        found: tuple[int, int]
        if isinstance(self.features, Lists):
            found = kernel.lead_listed(*self.features, *self._state, entries, stamp)
        else:
            means = self._touching()
            found = kernel.lead_dense(self.features, *self._state, means, entries, stamp)
        return found

    def _touching(self) -> NDArray[np.float64]:
        """The row at which a plane touches all gains, (F,); none, (0,), where gains are cheap."""
        if SHAPES[self._shape] == "cap":
            return np.zeros(0)
        if self._means is None:
            self._means = kernel.column_sums(self.features) / max(1, self.size)
        return self._means

    def add(self, row: int) -> float:
        """Add a row and return its gain."""
        if isinstance(self.features, Lists):
            part = slice(self.features.start[row], self.features.start[row + 1])
            columns, values = self.features.rows[part], self.features.values[part]
            gain = float(kernel.add_listed(columns, values, *self._state))
        else:
            gain = float(kernel.add_dense(self.features[row], *self._state))
        self._value += gain
        return gain
