"""From the record of a run back to its recipe, wherever it is read."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cribble.core.errors import DataError
from cribble.run.manifest import read_manifest
from cribble.run.recipe import Recipe, make_recipe
from cribble.run.rules import moved


def recorded_recipe(run: str | Path) -> Recipe:
    """The recipe of a recorded run, without its outputs.

    Raises:
        DataError: There is no manifest, or the run cannot be repeated.
    """
    return repeatable(*read_manifest(run))


def repeatable(path: Path, manifest: Mapping[str, Any]) -> Recipe:
    """The recipe in a manifest, without its outputs and with the method that ran.

    Args:
        path: Where the manifest stands.
        manifest: What it holds.

    Raises:
        DataError: The run cannot be repeated.
    """
    if manifest["recipe"] is None:
        raise DataError(
            str(path),
            "data or a method came from Python, so the choice cannot be repeated from a file",
            "call `explain` on the selection itself",
        )
    fixed = {
        "out": None,
        "picks": None,
        "report": None,
        "dropped": None,
        "curve": False,
        "method": manifest["method"],
        # No pick depends on it, and the cluster may be gone.
        "executor": "local",
    }
    return _relocated(manifest).model_copy(update=fixed)


def located(folder: str, name: str) -> str:
    """Name a file of a run that was done in ``folder``, as seen from here."""
    if os.getcwd() == folder or "://" in name or not Path(folder).is_dir():
        return name
    return str(Path(folder) / name)


def _relocated(manifest: Mapping[str, Any]) -> Recipe:
    """Read relative paths from the folder in which the run was done."""
    recipe = make_recipe(manifest["recipe"])
    changes: dict[str, Any] = {
        name: tuple(located(manifest["folder"], one) for one in getattr(recipe, name))
        for name in ("inputs", "target", "decontaminate")
    }
    changes["filters"] = tuple(
        moved(rule, lambda file: located(manifest["folder"], file)) for rule in recipe.filters
    )
    for name in ("model_log", "keep", "drop", "base"):
        listed = getattr(recipe, name)
        changes[name] = located(manifest["folder"], listed) if isinstance(listed, str) else listed
    return recipe.model_copy(update=changes)
