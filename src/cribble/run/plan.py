"""What a run would do: read and bound, but nothing computed, chosen or written."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cribble.core import Card, Limits, Pool, Progress
from cribble.core.errors import CribbleError
from cribble.run import estimate
from cribble.run.bind import LOGGED, TOKENS, Binding
from cribble.run.choice import signals_of
from cribble.run.columns import holds_numbers
from cribble.run.embedding import require_embedding
from cribble.run.excerpt import words
from cribble.run.execute import Prepared, open_pool, outputs_of, prepare
from cribble.run.footprint import footprint
from cribble.run.recipe import AUTO, Recipe
from cribble.run.recorded import recorded_recipe
from cribble.run.scoring import require_score

# Rows whose text is measured to judge how much text there is.
SAMPLE = 64


@dataclass(frozen=True)
class Step:
    """A signal the run needs.

    Args:
        signal: Its name.
        source: A column, an embedder or a rule.
        state: "column", "cached" or "to compute".
        seconds: Roughly what computing it takes; 0 where there is nothing to compute.
        disk_bytes: What it adds to the cache.
    """

    signal: str
    source: str
    state: str
    seconds: float
    disk_bytes: int


@dataclass(frozen=True)
class Plan:
    """What a run would do; seconds and bytes are estimates.

    Args:
        rows: Rows found in the pool.
        format: Format of the files.
        text_format: How the text of a row was recognized; None where it was not.
        target_rows: Rows of each target.
        method: The method's name.
        why: Why this method.
        cost: Time on the method's card, in n (pool), d (dimension), k (picks), q (target rows).
        signals: What is needed, and whether it is there.
        picks: Rows to pick; None where it is not known before a signal is computed.
        feasible: Whether the limits can be met; None where a signal must be computed to tell.
        limits: What the limits come to, or why they cannot be met.
        memory_bytes: Memory expected at most, mapped files aside; None where it is not known.
        memory_limit: Memory that the run is allowed.
        memory_fits: Whether the limit allows the run; it is refused otherwise.
        disk_bytes: Disk expected for cache and output.
        seconds: Time expected; None where the card's cost cannot be estimated.
        outputs: Files that would be written.
    """

    rows: int
    format: str | None
    text_format: str | None
    target_rows: tuple[int, ...]
    method: str
    why: str
    cost: str
    signals: tuple[Step, ...]
    picks: int | None
    feasible: bool | None
    limits: str
    memory_bytes: int | None
    memory_limit: int
    memory_fits: bool
    disk_bytes: int
    seconds: float | None
    outputs: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """The keys of ``--json``."""
        return {"dry_run": True, **dataclasses.asdict(self)}


def plan(recipe: Recipe, progress: Progress) -> Plan:
    """Plan a run.

    Raises:
        CribbleError: The pool cannot be read, or the method cannot do what is asked.
    """
    prepared = prepare(recipe, progress)
    pool, card = prepared.pool, prepared.method.card
    rows = _binding(pool).rows
    signals = _signals(prepared)
    limits, feasible, found = _limits(prepared, signals)
    picks = limits.most_rows if limits is not None else None
    seconds = _seconds(card, pool, picks, signals)
    held = footprint(prepared.method, pool, picks if picks is not None else len(pool) // 10)
    return Plan(
        rows=len(pool),
        format=rows.format,
        text_format=rows.text_format,
        target_rows=tuple(len(target) for target in pool.targets),
        method=card.name,
        why=prepared.why,
        cost=card.cost,
        signals=signals,
        picks=picks,
        feasible=feasible,
        limits=found,
        memory_bytes=held.expected,
        memory_limit=held.limit,
        memory_fits=held.fits,
        disk_bytes=sum(step.disk_bytes for step in signals)
        + (rows.byte_size * (picks or 0) // len(pool) if recipe.out else 0),
        seconds=seconds,
        outputs=tuple(map(str, outputs_of(recipe))),
    )


def plan_again(run: str | Path, progress: Progress) -> Plan:
    """Plan to do a recorded run again; it writes nothing.

    Raises:
        DataError: There is no manifest, or its run cannot be repeated.
    """
    return plan(recorded_recipe(run), progress)


def plan_embedding(recipe: Recipe, progress: Progress) -> dict[str, Any]:
    """Plan to embed a pool.

    Returns:
        ``rows`` and the fields of `Step`.

    Raises:
        SignalError: The rows have neither text nor vectors.
    """
    pool = open_pool(recipe, progress)
    require_embedding(pool)
    step = _step("embedding", _binding(pool))
    return {"dry_run": True, "rows": len(pool), **dataclasses.asdict(step)}


def plan_scoring(recipe: Recipe, progress: Progress, signal: str) -> dict[str, Any]:
    """Plan to score a pool.

    Returns:
        ``rows`` and the fields of `Step`.

    Raises:
        UnknownNameError: There is no such score.
        SignalError: The rows have no text.
    """
    pool = open_pool(recipe, progress)
    require_score(pool, signal)
    step = _step(signal, _binding(pool))
    return {"dry_run": True, "rows": len(pool), **dataclasses.asdict(step)}


def _signals(prepared: Prepared) -> tuple[Step, ...]:
    binding, budget = _binding(prepared.pool), prepared.budget
    needs = [name for need, name in signals_of(prepared.method).items() if need != "text"]
    if prepared.method.card.family == "automatic":
        # It takes what it finds.
        needs += [name for name in ("embedding", "quality") if prepared.pool.has(name)][:1]
    if budget.cost is not None:
        needs.append(budget.cost_column)
    needs += [*budget.at_least, *budget.at_most]
    return tuple(_step(need, binding) for need in dict.fromkeys(needs))


def _binding(pool: Pool) -> Binding:
    binding = getattr(pool, "binding", None)
    assert isinstance(binding, Binding)
    return binding


def _step(name: str, binding: Binding) -> Step:
    rows = binding.rows
    text_bytes = _text_bytes(binding)
    if name == "embedding" and binding.embedder is not None:
        seconds = estimate.embedding_seconds(binding.embedder, len(rows), text_bytes)
        size = len(rows) * estimate.DEFAULT_WIDTH * 4
        step = Step(name, binding.embedder, "to compute", seconds, size)
    elif name == TOKENS and not holds_numbers(rows, TOKENS):
        seconds = text_bytes / estimate.TOKEN_BYTES
        step = Step(name, "built-in rule", "to compute", seconds, 8 * len(rows))
    elif name in LOGGED and (log := binding.reading.model_log) is not None:
        seconds = Path(log).stat().st_size / estimate.READ_BYTES if Path(log).exists() else 0.0
        step = Step(name, f"log {log}", "to compute", seconds, 32 * len(rows))
    else:
        if name == "embedding" and binding.table:
            return Step(name, f"columns {', '.join(binding.table)}", "column", 0.0, 0)
        column = {"embedding": binding.vector_column}.get(name) or (
            getattr(binding.reading, name, None) or name
        )
        return Step(name, f"column {column}", "column", 0.0, 0)
    if binding.is_cached(name):
        return dataclasses.replace(step, state="cached", seconds=0.0, disk_bytes=0)
    return step


def _text_bytes(binding: Binding) -> int:
    """Size of all text, judged by the first rows; files may be compressed."""
    first = binding.rows.take(range(min(len(binding.rows), SAMPLE)))
    size = sum(len(text) for text in words(first))
    return size * len(binding.rows) // max(1, len(first))


def _limits(
    prepared: Prepared, signals: tuple[Step, ...]
) -> tuple[Limits | None, bool | None, str]:
    budget = prepared.budget
    costs = next((step for step in signals if step.signal == budget.cost_column), None)
    if budget.cost is not None and costs is not None and costs.state == "to compute":
        return None, None, f"known once {budget.cost_column} are counted"
    try:
        limits = budget.resolve(prepared.pool)
    except CribbleError as error:
        return None, False, str(error)
    if prepared.steps:
        names = ", ".join(step.name for step in prepared.steps)
        return limits, None, f"known once filters have run: {names}"
    free = limits.size - int(limits.excluded.sum())
    up_to = "up to " if prepared.recipe.k == AUTO else ""
    return limits, True, f"{up_to}{limits.most_rows:,} of {free:,} rows that can be picked"


def _seconds(card: Card, pool: Pool, picks: int | None, signals: tuple[Step, ...]) -> float | None:
    sizes = {
        "n": len(pool),
        "d": estimate.DEFAULT_WIDTH,
        "k": picks if picks is not None else len(pool) // 10,
        "q": sum(len(target) for target in pool.targets),
    }
    work = estimate.operations(card.cost, sizes)
    if work is None:
        return None
    read = estimate.START_SECONDS + _binding(pool).rows.byte_size / estimate.READ_BYTES
    return read + sum(step.seconds for step in signals) + work / estimate.OPERATIONS
