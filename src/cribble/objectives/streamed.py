"""Set functions for rows that pass once: what is kept of a set is one array of bounded size."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from cribble.core import stream
from cribble.core.errors import ParameterError
from cribble.kernels import concave, projection, streaming
from cribble.kernels.distances import mean_row
from cribble.kernels.scratch import working_rows
from cribble.objectives.facility_location import Affinity

State = NDArray[Any]
FUNCTIONS = ("facility-location", "feature-based", "log-det")


class Streamed(Protocol):
    """A monotone submodular f over vectors, evaluated without the vectors of the set.

    A *view* is what a gain needs of a vector, a *state* what it needs of a set. Neither the view
    nor the gain of a row depends, to the last bit, on the rows beside it.
    """

    def view(self, rows: NDArray[Any]) -> NDArray[Any]:
        """Prepare (m, d) rows, each by itself; (m, w)."""
        ...

    def empty(self) -> State:
        """The state of the empty set."""
        ...

    def gains(self, state: State, views: NDArray[Any]) -> NDArray[np.float64]:
        """Evaluate f(S + j) - f(S) for some views, (m,) float64."""
        ...

    def grown(self, state: State, view: NDArray[Any]) -> State:
        """The state of the set with one more row, as a new array; ``state`` stays."""
        ...


class StreamedFacilityLocation:
    """Facility location towards rows that are known from the start.

    Args:
        reference: (r, d) float rows to stand for, such as a uniform sample of the pool. The mean
            of "phantom" affinities is theirs.
        similarity: "phantom" or "cosine", as for `Affinity`.

    Raises:
        ParameterError: No such similarity.
    """

    def __init__(self, reference: NDArray[Any], similarity: str = "phantom") -> None:
        self.similarity = similarity
        self.center = mean_row(reference)
        self.targets = Affinity.of(reference, similarity, self.center).points

    def view(self, rows: NDArray[Any]) -> NDArray[Any]:
        """Compute the affinities to the reference, (m, r) float32."""
        a = Affinity.of(rows, self.similarity, self.center)
        near: NDArray[Any] = streaming.positive_affinities(
            a.points, a.offsets, a.scale, self.targets
        )
        return near

    def empty(self) -> State:
        """The state of the empty set: nothing covers the reference, (r,) float32."""
        return np.zeros(len(self.targets), dtype=np.float32)

    def gains(self, state: State, views: NDArray[Any]) -> NDArray[np.float64]:
        """Evaluate the gains of some views."""
        gains: NDArray[np.float64] = streaming.cover_gains(views, state)
        return gains

    def grown(self, state: State, view: NDArray[Any]) -> State:
        """The state of the set with one more row."""
        cover: State = np.maximum(state, view)
        return cover


class StreamedFeatures:
    """Sum over features of a concave function of what the rows of the set have of them.

    An entry that is negative counts as an amount of a feature of its own, the opposite one.

    Args:
        width: Number of features, d.
        shape: "sqrt", "log" or "ratio".

    Raises:
        ParameterError: There is no such function.
    """

    def __init__(self, width: int, shape: str = "sqrt") -> None:
        if shape not in ("sqrt", "log", "ratio"):
            raise ParameterError("shape", shape, "sqrt or log or ratio")
        self._shape = concave.SHAPES.index(shape)
        self._weights = np.ones(2 * width)
        self._caps = np.full(2 * width, np.inf)

    def view(self, rows: NDArray[Any]) -> NDArray[Any]:
        """Split the rows into amounts, (m, 2 d)."""
        rows = working_rows(rows)
        return np.concatenate([np.maximum(rows, 0), np.maximum(-rows, 0)], axis=1)

    def empty(self) -> State:
        """The state of the empty set: no amounts, (2 d,) float64."""
        return np.zeros(len(self._weights))

    def gains(self, state: State, views: NDArray[Any]) -> NDArray[np.float64]:
        """Evaluate the gains of some views."""
        held = concave.bend(state, self._caps, self._shape)
        rest = (self._caps, self._weights, self._shape, np.arange(len(views)))
        gains: NDArray[np.float64] = concave.dense_gains(views, state, held, *rest)
        return gains

    def grown(self, state: State, view: NDArray[Any]) -> State:
        """The state of the set with one more row."""
        sums: State = state + view
        return sums


class StreamedLogDeterminant:
    """log det(I + C_S / ridge) with C the cosines of the rows of the set.

    Args:
        width: Length of a row, d.
        ridge: Above 0.

    Raises:
        ParameterError: ``ridge`` is not above 0, so that the function would not be monotone.
    """

    def __init__(self, width: int, ridge: float = 1.0) -> None:
        if not ridge > 0:
            raise ParameterError("ridge", ridge, "above 0")
        self._width, self._ridge = width, float(ridge)

    def view(self, rows: NDArray[Any]) -> NDArray[Any]:
        """Scale the rows to length 1, (m, d) float64; a row of zeros stays."""
        rows = np.ascontiguousarray(rows, dtype=np.float64)
        lengths = np.sqrt(projection.square_norms(rows))
        scaled: NDArray[Any] = rows / np.where(lengths > 0, lengths, 1.0)[:, None]
        return scaled

    def empty(self) -> State:
        """The state of the empty set: rows w with sum w w^T what the set takes from I / ridge."""
        return np.empty((0, self._width))

    def gains(self, state: State, views: NDArray[Any]) -> NDArray[np.float64]:
        """Evaluate the gains of some views."""
        # Views have length 1 or 0, and as much to the last bit, so that lone rows tie.
        left = (projection.square_norms(views) > 0.5) / self._ridge
        seen = np.zeros(len(views), dtype=np.int64)
        projection.deflate(views, state, len(state), left, seen, np.arange(len(views)))
        gains: NDArray[np.float64] = np.log1p(left)
        return gains

    def grown(self, state: State, view: NDArray[Any]) -> State:
        """The state of the set with one more row; it has as many rows as the set."""
        image = view / self._ridge
        image += projection.orthogonal_part(state, len(state), view) - view
        length = np.sqrt(np.exp(self.gains(state, view[None])[0]))
        return np.concatenate([state, (image / length)[None]])


class OnRows:
    """A streamed function as an objective over some vectors, for every optimizer to run on.

    Args:
        function: The function.
        rows: (m, d) vectors, the candidates.
        start: The state of a set whose value does not count; None for the empty set.
    """

    monotone = True
    submodular = True

    def __init__(self, function: Streamed, rows: NDArray[Any], start: State | None = None) -> None:
        self.function = function
        self.views = function.view(rows)
        self._start = function.empty() if start is None else start
        self.reset()

    def reset(self) -> None:
        """Go back to the start."""
        self.state = self._start
        self._value = 0.0

    @property
    def size(self) -> int:
        """Number of candidates."""
        return len(self.views)

    @property
    def value(self) -> float:
        """By how much the rows added so far raise the value of the start."""
        return self._value

    def gains(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Evaluate the gains of some rows."""
        return self.function.gains(self.state, self.views[rows])

    def bounds(self) -> NDArray[np.float64]:
        """Evaluate every gain."""
        return self.function.gains(self.state, self.views)

    def add(self, row: int) -> float:
        """Add a row and return its gain."""
        gain = float(self.function.gains(self.state, self.views[row : row + 1])[0])
        self.state = self.function.grown(self.state, self.views[row])
        self._value += gain
        return gain


