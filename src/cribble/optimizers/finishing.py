"""From the rows that a stream held back, the set to return."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.constraints import Admission
from cribble.core import Limits
from cribble.objectives.streamed import OnRows, State, Streamed
from cribble.optimizers.base import Run
from cribble.optimizers.lazy import lazy


def finish(
    function: Streamed,
    start: State,
    ids: NDArray[np.int64],
    rows: NDArray[Any],
    found: Sequence[int],
    limits: Limits,
) -> Run:
    """Fill a set up greedily from the rows held, or start anew where that gives more.

    The value is never below that of the set handed in, so that its guarantee stays.

    Args:
        function: What to maximize.
        start: The state that the picks add to.
        ids: (m,) int64 ascending numbers of the rows held.
        rows: (m, d) the rows.
        found: Numbers of the set found in the stream, all among ``ids``.
        limits: What the picks must hold, over the rows held; the set can be extended to it.

    Returns:
        The picks by number; ``value`` and ``gains`` are beside the start's own value, and there
        is no upper bound.
    """
    objective = OnRows(function, rows, start)
    base = np.sort(np.searchsorted(ids, np.asarray(found, dtype=np.int64)))
    runs = []
    for keep in (base, base[:0]):
        objective.reset()
        runs.append(lazy(objective, Admission(replace(limits, keep=keep))))
    best = max(runs, key=lambda run: run.value)
    evaluations = sum(run.evaluations for run in runs)
    return Run(ids[best.indices], best.gains, best.value, None, evaluations)
