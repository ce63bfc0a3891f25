"""How many rows a target asks for: neighbors join as long as transport to held-out rows falls."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cribble.core import Pool, row_uniforms
from cribble.kernels.sinkhorn import sinkhorn
from cribble.kernels.topk import blocked_top
from cribble.kernels.whitening import Whitened, Whitening, whitening
from cribble.signals.target import target_vectors

# Distance of unit vectors that have nothing in common: the unit of the entropy term.
APART = 2**0.5
_FIRST_DEPTH = 16
_SLOT_BYTES = 48


class AutomaticSize(NamedTuple):
    """What the held-out folds ask for.

    Args:
        rows: (m,) int64 rows, ascending: the union of what the folds chose. Its length is the
            size.
        neighbors: For each fold, how many nearest rows each of its target rows gives.
        curves: For each fold, the transport distance from 1, 2, ... neighbors of its own rows to
            the other folds' rows; the last entry is the first that was no improvement, unless
            neighbors ran out.
    """

    rows: NDArray[np.int64]
    neighbors: list[int]
    curves: list[list[float]]


class Transporting(NamedTuple):
    """How transport is solved, in parameters of `cribble.kernels.sinkhorn`."""

    epsilon: float
    iterations: int
    tolerance: float

    def distance(self, rows: NDArray[Any], targets: NDArray[Any]) -> float:
        """Cost of moving equal masses on the rows to the targets, by Euclidean distance."""
        return sinkhorn(rows, targets, *self, scale=APART, power=1).value

    def potential(self, rows: NDArray[Any], targets: NDArray[Any]) -> NDArray[np.float64]:
        """How that cost rises with mass on each row, up to a constant, (m,)."""
        found = sinkhorn(rows, targets, *self, scale=APART, power=1).source
        # Equal rows have equal potentials up to rounding, and must tie.
        return np.round(found, 9)


def whitened_rows(pool: Pool, signal: str, ridge: float | None) -> tuple[Any, NDArray[np.float32]]:
    """Whiten pool and targets by their joint covariance, unless ``ridge`` is None; to length 1.

    Returns:
        (n, d) rows, sliceable, held in half of the pool's memory or computed on demand.
        (q, d) float32 rows of all targets.

    Raises:
        TargetError: There is no target, or one is empty.
        SignalError: The signal is missing, is not (n, d) or not finite, or pool and target differ
            in d.
    """
    aims = target_vectors(pool, signal)
    rows = pool.signal(signal, ndim=2)
    dim = rows.shape[1]
    plain = Whitening(np.zeros(dim), np.eye(dim))
    measured = plain if ridge is None else whitening([rows, aims], ridge)
    return Whitened(rows, measured).within(pool.memory // 2), Whitened(aims, measured)[:]


def automatic_size(
    pool: Pool,
    seed: int = 0,
    *,
    signal: str = "embedding",
    ridge: float | None = 1e-5,
    excluded: NDArray[np.bool_] | None = None,
    folds: int = 10,
    neighbors: int = 2000,
    epsilon: float = 0.02,
    iterations: int = 100,
    tolerance: float = 1e-3,
) -> AutomaticSize:
    """Find how many rows of a pool its targets ask for; see `Tarot` for the method.

    The target rows are put into folds. The rows of one fold name their nearest rows of the pool,
    one more each at a time and only those with a cosine above 0, until the transport distance
    from what they named to the target rows of all other folds stops falling. A target of fewer
    rows than folds has as many folds as rows; a single row is its own test.

    Args:
        pool: The pool, with targets.
        seed: Decides the folds.
        signal: Name of a signal of pool and targets, (n, d) float.
        ridge: Of the whitening, as a share of the mean variance; None not to whiten.
        excluded: (n,) bool, rows that may not be picked; None for none.
        folds: Parts of the target.
        neighbors: Nearest rows that a target row may name, at most.
        epsilon: Strength of the entropy term, as a share of the distance of orthogonal rows.
        iterations: Of each transport problem, at most.
        tolerance: When these stop, in the unit of ``epsilon``.

    Returns:
        The rows, the neighbors and the curve of each fold.

    Raises:
        TargetError: There is no target, or one is empty.
        SignalError: The signal is missing, is not (n, d) or not finite, or pool and target differ
            in d.

    Source:
        Feng et al. (2025), TAROT, arXiv:2412.00420.
    """
    rows, aims = whitened_rows(pool, signal, ridge)
    solver = Transporting(epsilon, iterations, tolerance)
    blocked = np.zeros(len(pool), dtype=np.bool_) if excluded is None else excluded
    return grown(rows, aims, blocked, folds, neighbors, solver, seed, pool.memory // 4)


def grown(
    rows: Any,
    aims: NDArray[np.float32],
    blocked: NDArray[np.bool_],
    folds: int,
    neighbors: int,
    solver: Transporting,
    seed: int,
    memory: int,
) -> AutomaticSize:
    """Do the work of `automatic_size` on whitened rows."""
    parts = max(1, min(folds, len(aims)))
    order = np.argsort(row_uniforms(seed, "tarot folds", 0, len(aims)), kind="stable")
    fold = np.empty(len(aims), dtype=np.int64)
    fold[order] = np.arange(len(aims)) % parts
    chosen, depths, curves = [np.empty(0, dtype=np.int64)], [], []
    for number in range(parts):
        own = aims[fold == number]
        rest = aims if parts == 1 else aims[fold != number]
        lists = _Lists(rows, own, blocked, min(neighbors, int((~blocked).sum())), memory)
        found, curve = _grow(lists, rest, solver)
        chosen.append(found)
        depths.append(int(np.argmin(curve)) + 1 if curve else 0)
        curves.append(curve)
    return AutomaticSize(np.unique(np.concatenate(chosen)), depths, curves)


class _Lists:
    """The nearest rows of each target row of a fold, searched twice as deep when asked for more."""

    def __init__(
        self,
        rows: Any,
        own: NDArray[np.float32],
        blocked: NDArray[np.bool_],
        most: int,
        memory: int,
    ) -> None:
        self.rows, self.most = rows, most
        self._own, self._blocked, self._memory = own, blocked, memory
        self._near = np.empty((len(own), 0), dtype=np.int64)

    def named(self, count: int) -> NDArray[np.int64]:
        """Rows that are among the ``count`` nearest of some own row, with a cosine above 0."""
        if count > self._near.shape[1]:
            depth = min(self.most, max(_FIRST_DEPTH, 2 * self._near.shape[1]))
            together = max(1, self._memory // (2 * _SLOT_BYTES * depth))
            parts = []
            for first in range(0, len(self._own), together):
                some = self._own[first : first + together]
                near = blocked_top(
                    some, self.rows, depth, blocked=self._blocked, memory=self._memory
                )
                parts.append(np.where(near.scores > 0, near.rows, -1))
            self._near = np.concatenate(parts)
        found = np.unique(self._near[:, :count])
        return found[found >= 0]


def _grow(
    lists: _Lists, rest: NDArray[np.float32], solver: Transporting
) -> tuple[NDArray[np.int64], list[float]]:
    """Add a neighbor of each own row at a time while the distance to the rest falls."""
    best = np.empty(0, dtype=np.int64)
    curve: list[float] = []
    for count in range(1, lists.most + 1):
        named = lists.named(count)
        if len(named) == len(best):
            # Nothing new: the distance cannot fall.
            break
        curve.append(solver.distance(lists.rows[named], rest))
        if count > 1 and not curve[-1] < curve[-2]:
            break
        best = named
    return best, curve
