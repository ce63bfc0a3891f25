"""Learned set functions: what a row adds to random subsets of its pool, and how to learn it.

F(S | V) = last . relu(sum of h over S, times own + sum of h over V, times whole + bias), where
h = tanh(x embed + shift). Sums over a ground set V of n rows count for ``typical`` / n each, so
that what was learned on small sets serves a pool of any size; at n = ``typical`` this is plain.
A complement's sum, over V without S, in the place of V's makes the same family of functions.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cribble.kernels.threads import limited_threads

_BLOCK = 1024


class SetWeights(NamedTuple):
    """The parameters of F, all float64.

    Args:
        embed: (d, p), rows to features.
        shift: (p,), added to them.
        own: (p, r), what the picked rows' features make of the hidden units.
        whole: (p, r), what the features of the ground set make of them; 0 where F does not see it.
        bias: (r,), added to them.
        last: (r,), hidden units to the value.
    """

    embed: NDArray[np.float64]
    shift: NDArray[np.float64]
    own: NDArray[np.float64]
    whole: NDArray[np.float64]
    bias: NDArray[np.float64]
    last: NDArray[np.float64]


def mean_gains(
    X: NDArray[Any], weights: SetWeights, masks: NDArray[np.bool_], typical: float
) -> NDArray[np.float64]:
    """Average F(S with i) - F(S without i) over subsets S, for every row i.

    With uniform random subsets, the sigmoid of this is one step of mean-field inference in the
    distribution proportional to exp F. With all subsets it is exact.

    Args:
        X: (n, d) float.
        weights: The set function.
        masks: (m, n) bool, the subsets.
        typical: Rows of a ground set as F was trained on them.

    Returns:
        (n,) float64. Time O(n (d p + p r + m r)); memory: blocks of 1,024 rows, m r a row.
    """
    share = typical / max(1, len(X))
    own = np.zeros((len(masks), len(weights.bias)))
    whole = np.zeros(len(weights.shift))
    gains = np.empty(len(X))
    # One thread, because products on several may differ in their last bits.
    with limited_threads(1):
        for start in range(0, len(X), _BLOCK):
            states = _states(X[start : start + _BLOCK], weights)
            whole += states.sum(axis=0)
            own += masks[:, start : start + _BLOCK] @ (states @ weights.own)
        base = share * own + (share * whole @ weights.whole + weights.bias)
        for start in range(0, len(X), _BLOCK):
            block = slice(start, start + _BLOCK)
            added = _states(X[block], weights) @ weights.own
            without = base[:, None] - share * masks[:, block, None] * added
            rise = np.maximum(without + added, 0) - np.maximum(without, 0)
            gains[block] = rise.mean(axis=0) @ weights.last
    return gains


def _states(X: NDArray[Any], weights: SetWeights) -> NDArray[np.float64]:
    return np.tanh(np.ascontiguousarray(X, dtype=np.float64) @ weights.embed + weights.shift)


def subset_loss(
    X: NDArray[np.float64],
    wanted: NDArray[np.bool_],
    starts: NDArray[np.int64],
    masks: NDArray[np.bool_],
    weights: SetWeights,
    typical: float,
) -> tuple[float, SetWeights]:
    """Cross-entropy of one mean-field step against the best subsets, and its gradient.

    In each ground set the wanted rows weigh as much together as the others do.

    Args:
        X: (n, d) float64, the rows of all ground sets, set after set.
        wanted: (n,) bool, the rows of the best subsets.
        starts: (b,) int64, the first row of each ground set; none is empty.
        masks: (m, n) bool, the random subsets of the mean-field step.
        weights: The set function.
        typical: As for `mean_gains`.

    Returns:
        The loss, a mean over ground sets, and its derivatives by all weights. Memory: a few times
        8 m n r bytes.

    Source:
        Ou et al. (2022), arXiv:2203.01693; with sums over the ground set, Xie et al. (2024),
        arXiv:2402.03139.
    """
    counts = np.diff(starts, append=len(X))
    group = np.repeat(np.arange(len(starts)), counts)
    share = typical / counts[group][:, None]
    states = _states(X, weights)
    added = states @ weights.own
    whole = np.add.reduceat(states * share, starts)
    inside = masks[..., None]
    sums = np.add.reduceat(inside * added, starts, axis=1)[:, group]
    low = share * (sums - inside * added) + (whole @ weights.whole + weights.bias)[group]
    high = low + added
    rise = (np.maximum(high, 0) - np.maximum(low, 0)).mean(axis=0)
    gains = rise @ weights.last

    positive = np.add.reduceat(wanted.astype(np.int64), starts)
    shares = np.where(wanted, positive[group], (counts - positive)[group])
    importance = 0.5 / (shares * len(starts))
    sign = np.where(wanted, 1.0, -1.0)
    loss = float(importance @ np.logaddexp(0, -sign * gains))

    slope = -importance * sign / (1 + np.exp(np.clip(sign * gains, -500, 500)))
    back = slope[:, None] * weights.last / len(masks)
    by_high = back * (high > 0)
    by_both = by_high - back * (low > 0)
    by_sums = np.add.reduceat(share * by_both, starts, axis=1)[:, group]
    by_added = (by_high + inside * (by_sums - share * by_both)).sum(axis=0)
    by_bias = np.add.reduceat(by_both.sum(axis=0), starts)
    by_states = by_added @ weights.own.T + share * (by_bias @ weights.whole.T)[group]
    by_embedded = by_states * (1 - states**2)
    gradient = SetWeights(
        embed=X.T @ by_embedded,
        shift=by_embedded.sum(axis=0),
        own=states.T @ by_added,
        whole=whole.T @ by_bias,
        bias=by_bias.sum(axis=0),
        last=slope @ rise,
    )
    return loss, gradient
