"""Filters before selection: options to steps, and steps to rows that must not be picked."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core import Budget, Pool, Progress
from cribble.core.errors import ParameterError, QuotaError, SignalError
from cribble.filters import catalogue
from cribble.filters.base import Filter, FilterResult, preference
from cribble.filters.decontaminate import Decontaminate
from cribble.run.bind import Binding
from cribble.run.columns import has_text
from cribble.run.recipe import Recipe
from cribble.run.rules import read_duplicates, read_rule


@dataclass(frozen=True, eq=False)
class Cleaning:
    """What filters did with a pool.

    Args:
        results: One result a step, in the order they ran; a row is dropped by one step at most.
        judged: Rows that each step looked at.
        against: The evaluation pools, to which matches of decontamination point.
    """

    results: tuple[FilterResult, ...]
    judged: tuple[int, ...]
    against: tuple[Pool, ...] = ()

    def summary(self) -> list[dict[str, Any]]:
        """One entry a step: ``step``, ``judged``, ``dropped``, ``reasons``, ``stats``."""
        return [
            {
                "step": one.step,
                "judged": judged,
                "dropped": len(one.dropped),
                "reasons": one.counts(),
                "stats": dict(one.stats),
            }
            for one, judged in zip(self.results, self.judged, strict=True)
        ]

    def reason(self, row: int) -> str | None:
        """Say in a clause which step dropped a row, and why; None for a row that stayed."""
        for one in self.results:
            if not one.kept[row]:
                return f"{one.step} dropped it before the choice: {one.reasons[one.codes[row]]}"
        return None

    def table(self, pool: Pool) -> dict[str, Any]:
        """The columns of ``--dropped``, by row.

        Returns:
            ``row``, ``id``, ``step``, ``reason``; ``matched_row`` and ``matched_id`` of the row
            that it is a copy of, in the pool or, for decontamination, among the evaluation rows
            counted through all files; null where there is none.
        """
        assert pool.rows is not None
        found = [(int(row), one) for one in self.results for row in one.dropped]
        found.sort(key=lambda entry: entry[0])
        matches = [int(one.matched[row]) for row, one in found]
        columns: dict[str, Any] = {
            "row": np.array([row for row, _ in found], dtype=np.int64),
            "id": pool.rows.ids([row for row, _ in found]),
            "step": [one.step for _, one in found],
            "reason": [one.reasons[one.codes[row]] for row, one in found],
            "matched_row": [None if match < 0 else match for match in matches],
        }
        columns["matched_id"] = [
            None if match < 0 else self._id(one, match, pool)
            for match, (_, one) in zip(matches, found, strict=True)
        ]
        return columns

    def _id(self, result: FilterResult, match: int, pool: Pool) -> str:
        if result.step == Decontaminate.name:
            for pool in self.against:
                if match < len(pool):
                    break
                match -= len(pool)
        assert pool.rows is not None
        return pool.rows.ids([match])[0]


def steps_of(recipe: Recipe, pool: Pool) -> tuple[Filter, ...]:
    """The filters of a recipe, cheap and certain ones first: nothing is computed.

    Equal texts go first, then what the rules forbid, so that no row is a copy of one that a rule
    drops; then near duplicates; decontamination last, so that a near copy of an evaluation row
    goes with the row it is a copy of.

    Raises:
        UnknownNameError: A filter or one of its parameters does not exist.
        ParameterError: A value is not what it may be, or dropped rows are asked for without any
            filter.
        MissingPackageError: A filter needs a package that is not installed.
        DataError: A file cannot be read.
    """
    if recipe.dropped is not None and not (recipe.dedup or recipe.filters or recipe.decontaminate):
        raise ParameterError("dropped", recipe.dropped, "given with a filter, such as dedup")
    copies = [*map(read_duplicates, recipe.dedup)]
    rules = [*map(read_rule, recipe.filters)]
    steps = [step for name, step in copies if name == "exact"]
    steps += [step for kind in catalogue.RULES for name, step in rules if name == kind]
    steps += [step for kind in ("near", "embedding") for name, step in copies if name == kind]
    cosine = recipe.decontaminate_cosine
    if recipe.decontaminate:
        against = evaluation_pools(recipe.decontaminate, pool, vectors=cosine is not None)
        steps.append(Decontaminate(against=against, similarity=cosine))
    elif cosine is not None:
        raise ParameterError("decontaminate_cosine", cosine, "given with an evaluation file")
    return tuple(steps)


def clean(
    steps: Sequence[Filter], recipe: Recipe, pool: Pool, budget: Budget, progress: Progress
) -> tuple[Budget, Cleaning]:
    """Run filters on the rows that the budget has not dropped already.

    Among copies a row that the budget keeps stays first, then the best quality where the recipe
    names one, then the lowest row.

    Returns:
        The budget, with the rows that the filters drop among its dropped rows; and what was done.

    Raises:
        QuotaError: A filter drops a row that must be picked.
        SignalError: A filter needs text or vectors that the pool does not have.
    """
    rows = _in_order(recipe, pool, budget)
    results, judged = [], []
    for step in steps:
        progress.note(f"filter: {step.name}")
        found = step.keep(pool, rows)
        _require_kept(found, pool, budget)
        results.append(found)
        judged.append(len(rows))
        rows = rows[found.kept[rows]]
    gone = np.concatenate([np.asarray(budget.drop, dtype=np.int64)] + [r.dropped for r in results])
    against = next((one.against for one in steps if isinstance(one, Decontaminate)), ())
    cleaning = Cleaning(tuple(results), tuple(judged), tuple(against))
    return dataclasses.replace(budget, drop=tuple(gone.tolist())), cleaning


def write_dropped(path: Path, cleaning: Cleaning, pool: Pool) -> None:
    """Write the dropped rows as Parquet, one line a row."""
    from cribble.data.parquet import write_columns

    write_columns(path, cleaning.table(pool))


def _in_order(recipe: Recipe, pool: Pool, budget: Budget) -> NDArray[np.int64]:
    rows = preference(pool) if recipe.quality is not None else np.arange(len(pool))
    rows = rows[~np.isin(rows, np.asarray(budget.drop, dtype=np.int64))]
    must = np.isin(rows, np.asarray(budget.keep, dtype=np.int64))
    return np.concatenate([rows[must], rows[~must]]).astype(np.int64)


def _require_kept(found: FilterResult, pool: Pool, budget: Budget) -> None:
    for row in budget.keep:
        if not found.kept[row]:
            raise QuotaError(
                f"row {pool.describe(row)} to be kept",
                f"the filter {found.step} drops it: {found.reasons[found.codes[row]]}",
                "take it off the list of kept rows, or loosen the filter",
            )


def evaluation_pools(
    files: Sequence[str], pool: Pool, *, vectors: bool = False
) -> tuple[Pool, ...]:
    """Open evaluation files, read as the pool is.

    Args:
        files: The files.
        pool: The pool.
        vectors: Give their rows vectors as well, made as the pool's are.

    Raises:
        ParameterError: The pool was not read from data.
        DataError: A file cannot be read.
        SignalError: A file has no text.
    """
    from cribble.data import open_rows

    binding = getattr(pool, "binding", None)
    if not isinstance(binding, Binding):
        raise ParameterError("decontaminate", "a pool made of arrays", "left out for such a pool")
    reading, found = binding.reading, []
    for file in files:
        rows = open_rows(file)
        if not has_text(rows, reading):
            raise SignalError("text", f"{file} has none", "name the text with --text")
        if vectors:
            found.append(binding.target(rows))
            continue
        # Its words are all that is compared: vectors, which the pool may have, are not asked for.
        texts = functools.partial(rows.text_blocks, reading.view, reading.text)
        found.append(Pool(len(rows), texts=texts, rows=rows, memory=reading.memory))
    return tuple(found)
