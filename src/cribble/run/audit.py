"""Every limit counted again on the finished picks, by other code than the method's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core import Limits, Selection


def audit(selection: Selection, limits: Limits) -> list[dict[str, Any]]:
    """Set what was asked beside what was reached.

    Args:
        selection: The picks.
        limits: What they must hold.

    Returns:
        One entry a limit: ``limit``, ``asked``, ``reached``; all are held.

    Raises:
        RuntimeError: A limit is not held, or the picks are not distinct rows of the pool. That is
            a fault of the method, never of the user.
    """
    picks = selection.indices
    distinct = len(np.unique(picks)) == len(picks)
    if not distinct or (len(picks) and not (picks.min() >= 0 and picks.max() < limits.size)):
        raise RuntimeError(f"{selection.method} returned repeated or unknown rows")
    counted = list(count_limits(picks, limits))
    if broken := [entry for entry, held in counted if not held]:
        told = "; ".join(
            f"{one['limit']} {one['asked']}, reached {one['reached']}" for one in broken
        )
        raise RuntimeError(f"{selection.method} broke a limit: {told}")
    return [entry for entry, _ in counted]


def count_limits(picks: NDArray[np.int64], limits: Limits) -> Iterator[tuple[dict[str, Any], bool]]:
    """Count every limit on some rows, whoever picked them.

    Args:
        picks: (k,) int64 distinct rows.
        limits: What is asked of them.

    Yields:
        An entry as `audit` gives it, and whether the limit is held.
    """
    if limits.rows is not None:
        yield _entry("rows", limits.rows, len(picks)), len(picks) == limits.rows
    if limits.cost is not None and limits.costs is not None:
        spent = float(limits.costs[picks].sum())
        yield _entry("cost at most", limits.cost, spent), spent <= limits.cost * (1 + 1e-9)
    counts = np.bincount(limits.groups.codes[picks], minlength=len(limits.lower))
    for code, name in enumerate(limits.groups.names):
        group, reached = f"{limits.column}:{name}", int(counts[code])
        least, most = int(limits.lower[code]), int(limits.upper[code])
        if least > 0:
            yield _entry(f"{group} at least", least, reached), reached >= least
        if most < limits.size:
            yield _entry(f"{group} at most", most, reached), reached <= most
    if len(limits.keep):
        kept = int(np.isin(limits.keep, picks).sum())
        yield _entry("kept rows", len(limits.keep), kept), kept == len(limits.keep)
    if limits.excluded.any():
        bad = int(limits.excluded[picks].sum())
        yield _entry("dropped rows picked", 0, bad), bad == 0


def _entry(limit: str, asked: float, reached: float) -> dict[str, Any]:
    return {"limit": limit, "asked": asked, "reached": reached}
