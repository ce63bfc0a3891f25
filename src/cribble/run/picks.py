"""What a run writes of its picks: the rows as they came, and a table with one line a pick."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from cribble.core import Pool, Rows, Selection
from cribble.run.recipe import Recipe

# Of the columns that --annotate adds to the rows.
PREFIX = "cribble_"


def picks_table(selection: Selection, pool: Pool, group: str | None) -> dict[str, Any]:
    """The columns of ``--picks``, in pick order.

    Args:
        selection: The picks.
        pool: The pool they come from, with rows.
        group: Name of a grouping to show; None for none.

    Returns:
        ``row`` int64, ``id``, ``hash`` of the content, ``rank`` from 0, ``gain``, ``weight``,
        ``group`` and ``reason``; a column that does not apply holds nulls.
    """
    assert pool.rows is not None
    picks = selection.indices
    nothing = [None] * len(picks)
    names: list[Any] = list(nothing)
    if group is not None:
        groups = pool.groups(group)
        names = [groups.names[code] for code in groups.codes[picks]]
    hashes = getattr(pool.rows, "hashes", None)
    return {
        "row": picks,
        "id": pool.rows.ids(picks.tolist()),
        "hash": hashes(picks) if hashes is not None else nothing,
        "rank": np.arange(len(picks), dtype=np.int64),
        "gain": selection.gains if selection.gains is not None else nothing,
        "weight": selection.weights if selection.weights is not None else nothing,
        "group": names,
        "reason": reasons(selection),
    }


def reasons(selection: Selection) -> list[str]:
    """One clause a pick, in pick order."""
    if selection.reasons is not None:
        return list(selection.reasons)
    clauses: list[list[str]] = [[] for _ in range(len(selection))]
    if selection.gains is not None:
        for clause, gain in zip(clauses, selection.gains, strict=True):
            clause.append(f"added {gain:.6g}")
    if selection.assignment is not None:
        owners = selection.assignment[selection.assignment >= 0]
        for clause, rows in zip(
            clauses, np.bincount(owners, minlength=len(selection)), strict=True
        ):
            clause.append(f"stands for {rows:,} rows")
    if selection.scores is not None:
        for clause, score in zip(clauses, selection.scores[selection.indices], strict=True):
            clause.append(f"score {score:.6g}")
    return ["; ".join(clause) or f"picked by {selection.method}" for clause in clauses]


def write_chosen(path: Path, selection: Selection, rows: Rows, recipe: Recipe) -> None:
    """Write the chosen rows as they came, with our own columns only where they are asked for."""
    order = selection.ordered(recipe.order)
    rows.write(path, order)
    if not recipe.annotate:
        return
    from cribble.data.annotating import annotate

    rank = {row: place for place, row in enumerate(selection.indices.tolist())}
    ranks = [rank[row] for row in order.tolist()]
    columns: dict[str, list[Any]] = {"rank": ranks}
    if selection.weights is not None:
        columns["weight"] = selection.weights[ranks].tolist()
    why = reasons(selection)
    columns["reason"] = [why[one] for one in ranks]
    annotate(path, {f"{PREFIX}{name}": values for name, values in columns.items()})


def write_picks(path: Path, selection: Selection, pool: Pool, group: str | None) -> None:
    """Write the picks as Parquet."""
    from cribble.data.parquet import write_columns

    write_columns(path, picks_table(selection, pool, group))
