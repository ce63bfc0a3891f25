"""From the rows that a stream held back, the set to return."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.constraints import Admission
from cribble.core import Budget, Pool
from cribble.objectives.streamed import OnRows, State, Streamed
from cribble.optimizers.base import Run
from cribble.optimizers.lazy import lazy


def finish(
    function: Streamed,
    start: State,
    ids: NDArray[np.int64],
    rows: NDArray[Any],
    found: Sequence[int],
    count: int,
) -> Run:
    """Fill a set up greedily from the rows held, or start anew where that gives more.

    The value is never below that of the set handed in, so that its guarantee stays.

    Args:
        function: What to maximize.
        start: The state that the picks add to.
        ids: (m,) int64 ascending numbers of the rows held.
        rows: (m, d) the rows.
        found: Numbers of the set found in the stream, all among ``ids``.
        count: Number of rows to return; no more than that, and no more than are held.

    Returns:
        The picks by number; ``value`` and ``gains`` are beside the start's own value, and there
        is no upper bound.
    """
    objective = OnRows(function, rows, start)
    count = min(count, len(ids))
    base = np.searchsorted(ids, np.asarray(found, dtype=np.int64)[:count])
    runs = []
    for keep in (base, base[:0]):
        objective.reset()
        budget = Budget(rows=count, keep=keep.tolist())
        runs.append(lazy(objective, Admission(budget.resolve(Pool(len(ids))))))
    best = max(runs, key=lambda run: run.value)
    evaluations = sum(run.evaluations for run in runs)
    return Run(ids[best.indices], best.gains, best.value, None, evaluations)
