"""Embed a pool ahead of the runs that will use it."""

from __future__ import annotations

from typing import Any

from cribble.core import Progress
from cribble.core.errors import SignalError
from cribble.run.columns import HOW
from cribble.run.environment import Clock
from cribble.run.execute import open_pool
from cribble.run.pool import Pool
from cribble.run.recipe import Recipe


def embed_pool(recipe: Recipe, progress: Progress) -> dict[str, Any]:
    """Embed a pool into the cache.

    Returns:
        ``rows``, ``dimension``, ``dtype``, ``embedder`` and ``seconds``.

    Raises:
        DataError: The pool cannot be read.
        SignalError: The rows have neither text nor vectors.
    """
    clock = Clock()
    pool = open_pool(recipe, progress)
    require_embedding(pool)
    assert pool.binding is not None
    vectors = pool.signal("embedding", ndim=2)
    return {
        "rows": len(vectors),
        "dimension": vectors.shape[1],
        "dtype": str(vectors.dtype),
        "embedder": pool.binding.embedder
        or f"column {', '.join(pool.binding.table) or pool.binding.vector_column}",
        "seconds": clock.seconds,
    }


def require_embedding(pool: Pool) -> None:
    """Refuse a pool that has nothing to embed.

    Raises:
        SignalError: The rows have neither text nor vectors.
    """
    if not pool.has("embedding"):
        raise SignalError("embedding", "the rows have neither text nor vectors", HOW)
