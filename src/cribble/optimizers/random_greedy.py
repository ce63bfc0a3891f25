"""Random greedy: at each step one of the best rows, for functions that more rows may lower."""

from __future__ import annotations

import numpy as np

from cribble.constraints import Admission
from cribble.core import stream
from cribble.objectives.base import Objective
from cribble.optimizers.base import Run
from cribble.optimizers.certificate import final_bound


def random_greedy(objective: Objective, admission: Admission, *, seed: int = 0) -> Run:
    """Add, at every step, one of the k open rows of largest gain, drawn with equal chance.

    Where a gain is negative, a cost budget takes the chance of its row for adding nothing; a row
    budget has to be filled. k is the most rows that the budget can pay for. For a submodular
    objective that is never negative, at least 1/e of the optimum on average over seeds where any
    k rows or fewer may be picked, monotone or not; there, greedy promises nothing.

    Args:
        objective: Any objective, at the empty set.
        admission: The limits. Rows it has picked already are added first.
        seed: Seed of the draws.

    Source:
        Buchbinder, Feldman, Naor and Schwartz (2014), doi:10.1137/1.9781611973402.106.
    """
    found = [objective.add(row) for row in admission.picks]
    most = admission.limits.most_rows
    chance = stream(seed, "random greedy")
    evaluations = 0
    for _ in range(most - len(found)):
        rows = np.nonzero(admission.open_rows())[0]
        if not len(rows):
            break
        gains = objective.gains(rows)
        evaluations += len(rows)
        best = np.argsort(-gains, kind="stable")[:most]
        place = int(chance.integers(most if admission.limits.rows is None else len(best)))
        if admission.limits.rows is None and (place >= len(best) or gains[best[place]] < 0):
            continue
        admission.add(int(rows[best[place]]))
        found.append(objective.add(int(rows[best[place]])))
    _meet_minima(objective, admission, found)
    return Run(
        np.asarray(admission.picks, dtype=np.int64),
        np.asarray(found, dtype=np.float64),
        objective.value,
        final_bound(objective, admission),
        evaluations,
    )


def _meet_minima(objective: Objective, admission: Admission, found: list[float]) -> None:
    """Add the best rows of the groups that a cost budget left short of their minima."""
    if admission.limits.rows is not None:
        return
    admission.refuse_surplus()
    while len(rows := np.nonzero(admission.open_rows())[0]):
        best = int(rows[np.argmax(objective.gains(rows))])
        admission.add(best)
        found.append(objective.add(best))
        admission.refuse_surplus()
