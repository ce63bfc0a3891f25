"""What a person changed in a choice by hand, and the changed subset with its record."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cribble.core import Explanation, Selection
from cribble.core.errors import OutputError
from cribble.run.audit import count_limits
from cribble.run.manifest import digest_outputs, digest_picks, manifest_path, write_manifest
from cribble.run.picks import reasons, write_chosen
from cribble.run.staging import Staging, check_outputs

if TYPE_CHECKING:
    from cribble.run.execute import Prepared

PUT_IN, TAKEN_OUT = "put in by hand", "taken out by hand"


@dataclass(frozen=True)
class Changes:
    """Changes made by hand to the picks of a method.

    Args:
        first: How many picks are taken, in pick order; None for all of them.
        added: Rows put in, in the order in which that was done.
        removed: Rows taken out, ascending.
    """

    first: int | None = None
    added: tuple[int, ...] = ()
    removed: tuple[int, ...] = ()

    @classmethod
    def recorded(cls, manifest: Mapping[str, Any]) -> Changes:
        """The changes that a manifest holds; none for the manifest of a plain run."""
        record = manifest.get("revision")
        if record is None:
            return cls()
        return cls(record["first"], tuple(record["added"]), tuple(record["removed"]))

    def moved(self, row: int, *, inside: bool, rank: int | None) -> Changes:
        """The changes after one more: ``row`` is put in or taken out.

        Args:
            row: The row.
            inside: Whether it shall be in.
            rank: Its place in pick order; None where the method did not pick it.
        """
        added = tuple(one for one in self.added if one != row)
        removed = {one for one in self.removed if one != row}
        chosen = rank is not None and (self.first is None or rank < self.first)
        if inside and not chosen:
            added = (*added, row)
        if not inside and chosen:
            removed.add(row)
        return dataclasses.replace(self, added=added, removed=tuple(sorted(removed)))

    def picks(self, chosen: NDArray[np.int64]) -> NDArray[np.int64]:
        """The rows that are in: those of the method in pick order, then those put in.

        Args:
            chosen: (k,) int64, what the method picked, in pick order.
        """
        kept = chosen[: self.first]
        kept = kept[~np.isin(kept, self.removed)]
        added = np.array([row for row in self.added if row not in self.removed], dtype=np.int64)
        return np.concatenate([kept, added[~np.isin(added, kept)]])

    def apply(self, selection: Selection) -> Selection:
        """The changed choice; its value, gains and weights are nobody's any more."""
        if self == Changes():
            return selection
        picks = self.picks(selection.indices)
        why = dict(zip(selection.indices.tolist(), reasons(selection), strict=True))
        kept = set(selection.indices[: self.first].tolist())
        return Selection(
            indices=picks,
            method=f"{selection.method}, changed by hand",
            seed=selection.seed,
            reasons=[why[row] if row in kept else PUT_IN for row in picks.tolist()],
            pool=selection.pool,
        )

    def explain(self, selection: Selection, row: int) -> Explanation:
        """Tell why a row is in or out: what the method did, and what was done by hand."""
        told = selection.explain(row)
        text, picked = told.text, told.picked
        if picked and self.first is not None and told.rank is not None and told.rank >= self.first:
            picked = False
            text += f"; it is out, for only the first {self.first:,} picks are taken"
        if row in self.added:
            picked = True
            text += f"; {PUT_IN}"
        if row in self.removed:
            picked = False
            text += f"; {TAKEN_OUT}"
        return dataclasses.replace(told, picked=picked, text=text)

    def summary(self, chosen: int) -> str:
        """Say in a clause what was changed in a choice of ``chosen`` rows."""
        parts = []
        if self.first is not None and self.first < chosen:
            parts.append(f"the first {self.first:,} of {chosen:,} picks taken")
        if self.added:
            parts.append(f"{len(self.added):,} {PUT_IN}")
        if self.removed:
            parts.append(f"{len(self.removed):,} {TAKEN_OUT}")
        return ", ".join(parts) or "nothing"


def write_revision(
    path: Path, prepared: Prepared, selection: Selection, changes: Changes
) -> tuple[Path, dict[str, Any]]:
    """Write the changed subset as the run writes its own, and its record beside it.

    Args:
        path: Where to; nothing may stand there yet.
        prepared: The run.
        selection: What its method chose.
        changes: What was changed by hand.

    Returns:
        Where the manifest stands, and what it holds: that of the run with the changes under
        ``revision``, and neither value nor bound, which the changed rows do not have.

    Raises:
        OutputError: Something stands there, or it cannot be written.
    """
    record = manifest_path(path)
    for one in (path, record):
        if one.exists():
            raise OutputError(str(one), "it exists already", "choose another name")
    recipe = prepared.recipe.model_copy(update={"out": str(path)})
    check_outputs((path, record), (*recipe.inputs, *recipe.target, *recipe.decontaminate))
    changed = changes.apply(selection)
    assert prepared.pool.rows is not None
    with Staging() as staging:
        staged = staging.path(path)
        write_chosen(staged, changed, prepared.pool.rows, recipe)
        outputs = digest_outputs({"out": (path, staged)})
        manifest = {
            **_describe(prepared, selection, changes, changed),
            "recipe": recipe.given(),
            "outputs": outputs,
        }
        write_manifest(staging.path(record), manifest)
        staging.commit()
    return record, manifest


def _describe(
    prepared: Prepared, selection: Selection, changes: Changes, changed: Selection
) -> dict[str, Any]:
    described = {
        **(selection.manifest or {}),
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": None,
        "folder": os.getcwd(),
    }
    if changes == Changes():
        return described
    limits = prepared.budget.resolve(prepared.pool)
    unknown = dict.fromkeys(("value", "upper_bound", "certified", "comparison"))
    return {
        **described,
        **unknown,
        "rows": len(changed),
        "picks": digest_picks(changed),
        "limits": [
            {**entry, "held": held} for entry, held in count_limits(changed.indices, limits)
        ],
        "stats": {},
        "revision": {
            **dataclasses.asdict(changes),
            "rows": len(selection),
            "picks": digest_picks(selection),
        },
    }
