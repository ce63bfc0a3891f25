"""Several rankings take turns: each picks its best row that may still be added."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cribble.constraints import Admission
from cribble.kernels.topk import Nearest

# Rankings overlap: heads four times as long as the picks they give seldom run dry.
_DEPTH = 4
_LEAST_DEPTH = 16
# Score, row and owner, in a list that grows to twice its length before it is cut.
_SLOT_BYTES = 48

Search = Callable[[int, NDArray[np.bool_]], Nearest]


class Turns(NamedTuple):
    """Who picked what; one entry per pick, without the kept rows.

    Args:
        rankings: (p,) int64, the ranking whose turn it was.
        owners: (p,) int64, the query behind the score, as the search names it.
        scores: (p,) float64, the score of the pick in that ranking.
        passes: How often the search was asked.
    """

    rankings: NDArray[np.int64]
    owners: NDArray[np.int64]
    scores: NDArray[np.float64]
    passes: int

    def reasons(self, sizes: Sequence[int], measure: str) -> list[str]:
        """Say for each pick which row of which target it is closest to, and by how much.

        Args:
            sizes: Rows of each target; the queries are their rows in order.
            measure: What the score is called.
        """
        ends = np.cumsum(sizes)
        task = np.searchsorted(ends, self.owners, side="right")
        row = self.owners - (ends - sizes)[task]
        several = len(sizes) > 1
        return [
            f"closest to row {r} of target {t} ({measure} {score:.2f})"
            if several
            else f"closest to target row {r} ({measure} {score:.2f})"
            for t, r, score in zip(task, row, self.scores, strict=True)
        ]


def ranking_starts(sizes: Sequence[int]) -> NDArray[np.int64]:
    """Where each ranking's queries start: one ranking a row of one target, or one a target."""
    if len(sizes) == 1:
        return np.arange(sizes[0] + 1)
    return np.concatenate([[0], np.cumsum(sizes)])


def round_robin(admission: Admission, search: Search, rankings: int, memory: int) -> Turns:
    """Cycle through the rankings in their order until nothing more can be added.

    A ranking that meets a row that is picked or refused moves on in the same turn. Only the head
    of each ranking is held; when one runs dry, all are searched anew among the rows still open,
    twice as deep. A refused row is refused for good, so the picks are those of full rankings.

    Args:
        admission: What is picked so far and may still be; the picks are added to it.
        search: Gives the best ``count`` rows of every ranking that are not ``blocked``.
        rankings: Number of rankings, at least 1.
        memory: Bytes that the heads may take while they are searched.

    Returns:
        Whose turn each pick was.
    """
    wanted = admission.limits.rows
    longest = max(1, min(admission.limits.size, memory // (_SLOT_BYTES * rankings)))
    length = max(_LEAST_DEPTH, -(-_DEPTH * admission.limits.most_rows // rankings))
    turns: list[tuple[int, int]] = []
    scores: list[float] = []
    passes = 0
    heads: Nearest | None = None
    while wanted is None or len(admission.picks) < wanted:
        if heads is None:
            open_rows = admission.open_rows()
            if not open_rows.any():
                break
            heads = search(min(length, longest), ~open_rows)
            at = np.zeros(rankings, dtype=np.int64)
            length, passes = 2 * length, passes + 1
        ranking = len(turns) % rankings
        place = _next_open(admission, heads.rows[ranking], int(at[ranking]))
        if place is None:
            heads = None
            continue
        admission.add(int(heads.rows[ranking, place]))
        turns.append((ranking, int(heads.owners[ranking, place])))
        scores.append(float(heads.scores[ranking, place]))
        at[ranking] = place + 1
    who = np.asarray(turns, dtype=np.int64).reshape(-1, 2)
    return Turns(who[:, 0], who[:, 1], np.asarray(scores), passes)


def _next_open(admission: Admission, rows: NDArray[np.int64], place: int) -> int | None:
    """Find the first place, from ``place`` on, whose row may be added."""
    while place < len(rows) and rows[place] >= 0:
        if admission.admits(int(rows[place])):
            return place
        place += 1
    return None
