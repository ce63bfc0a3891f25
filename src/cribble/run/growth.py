"""A pool that grew or shrank since a choice from it: which rows compete for which seats."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core import Budget, Card, Selection, Selector, Silent, TextBlock, stream
from cribble.core import Pool as CorePool
from cribble.core.errors import DataError, OutputError
from cribble.data.files import FileRows
from cribble.run.bind import Fitting
from cribble.run.columns import content_of
from cribble.run.manifest import digest_picks, read_manifest
from cribble.run.pool import Pool
from cribble.run.recipe import Recipe
from cribble.run.recorded import located, recorded_recipe

# Rows drawn for each seat of an old row that has been lost.
SPARE = 10


@dataclass(frozen=True, eq=False)
class Part:
    """The rows that compete, as a pool, and what may be picked of them.

    Args:
        rows: (c,) int64 ascending, where they stand in the whole pool.
        pool: The pool that they make.
        budget: The budget over them; the seats are among its kept rows.
        seats: Old picks that stay.
    """

    rows: NDArray[np.int64]
    pool: Pool
    budget: Budget
    seats: int

    def lifted(self, selection: Selection, pool: CorePool) -> Selection:
        """The choice in row numbers of the whole pool."""
        scores = assignment = None
        if selection.scores is not None:
            scores = np.full(len(pool), np.nan)
            scores[self.rows] = selection.scores
        if selection.assignment is not None:
            assignment = np.full(len(pool), -1, dtype=np.int64)
            assignment[self.rows] = selection.assignment
        bounded = {} if selection.upper_bound is None else {"upper_bound_of": "the candidates"}
        return dataclasses.replace(
            selection,
            indices=self.rows[selection.indices],
            scores=scores,
            assignment=assignment,
            stats={**selection.stats, **bounded},
            pool=pool,
        )


@dataclass(frozen=True, eq=False)
class Growth:
    """What a pool has of the one that an earlier run chose from.

    Args:
        run: The earlier run, as it was named.
        manifest: Its record.
        picks: Its picks that are still there, in pick order, as rows of the pool.
        old: (n,) bool, the rows that it saw.
        removed: How many of its rows are gone with their files.
    """

    run: str
    manifest: Mapping[str, Any]
    picks: NDArray[np.int64]
    old: NDArray[np.bool_]
    removed: int

    def part(self, pool: Pool, budget: Budget, method: Selector, seed: int) -> Part | None:
        """The rows that compete; None where all do, for the method reads columns alone.

        New rows compete, and of the old ones the earlier picks; where some of those are lost,
        `SPARE` old rows drawn at random for each. As many of the earlier picks stay as is the old
        rows' share of the pool, the first in pick order where that tells of gains: so new rows,
        which are all there, get no more than their share of the choice.
        """
        if reads_columns_only(method.card):
            return None
        there = np.ones(len(pool), dtype=bool)
        there[np.asarray(budget.drop, dtype=np.int64)] = False
        picks, new = self.picks[there[self.picks]], np.nonzero(there & ~self.old)[0]
        old = int(np.count_nonzero(there & self.old))
        share = old / max(1, old + len(new))
        asked = None if budget.cost is not None else _asked(budget, len(pool))
        # Rounded down, so that there are new rows enough for the seats that are left.
        wanted = self.manifest["rows"] if asked is None else int(asked * share + 1e-9)
        spare = self._spare(there, SPARE * max(0, wanted - len(picks)), seed)
        must = np.unique(np.asarray(budget.keep, dtype=np.int64))
        rows = np.unique(np.concatenate([picks, new, spare, must]))
        part = pool.some(rows).with_numbers(budget.cost_column if asked is None else None)
        if "gain" not in method.card.explains:
            picks = stream(seed, "seats").permutation(picks)
        line = np.searchsorted(rows, np.concatenate([must, picks[~np.isin(picks, must)]]))
        if budget.cost is None:
            spent, limit = np.arange(1, len(line) + 1), float(wanted)
        else:
            costs = part.signal(budget.cost_column, ndim=1)
            spent, limit = np.cumsum(costs[line], dtype=np.float64), budget.cost * share
        seated = (np.arange(len(line)) < len(must)) | (spent <= limit)
        limited = dataclasses.replace(
            budget, rows=asked, share=None, keep=tuple(line[seated].tolist()), drop=()
        )
        return Part(rows, part, limited, int(np.count_nonzero(seated)))

    def record(self, part: Part | None, drop: int) -> dict[str, Any]:
        """What the manifest keeps of the update."""
        new = len(self.old) - int(np.count_nonzero(self.old))
        return {
            "run": self.run,
            "picks": self.manifest["picks"],
            "pool_rows": self.manifest["pool_rows"],
            "new_rows": new,
            "removed_rows": self.removed,
            "dropped_rows": drop,
            "candidates": None if part is None else len(part.rows),
            "seats": None if part is None else part.seats,
            "exact": part is None,
        }

    def _spare(self, there: NDArray[np.bool_], count: int, seed: int) -> NDArray[np.int64]:
        if not count:
            return np.empty(0, dtype=np.int64)
        free = there & self.old
        free[self.picks] = False
        rows = np.nonzero(free)[0]
        drawn: NDArray[np.int64] = stream(seed, "spare rows").permutation(rows)[:count]
        return drawn


def reads_columns_only(card: Card) -> bool:
    """Tell whether a method reads no vectors and no text, so that a new run costs no more."""
    return not {"embedding", "text", "target"} & set(card.needs)


def find_growth(recipe: Recipe, pool: Pool) -> Growth:
    """Compare a pool with the one that the run named by ``recipe.base`` chose from.

    Raises:
        DataError: A file changed since, or the run cannot be continued.
    """
    assert recipe.base is not None
    assert pool.binding is not None
    path, manifest = read_manifest(recipe.base)
    place = _moved(files_of(path, manifest), pool.binding.rows.files_read())
    old = np.zeros(len(pool), dtype=bool)
    old[place[place >= 0]] = True
    picks = place[recall_picks(recipe.base, manifest, pool)]
    return Growth(recipe.base, manifest, picks[picks >= 0], old, int(np.sum(place < 0)))


def _moved(before: Sequence[Mapping[str, Any]], now: Sequence[FileRows]) -> NDArray[np.int64]:
    """Where each row of a pool stands among the files of another, -1 for those not there."""
    starts = np.cumsum([0, *(one.rows for one in now)]).tolist()
    found = {os.path.abspath(one.path): at for at, one in enumerate(now)}
    places = []
    for one in before:
        at = found.get(os.path.abspath(one["path"]))
        if at is None:
            places.append(np.full(one["rows"], -1, dtype=np.int64))
            continue
        if (now[at].rows, now[at].digest) != (one["rows"], one["digest"]):
            raise DataError(one["path"], "it changed since the run", "put it back, or select anew")
        places.append(np.arange(starts[at], starts[at + 1]))
    return np.concatenate(places)


def files_of(path: object, manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The files of a run's pool as seen from here: ``path``, ``rows``, ``digest``.

    Raises:
        DataError: The record names none, or not those of all rows.
    """
    files = (manifest["inputs"] or {}).get("files", [])
    if manifest["recipe"] is None or sum(one["rows"] for one in files) != manifest["pool_rows"]:
        raise DataError(
            str(path), "its pool is not made of files", "select anew from files, then update"
        )
    return [{**one, "path": located(manifest["folder"], one["path"])} for one in files]


