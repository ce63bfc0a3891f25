"""Every limit counted again on the finished picks, by other code than the method's."""

from __future__ import annotations

from typing import Any

import numpy as np

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
    table: list[dict[str, Any]] = []
    broken: list[str] = []

    def put(limit: str, asked: float, reached: float, held: bool) -> None:
        table.append({"limit": limit, "asked": asked, "reached": reached})
        if not held:
            broken.append(f"{limit} {asked}, reached {reached}")

    if limits.rows is not None:
        put("rows", limits.rows, len(picks), len(picks) == limits.rows)
    if limits.cost is not None and limits.costs is not None:
        spent = float(limits.costs[picks].sum())
        put("cost at most", limits.cost, spent, spent <= limits.cost * (1 + 1e-9))
    counts = np.bincount(limits.groups.codes[picks], minlength=len(limits.lower))
    for code, name in enumerate(limits.groups.names):
        group, reached = f"{limits.column}:{name}", int(counts[code])
        least, most = int(limits.lower[code]), int(limits.upper[code])
        if least > 0:
            put(f"{group} at least", least, reached, reached >= least)
        if most < limits.size:
            put(f"{group} at most", most, reached, reached <= most)
    if len(limits.keep):
        kept = int(np.isin(limits.keep, picks).sum())
        put("kept rows", len(limits.keep), kept, kept == len(limits.keep))
    if limits.excluded.any():
        bad = int(limits.excluded[picks].sum())
        put("dropped rows picked", 0, bad, bad == 0)
    if broken:
        raise RuntimeError(f"{selection.method} broke a limit: {'; '.join(broken)}")
    return table