def fold(function: Streamed, rows: NDArray[Any]) -> tuple[State, NDArray[np.float64]]:
    """Add rows one after another; returns the state of their set and the gain of each."""
    objective = OnRows(function, rows)
    gains = [objective.add(row) for row in range(len(rows))]
    return objective.state, np.asarray(gains, dtype=np.float64)


def over_pool(
    X: NDArray[Any], objective: str, similarity: str, reference: int, seed: int
) -> tuple[Streamed, float, int]:
    """Open a streamed function for the rows of a pool.

    Args:
        X: (n, d) float.
        objective: One of `FUNCTIONS`.
        similarity: "phantom" or "cosine", for facility location.
        reference: Rows to draw as its reference; all where the pool has no more.
        seed: Seed of the draw.

    Returns:
        The function, what its value is to be scaled by, and the number of rows drawn.
    """
    if objective == "feature-based":
        return StreamedFeatures(X.shape[1]), 1.0, 0
    if objective == "log-det":
        return StreamedLogDeterminant(X.shape[1]), 1.0, 0
    rows = np.arange(len(X))
    if reference < len(X):
        rows = np.sort(stream(seed, "reference").choice(len(X), reference, replace=False))
    return StreamedFacilityLocation(X[rows], similarity), len(X) / max(1, len(rows)), len(rows)
