"""Rows to signals: where each array comes from, computed when a method first asks for it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from cribble.core import Groups, Pool, Progress, Rows, TextBlock
from cribble.core.errors import UnknownNameError
from cribble.run.recipe import Reading

DEFAULT_EMBEDDER = "hashed"
VECTORS = "embedding"
# The run's seed is not the embedder's: another seed must find the same vectors in the cache.
EMBEDDER_SEED = 0


@dataclass(frozen=True, eq=False)
class Binding:
    """The signals of one pool, and of the targets that are measured against it.

    Args:
        rows: The pool's rows.
        reading: Which column or embedder each signal comes from.
        store: The cache on disk.
        progress: Where long steps report.
    """

    rows: Rows
    reading: Reading
    store: Any
    progress: Progress

    @property
    def vector_column(self) -> str | None:
        """The column that holds vectors, if that is where the embedding comes from."""
        if self.reading.embedding is not None:
            return self.reading.embedding
        free = self.reading.embed is None and self.reading.text is None
        return VECTORS if free and VECTORS in self.rows.columns else None

    @property
    def embedder(self) -> str | None:
        """The embedder's name, if the embedding has to be computed from text."""
        if self.vector_column is not None or not has_text(self.rows, self.reading):
            return None
        return self.reading.embed or DEFAULT_EMBEDDER

    def pool(self, memory: int, kind: type[Pool] = Pool) -> Pool:
        """A pool of these rows, with nothing computed yet.

        Raises:
            UnknownNameError: A named column does not exist.
        """
        reading, rows = self.reading, self.rows
        for column in (reading.embedding, reading.quality, reading.group, reading.label):
            require_column(rows, column)
        signals: dict[str, Any] = {
            name: functools.partial(rows.numbers, name) for name in number_columns(rows)
        }
        if reading.quality is not None:
            signals["quality"] = functools.partial(rows.numbers, reading.quality)
        signals |= self._text_signals(rows)
        groups: Mapping[str, Callable[[], Groups]] = {
            name: functools.partial(rows.labels, column)
            for name, column in (("group", reading.group), ("label", reading.label))
            if column is not None
        }
        return kind(
            len(rows),
            signals=signals,
            groups=groups,
            texts=self._texts(rows),
            rows=rows,
            memory=memory,
        )

    def target(self, rows: Rows) -> Pool:
        """A pool of target rows, embedded by what was fitted on the pool itself."""
        require_column(rows, self.vector_column)
        return Pool(
            len(rows),
            signals=self._text_signals(rows),
            texts=self._texts(rows),
            rows=rows,
            memory=self.reading.memory,
        )

    def embed_pool(self) -> NDArray[Any]:
        """Embed the pool's rows, or read their vectors."""
        return self._embed(self.rows)

    def _text_signals(self, rows: Rows) -> dict[str, Callable[[], NDArray[Any]]]:
        signals: dict[str, Callable[[], NDArray[Any]]] = {}
        if self.vector_column is not None or self.embedder is not None:
            signals["embedding"] = functools.partial(self._embed, rows)
        if has_text(rows, self.reading):
            signals.setdefault("tokens", functools.partial(self._tokens, rows))
        return signals

    def _texts(self, rows: Rows) -> Callable[[], Iterator[TextBlock]] | None:
        if not has_text(rows, self.reading):
            return None
        return functools.partial(rows.text_blocks, self.reading.view, self.reading.text)

    def content(self, rows: Rows) -> str:
        """Name the text of some rows: equal names mean equal text."""
        return "\0".join((rows.fingerprint(), self.reading.view, self.reading.text or ""))

    @functools.cached_property
    def _fitted(self) -> Any:
        from cribble.signals.embedding import fit, open_embedder

        embedder = open_embedder(self.embedder)
        return fit(embedder, self._texts(self.rows), len(self.rows), **self._cached(self.rows))

    def _embed(self, rows: Rows) -> NDArray[Any]:
        if self.vector_column is not None:
            return rows.vectors(self.vector_column)
        from cribble.signals.embedding import embed

        vectors: NDArray[Any] = embed(
            self._fitted, self._texts(rows), len(rows), **self._cached(rows)
        )
        return vectors

    def _tokens(self, rows: Rows) -> NDArray[Any]:
        from cribble.signals.tokens import count_tokens

        counts: NDArray[Any] = count_tokens(self._texts(rows), len(rows), self.progress)
        return counts

    def _cached(self, rows: Rows) -> dict[str, Any]:
        return {
            "content": self.content(rows),
            "store": self.store,
            "seed": EMBEDDER_SEED,
            "progress": self.progress,
        }


def has_text(rows: Rows, reading: Reading) -> bool:
    """Tell whether the rows have text: a recognized format, or a template."""
    return reading.text is not None or getattr(rows, "text_format", None) is not None


def number_columns(rows: Rows) -> tuple[str, ...]:
    """Names of the columns that may serve as signals."""
    return tuple(getattr(rows, "signal_columns", ()))


def require_column(rows: Rows, column: str | None) -> None:
    """Refuse a column that does not exist.

    Raises:
        UnknownNameError: The rows have no such column.
    """
    if column is not None and column not in rows.columns:
        raise UnknownNameError("column", column, rows.columns)
