"""Score the rows of a pool ahead of the runs that will use the scores."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from cribble.core import Progress
from cribble.core.errors import SignalError, UnknownNameError
from cribble.run.bind import LOGGED, TOKENS
from cribble.run.environment import Clock
from cribble.run.execute import open_pool
from cribble.run.pool import Pool
from cribble.run.recipe import Recipe

SCORES = (TOKENS, *LOGGED)


def score_pool(
    recipe: Recipe, progress: Progress, signal: str = TOKENS, out: Path | None = None
) -> dict[str, Any]:
    """Compute one number a row into the cache.

    Args:
        recipe: The inputs and how they are read.
        progress: Where the step reports.
        signal: "tokens", counted by the built-in rule unless a column holds them; or one of those
            that the log of a training run gives.
        out: A Parquet file for ``row``, ``id`` and the score; None for none.

    Returns:
        ``rows``, ``signal``, ``total``, ``mean``, ``median``, ``least``, ``most``, ``seconds``.

    Raises:
        DataError: The pool cannot be read.
        UnknownNameError: There is no such score.
        SignalError: The rows have no text, or there is no log.
        OutputError: The file cannot be written.
    """
    clock = Clock()
    pool = open_pool(recipe, progress)
    require_score(pool, signal)
    scores = pool.signal(signal, ndim=1)
    if out is not None:
        assert pool.rows is not None
        from cribble.data.parquet import write_columns

        rows = np.arange(len(pool))
        write_columns(out, {"row": rows, "id": pool.rows.ids(rows.tolist()), signal: scores})
    some = scores if len(scores) else np.zeros(1)
    return {
        "rows": len(scores),
        "signal": signal,
        "total": float(scores.sum()),
        "mean": float(some.mean()),
        "median": float(np.median(some)),
        "least": float(some.min()),
        "most": float(some.max()),
        "seconds": clock.seconds,
        "out": None if out is None else str(out),
    }


def require_score(pool: Pool, signal: str) -> None:
    """Refuse a score that does not exist, or that the rows cannot have.

    Raises:
        UnknownNameError: There is no such score.
        SignalError: The rows have no text, or there is no log.
    """
    if signal not in SCORES:
        raise UnknownNameError("score", signal, SCORES)
    if signal == TOKENS and not pool.has(signal):
        raise SignalError(signal, "the rows have no text", "use --text")
    if signal != TOKENS and (pool.binding is None or pool.binding.reading.model_log is None):
        raise SignalError(
            signal, "no log of a training run is named", "use --model-log, and --label"
        )
