"""What is looked at in the explorer, and what was changed by hand so far."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core import Pool, Progress, Selection
from cribble.core.errors import OutputError, ParameterError
from cribble.report.map import place_rows
from cribble.run.audit import count_limits
from cribble.run.execute import Prepared, open_pool
from cribble.run.explain import tell
from cribble.run.manifest import manifest_path
from cribble.run.recipe import Recipe
from cribble.run.revision import Changes, write_revision
from cribble.run.values import plain
from cribble.run.verify import repeat
from cribble.web.words import Words

_STEPS = 1_000


class Session:
    """A pool, and where there is a run, its choice and the changes made to it.

    Changes are made one at a time, whichever thread asks; each can be undone.

    Args:
        title: What is shown as the page's title.
        pool: The pool, with rows.
        progress: Where the first pass over the texts reports.
        prepared: The run; None to look at the pool alone.
        selection: What its method chose.
        changes: What was changed by hand before.

    Attributes:
        words: Ids and texts of the rows.
        places: (n, 2) float32 places on the map; None where the pool has no vectors.
        shown: Share of the vectors' variance that the map keeps.
        ranks: (n,) int32 place in the method's pick order, -1 for rows it did not pick.
    """

    def __init__(
        self,
        title: str,
        pool: Pool,
        progress: Progress,
        prepared: Prepared | None = None,
        selection: Selection | None = None,
        changes: Changes | None = None,
    ) -> None:
        self.title, self.pool = title, pool
        self.prepared, self.selection = prepared, selection
        self.words = Words(pool, progress)
        placed = place_rows(pool)
        self.places: NDArray[np.float32] | None = placed[0] if placed is not None else None
        self.shown = placed[1] if placed is not None else 0.0
        self.ranks = np.full(len(pool), -1, dtype=np.int32)
        if selection is not None:
            self.ranks[selection.indices] = np.arange(len(selection), dtype=np.int32)
        self._limits = prepared.budget.resolve(pool) if prepared is not None else None
        self._past = [changes or Changes()]
        self._future: list[Changes] = []
        self._lock = threading.Lock()

    @property
    def changes(self) -> Changes:
        """What is changed by hand now."""
        return self._past[-1]

    def inside(self, changes: Changes) -> NDArray[np.bool_]:
        """Mark the rows that are in under some changes, (n,) bool."""
        marks = np.zeros(len(self.pool), dtype=bool)
        if self.selection is not None:
            marks[changes.picks(self.selection.indices)] = True
        return marks

    def move(self, row: int, inside: bool) -> None:
        """Put a row in, or take it out.

        Raises:
            ParameterError: There is no such row, or no run that it could be added to.
        """
        self._choice()
        if not 0 <= row < len(self.pool):
            raise ParameterError("row", row, f"in [0, {len(self.pool)})")
        rank = int(self.ranks[row])
        with self._lock:
            self._note(self.changes.moved(row, inside=inside, rank=rank if rank >= 0 else None))

    def cut(self, first: int) -> None:
        """Take the first picks of the method only.

        Raises:
            ParameterError: The method picked fewer.
        """
        chosen = len(self._choice())
        if not 0 <= first <= chosen:
            raise ParameterError("k", first, f"in [0, {chosen}]")
        with self._lock:
            now = self.changes
            self._note(Changes(None if first == chosen else first, now.added, now.removed))

    def undo(self) -> None:
        """Take the last change back."""
        with self._lock:
            if len(self._past) > 1:
                self._future.append(self._past.pop())

    def redo(self) -> None:
        """Make the change again that was taken back last."""
        with self._lock:
            if self._future:
                self._past.append(self._future.pop())

    def state(self) -> dict[str, Any]:
        """What is changed and what it comes to; each limit counted again."""
        changes = self.changes
        if self.selection is None:
            return {"k": 0, "rows": 0, "added": [], "removed": [], "limits": []}
        picks = changes.picks(self.selection.indices)
        assert self._limits is not None
        limits = [
            {**entry, "held": bool(held)} for entry, held in count_limits(picks, self._limits)
        ]
        return {
            "k": len(self.selection) if changes.first is None else changes.first,
            "rows": len(picks),
            "added": list(changes.added),
            "removed": list(changes.removed),
            "limits": plain(limits),
            "undo": len(self._past) > 1,
            "redo": bool(self._future),
            "changed": changes.summary(len(self.selection)),
        }

    def why(self, row: int) -> dict[str, Any]:
        """Why a row is in or out, and the whole row.

        Raises:
            ParameterError: There is no such row.
        """
        if not 0 <= row < len(self.pool):
            raise ParameterError("row", row, f"in [0, {len(self.pool)})")
        assert self.pool.rows is not None
        told: dict[str, Any] = {"row": row, "id": self.words.read(row, 0)[0], "picked": False}
        if self.prepared is not None and self.selection is not None:
            told = tell(self.prepared, self.selection, self.changes, row)
        record = self.pool.rows.take([row])[0]
        whole: dict[str, Any] = plain({**told, "words": self.words.read(row)[1], "record": record})
        return whole

    def export(self, name: str) -> dict[str, Any]:
        """Write the subset as it is now into the working folder, and its record beside it.

        Args:
            name: A file name without a folder.

        Raises:
            OutputError: The name is none, is taken or cannot be written.
        """
        selection = self._choice()
        assert self.prepared is not None
        path = Path(name)
        if path.name != name or name.startswith(".") or "\0" in name or "\\" in name:
            raise OutputError(name, "it is not a plain file name", "leave folders out")
        record, manifest = write_revision(path, self.prepared, selection, self.changes)
        return {
            "out": str(path.resolve()),
            "manifest": str(record.resolve()),
            "rows": manifest["rows"],
        }

    def _choice(self) -> Selection:
        if self.selection is None:
            raise ParameterError("run", None, "the output of a run; a pool alone can be looked at")
        return self.selection

    def _note(self, changes: Changes) -> None:
        if changes != self.changes:
            self._past.append(changes)
            del self._past[1:-_STEPS]
            self._future.clear()


def open_session(recipe: Recipe, progress: Progress) -> Session:
    """Open a run where the one input names one, else a pool.

    Args:
        recipe: How to read the pool; a run knows that itself.
        progress: Where long steps report.

    Raises:
        CribbleError: Anything the user can mend.
    """
    name = recipe.inputs[0]
    if "://" not in name and (name.endswith(".manifest.json") or manifest_path(name).is_file()):
        again = repeat(name, progress)
        pool = again.prepared.pool
        return Session(
            Path(name).name, pool, progress, again.prepared, again.selection, again.changes
        )
    return Session(", ".join(recipe.inputs), open_pool(recipe, progress), progress)
