"""What a method needs in memory beside mapped files, and whether a limit allows it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from cribble.core import Budget, Pool, Selector
from cribble.core.errors import MemoryLimitError
from cribble.core.pool import BASE_BYTES
from cribble.run import estimate

# Bytes of state a row that a method holds at its peak, rounded up: its arrays counted, held against
# `python benchmarks/scale.py all`, which says where a peak is above what is told here. All else it
# holds is cut to shares of the limit, or mapped. First those that are measured at ten million rows.
ROW_BYTES = {
    "random": 60,
    "stratified": 75,
    "top-score": 60,
    "ccs": 75,
    "rds-plus": 20,
    "k-center": 50,
    "gist": 110,
    "kmq": 130,
    "sensitivity": 130,
    "facility-location": 110,
    "dsir": 110,
    "difficulty-band": 80,
    "ds-weight": 80,
    "long-tail": 100,
    "odis": 140,
    "multiwinner": 160,
    "noisy-label": 220,
    "pareto": 390,
    "bm25": 110,
    "moore-lewis": 110,
    "quality-ensemble": 110,
    "zip-fit": 110,
    "auto-coreset": 110,
    "balance": 110,
    "craig": 110,
    "density-ratio": 110,
    "dpp-map": 110,
    "fair-k-center": 110,
    "fair-range-clustering": 110,
    "fair-streaming": 110,
    "feature-based": 110,
    "got-d": 110,
    "graph-cut": 110,
    "grouped-herding": 110,
    "herding": 110,
    "importance-resample": 110,
    "independent-set": 110,
    "k-dpp": 110,
    "kernel-thinning": 110,
    "k-median": 110,
    "leverage": 110,
    "lightweight": 110,
    "max-sum-diversification": 110,
    "mmr": 110,
    "projektor": 110,
    "prob-cover": 110,
    "rand-greedi": 110,
    "recombination": 110,
    "sieve-streaming": 110,
    "tarot": 110,
    "vendi": 110,
    "volume-sampling": 110,
    "adapt-infinity": 150,
    "deep-set": 150,
    "diverse-outliers": 150,
    "hierarchical-kmeans": 150,
    "k-medoids": 150,
    "semdedup": 150,
    "pivotal-leverage": 240,
    "grouped-facility-location": 150,
    "conditional-gain": 150,
    "lima": 150,
    "mutual-information": 150,
    "saturated-coverage": 150,
    "mig": 300,
    # The most of what races in it.
    "auto": 150,
    "vote-k": 3_600,
}
# Bytes for each target row of some 2,000 bytes: what a classifier learns from grows with them.
TARGET_BYTES = {"bm25": 200_000, "quality-ensemble": 600_000}
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
    if card.name in ROW_BYTES:
        least = BASE_BYTES + ROW_BYTES[card.name] * len(pool)
        least += TARGET_BYTES.get(card.name, 0) * sum(len(target) for target in pool.targets)
        if _lists_neighbors(method, len(pool), picks):
            least += _SEARCH_BYTES
        return Footprint(least, max(least, min(limit, int(least + _SHARE * limit))), limit)
    held = estimate.operations(card.memory, _sizes(method, pool, picks))
    if held is None:
        return Footprint(0, None, limit)
    whole = BASE_BYTES + _NUMBER_BYTES * int(held)
    if card.out_of_core:
        return Footprint(0, max(BASE_BYTES, min(whole, limit)), limit)
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