def fitting_of(run: str) -> Fitting:
    """What the embedder of a run was fitted on: the pool of the first run of its line.

    Raises:
        DataError: A manifest of the line is missing.
    """
    _, manifest = read_manifest(run)
    recipe = recorded_recipe(run)
    if recipe.base is not None:
        return fitting_of(recipe.base)
    fingerprint = manifest["inputs"]["blake2b"]

    def texts() -> Iterator[TextBlock]:
        pool = Pool.open(list(recipe.inputs), recipe.reading, Silent())
        if pool.binding is None or pool.binding.rows.fingerprint() != fingerprint:
            raise DataError(
                run,
                "its embedder is no longer in the cache, and the pool it was fitted on changed",
                "put the files back, or select anew",
            )
        return pool.text_blocks()

    return Fitting(content_of(fingerprint, recipe.reading), manifest["pool_rows"], texts)


def remember_picks(selection: Selection, pool: CorePool) -> None:
    """Put the picks into the cache, for a later update; a cache that cannot be written is none."""
    from cribble.data.store import key_of

    binding = getattr(pool, "binding", None)
    if binding is None:
        return
    try:
        binding.store.state(
            key_of("picks", digest_picks(selection)), lambda: {"picks": selection.indices}
        )
    except OutputError as error:
        binding.progress.note(f"picks: not kept for updates ({error})")


def recall_picks(run: str, manifest: Mapping[str, Any], pool: Pool) -> NDArray[np.int64]:
    """The picks of a run in pick order, from the cache, or by doing the run again.

    Raises:
        DataError: They are not in the cache, and the run gives other picks now.
    """
    from cribble.data.store import key_of

    # A run is done again by what stands above this module: a cache that was cleared is rare.
    from cribble.run.verify import repeat

    assert pool.binding is not None

    def again() -> dict[str, NDArray[np.int64]]:
        done = repeat(run, Silent())
        return {"picks": done.changes.apply(done.selection).indices}

    found = pool.binding.store.state(key_of("picks", manifest["picks"]), again)
    return found["picks"]


def _asked(budget: Budget, size: int) -> int:
    """Rows that a budget in rows asks of a pool."""
    plain = Budget(rows=budget.rows, share=budget.share)
    return int(plain.resolve(CorePool(size)).rows or 0)
