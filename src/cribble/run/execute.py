"""Do a run: read, bind, check, select, check again, and write everything or nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cribble.core import Budget, Executor, Progress, Selection, Selector
from cribble.core import Pool as CorePool
from cribble.core.errors import DataError
from cribble.executors import open_executor
from cribble.filters.base import Filter
from cribble.run import choice
from cribble.run.audit import audit
from cribble.run.cleaning import Cleaning, clean, steps_of, write_dropped
from cribble.run.environment import Clock
from cribble.run.footprint import require_memory
from cribble.run.growth import Growth, Part, find_growth, fitting_of, remember_picks
from cribble.run.manifest import (
    beside,
    describe,
    digest_outputs,
    manifest_path,
    write_manifest,
)
from cribble.run.picks import write_chosen, write_picks
from cribble.run.pool import Pool, aimed
from cribble.run.recipe import AUTO, Recipe
from cribble.run.rowlist import find_rows
from cribble.run.sides import Side, side_files
from cribble.run.size import find_size, widest
from cribble.run.staging import Staging, check_outputs

if TYPE_CHECKING:
    from cribble.report.size_curve import SizeCurve


@dataclass(frozen=True, eq=False)
class Prepared:
    """A run that can start: the pool is open, nothing is computed.

    Args:
        recipe: What decides the run.
        pool: The pool, with its signals bound.
        budget: What may be picked.
        method: The method with its parameters.
        why: Why this method.
        steps: Filters that run before the method.
        cleaning: What they did; None before they ran.
        curve: How good choices of more and more rows are; None where it was not measured.
        growth: What the pool has of an earlier run's; None where none is updated.
    """

    recipe: Recipe
    pool: CorePool
    budget: Budget
    method: Selector
    why: str
    steps: tuple[Filter, ...] = ()
    cleaning: Cleaning | None = None
    curve: SizeCurve | None = None
    growth: Growth | None = None

    def cleaned(self, progress: Progress) -> Prepared:
        """The same run with its filters done, and then the number of rows found if it is "auto".

        What filters drop, the budget drops.

        Raises:
            CribbleError: A filter cannot run, or drops a row that must be picked; or nothing
                tells how many rows to pick.
        """
        budget, cleaning = self.budget, self.cleaning
        if self.steps:
            budget, cleaning = clean(self.steps, self.recipe, self.pool, budget, progress)
        budget, curve = find_size(self.recipe, self.pool, budget, self.method, progress)
        return dataclasses.replace(self, budget=budget, cleaning=cleaning, curve=curve)

    def sides(self) -> tuple[Side, ...]:
        """The other files that decide the run.

        Raises:
            DataError: One cannot be read.
        """
        return side_files(self.recipe, self.cleaning.against if self.cleaning is not None else ())


@dataclass(frozen=True, eq=False)
class Outcome:
    """A run that was done.

    Args:
        selection: The picks; its ``manifest`` is the record of the run.
        prepared: What was run.
        manifest: Where the manifest stands; None where nothing was written.
    """

    selection: Selection
    prepared: Prepared
    manifest: Path | None

    def summary(self) -> dict[str, Any]:
        """The keys of ``--json``."""
        record: Mapping[str, Any] = self.selection.manifest or {}
        keys = ("method", "rows", "pool_rows", "value", "upper_bound", "seconds")
        return {
            **{key: record[key] for key in keys},
            "peak_rss_bytes": record["peak_rss_bytes"],
            "seed": record["seed"],
            "out": self.prepared.recipe.out,
            "manifest": str(self.manifest) if self.manifest is not None else None,
            "stats": {
                **record["stats"],
                "limits": record["limits"],
                "filters": record["filters"],
                "comparison": record["comparison"],
                "verdict": record["verdict"],
            },
        }


def open_pool(recipe: Recipe, progress: Progress, *, reread: bool = False) -> Pool:
    """Read the pool and the targets of a recipe.

    Args:
        recipe: The recipe.
        progress: Where long steps report.
        reread: Whether files that look unchanged since an earlier run are read all the same.

    Raises:
        DataError: There are no inputs, or they cannot be read.
        UnknownNameError: A column does not exist.
    """
    if not recipe.inputs:
        raise DataError("inputs", "no file is named", "name the files of the pool")
    source = list(recipe.inputs) if len(recipe.inputs) > 1 else recipe.inputs[0]
    bad = str(beside(recipe.out, "bad.jsonl")) if recipe.out is not None else None
    fitting = fitting_of(recipe.base) if recipe.base is not None else None
    pool = Pool.open(source, recipe.reading, progress, bad, fitting, reread)
    if not len(pool):
        raise DataError(str(source), "the pool has no rows", "name files with rows in them")
    if recipe.target:
        pool = aimed(pool, list(recipe.target))
    return pool.with_numbers(recipe.cost_column)


def prepare(recipe: Recipe, progress: Progress) -> Prepared:
    """Open everything and refuse what cannot be done, before any work.

    Raises:
        CribbleError: Anything the user can mend.
    """
    read = (*recipe.inputs, *recipe.target, *recipe.decontaminate)
    logs = (recipe.model_log,) if recipe.model_log is not None else ()
    check_outputs(outputs_of(recipe), (*read, *logs), recipe.out)
    if recipe.method is not None:
        choice.build(recipe.method, recipe.parameters)
    pool = open_pool(recipe, progress)
    budget = read_budget(recipe, pool)
    method, why = pick_method(recipe, pool, budget)
    growth = find_growth(recipe, pool) if recipe.base is not None else None
    return Prepared(recipe, pool, budget, method, why, steps_of(recipe, pool), growth=growth)


def read_budget(recipe: Recipe, pool: Pool) -> Budget:
    """The budget of a recipe, its keep and drop lists looked up in the pool.

    Of "auto" it is the largest that will be looked at.

    Raises:
        BudgetError: There is none, or there are two.
        DataError: A list cannot be read.
        UnknownNameError: A listed row does not exist.
    """
    assert pool.rows is not None
    keep = find_rows("keep", recipe.keep, pool.rows)
    budget = recipe.budget(keep, find_rows("drop", recipe.drop, pool.rows))
    return widest(budget, pool) if recipe.k == AUTO else budget


def pick_method(recipe: Recipe, pool: CorePool, budget: Budget) -> tuple[Selector, str]:
    """The method of a recipe, or the default for the pool; and why.

    Raises:
        CribbleError: It does not exist, or cannot do what is asked.
    """
    name = recipe.method or choice.default_method(pool)
    why = "asked for" if recipe.method else choice.DEFAULTS[name]
    method = choice.build(name, recipe.parameters)
    choice.check_method(method, pool, budget)
    return method, why


def executor_for(prepared: Prepared) -> Executor:
    """Where a run is done; started now if it is not yet.

    Raises:
        MissingPackageError: Its package is not installed.
        ExecutorError: It cannot be reached.
    """
    if prepared.pool.executor is not None:
        return prepared.pool.executor
    binding = prepared.pool.binding if isinstance(prepared.pool, Pool) else None
    return open_executor(prepared.recipe.executor) if binding is None else binding.executor


def choose(prepared: Prepared, *, clock: Clock, command: list[str] | None = None) -> Selection:
    """Select, check the result, and put down what was done.

    Args:
        prepared: What to run.
        clock: Started with the run.
        command: The command line, for the record.

    Raises:
        CribbleError: Anything the user can mend, such as an input that changed meanwhile.
        RuntimeError: The method broke a limit.
    """
    pool, growth, part = prepared.pool, prepared.growth, None
    if growth is not None and isinstance(pool, Pool):
        part = growth.part(pool, prepared.budget, prepared.method, prepared.recipe.seed)
    executor = executor_for(prepared)
    selection, audited = _select(prepared, part, executor)
    if prepared.curve is not None:
        stats = {**selection.stats, "curve": prepared.curve.as_dict()}
        selection = dataclasses.replace(selection, stats=stats)
    manifest = describe(
        selection,
        pool,
        recipe=prepared.recipe,
        method=prepared.method,
        why=_why(prepared, selection),
        limits=audited,
        filters=prepared.cleaning.summary() if prepared.cleaning is not None else [],
        executor=executor.describe(),
        sides=[dataclasses.asdict(one) for one in prepared.sides()],
        clock=clock,
        command=command,
    )
    if growth is not None:
        manifest["updates"] = growth.record(part, len(set(prepared.budget.drop)))
    return dataclasses.replace(selection, pool=pool, manifest=manifest)


def _select(
    prepared: Prepared, part: Part | None, executor: Executor
) -> tuple[Selection, list[dict[str, Any]]]:
    """Run the method on the pool, or on the part of it that competes, and count every limit."""
    from cribble.data import PoolRows

    pool, budget = prepared.pool, prepared.budget
    over, within = (pool, budget) if part is None else (part.pool, part.budget)
    limits = within.resolve(over)
    selection = prepared.method.select(over.on(executor), within, prepared.recipe.seed)
    for read in (pool, *pool.targets):
        if isinstance(read.rows, PoolRows):
            read.rows.check_unchanged()
    audited = audit(selection, limits)
    return selection if part is None else part.lifted(selection, pool), audited


def _why(prepared: Prepared, selection: Selection) -> str:
    """Why this method, and, where methods raced, why the winner."""
    raced = selection.stats.get("auto")
    if raced is None:
        return prepared.why
    return f"{prepared.why}. It took {raced['chosen']}: {raced['why']}"


def execute(recipe: Recipe, progress: Progress, command: list[str] | None = None) -> Outcome:
    """Do a run; nothing is written unless all of it succeeds.

    Args:
        recipe: What decides the run.
        progress: Where long steps report.
        command: The command line, for the record.

    Raises:
        CribbleError: Anything the user can mend.
    """
    clock = Clock()
    prepared = prepare(recipe, progress)
    require_memory(prepared.method, prepared.pool, prepared.budget)
    prepared = prepared.cleaned(progress)
    selection = choose(prepared, clock=clock, command=command)
    assert selection.manifest is not None
    if selection.manifest["executor"].get("tasks") == 0:
        progress.note(f"{selection.method} has no work that shards can share: it ran here alone")
    remember_picks(selection, prepared.pool)
    if not outputs_of(recipe):
        return Outcome(selection, prepared, None)
    with Staging() as staging:
        staged = {
            name: (Path(final), staging.path(final)) for name, final in _named_outputs(recipe)
        }
        selection = _write(staged, selection, prepared, progress)
        record = {
            **(selection.manifest or {}),
            "outputs": digest_outputs(staged),
            "seconds": clock.seconds,
            "cpu_seconds": clock.cpu_seconds,
        }
        manifest = _manifest_of(recipe)
        write_manifest(staging.path(manifest), record)
        staging.commit()
    return Outcome(dataclasses.replace(selection, manifest=record), prepared, manifest)


def outputs_of(recipe: Recipe) -> tuple[str | Path, ...]:
    """Every file that a recipe writes, its manifest included."""
    named = tuple(final for _, final in _named_outputs(recipe))
    return (*named, _manifest_of(recipe)) if named else ()


def _write(
    staged: Mapping[str, tuple[Path, Path]],
    selection: Selection,
    prepared: Prepared,
    progress: Progress,
) -> Selection:
    recipe, pool = prepared.recipe, prepared.pool
    assert pool.rows is not None
    if "out" in staged:
        write_chosen(staged["out"][1], selection, pool.rows, recipe)
    if "picks" in staged:
        write_picks(staged["picks"][1], selection, pool, group_of(recipe))
    if "dropped" in staged and prepared.cleaning is not None:
        write_dropped(staged["dropped"][1], prepared.cleaning, pool)
    if "report" in staged:
        selection = _report(staged["report"][1], selection, prepared, progress)
    return selection


def _report(path: Path, selection: Selection, prepared: Prepared, progress: Progress) -> Selection:
    from cribble.report.compare import against_random
    from cribble.report.html import write_report

    comparison = against_random(
        selection, prepared.pool, prepared.budget, seed=prepared.recipe.seed, progress=progress
    )
    record = {
        **(selection.manifest or {}),
        "comparison": comparison.as_dict(),
        "verdict": comparison.verdict,
    }
    selection = dataclasses.replace(selection, manifest=record)
    write_report(
        path,
        selection,
        prepared.pool,
        prepared.budget,
        comparison=comparison,
        run=record,
        progress=progress,
    )
    return selection


def group_of(recipe: Recipe) -> str | None:
    """The grouping to show: the one that is limited, else the one that is named."""
    limited = next(iter((*recipe.at_least, *recipe.at_most)), None)
    if limited is not None:
        return limited
    return "group" if recipe.group else "label" if recipe.label else None


def _named_outputs(recipe: Recipe) -> list[tuple[str, str]]:
    names = ("out", "picks", "report", "dropped")
    named = ((name, getattr(recipe, name)) for name in names)
    return [(name, final) for name, final in named if final is not None]


def _manifest_of(recipe: Recipe) -> Path:
    return manifest_path(_named_outputs(recipe)[0][1])
