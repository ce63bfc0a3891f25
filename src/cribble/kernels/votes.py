"""What the labels of a row's neighbors say of its own: five scores of how typical it is."""

from __future__ import annotations

from collections import deque
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cribble.kernels.distances import squared_distance
from cribble.kernels.threads import in_threads

_ROWS = 16_384
# Odds of one in ten against the row's own label.
_DOUBT = 1 / 9


class Votes(NamedTuple):
    """Scores and counts of each row.

    Args:
        scores: (n, 5) float64, large is typical: adv, ret, agr, conf and priv.
        own: (n,) int64 neighbors of the row's own label.
        rival: (n,) int64 neighbors of the label that is most common among the others.
        close: (n,) int64 how many of the nearest few neighbors have the row's own label.
    """

    scores: NDArray[np.float64]
    own: NDArray[np.int64]
    rival: NDArray[np.int64]
    close: NDArray[np.int64]


@njit(cache=True, nogil=True)
def _distances(X, row, near, labels, few, gaps):  # type: ignore[no-untyped-def]
    """Distance that the label holds out, and how many of the nearest ``few`` agree with it."""
    own, other, farthest = np.inf, np.inf, 0.0
    for place in range(len(near)):
        gaps[place] = np.inf
        if near[place] < len(X):
            gap = np.sqrt(squared_distance(X[row], X[near[place]], np.inf))
            gaps[place] = gap
            farthest = max(farthest, gap)
            if labels[near[place]] == labels[row]:
                own = min(own, gap)
            else:
                other = min(other, gap)
    close = 0
    for _ in range(min(few, len(near))):
        best = 0
        for place in range(1, len(near)):
            if gaps[place] < gaps[best] or (gaps[place] == gaps[best] and near[place] < near[best]):
                best = place
        if gaps[best] < np.inf:
            close += labels[near[best]] == labels[row]
            gaps[best] = np.inf
            near[best] = len(X)
    return (min(other, farthest) - min(own, farthest)) / 2, close


@njit(cache=True, nogil=True)
def _privacy(counts, seen, own, rival, classes):  # type: ignore[no-untyped-def]
    """Minus the least epsilon at which a noisy vote is right nine times in ten."""
    if classes == 1:
        return 0.0
    if own <= rival:
        return -(2 * np.log(classes / _DOUBT) + 1 + rival - own)
    epsilon = 0.0
    for _ in range(100):
        # Convex and falling, so that Newton's steps from 0 never pass the root.
        value = (classes - len(seen)) * np.exp(-epsilon * own / 2)
        slope = -value * own / 2
        for code in seen:
            margin = own - counts[code]
            if margin > 0:
                share = np.exp(-epsilon * margin / 2)
                value += share
                slope -= share * margin / 2
        if own == 0 or value <= _DOUBT * (1 + 1e-12):
            break
        epsilon += (_DOUBT - value) / slope
    return -epsilon


