"""Hypothesis strategies: small pools under any mix of limits, feasible or not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st

from cribble.core import Budget, Groups, Pool
from cribble.testing.pools import KINDS, make_pool


@st.composite
def pools(draw: st.DrawFn, needs: Sequence[str] = (), least: int = 0, most: int = 12) -> Pool:
    """A pool of `make_pool` with what ``needs`` names and ``least`` to ``most`` rows."""
    return make_pool(
        needs,
        draw(st.integers(least, most)),
        kind=draw(st.sampled_from(KINDS)),
        seed=draw(st.integers(0, 2**16)),
    )


@st.composite
def _priced_pools(draw: st.DrawFn, most: int) -> Pool:
    n = draw(st.integers(1, most))
    number = draw(st.integers(1, 3))

    def column(low: int, high: int) -> list[int]:
        return draw(st.lists(st.integers(low, high), min_size=n, max_size=n))

    return Pool(
        n,
        signals={
            "tokens": np.array(column(0, 4), dtype=np.float64),
            "quality": np.array(column(-3, 8), dtype=np.float32),
        },
        groups={"source": Groups(np.array(column(0, number - 1)), tuple("abc"[:number]))},
    )


@st.composite
def problems(draw: st.DrawFn, most: int = 7) -> tuple[Pool, Budget]:
    """A pool of 1 to ``most`` rows with costs and groups, and a budget that may be infeasible.

    Signals "tokens" (whole, 0 to 4, as float64) and "quality" (whole, -3 to 8, as float32); the
    grouping "source" with up to three groups, some of them empty.
    """
    pool = draw(_priced_pools(most))
    n, names = len(pool), pool.groups("source").names
    limits: dict[str, Any] = {}
    for bound in ("at_least", "at_most"):
        if draw(st.booleans()):
            limits[bound] = {"source": {name: draw(st.integers(0, min(3, n))) for name in names}}
    fate = draw(st.lists(st.sampled_from("----kd"), min_size=n, max_size=n))
    limits["keep"] = [row for row in range(n) if fate[row] == "k"]
    limits["drop"] = [row for row in range(n) if fate[row] == "d"]
    if draw(st.booleans()):
        return pool, Budget(rows=draw(st.integers(0, n)), **limits)
    return pool, Budget(cost=draw(st.integers(0, 3 * n)), **limits)


@st.composite
def feasible_problems(draw: st.DrawFn, most: int = 7) -> tuple[Pool, Budget]:
    """A pool as in `problems`, and a tight budget built around one set that holds it."""
    pool = draw(_priced_pools(most))
    n, groups = len(pool), pool.groups("source")
    inside = np.array(draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    fixed = np.array(draw(st.lists(st.integers(0, 4), min_size=n, max_size=n))) == 0
    counts = np.bincount(groups.codes[inside], minlength=len(groups.names))
    named = list(zip(groups.names, counts.tolist(), strict=True))
    limits: dict[str, Any] = {
        "at_least": {"source": {name: draw(st.integers(0, count)) for name, count in named}},
        "at_most": {"source": {name: count + draw(st.integers(0, 2)) for name, count in named}},
        "keep": np.nonzero(inside & fixed)[0].tolist(),
        "drop": np.nonzero(~inside & fixed)[0].tolist(),
    }
    if draw(st.booleans()):
        return pool, Budget(rows=int(inside.sum()), **limits)
    cost = float(pool.signal("tokens")[inside].sum())
    return pool, Budget(cost=cost + draw(st.integers(0, 4)), **limits)
