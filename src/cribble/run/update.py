"""Add files to the pool of a run, or take rows away, and choose again at the cost of the change."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from cribble.core.errors import DataError
from cribble.run.growth import files_of
from cribble.run.manifest import read_manifest
from cribble.run.recipe import AUTO, Recipe
from cribble.run.recorded import recorded_recipe
from cribble.run.rowlist import read_list


def updated(
    run: str,
    added: Sequence[str] = (),
    *,
    removed: Sequence[str] = (),
    drop: str | None = None,
    **outputs: str | None,
) -> Recipe:
    """Make the recipe of a run over the pool of another run as it is now.

    Args:
        run: The output or the manifest of the other run.
        added: Files that join its pool, at the end.
        removed: Files that leave it; they need not exist any more.
        drop: File with one id or row number a line, of rows that may no longer be picked.
        **outputs: ``out`` and ``picks``, files to write.

    Raises:
        DataError: There is no such run, nothing changes, or a file is not of its pool.
    """
    from cribble.data.discovery import find_files

    path, manifest = read_manifest(run)
    recipe = recorded_recipe(run)
    if not (added or removed or drop):
        raise DataError(str(path), "nothing changes", "name new files, or rows or files to drop")
    files = [one["path"] for one in files_of(path, manifest)]
    gone = {os.path.abspath(one) for one in removed}
    if unknown := gone - {os.path.abspath(one) for one in files}:
        raise DataError(sorted(unknown)[0], "it is no file of the pool", f"name one of {files}")
    if gone and (recipe.keep or recipe.drop):
        raise DataError(
            str(path),
            "it keeps or drops rows by a list, in which row numbers would move",
            "select anew without the file",
        )
    changes: dict[str, Any] = {
        "inputs": (
            *(one for one in files if os.path.abspath(one) not in gone),
            *(file for one in added for file in find_files(one)),
        ),
        "base": str(path),
        "drop": _joined(recipe.drop, drop),
        **outputs,
    }
    if recipe.method == "auto":
        # A race is not run again for few rows: its winner goes on.
        raced = manifest["stats"]["auto"]
        changes |= {"method": raced["chosen"], "parameters": raced.get("parameters", {})}
    if recipe.k == AUTO:
        # Nor is the number of rows: it was found on the whole pool.
        changes["k"] = manifest["rows"]
    return recipe.model_copy(update=changes)


def _joined(
    before: str | tuple[int | str, ...] | None, drop: str | None
) -> str | tuple[int | str, ...] | None:
    if drop is None or before is None:
        return drop if before is None else before
    listed = read_list(before) if isinstance(before, str) else before
    return (*listed, *read_list(drop))
