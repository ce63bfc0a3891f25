"""Kernel thinning: halve the pool again and again, each half a fair copy of the whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from cribble.constraints import Admission
from cribble.constraints.drawing import affordable_rows
from cribble.core import Budget, Card, Pool, Selection, row_uniforms
from cribble.core.errors import ParameterError
from cribble.kernels.distances import mean_row
from cribble.kernels.gaussian import as_columns, kernel_sums
from cribble.kernels.kernel_mean import median_distance
from cribble.kernels.scratch import working_rows
from cribble.kernels.thinning import compress, halves, refine, square_distance

# Replacing in more than one round costs little, and takes a tenth to a half off the distance.
_ROUNDS = 8
# Shares of the kernel and of its square, which is its 1/2-power kernel, in the split kernel.
SPLITS = {"target": (1.0, 0.0), "power": (0.0, 1.0), "plus": (1.0, 1.0)}


@dataclass(frozen=True, slots=True, kw_only=True)
class KernelThinning:
    """Generalized kernel thinning of a compressed pool, then an improvement pick by pick.

    Rows are halved by walks that keep both halves near the whole: first in short pieces, which
    costs hardly more than reading them, then the last list as often as the budget allows, into
    several lists. The list nearest to the pool is cut to the budget by dropping the pick that is
    missed least, and each pick is then replaced by the row that serves best. All picks weigh the
    same. Where limits forbid some of them, rows that the others lack most follow.

    Args:
        signal: Name of a pool signal, (n, d) float.
        width: Standard deviation of the Gaussian kernel, in the unit of the signal; None takes the
            median distance of two rows.
        split: Kernel that the walks balance: "target", the kernel itself; "power", its 1/2-power,
            narrower by 2^-1/2; "plus", the sum of both.
        oversampling: Pieces are halved down to 2^oversampling lists of the budget's length, g in
            the source of compression. More takes longer and errs less; log4(n) does without it.
        sample: Most rows that serve as the pool's mean and as replacements: all of a pool of that
            size, of a larger one those that compression leaves.

    Raises:
        ParameterError: ``width`` or ``sample`` is not positive, ``oversampling`` is not in 0 to
            16, or ``split`` is none of these.

    Source:
        Dwivedi and Mackey (2022), arXiv:2110.01593; compression, Compress++, is Shetty, Dwivedi
        and Mackey (2022), arXiv:2111.07941. Budgets that are no power of two of the pool are
        reached by our own cut.
    """

    card: ClassVar[Card] = Card(
        "kernel-thinning",
        family="coresets",
        needs=("embedding",),
        cost="O(4^g d n log n) for g the oversampling, and O(m^2 d) for m rows of the sample",
        memory="O(n + m d + 4^g d), and one copy of the rows unless they are float32 or float64",
        row_bytes=110,
        guarantee="k picks have a kernel mean within O(log n / k) of the pool's for any one "
        "function of the kernel's space (row budgets without quotas, before the cut)",
        source="arXiv:2110.01593",
    )
    signal: str = "embedding"
    width: float | None = None
    split: str = "target"
    oversampling: int = 4
    sample: int = 16_384

    def __post_init__(self) -> None:
        if self.width is not None and not self.width > 0:
            raise ParameterError("width", self.width, "above 0")
        if self.split not in SPLITS:
            raise ParameterError("split", self.split, " or ".join(SPLITS))
        if not 0 <= self.oversampling <= 16:
            raise ParameterError("oversampling", self.oversampling, "0 to 16")
        if self.sample < 1:
            raise ParameterError("sample", self.sample, "1 or more")

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick rows whose kernel mean is near the pool's within the budget.

        Returns:
            indices: (k,) int64 rows, after the kept ones the picks of thinning, those that are
                missed most first.
            stats: ``mmd``, the distance of the two means (None without picks); ``width``;
                ``mean_rows``, how many rows serve as the pool's mean.

        Raises:
            SignalError: The signal is missing, is not (n, d), or is not finite everywhere.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        limits = budget.resolve(pool)
        X = working_rows(pool.signal(self.signal, ndim=2), pool.room(1 / 4))
        width = self.width or median_distance(X, seed=seed)
        center = mean_row(X)

        def gather(rows: NDArray[np.int64]) -> NDArray[np.float32]:
            return as_columns(X, rows, center, width)

        order = np.argsort(row_uniforms(seed, self.card.name, 0, len(pool)), kind="stable")
        order = order[~limits.excluded[order]]
        count = min(affordable_rows(limits), len(order))
        part, mix = 4 ** (self.oversampling + 1), SPLITS[self.split]
        ground = order
        if len(order) > self.sample:
            least = max(count, self.sample // 2 + 1)
            ground = compress(gather, order, least, part, mix, seed)
        core = compress(gather, ground, max(1, count << self.oversampling), part, mix, seed)
        ground = np.sort(ground)
        columns = gather(ground)
        mean = kernel_sums(columns, columns) / max(1, len(ground))
        start = _best_list(columns, mean, np.searchsorted(ground, core), count, mix, seed)
        places, sums = refine(columns, mean, start, count, _ROUNDS)
        missed = mean[places] - (sums[places] - 1) / max(1, count)
        admission = Admission(limits)
        admission.add_in_order(ground[places[np.argsort(-missed, kind="stable")]])
        if not admission.done:
            lack = np.argsort(sums / (count + 1) - mean, kind="stable")
            rest = order[~np.isin(order, ground)]
            admission.add_in_order(np.concatenate([ground[lack], rest]))
        indices = np.asarray(admission.picks, dtype=np.int64)
        mmd = None
        if len(indices):
            picked = gather(indices)
            own = kernel_sums(picked, picked).mean() / len(indices)
            cross = kernel_sums(picked, columns).mean() / len(ground)
            mmd = float(np.sqrt(max(0.0, mean.mean() - 2 * cross + own)))
        return Selection(
            indices=indices,
            method=self.card.name,
            seed=seed,
            stats={"mmd": mmd, "width": width, "mean_rows": len(ground)},
            pool=pool,
        )


def _best_list(
    columns: NDArray[np.float32],
    mean: NDArray[np.float64],
    core: NDArray[np.int64],
    count: int,
    mix: tuple[float, float],
    seed: int,
) -> NDArray[np.int64]:
    """Split the core into lists no shorter than asked; the one of nearest mean, or every 2^m-th."""
    if count == 0:
        return core[:0]
    times = int(np.log2(len(core) / count))
    parts = halves(np.ascontiguousarray(columns[:, core]), times, mix, seed)
    lists = [core[part] for part in (*parts, np.arange(len(core))[:: 2**times][: len(parts[0])])]
    # Rounded, so that equal lists are equally far.
    return min(lists, key=lambda one: round(square_distance(columns, mean, one), 12))
