"""What a method needs in memory beside mapped files, and whether a limit allows it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from cribble.core import Budget, Pool, Selector
from cribble.core.errors import MemoryLimitError
from cribble.core.pool import BASE_BYTES
from cribble.run import estimate

# What the search for near rows takes besides, in two threads: rows of 256 numbers and products.
_SEARCH_BYTES, _WIDTH = 90_000_000, 256
# Of the limit, what blocks and copies beside that state may take.
_SHARE = 0.5
_NUMBER_BYTES = 8


@dataclass(frozen=True, slots=True)
class Footprint:
    """Memory of a run: the whole process, mapped files aside.

    Args:
        least: Bytes below which it is refused; 0 for a method that fits any limit as far as known.
        expected: Bytes at its peak, at most; None where that is not known.
        limit: Bytes that the run is allowed.
    """

    least: int
    expected: int | None
    limit: int

    @property
    def fits(self) -> bool:
        """Whether the limit allows the run."""
        return self.least <= self.limit


def footprint(method: Selector, pool: Pool, picks: int) -> Footprint:
    """Estimate the memory of a run; nothing is computed of the pool.

    Args:
        method: The method with its parameters.
        pool: The pool.
        picks: Rows asked for.
    """
    card, limit = method.card, pool.memory
    if card.row_bytes is not None:
        least = BASE_BYTES + card.row_bytes * len(pool)
        least += card.target_bytes * sum(len(target) for target in pool.targets)
        if _lists_neighbors(method, len(pool), picks):
            least += _SEARCH_BYTES
        return Footprint(least, max(least, min(limit, int(least + _SHARE * limit))), limit)
    held = estimate.operations(card.memory, _sizes(method, pool, picks))
    if held is None:
        return Footprint(0, None, limit)
    whole = BASE_BYTES + _NUMBER_BYTES * int(held)
    return Footprint(whole, whole, limit)


def require_memory(method: Selector, pool: Pool, budget: Budget) -> None:
    """Refuse, before any work, what the memory limit cannot hold.

    Raises:
        MemoryLimitError: The method needs more; the message says how much.
    """
    picks = _picks(budget, len(pool))
    found = footprint(method, pool, picks)
    if not found.fits:
        raise MemoryLimitError(
            method.card.name,
            f"{found.least / 1e6:,.0f} MB",
            f"{found.limit / 1e6:,.0f} MB",
            f"allow more with --memory, or {_remedy(method, len(pool), picks)}",
        )


def _sizes(method: Selector, pool: Pool, picks: int) -> dict[str, float]:
    numbers = {
        field.name: float(value)
        for field in dataclasses.fields(method)  # type: ignore[arg-type]
        if isinstance(value := getattr(method, field.name), (int, float))
    }
    rows = {"n": len(pool), "d": estimate.DEFAULT_WIDTH, "k": picks}
    return {**numbers, **rows, "q": sum(len(target) for target in pool.targets)}


def _picks(budget: Budget, size: int) -> int:
    """How many rows a budget asks for, before anything is read; a tenth where it is in cost."""
    if budget.rows is not None:
        return min(budget.rows, size)
    return int(size * (budget.share if budget.share is not None else 0.1))


def _lists_neighbors(method: Selector, rows: int, picks: int) -> bool:
    """Whether a method goes over neighbors; one that decides by the sizes tells itself."""
    form_for = getattr(method, "form_for", None)
    return form_for is not None and form_for(rows, _WIDTH, picks) == "graph"


def _remedy(method: Selector, rows: int, picks: int) -> str:
    if _lists_neighbors(method, rows, picks):
        return f"set form={'exact' if method.card.name == 'gist' else 'sample'}"
    return "pick a smaller pool with --where, or a method that holds less (`cribble methods`)"
