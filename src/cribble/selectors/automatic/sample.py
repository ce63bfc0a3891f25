"""The rows a race runs on: who is chosen from, who is held out, and under which limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core import Budget, Limits, Pool, row_uniforms
from cribble.metrics.blocked import working

# Of the pool: an eighth, so that a race costs little beside the choice, but enough to judge by.
# Of these: what a round chooses from.
_SHARE, _LEAST, _MOST, _PART = 8, 1_500, 4_000, 1_500
_COPY, _ROUNDING, _BLOCK = 0.1, 1e-5, 1_024
# With a smaller share than this of a part, no method has room to differ from random.
_LEAST_SHARE = 0.05

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """A part of a pool, small enough to race on.

    Args:
        pool: The part, m rows; its texts are in memory.
        limits: The limits of the whole pool.
        rows: (m,) int64 rows of the whole pool, ascending.
        order: (m,) int64 rows of the part in random order.
        families: (m,) int64, for each row of the part the first that it is a copy of, or itself.
        rounds: In how many rounds all rows are held out once.
    """

    pool: Pool
    limits: Limits
    rows: Rows
    order: Rows
    families: Rows
    rounds: int

    @property
    def leaders(self) -> Rows:
        """One row of each family, in random order."""
        found: Rows = self.order[self.families[self.order] == self.order]
        return found

    @property
    def copies(self) -> int:
        """How many rows are copies of another one."""
        return len(self.rows) - len(self.leaders)

    def turn(self, number: int) -> tuple[Rows, Rows]:
        """Rows of the part to choose from in a round, and those held out, both ascending.

        Each row without its copies is held out in one round, and no copy of it can be chosen
        meanwhile.
        """
        out = self.leaders[number :: self.rounds]
        others = self.order[~np.isin(self.families[self.order], out)]
        part = np.roll(others, -number * len(others) // self.rounds)[:_PART]
        return np.sort(part), np.sort(out)

    def budget(self, part: Rows, column: str) -> Budget:
        """The budget of the whole pool, cut down to some rows of the sample.

        Rows, cost and group limits shrink together; kept rows stay kept where they are.

        Args:
            part: (p,) int64 rows to choose from, ascending.
            column: Signal of the costs.
        """
        limits, inside = self.limits, self.rows[part]
        kept = np.flatnonzero(np.isin(inside, limits.keep))
        if limits.costs is not None:
            asked, own = limits.cost or 0.0, limits.costs[inside]
            cost = _cut(asked, float(limits.costs[~limits.excluded].sum()), float(own.sum()))
            cost = max(cost, float(own[kept].sum()))
            lower, upper = self._group_limits(inside, kept, cost / asked if asked else 1.0)
            return Budget(
                cost=cost, cost_column=column, keep=kept.tolist(), **self._named(lower, upper)
            )
        rows = max(1, round(_cut(limits.most_rows, int((~limits.excluded).sum()), len(part))))
        lower, upper = self._group_limits(inside, kept, rows / max(1, limits.most_rows))
        codes, groups = limits.groups.codes[inside], len(lower)
        there, held = (np.bincount(one, minlength=groups) for one in (codes, codes[kept]))
        rows = max(rows, int(np.maximum(lower, held).sum()))
        rows = min(rows, int(np.minimum(upper, there).sum()))
        return Budget(rows=rows, keep=kept.tolist(), **self._named(lower, upper))

    def _group_limits(self, inside: Rows, kept: Rows, ratio: float) -> tuple[Rows, Rows]:
        """Minima and maxima by group, as much lower as the budget, that the rows can meet."""
        limits, groups = self.limits, len(self.limits.lower)
        codes = limits.groups.codes[inside]
        there, held = (np.bincount(one, minlength=groups) for one in (codes, codes[kept]))
        lower = np.minimum(np.floor(limits.lower * ratio).astype(np.int64), there)
        upper = np.ceil(limits.upper * ratio).astype(np.int64)
        return lower, np.maximum(upper, np.maximum(lower, held))

    def _named(self, lower: Rows, upper: Rows) -> dict[str, Any]:
        """Limits by group in the words of a budget; none where it had none."""
        column, names = self.limits.column, self.limits.groups.names
        if not column:
            return {}
        return {
            word: {column: dict(zip(names, bounds.tolist(), strict=True))}
            for word, bounds in (("at_least", lower), ("at_most", upper))
        }


def _cut(asked: float, whole: float, part: float) -> float:
    """As much of what a part holds as is asked of the whole, or more where that is little."""
    share = float(asked / whole) if whole > 0 else 0.0
    return float(max(share * part, min(asked, _LEAST_SHARE * part)))


def sample_of(pool: Pool, limits: Limits, rounds: int, seed: int) -> Sample:
    """Draw rows that may be picked, and find copies among them.

    Args:
        pool: The pool.
        limits: What must hold.
        rounds: In how many rounds all rows are held out once.
        seed: Decides which rows are drawn, and when each is held out.
    """
    rows = np.flatnonzero(~limits.excluded)
    draws = row_uniforms(seed, "race order", 0, len(pool))[rows]
    if len(rows) > (most := min(max(len(rows) // _SHARE, _LEAST), _MOST)):
        drawn = np.sort(np.argpartition(draws, most)[:most])
        rows, draws = rows[drawn], draws[drawn]
    part = pool.part(rows).in_memory()
    families = _families(part)
    order = np.argsort(draws, kind="stable")
    return Sample(part, limits, rows, order, families, rounds)


def _families(pool: Pool) -> Rows:
    """For each row the first one that it is a copy of, or itself, (m,) int64."""
    if pool.has("embedding") and pool.signal("embedding").ndim == 2:
        return _near(pool.signal("embedding"))
    if pool.has_text:
        return first_of_equals([text for block in pool.text_blocks() for text in block])
    return np.arange(len(pool))


def first_of_equals(texts: list[str]) -> Rows:
    """For each text the place of the first that is equal but for case and spaces."""
    first: dict[str, int] = {}
    found = [first.setdefault(" ".join(one.lower().split()), i) for i, one in enumerate(texts)]
    return np.array(found, dtype=np.int64)


def _near(vectors: NDArray[Any]) -> Rows:
    """For each row the first that it is a copy of: no chain of likeness joins rows that differ."""
    points, squares, limit = _centered(vectors)
    # |x - y|^2 <= limit where x.y - |x|^2 / 2 - |y|^2 / 2 >= -limit / 2: one product tells.
    ones = np.ones_like(squares)
    left, right = np.hstack([points, -squares, -ones]), np.hstack([points, ones, squares])
    first = np.arange(len(points))
    for low in range(0, len(points), _BLOCK):
        near = left[low : low + _BLOCK] @ right[: low + _BLOCK].T >= -limit / 2
        near &= np.tri(len(near), near.shape[1], low - 1, dtype=np.bool_)
        for row in np.flatnonzero(near.any(axis=1)).tolist():
            others = np.flatnonzero(near[row])
            # A copy is compared with rows that are none themselves.
            alone = others[first[others] == others]
            first[low + row] = alone[0] if len(alone) else low + row
    return first


def _centered(vectors: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any], float]:
    """Rows about their mean, half of their squares as a column, and the square that copies keep to.

    Near is a tenth of what nearest neighbors are apart where rows have no structure: the mean
    distance from the mean, over n^(1/d).
    """
    points = working(vectors)
    points = points - points.mean(axis=0, dtype=np.float64).astype(points.dtype)
    squares = np.einsum("ij,ij->i", points, points)[:, None] / 2
    size, dim = points.shape
    share = max((_COPY * size ** (-1 / dim)) ** 2, _ROUNDING)
    return points, squares, share * 2 * float(squares.mean())
