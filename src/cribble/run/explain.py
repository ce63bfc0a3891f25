"""Why a row of a recorded run is in, or what stood before it, for every method alike."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from cribble.core import Explanation, Limits, Pool, Progress, Selection
from cribble.run.cards import summary
from cribble.run.excerpt import excerpts
from cribble.run.execute import Prepared
from cribble.run.revision import Changes
from cribble.run.rowlist import find_rows
from cribble.run.verify import repeat

# How many rows that a pick stands for are shown with their text.
SHOWN = 5


def explain(run: str | Path, asked: str, progress: Progress) -> dict[str, Any]:
    """Do a run again from the cache and tell why a row is in, or what stood before it.

    Args:
        run: The manifest of the run, or its output.
        asked: An id or a row number.
        progress: Where long steps report.

    Returns:
        The fields of `Explanation`, with limits, filters, nearest pick and target told in
        ``text``; the row's ``id`` and ``excerpts`` of it and of the first rows it stands for.

    Raises:
        DataError: There is no manifest, or the run gives other picks now.
        UnknownNameError: The pool has no such row.
    """
    again = repeat(run, progress)
    rows = again.prepared.pool.rows
    assert rows is not None
    row = find_rows("explain", (asked,), rows)[0]
    return tell(again.prepared, again.selection, again.changes, row)


def tell(prepared: Prepared, selection: Selection, changes: Changes, row: int) -> dict[str, Any]:
    """Tell why a row is in or out, the keys of `explain`.

    Args:
        prepared: The run, its filters done.
        selection: What the method chose.
        changes: What was changed by hand afterwards.
        row: The row.
    """
    rows = prepared.pool.rows
    assert rows is not None
    told = changes.explain(selection, row)
    by_hand = row in changes.added or row in changes.removed
    more = [] if by_hand else circumstances(prepared, selection, told)
    shown = [row] if told.represented_by in (None, row) else [row, told.represented_by]
    shown += [int(one) for one in told.stands_for if one != row][:SHOWN]
    return {
        "row": row,
        "id": rows.ids([row])[0],
        "picked": told.picked,
        "rank": told.rank,
        "gain": told.gain,
        "score": told.score,
        "stands_for": len(told.stands_for),
        "represented_by": told.represented_by,
        "text": "; ".join([told.text, *more]),
        "excerpts": [{"row": one, "text": text} for one, text in excerpts(rows, shown)],
    }


def circumstances(prepared: Prepared, selection: Selection, told: Explanation) -> list[str]:
    """What the run knows of a row beside what its method says of it, in clauses.

    Args:
        prepared: The run, its filters done.
        selection: Its picks.
        told: What these say of the row.
    """
    pool, row = prepared.pool, told.row
    limits = prepared.budget.resolve(pool)
    if limits.excluded[row]:
        return [_dropped(prepared, row)]
    clauses = _limited(limits, selection, row, told.picked)
    needs = prepared.method.card.needs
    if "embedding" in needs:
        if "target" in needs:
            clauses += _target(pool, row)
        if not told.picked and told.represented_by is None:
            clauses += _nearest_pick(pool, selection, row)
    if _outscored(selection, told):
        clauses.append(f"the score alone does not decide: {summary(selection.method)}")
    known = told.score is not None or told.represented_by is not None
    return clauses or ([] if known else [f"the method: {summary(selection.method)}"])


def _outscored(selection: Selection, told: Explanation) -> bool:
    """Whether a row is out although some pick scores no better."""
    if told.picked or told.score is None or selection.scores is None or not len(selection):
        return False
    return bool(told.score >= np.min(selection.scores[selection.indices]))


def _dropped(prepared: Prepared, row: int) -> str:
    for one in prepared.cleaning.results if prepared.cleaning is not None else ():
        if (one.dropped == row).any():
            match = int(one.matched[row])
            like = f", like row {match}" if match >= 0 else ""
            return f"filter {one.step} dropped it first: {one.reasons[one.codes[row]]}{like}"
    return "it must not be picked: the list of rows to drop names it"


def _limited(limits: Limits, selection: Selection, row: int, picked: bool) -> list[str]:
    if picked and (limits.keep == row).any():
        return ["it had to be picked: the list of rows to keep names it"]
    code = int(limits.groups.codes[row])
    counts = np.bincount(limits.groups.codes[selection.indices], minlength=len(limits.upper))
    group, reached = f"{limits.column}:{limits.groups.names[code]}", int(counts[code])
    if not picked and limits.column and reached >= limits.upper[code]:
        return [f"{group} has all {reached:,} picks that it may have"]
    if picked and limits.column and limits.lower[code] > 0 and reached <= limits.lower[code]:
        return [f"{group} has to have at least {int(limits.lower[code]):,} picks"]
    return []


def _nearest_pick(pool: Pool, selection: Selection, row: int) -> list[str]:
    best, cosine = _most_like(pool, pool, selection.indices, row)
    if best < 0:
        return []
    pick = int(selection.indices[best])
    return [f"the pick most like it is row {pick} (pick {best + 1}, cosine {cosine:.2f})"]


def _target(pool: Pool, row: int) -> list[str]:
    found = []
    for at, target in enumerate(pool.targets):
        best, cosine = _most_like(pool, target, np.arange(len(target)), row)
        name = f"target {at + 1}" if len(pool.targets) > 1 else "the target"
        if best >= 0:
            found.append(f"row {best} of {name} is the one most like it (cosine {cosine:.2f})")
    return found


def _most_like(pool: Pool, other: Pool, among: Any, row: int) -> tuple[int, float]:
    """Position in ``among`` of the row of ``other`` with the largest cosine to a row."""
    if not len(among):
        return -1, 0.0
    own = np.asarray(pool.signal("embedding")[row], dtype=np.float64)
    vectors = np.asarray(other.signal("embedding")[among], dtype=np.float64)
    lengths = np.linalg.norm(vectors, axis=1) * np.linalg.norm(own)
    cosines = vectors @ own / np.where(lengths > 0, lengths, 1.0)
    best = int(cosines.argmax())
    return best, float(cosines[best])
