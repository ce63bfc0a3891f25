"""The record of a run: enough to judge it, and to do it again."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from cribble.core import Pool, Rows, Selection, Selector
from cribble.core.errors import DataError
from cribble.run.choice import parameters_of
from cribble.run.environment import Clock, machine, peak_rss_bytes, versions
from cribble.run.recipe import Recipe
from cribble.run.values import plain

FORMAT = 1
NOT_JUDGED = "Not judged against random: no report was asked for."
_COMPRESSED = (".gz", ".zst")
_READ = 1 << 20


def manifest_path(out: str | Path) -> Path:
    """Where the manifest of an output stands."""
    return beside(out, "manifest.json")


def beside(out: str | Path, ending: str) -> Path:
    """A companion of an output: ``subset.jsonl.gz`` has ``subset.manifest.json``."""
    path = Path(out)
    if path.suffix in _COMPRESSED:
        path = path.with_suffix("")
    return path.with_name(f"{path.stem}.{ending}")


def describe(
    selection: Selection,
    pool: Pool,
    *,
    recipe: Recipe | None = None,
    method: Selector | None = None,
    why: str = "",
    limits: list[dict[str, Any]] | None = None,
    filters: list[dict[str, Any]] | None = None,
    executor: Mapping[str, Any] | None = None,
    sides: list[dict[str, Any]] | None = None,
    clock: Clock | None = None,
    command: list[str] | None = None,
) -> dict[str, Any]:
    """Put down what was chosen, from what and how.

    Args:
        selection: The picks.
        pool: The pool they come from.
        recipe: What decided the run; None, or without inputs, where data or a method that no
            file names came from Python.
        method: The method with its parameters; None where only its name is known.
        why: Why this method.
        limits: What was asked and what was reached.
        filters: What each filter dropped before the choice.
        executor: Where it was done; None for this process.
        sides: Use, path and hash of the other files that decided the run.
        clock: Started with the run.
        command: The command line.

    Returns:
        A mapping that JSON can hold, without the outputs.
    """
    binding = getattr(pool, "binding", None)
    recipe = recipe if recipe is not None and recipe.inputs else None
    embeds = method is not None and "embedding" in method.card.needs
    return {
        "format": FORMAT,
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": versions(),
        "machine": machine(),
        "command": command,
        "folder": os.getcwd(),
        "recipe": recipe.given() if recipe is not None else None,
        "inputs": _of_rows(pool.rows, getattr(pool, "sources", ())),
        "targets": [_of_rows(target.rows, ()) for target in pool.targets],
        "sides": sides or [],
        "method": selection.method,
        "why": why,
        "parameters": plain(parameters_of(method)) if method is not None else None,
        "embedder": binding.embedder if binding is not None and embeds else None,
        "seed": selection.seed,
        "pool_rows": len(pool),
        "rows": len(selection),
        "picks": digest_picks(selection),
        "value": plain(selection.value),
        "upper_bound": plain(selection.upper_bound),
        "certified": plain(selection.certified),
        "limits": limits or [],
        "filters": plain(filters or []),
        "comparison": None,
        "verdict": NOT_JUDGED,
        "stats": plain(selection.stats),
        "executor": plain(executor or {"executor": "local"}),
        "seconds": clock.seconds if clock is not None else None,
        "cpu_seconds": clock.cpu_seconds if clock is not None else None,
        "peak_rss_bytes": peak_rss_bytes(),
    }


def of_selection(
    selection: Selection, pool: Pool, order: str, outputs: Mapping[str, tuple[Path, Path]]
) -> dict[str, Any]:
    """The manifest of a selection made from Python and written now."""
    manifest = dict(selection.manifest or describe(selection, pool))
    if manifest["recipe"] is not None:
        manifest["recipe"] = {
            **manifest["recipe"],
            "order": order,
            **{name: str(final) for name, (final, _) in outputs.items()},
        }
    return {**manifest, "order": order, "outputs": digest_outputs(outputs)}


def digest_outputs(outputs: Mapping[str, tuple[Path, Path]]) -> dict[str, Any]:
    """Size and hash of each output, given its place and where it stands until the end."""
    return {
        name: {"path": str(final), "bytes": _size(staged), "blake2b": digest_file(staged)}
        for name, (final, staged) in outputs.items()
    }


def write_manifest(path: Path, manifest: Mapping[str, Any]) -> None:
    """Write a manifest as JSON that people can read."""
    text = json.dumps(manifest, indent=2, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def read_manifest(run: str | Path) -> tuple[Path, dict[str, Any]]:
    """Read the manifest of a run, named by the manifest or by its output.

    Returns:
        The path of the manifest, and what it holds.

    Raises:
        DataError: There is no manifest, or the file is not one.
    """
    path = Path(run)
    if not path.name.endswith(".manifest.json"):
        path = manifest_path(path)
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(
            str(path), str(error.strerror), "name the output or the manifest of a run"
        ) from None
    except ValueError:
        raise DataError(str(path), "it is not JSON", "name the manifest of a run") from None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise DataError(
            str(path), "it is not a manifest of this version", "run it again with this version"
        )
    wrote = [str(one["path"]) for one in (manifest.get("outputs") or {}).values()]
    if path != Path(run) and wrote and Path(run).suffix not in {Path(one).suffix for one in wrote}:
        # out.jsonl and out.parquet have one place for their records.
        raise DataError(
            str(path), f"it records the run that wrote {wrote[0]}, not {run}", "run it again"
        )
    return path, manifest


def digest_picks(selection: Selection) -> str:
    """Hash of the picks in pick order, hex."""
    picks = selection.indices.astype("<i8", copy=False)
    return hashlib.blake2b(np.ascontiguousarray(picks).tobytes(), digest_size=32).hexdigest()


def digest_file(path: Path) -> str:
    """Hash of a file's bytes, hex; of a folder, of its files by name."""
    digest = hashlib.blake2b(digest_size=32)
    for file in _files(path):
        if file is not path:
            digest.update(file.relative_to(path).as_posix().encode())
        with file.open("rb") as stream:
            while block := stream.read(_READ):
                digest.update(block)
    return digest.hexdigest()


def _size(path: Path) -> int:
    return sum(file.stat().st_size for file in _files(path))


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.rglob("*") if file.is_file())


def _of_rows(rows: Rows | None, sources: tuple[str, ...]) -> dict[str, Any] | None:
    if rows is None:
        return None
    files = getattr(rows, "files_read", None)
    return {
        "paths": list(sources),
        "rows": len(rows),
        "blake2b": rows.fingerprint(),
        "format": getattr(rows, "format", None),
        "text_format": getattr(rows, "text_format", None),
        "bytes": getattr(rows, "byte_size", None),
        "files": [dataclasses.asdict(one) for one in files()] if files is not None else [],
    }
