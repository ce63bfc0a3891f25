"""Two recorded runs on one pool, side by side."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cribble.core import Progress
from cribble.core.errors import DataError
from cribble.report.compare import against_random
from cribble.report.difference import Difference
from cribble.run.manifest import read_manifest
from cribble.run.verify import Repeated, repeat

_OUTPUTS = {"out", "picks", "report", "dropped"}
# What decides the vectors in which distances are measured.
_SPACE = ("embed", "embedding", "text", "view")


def diff(first: str | Path, second: str | Path, progress: Progress) -> Difference:
    """Do two runs again from the cache and set them side by side.

    Runs before and after an update differ in their pools: rows keep their numbers where the files
    of one are the first files of the other, so that both can be looked at in the larger pool.

    Args:
        first: The manifest of a run, or its output.
        second: The same, of another run on the same pool.
        progress: Where long steps report.

    Raises:
        DataError: There is no manifest, neither pool begins with the other, or a run gives
            other picks now.
        CribbleError: A run cannot be done again.
    """
    _check_pools(first, second)
    runs = _as_it_stands(repeat(first, progress)), _as_it_stands(repeat(second, progress))
    comparisons = tuple(
        against_random(one.selection, one.prepared.pool, one.prepared.budget, progress=progress)
        for one in runs
    )
    names, pools = _names(first, second), (runs[0].prepared.pool, runs[1].prepared.pool)
    larger = max(pools, key=len)
    return Difference(
        names=names,
        pools=pools if len(pools[0]) == len(pools[1]) else (larger, larger),
        selections=(runs[0].selection, runs[1].selection),
        comparisons=(comparisons[0], comparisons[1]),
        settings=_settings(runs[0].manifest, runs[1].manifest),
        notes=_notes(*runs) + _grown(names, (len(pools[0]), len(pools[1]))),
    )


def _as_it_stands(run: Repeated) -> Repeated:
    """The run with what was changed by hand afterwards."""
    return dataclasses.replace(run, selection=run.changes.apply(run.selection))


def _check_pools(first: str | Path, second: str | Path) -> None:
    paths, manifests = zip(*map(read_manifest, (first, second)), strict=True)
    if not _same_rows(*manifests):
        sizes = " and ".join(f"{one['pool_rows']:,} rows" for one in manifests)
        raise DataError(
            str(paths[1]),
            f"its pool is not that of {paths[0]}: the fingerprints differ ({sizes})",
            "name two runs on the same files with the same --where, or a run and its update",
        )


def _same_rows(first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
    """Whether the pools are the same, or one is the beginning of the other, file by file."""
    inputs = [one["inputs"] or {} for one in (first, second)]
    prints = [one.get("blake2b") for one in inputs]
    if None in prints or prints[0] == prints[1]:
        return prints[0] is not None and prints[0] == prints[1]
    files = [[file["digest"] for file in one.get("files") or ()] for one in inputs]
    shared = min(map(len, files))
    alike = first["recipe"].get("where") == second["recipe"].get("where")
    return alike and shared > 0 and files[0][:shared] == files[1][:shared]


def _grown(names: tuple[str, str], sizes: tuple[int, int]) -> tuple[str, ...]:
    if sizes[0] == sizes[1]:
        return ()
    less, more = (0, 1) if sizes[0] < sizes[1] else (1, 0)
    return (
        f"The pool of {names[more]} has {sizes[more] - sizes[less]:,} rows more than that of "
        f"{names[less]}. Each run is held against random subsets of its own pool; shares are of "
        "the larger one.",
    )


def _names(first: str | Path, second: str | Path) -> tuple[str, str]:
    """The shortest names that tell the two runs apart."""
    parts = [Path(one).parts for one in (first, second)]
    most = max(map(len, parts))
    for length in range(1, most + 1):
        short = ["/".join(one[-length:]) for one in parts]
        if short[0] != short[1]:
            return short[0], short[1]
    return f"{first} (first)", f"{second} (second)"


def _settings(
    first: Mapping[str, Any], second: Mapping[str, Any]
) -> tuple[tuple[str, Any, Any], ...]:
    # Defaults of two methods have nothing to do with each other.
    alike = first["method"] == second["method"]
    a, b = _asked(first, whole=alike), _asked(second, whole=alike)
    names = dict.fromkeys([*a, *b])
    return tuple((one, a.get(one), b.get(one)) for one in names if a.get(one) != b.get(one))


def _asked(manifest: Mapping[str, Any], *, whole: bool) -> dict[str, Any]:
    """What was asked for; of the method's parameters all, or those that were given."""
    recipe = {key: value for key, value in manifest["recipe"].items() if key not in _OUTPUTS}
    given = recipe.pop("parameters", None)
    parameters = {
        f"{manifest['method']}: {key}": value
        for key, value in ((manifest["parameters"] if whole else given) or {}).items()
    }
    versions = {f"version of {key}": value for key, value in manifest["versions"].items()}
    seed = {"seed": manifest["seed"]}
    return {"method": manifest["method"], **seed, **recipe, **parameters, **versions}


def _notes(first: Repeated, second: Repeated) -> tuple[str, ...]:
    spaces = [[getattr(one.prepared.recipe, name) for name in _SPACE] for one in (first, second)]
    if spaces[0] == spaces[1]:
        return ()
    return (
        "The two runs read or embed the rows differently, so their distances are not in the same "
        "unit: compare each run with its own random subsets only.",
    )