@njit(cache=True, nogil=True)
def _some_votes(X, first, found, labels, halves, members, classes, few, scores, tallies):  # type: ignore[no-untyped-def]
    """Score the rows from ``first`` on, whose neighbors are ``found``."""
    counts = np.zeros((members + 1, classes), dtype=np.int64)
    totals = np.zeros(members + 1, dtype=np.int64)
    gaps = np.empty(found.shape[1])
    near = np.empty(found.shape[1], dtype=np.int64)
    listed = np.empty(min(found.shape[1], classes) + 1, dtype=np.int64)
    for i in range(len(found)):
        row, size = first + i, 0
        totals[:] = 0
        for place in range(found.shape[1]):
            j = found[i, place]
            near[place] = j
            if j >= len(X):
                continue
            code = labels[j]
            if counts[members, code] == 0:
                # Kept in order, so that sums do not hang on the order of the neighbors.
                at = size
                while at > 0 and listed[at - 1] > code:
                    listed[at] = listed[at - 1]
                    at -= 1
                listed[at] = code
                size += 1
            counts[members, code] += 1
            totals[members] += 1
            for m in range(members):
                inside = np.int64(halves[j] >> np.uint32(m) & np.uint32(1))
                counts[m, code] += inside
                totals[m] += inside
        seen = listed[:size]
        rest, prior = classes - size, 1.0 / classes
        all_rest = prior / (totals[members] + 1)
        conf, drift, entropy, mean_rest = 0.0, 0.0, 0.0, 0.0
        for m in range(members):
            p = prior / (totals[m] + 1)
            mean_rest += p / members
            largest = p if rest > 0 else 0.0
            entropy -= rest * p * np.log(p)
            drift += rest * (p - all_rest) * np.log(p / all_rest)
            for code in seen:
                p = (counts[m, code] + prior) / (totals[m] + 1)
                q = (counts[members, code] + prior) / (totals[members] + 1)
                largest = max(largest, p)
                entropy -= p * np.log(p)
                drift += (p - q) * np.log(p / q)
            conf += largest
        mixed = -rest * mean_rest * np.log(mean_rest)
        own, rival = 0, 0
        for code in seen:
            p = 0.0
            for m in range(members):
                p += (counts[m, code] + prior) / (totals[m] + 1) / members
            mixed -= p * np.log(p)
            if code == labels[row]:
                own = counts[members, code]
            else:
                rival = max(rival, counts[members, code])
        scores[i, 1] = -drift / members
        scores[i, 2] = entropy / members - mixed
        scores[i, 3] = conf / members
        scores[i, 4] = _privacy(counts[members], seen, own, rival, classes)
        scores[i, 0], tallies[i, 2] = _distances(X, row, near, labels, few, gaps)
        tallies[i, 0], tallies[i, 1] = own, rival
        for code in seen:
            counts[:, code] = 0


def neighbor_votes(
    X: NDArray[Any],
    found: NDArray[np.int32],
    labels: NDArray[np.int64],
    halves: NDArray[np.uint32],
    members: int,
    few: int,
) -> Votes:
    """Score how typical each row is of its label, from the labels of its neighbors alone.

    The models are votes: the shares of the labels among a row's neighbors, with one vote spread
    evenly over all labels. An ensemble has one model a random half of the rows. No row is among
    its own neighbors, so that every prediction is out of sample. Large is typical in all five:

    - adv: how far the row can be moved at least before a row of another label can be its nearest
      neighbor: half the distance to the nearest of another label, less that to the nearest of its
      own; negative where another label is nearer. Where no neighbor has a label, it counts as
      being at the farthest of them.
    - ret: minus the symmetric KL divergence, in nats, between a half's vote and the vote of all,
      which has learned the other half too; the mean over halves.
    - agr: minus the Jensen-Shannon divergence of the halves' votes, in nats.
    - conf: the largest share, a mean over halves.
    - priv: minus the least epsilon at which a vote by the exponential mechanism names the row's own
      label nine times in ten. Where the label is not the commonest, no epsilon does; the score is
      then below all others, the lower the further the label is behind.

    Args:
        X: (n, d) float32 or float64.
        found: (n, k) int32 neighbors of each row; n stands for none.
        labels: (n,) int64 codes from 0.
        halves: (n,) uint32, bit m says whether a row is in half m.
        members: Number of halves, from 1 to 32.
        few: How many of the nearest neighbors `Votes.close` looks at.

    Returns:
        Time O(n k (d + members)); memory 64 bytes a row, and O(members labels) a thread.
    """
    classes = int(labels.max(initial=0)) + 1
    scores = np.empty((len(X), 5))
    tallies = np.empty((len(X), 3), dtype=np.int64)

    def work(start: int) -> None:
        rows = slice(start, start + _ROWS)
        _some_votes(
            X,
            start,
            found[rows],
            labels,
            halves,
            members,
            classes,
            few,
            scores[rows],
            tallies[rows],
        )

    deque(in_threads(work, range(0, len(X), _ROWS)), maxlen=0)
    return Votes(scores, *tallies.T)
