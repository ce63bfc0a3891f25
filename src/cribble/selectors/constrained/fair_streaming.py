"""Fair streaming: a subset of high value under group limits, from two passes over the pool."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cribble.core import Budget, Card, Groups, Limits, Pool, Selection, check_limits
from cribble.core.errors import ParameterError, QuotaError, UnknownNameError
from cribble.objectives.facility_location import SIMILARITIES
from cribble.objectives.streamed import FUNCTIONS, Streamed, fold, over_pool
from cribble.optimizers.certificate import optimum_bound
from cribble.optimizers.fair_matroid_stream import FairMatroidStream
from cribble.optimizers.fair_stream import FairLimits, FairStream

_BLOCK = 1024


class _Crossing(NamedTuple):
    """Limits on a second grouping."""

    groups: Groups
    lower: NDArray[np.int64]
    upper: NDArray[np.int64]
    limited: list[int]

    def counts(self, rows: NDArray[np.int64]) -> dict[str, int]:
        """Count the rows of every group that is limited."""
        found = np.bincount(self.groups.codes[rows], minlength=len(self.groups.names))
        return {self.groups.names[code]: int(found[code]) for code in self.limited}


@dataclass(frozen=True, slots=True, kw_only=True)
class FairStreaming:
    """Two passes in row order: what can meet the limits, then swaps for what gains twice as much.

    The budget's limits hold to the row. In any order of the rows the value is at least 1/4 of the
    best within them. The size of the blocks in which the pool is read changes nothing.

    A second grouping that crosses the budget's may be limited with ``across``. To meet such limits
    in full is hard in general; here the maxima hold to the row, of a minimum l at least
    floor(l / 2) rows are picked, and the value is at least 1/16 of the best set that meets
    all limits, unless rows had to be exchanged to use the budget up (``stats["moved"]``).

    Facility location is measured towards a uniform sample of the pool, which is read before the
    passes, and its value scaled to the pool. Where the sample is the pool, and for the other
    functions, the value is exact, and a third pass bounds that of all sets within the limits.

    Args:
        signal: Name of a pool signal, (n, d) float.
        objective: "facility-location"; "feature-based", the sum of the square roots of what the
            picks have of each feature; or "log-det", log det(I + cosines of the picks).
        similarity: "phantom" or "cosine", for facility location.
        reference: Rows of the sample, for facility location.
        across: A second grouping; empty for none.
        least: For groups of ``across``, the least number of picks, of which half is promised.
        most: For groups of ``across``, the largest number of picks.

    Raises:
        ParameterError: A parameter is outside what it may be.

    Source:
        El Halabi, Fusco, Norouzi-Fard, Tardos and Tarnawski (2023), arXiv:2305.15118; the swaps,
        Chakrabarti and Kale (2015), arXiv:1309.2038.
    """

    card: ClassVar[Card] = Card(
        "fair-streaming",
        family="constrained",
        needs=("embedding",),
        cost="O(n d r), r the reference",
        memory="O(k C) rows, C the groups, and O(k r)",
        row_bytes=110,
        guarantee="at least 1/4 of the best within the limits, in any order, from two passes; "
        "1/16 and half of the minima where a second grouping is limited",
        source="arXiv:2305.15118",
        limits=("rows", "quota", "keep", "drop"),
        explains=("gain",),
    )
    signal: str = "embedding"
    objective: str = "facility-location"
    similarity: str = "phantom"
    reference: int = 1_000
    across: str = ""
    least: Mapping[str, int] = field(default_factory=dict)
    most: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, known in (("objective", FUNCTIONS), ("similarity", SIMILARITIES)):
            if getattr(self, name) not in known:
                raise ParameterError(name, getattr(self, name), " or ".join(known))
        if self.reference < 1:
            raise ParameterError("reference", self.reference, "1 or more")
        for name in ("least", "most"):
            numbers = getattr(self, name)
            if numbers and not self.across:
                raise ParameterError(name, dict(numbers), "empty without across")
            if any(number < 0 for number in numbers.values()):
                raise ParameterError(name, dict(numbers), "0 or more for every group")

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick rows in two passes.

        Returns:
            indices: (k,) int64 rows, the kept ones first.
            gains: (k,) float64, what each pick added to the value.
            value: The value of the set; estimated where facility location uses a sample.
            upper_bound: What no set within the budget exceeds; None where the value is estimated.
            stats: ``swaps`` in the second pass, and ``reference``, rows of the sample. With
                ``across`` also ``counts``, the picks of each of its groups that is limited, and
                ``moved``, how often rows were exchanged to use the budget up.

        Raises:
            UnsupportedLimitError: The budget is in cost.
            SignalError: The signal is missing, is not (n, d), or is not finite everywhere.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
            UnknownNameError: The pool has no such grouping or group.
        """
        check_limits(self.card, budget, ("facility-location", "rand-greedi"))
        limits = budget.resolve(pool)
        crossing = self._crossing(pool, limits) if self.across else None
        X = pool.signal(self.signal, ndim=2)
        function, scale, sampled = over_pool(
            X, self.objective, self.similarity, self.reference, seed
        )
        start, kept_gains = fold(function, X[limits.keep])
        codes = limits.groups.codes
        kept = np.bincount(codes[limits.keep], minlength=len(limits.lower))
        rest = FairLimits(
            limits.most_rows - len(limits.keep),
            np.maximum(limits.lower - kept, 0),
            limits.upper - kept,
        )

        def independent(rows: list[int]) -> bool:
            picked = codes[np.asarray(rows, dtype=np.int64)]
            return rest.extendable(np.bincount(picked, minlength=len(kept)))

        found: FairStream | FairMatroidStream
        columns: tuple[NDArray[np.int64], ...]
        if crossing is None:
            found, columns = FairStream(function, rest, seed=seed, start=start), (codes,)
        else:
            bounds = (rest.count, crossing.lower, crossing.upper)
            found = FairMatroidStream(function, independent, *bounds, start=start)
            columns = (crossing.groups.codes, codes)
        passes: tuple[Callable[..., None], ...] = (found.look, found.push)
        may_pass = ~limits.excluded
        may_pass[limits.keep] = False
        step = pool.block_rows(X.itemsize * X.shape[1])
        for take in passes:
            for low in range(0, len(X), step):
                rows = low + np.nonzero(may_pass[low : low + step])[0]
                take(rows, *(column[rows] for column in columns), X[rows])
        run = found.result()
        gains = np.concatenate([kept_gains, run.gains]) * scale
        indices = np.concatenate([limits.keep, run.indices])
        stats: dict[str, Any] = {"swaps": found.swaps, "reference": sampled}
        if crossing is not None and isinstance(found, FairMatroidStream):
            stats |= {"counts": crossing.counts(indices), "moved": found.moved}
        return Selection(
            indices=indices,
            method="fair-streaming",
            seed=seed,
            gains=gains,
            value=float(gains.sum()),
            upper_bound=_bound(function, X, indices, limits) if scale == 1 else None,
            stats=stats,
            pool=pool,
        )

    def _crossing(self, pool: Pool, limits: Limits) -> _Crossing:
        """The limits of the second grouping, less what the kept rows take of them."""
        groups = pool.groups(self.across)
        kept = np.bincount(groups.codes[limits.keep], minlength=len(groups.names))
        lower, upper = -kept, np.full(len(kept), len(pool)) - kept
        limited = []
        for bounds, numbers in ((lower, self.least), (upper, self.most)):
            for name, number in numbers.items():
                if str(name) not in groups.names:
                    raise UnknownNameError(f"group of {self.across!r}", str(name), groups.names)
                code = groups.names.index(str(name))
                bounds[code] = number - kept[code]
                limited.append(code)
        if (upper < 0).any():
            name = groups.names[int(np.argmax(upper < 0))]
            asked = f"at most {self.most[name]:,} of {self.across}:{name}"
            raise QuotaError(asked, "more rows of it are kept", "raise it or keep fewer")
        return _Crossing(groups, np.maximum(lower, 0), upper, sorted(set(limited)))


def _bound(function: Streamed, X: NDArray[Any], picks: NDArray[np.int64], limits: Limits) -> float:
    """Bound what any set within the limits is worth, from the gains of all rows at the picks."""
    state, gains = fold(function, X[picks])
    left = np.zeros(len(X))
    for low in range(0, len(X), _BLOCK):
        part = slice(low, low + _BLOCK)
        left[part] = function.gains(state, function.view(X[part]))
    left[picks] = 0.0
    return float(gains.sum()) + optimum_bound(left, limits)[0]
