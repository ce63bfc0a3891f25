"""Head-tail greedy: order rows from both ends, so that fewer and fewer are in question."""

from __future__ import annotations

import numpy as np

from cribble.constraints import Admission
from cribble.objectives.base import Objective
from cribble.optimizers.base import Run
from cribble.optimizers.certificate import final_bound


def head_tail(head: Objective, tail: Objective, admission: Admission, pending: int = 8) -> Run:
    """Grow an order of the rows from its head by the best row, from its tail by the worst.

    Each round evaluates every row in question and adds the best to the head. The ``pending``
    lowest of the others are then evaluated against the tail, and the one that adds the least to
    it joins the tail. Ordering m rows takes about m^2 / 4 + m pending / 2 evaluations, where
    greedy takes m^2 / 2. Nothing is proven of the order; up to the first row that greedy wants
    and the tail took, it is that of greedy. The double greedy of Buchbinder et al. is another.

    Args:
        head: An objective of any kind, at the empty set.
        tail: The same objective again, at the empty set.
        admission: The limits; the picks are added to it. Rows it has picked already come first.
        pending: Rows evaluated against the tail in a round, at least 1. While no more than
            these are in question, the head alone grows.

    Returns:
        The picks in order: the head, then the tail from its last row to its first, as far as the
        limits ask for more.

    Source:
        Chen et al. (2025), arXiv:2504.00470.
    """
    found = [head.add(row) for row in admission.picks]
    last: list[int] = []
    waiting = admission.open_rows()
    evaluations = 0
    while not admission.full:
        rows = np.nonzero(waiting & admission.open_rows())[0]
        if not len(rows):
            break
        gains = head.gains(rows)
        evaluations += len(rows)
        best = int(np.argmax(gains))
        if len(rows) > pending:
            low = np.argsort(gains, kind="stable")[:pending]
            low = np.sort(rows[low[low != best]])
            if len(low):
                worst = int(low[np.argmin(tail.gains(low))])
                evaluations += len(low)
                tail.add(worst)
                last.append(worst)
                waiting[worst] = False
        found.append(head.add(int(rows[best])))
        admission.add(int(rows[best]))
        waiting[rows[best]] = False
    for row in reversed(last):
        if admission.admits(row):
            found.append(head.add(row))
            admission.add(row)
    return Run(
        np.asarray(admission.picks, dtype=np.int64),
        np.asarray(found, dtype=np.float64),
        head.value,
        final_bound(head, admission),
        evaluations,
    )
