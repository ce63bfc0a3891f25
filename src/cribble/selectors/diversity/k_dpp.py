"""k-DPP: a random set, the likelier the larger the volume that its rows span."""

from __future__ import annotations

from dataclasses import dataclass
from math import lgamma
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from cribble.constraints import Admission
from cribble.constraints.drawing import affordable_rows
from cribble.core import Budget, Card, Pool, Selection, row_uniforms, stream
from cribble.core.errors import ParameterError, SignalError


@dataclass(frozen=True, slots=True, kw_only=True)
class KDpp:
    """An exact draw from a k-DPP: a set S has a chance in proportion to det(L_S).

    L is the cosine kernel plus ``ridge`` on the diagonal, each row and column multiplied by the
    row's quality where one is given. Another seed gives another set, and sets of like rows are
    rare. The draw works on the d x d dual of L.

    With the ridge, det(L_S) is a sum over the parts of S: a smaller k-DPP without ridge, and the
    rest uniform. So that is how it is drawn, also past the rank of the kernel, which is d at most.
    At a ridge of 0 as many rows as the rank are drawn by volume and the rest uniformly, the limit
    of a small ridge; embed the rows in more dimensions to spread more of them.

    The draw is exact under a row budget, given the kept and the dropped rows. Under group limits
    each row is drawn among those that the limits still admit. A cost budget draws as many rows as
    it pays for at the mean cost, and then adds uniformly what still fits.

    Args:
        signal: Name of a pool signal, (n, d) float.
        quality: Name of a pool signal, (n,) float, 0 or more; None for equal ones.
        ridge: Share of a row's squared length that is its own alone, 0 or more. Larger ones are
            nearer to a uniform draw.

    Raises:
        ParameterError: ``ridge`` is negative or not finite.

    Source:
        Kulesza and Taskar (2011), k-DPPs: Fixed-Size Determinantal Point Processes; and (2012),
        doi:10.1561/2200000044. Rejection in place of passes over the rows: arXiv:2210.17358.
    """

    card: ClassVar[Card] = Card(
        "k-dpp",
        family="diversity",
        needs=("embedding",),
        cost="O(n d min(d, k) + k^2 d log k)",
        memory="O(n + (d + k) d)",
        row_bytes=110,
        guarantee="the chance of a set is exactly in proportion to its determinant (row budgets "
        "without quotas)",
        source="doi:10.1561/2200000044",
    )
    signal: str = "embedding"
    quality: str | None = None
    ridge: float = 0.0

    def __post_init__(self) -> None:
        if not (self.ridge >= 0 and np.isfinite(self.ridge)):
            raise ParameterError("ridge", self.ridge, "finite and 0 or more")

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Draw rows within the budget.

        Returns:
            indices: (k,) int64 rows, the kept ones first, then in the order of the draw.
            stats: ``rank`` of the kernel beside the kept rows; ``by_volume``, rows drawn by it,
                and ``uniform``, rows drawn without it.

        Raises:
            SignalError: A signal is missing, malformed or not finite everywhere, or a quality is
                negative.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        from cribble.kernels.determinantal import Projection

        limits = budget.resolve(pool)
        x = pool.signal(self.signal, ndim=2)
        scale, ridge = self._scale(pool, x), self.ridge
        admission = Admission(limits)
        kept, random = len(admission.picks), stream(seed, "k-dpp")
        free = np.where(admission.blocked, 0.0, scale)
        values, axes = _spectrum(x, free, scale, limits.keep, ridge)
        size = max(0, affordable_rows(limits) - kept)
        some = _draw_axes(values, size, int((~admission.blocked).sum()), ridge, random)
        process = Projection(x, free, axes[:, some])
        while process.left and not admission.done:
            row = process.draw(random, admission.admitted)
            if row < 0:
                break
            process.add(row)
            admission.add(row)
        drawn = len(admission.picks) - kept
        order = np.argsort(row_uniforms(seed, "k-dpp rest", 0, len(pool)), kind="stable")
        indices = admission.add_in_order(order)
        return Selection(
            indices=indices,
            method=self.card.name,
            seed=seed,
            stats={
                "rank": len(values),
                "by_volume": drawn,
                "uniform": len(indices) - kept - drawn,
            },
            pool=pool,
        )

    def _scale(self, pool: Pool, x: NDArray[Any]) -> NDArray[np.float64]:
        """What each row is multiplied by: its quality over its length; 0 for a row of zeros."""
        from cribble.kernels.determinantal import row_lengths

        lengths = row_lengths(x)
        scale: NDArray[np.float64] = np.divide(
            1.0, lengths, out=np.zeros(len(x)), where=lengths > 0
        )
        if self.quality is None:
            return scale
        quality = np.asarray(pool.signal(self.quality, ndim=1), dtype=np.float64)
        if len(negative := np.nonzero(quality < 0)[0]):
            found = f"row {pool.describe(int(negative[0]))} has {quality[negative[0]]:.6g}"
            raise SignalError(self.quality, found, "a k-DPP needs 0 or more")
        scale *= quality / (quality.max(initial=0.0) or 1.0)
        return scale


def _spectrum(
    x: NDArray[Any],
    free: NDArray[np.float64],
    scale: NDArray[np.float64],
    keep: NDArray[np.int64],
    ridge: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Eigenvalues of the kernel on the free rows given the kept ones, and axes to its eigenvectors.

    Returns:
        values: (r,) float64, above 0, without the ridge.
        axes: (d, r) float64; the scaled rows times these are orthonormal columns.
    """
    from cribble.kernels.determinantal import ROUNDING, scaled_gram

    gram = scaled_gram(x, free)
    least = ROUNDING * max(float(np.trace(gram)), 1e-300)
    # What is left of a direction once the kept rows are in: all of it where they have none.
    held, turn = np.linalg.eigh(scaled_gram(x[keep], scale[keep]))
    shrink = np.where(held > ROUNDING * max(held.max(initial=0.0), 1e-300), held, 0.0)
    root = np.sqrt(np.where(shrink > 0, ridge / (ridge + np.where(shrink > 0, shrink, 1)), 1.0))
    given = (turn * root) @ turn.T
    values, axes = np.linalg.eigh(given @ gram @ given)
    used = values > least
    return values[used], given @ (axes[:, used] / np.sqrt(values[used]))


def _draw_axes(
    values: NDArray[np.float64], size: int, rows: int, ridge: float, random: np.random.Generator
) -> NDArray[np.int64]:
    """Draw how many rows come by volume, and the eigenvectors that they are drawn from.

    Args:
        values: (r,) float64 eigenvalues.
        size: Rows to draw, k.
        rows: Rows to draw from, n.
        ridge: What is added to the diagonal.
        random: Draws.
    """
    from cribble.kernels.determinantal import draw_subset, log_elementary

    most = min(size, len(values))
    table = log_elementary(values, most)
    share = random.random()
    if ridge > 0:
        # A part of j rows by volume leaves C(n - j, k - j) ways for the rest, at a ridge each.
        rest = size - np.arange(most + 1)
        ways = [
            lgamma(rows - size + more + 1) - lgamma(more + 1) - lgamma(rows - size + 1)
            for more in rest.tolist()
        ]
        logs = table[-1] + rest * np.log(ridge) + np.array(ways)
        ticks = np.cumsum(np.exp(logs - logs.max()))
        most = min(most, int(np.searchsorted(ticks, share * ticks[-1], "right")))
    return draw_subset(values, table, most, random.random(len(values)))
