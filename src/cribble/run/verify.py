"""Do a recorded run again, and compare."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cribble.core import Progress, Selection
from cribble.core.errors import DataError
from cribble.run.cleaning import evaluation_pools, write_dropped
from cribble.run.environment import Clock, versions
from cribble.run.execute import Prepared, choose, group_of, open_pool, prepare
from cribble.run.manifest import digest_file, digest_picks, read_manifest
from cribble.run.picks import write_chosen, write_picks
from cribble.run.pool import Pool
from cribble.run.recipe import Recipe, make_recipe
from cribble.run.recorded import located, repeatable
from cribble.run.revision import Changes
from cribble.run.sides import side_files


@dataclass(frozen=True)
class Check:
    """One comparison of the record with what is found now."""

    what: str
    equal: bool
    found: str


@dataclass(frozen=True)
class Verdict:
    """What repeating a run showed.

    Args:
        manifest: The record that was checked.
        checks: Every comparison that was made.
        notes: What may explain a difference, such as other versions.
    """

    manifest: Path
    checks: tuple[Check, ...]
    notes: tuple[str, ...] = ()

    @property
    def equal(self) -> bool:
        """Whether everything is as it was recorded."""
        return all(check.equal for check in self.checks)

    def as_dict(self) -> dict[str, Any]:
        """The keys of ``--json``."""
        return {
            "equal": self.equal,
            "manifest": str(self.manifest),
            "checks": [dataclasses.asdict(check) for check in self.checks],
            "notes": list(self.notes),
        }


def verify(run: str | Path, progress: Progress) -> Verdict:
    """Check a run's inputs, do it again in a temporary place, and compare picks and bytes.

    Args:
        run: The manifest of the run, or its output.
        progress: Where long steps report.

    Raises:
        DataError: There is no manifest.
        CribbleError: The run cannot be done again.
    """
    path, manifest = read_manifest(run)
    notes = tuple(
        f"{name} was {was}, is {now}"
        for name, now in versions().items()
        if (was := manifest["versions"].get(name)) != now
    )
    written = _check_written(manifest)
    if manifest["recipe"] is None:
        note = "data or a method came from Python: the choice itself cannot be repeated"
        return Verdict(path, written, (*notes, note))
    recipe = repeatable(path, manifest)
    inputs = _check_inputs(manifest, recipe, open_pool(recipe, progress, reread=True))
    if not all(check.equal for check in inputs):
        return Verdict(path, (*inputs, *written), notes)
    prepared, selection = _repeat(recipe, progress)
    picks = digest_picks(selection)
    revision = manifest.get("revision")
    again: tuple[Check, ...] = ()
    if revision is not None:
        again = (_compare("picks of the method", revision["picks"], picks),)
        changes = Changes.recorded(manifest)
        notes = (*notes, f"rows were changed by hand: {changes.summary(len(selection))}")
        selection = changes.apply(selection)
        picks = digest_picks(selection)
    again = (*again, _compare("picks in order", manifest["picks"], picks))
    rewritten = _check_rewritten(manifest, prepared, selection)
    return Verdict(path, (*inputs, *again, *written, *rewritten), notes)


@dataclass(frozen=True, eq=False)
class Repeated:
    """A recorded run, done again with the same picks.

    Args:
        path: Its manifest.
        manifest: What that holds.
        prepared: The run, with its pool open.
        selection: What the method chose.
        changes: What was changed by hand afterwards.
    """

    path: Path
    manifest: Mapping[str, Any]
    prepared: Prepared
    selection: Selection
    changes: Changes


def repeat(run: str | Path, progress: Progress) -> Repeated:
    """Do a run again from the cache.

    Args:
        run: The manifest of the run, or its output.
        progress: Where long steps report.

    Raises:
        DataError: There is no manifest, or the run gives other picks now.
        CribbleError: The run cannot be done again.
    """
    path, manifest = read_manifest(run)
    prepared, selection = _repeat(repeatable(path, manifest), progress)
    if digest_picks(selection) != (manifest.get("revision") or manifest)["picks"]:
        raise DataError(str(path), "the run gives other picks now", "see `cribble verify`")
    return Repeated(path, manifest, prepared, selection, Changes.recorded(manifest))


def _repeat(recipe: Recipe, progress: Progress) -> tuple[Prepared, Selection]:
    prepared = prepare(recipe, progress).cleaned(progress)
    return prepared, choose(prepared, clock=Clock())


def _compare(what: str, recorded: str, found: str) -> Check:
    if recorded == found:
        return Check(what, True, f"equal ({found[:12]})")
    return Check(what, False, f"recorded {recorded[:12]}, found {found[:12]}")


def _check_inputs(manifest: Mapping[str, Any], recipe: Recipe, pool: Pool) -> tuple[Check, ...]:
    assert pool.rows is not None
    checks = [_compare("inputs", manifest["inputs"]["blake2b"], pool.rows.fingerprint())]
    for recorded, target in zip(manifest["targets"], pool.targets, strict=True):
        assert target.rows is not None
        checks.append(_compare("target", recorded["blake2b"], target.rows.fingerprint()))
    sides = side_files(recipe, evaluation_pools(recipe.decontaminate, pool))
    for recorded, side in zip(manifest.get("sides", ()), sides, strict=False):
        checks.append(_compare(side.use, recorded["blake2b"], side.blake2b))
    if (updates := manifest.get("updates")) is not None:
        base = read_manifest(located(manifest["folder"], updates["run"]))[1]
        checks.append(_compare("picks of the run it updates", updates["picks"], base["picks"]))
    return tuple(checks)


def _check_written(manifest: Mapping[str, Any]) -> tuple[Check, ...]:
    checks = []
    for name, output in manifest.get("outputs", {}).items():
        path = Path(located(manifest["folder"], output["path"]))
        what = f"{name} as it stands"
        if path.exists():
            checks.append(_compare(what, output["blake2b"], digest_file(path)))
        else:
            checks.append(Check(what, False, f"{path} is gone"))
    return tuple(checks)


def _check_rewritten(
    manifest: Mapping[str, Any], prepared: Prepared, selection: Selection
) -> tuple[Check, ...]:
    recipe = make_recipe(manifest["recipe"])
    rows = prepared.pool.rows
    assert rows is not None
    checks = []
    with tempfile.TemporaryDirectory() as folder:
        for name in ("out", "picks", "dropped"):
            output = manifest.get("outputs", {}).get(name)
            if output is None:
                continue
            path = Path(folder) / Path(output["path"]).name
            if name == "out":
                write_chosen(path, selection, rows, recipe)
            elif name == "dropped":
                assert prepared.cleaning is not None
                write_dropped(path, prepared.cleaning, prepared.pool)
            else:
                write_picks(path, selection, prepared.pool, group_of(recipe))
            checks.append(_compare(f"{name} written again", output["blake2b"], digest_file(path)))
    return tuple(checks)
