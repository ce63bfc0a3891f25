"""Rows to signals: where each array comes from, computed when a method first asks for it."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from cribble.core import Executor, Pool, Progress, Silent, TextBlock
from cribble.core.errors import SignalError, TargetError
from cribble.executors import open_executor
from cribble.run.columns import (
    classes,
    content_of,
    has_column,
    has_text,
    holds_numbers,
    require_column,
)
from cribble.run.recipe import Reading

if TYPE_CHECKING:
    from cribble.data import PoolRows as DataRows
    from cribble.data.store import Store
    from cribble.signals.difficulty import Difficulty
    from cribble.signals.embedding import Embedder
    from cribble.signals.table import Coding

DEFAULT_EMBEDDER = "hashed"
TABLE = "table"
VECTORS = "embedding"
# A numeric column of this name is used; without one, tokens are counted by a rule.
TOKENS = "tokens"
# Signals from the log of a training run. Low is hard for the area under the margin and the margin.
LOGGED = {
    "aum": "aum",
    "el2n": "el2n",
    "forgetting": "forgetting",
    "margin": "margin",
    "difficulty": "el2n",
}
# The run's seed is not the embedder's: another seed must find the same vectors in the cache.
EMBEDDER_SEED = 0

AnyPool = TypeVar("AnyPool", bound=Pool)


@dataclass(frozen=True, eq=False)
class Fitting:
    """What an embedder is fitted on.

    Args:
        content: Name of the text, from `content_of`.
        size: Number of rows.
        texts: Opens their texts; not called where the fit is in the cache.
    """

    content: str
    size: int
    texts: Callable[[], Iterator[TextBlock]]


@dataclass(frozen=True, eq=False)
class Binding:
    """The signals of one pool, and of the targets that are measured against it.

    Args:
        rows: The pool's rows.
        reading: Which column or embedder each signal comes from.
        store: The cache on disk.
        progress: Where long steps report.
        fitting: What the embedder is fitted on; None for the rows themselves.
    """

    rows: DataRows
    reading: Reading
    store: Store
    progress: Progress
    fitting: Fitting | None = None

    @property
    def vector_column(self) -> str | None:
        """The column that holds vectors, if that is where the embedding comes from."""
        if self.reading.embedding is not None:
            return self.reading.embedding
        free = self.reading.embed is None and self.reading.text is None
        return VECTORS if free and VECTORS in self.rows.signal_columns else None

    @functools.cached_property
    def table(self) -> tuple[str, ...]:
        """The columns that make the embedding, if it is one of a table.

        Raises:
            ParameterError: No column is left.
        """
        reading = self.reading
        spec = reading.embed or ""
        if reading.embedding is not None or spec.partition(":")[0] != TABLE:
            return ()
        from cribble.signals.table import columns_of

        return columns_of(spec, self.rows, (reading.quality, reading.group, reading.label))

    @property
    def embedder(self) -> str | None:
        """The embedder's name, if the embedding has to be computed from text."""
        if self.vector_column is not None or self.table or not has_text(self.rows, self.reading):
            return None
        return self.reading.embed or DEFAULT_EMBEDDER

    def pool(self, kind: type[AnyPool]) -> AnyPool:
        """A pool of these rows, with nothing computed yet.

        Every column is a signal under its own name; a column that cannot be one says so when it
        is asked for.

        Args:
            kind: The class to make.

        Raises:
            UnknownNameError: A named column does not exist.
            SignalError: There is a log of a training run, but no labels.
        """
        reading, rows = self.reading, self.rows
        named = (reading.embedding, reading.quality, reading.group, reading.label)
        for column in (*named, *self.table):
            require_column(rows, column)
        if reading.model_log is not None and reading.label is None:
            raise SignalError(
                "label", "a model log is named, but no classes", "name their column with --label"
            )
        signals = self._signals(rows)
        if reading.quality is not None:
            signals["quality"] = functools.partial(rows.numbers, reading.quality)
        if reading.label is not None:
            signals["label"] = functools.partial(classes, rows, reading.label)
        return kind(
            len(rows),
            signals=signals,
            groups=self._groups(rows),
            texts=self._texts(rows),
            rows=rows,
            memory=reading.memory,
        )

    def _groups(self, rows: DataRows) -> dict[str, Callable[[], Any]]:
        """The groupings that the reading names, where the rows have their columns."""
        named = (("group", self.reading.group), ("label", self.reading.label))
        return {
            name: functools.partial(rows.labels, column)
            for name, column in named
            if column is not None and has_column(rows, column)
        }

    def target(self, rows: DataRows) -> Pool:
        """A pool of target rows, embedded by what was fitted on the pool itself.

        Raises:
            TargetError: The target has no rows.
            UnknownNameError: It lacks the column of vectors.
        """
        if not len(rows):
            raise TargetError("it has no rows", "hand over at least one example")
        require_column(rows, self.vector_column)
        return Pool(
            len(rows),
            signals=self._signals(rows),
            groups=self._groups(rows),
            texts=self._texts(rows),
            rows=rows,
            memory=self.reading.memory,
        )

    def derived(self, name: str, compute: Callable[[], NDArray[Any]]) -> NDArray[Any]:
        """Fetch what is worked out from the pool's embedding, named by what decides both."""

        def checked() -> dict[str, NDArray[Any]]:
            found = compute()
            # Vectors of a file may be mapped: what is kept must be of the file that was opened.
            self.rows.check_unchanged()
            return {"array": found}

        found = self.store.state(
            self._derived_key(name), checked, progress=self.progress, name=name.partition(" ")[0]
        )
        return found["array"]

    def derived_rows(
        self,
        signal: str,
        name: str,
        width: int,
        cuts: NDArray[np.int64],
        blocks: Callable[[int, int], NDArray[Any]],
        dtype: DTypeLike,
    ) -> NDArray[Any]:
        """Fetch lines that are worked out from the pool's embedding or text, block by block."""

        def checked(low: int, high: int) -> NDArray[Any]:
            found = blocks(low, high)
            self.rows.check_unchanged()
            return found

        return self.store.array(
            self._derived_key(name, signal),
            (int(cuts[-1]), width),
            dtype,
            checked,
            block_rows=cuts,
            progress=self.progress,
            name=name.partition(" ")[0],
        )

    def _derived_key(self, name: str, signal: str = "embedding") -> str:
        from cribble import __version__
        from cribble.data.store import key_of

        if signal == "text":
            return key_of("derived", __version__, name, signal, self._content(self.rows))
        source = self.vector_column or self._fitted.identity
        other = () if self.fitting is None else (self.fitting.content,)
        # Another version may work it out in another way.
        return key_of("derived", __version__, name, source, self._content(self.rows), *other)

    def is_cached(self, signal: str) -> bool:
        """Whether a signal of the pool can be had without computing anything."""
        from cribble.data.store import NotCached, Store

        glance = dataclasses.replace(
            self, store=Store(self.store.root, read_only=True), progress=Silent()
        )
        try:
            glance._signals(glance.rows)[signal]()
        except NotCached:
            return False
        return True

    def _signals(self, rows: DataRows) -> dict[str, Callable[[], NDArray[Any]]]:
        signals: dict[str, Callable[[], NDArray[Any]]] = {}
        for name in rows.columns:
            signals[name] = (
                functools.partial(rows.vectors, name, self._room(rows))
                if name in rows.signal_columns
                else functools.partial(rows.numbers, name)
            )
        if self.vector_column is not None or self.table or self.embedder is not None:
            signals["embedding"] = functools.partial(self._embed, rows)
        if has_text(rows, self.reading) and not holds_numbers(rows, TOKENS):
            signals[TOKENS] = functools.partial(self._tokens, rows)
        if self.reading.model_log is not None and rows is self.rows:
            signals |= {name: functools.partial(self._of_log, name) for name in LOGGED}
        return signals

    def _room(self, rows: DataRows) -> int:
        """Bytes that a column of vectors may take in memory."""
        return Pool(len(rows), memory=self.reading.memory).room(1 / 4)

    def texts_of(self, rows: NDArray[np.int64]) -> Iterator[TextBlock]:
        """Stream the texts of some rows, (m,) int64 ascending; of the others nothing is read.

        Raises:
            SignalError: The rows have no text.
        """
        return self.rows.some(rows).text_blocks(self.reading.view, self.reading.text)

    def _texts(self, rows: DataRows) -> Callable[[], Iterator[TextBlock]] | None:
        if not has_text(rows, self.reading):
            return None
        return functools.partial(rows.text_blocks, self.reading.view, self.reading.text)

    def _content(self, rows: DataRows) -> str:
        """Name the text of some rows: equal names mean equal text."""
        return content_of(rows.fingerprint(), self.reading)

    @functools.cached_property
    def _basis(self) -> Fitting:
        """What the embedder is fitted on."""
        if self.fitting is not None:
            return self.fitting
        texts = self._texts(self.rows)
        assert texts is not None
        return Fitting(self._content(self.rows), len(self.rows), texts)

    @functools.cached_property
    def executor(self) -> Executor:
        """Where the work is done; started when it is first asked for."""
        return open_executor(self.reading.executor)

    @functools.cached_property
    def _fitted(self) -> Embedder:
        from cribble.signals.embedding import fit, open_embedder

        assert self.embedder is not None
        return fit(
            open_embedder(self.embedder),
            self._basis.texts,
            self._basis.size,
            content=self._basis.content,
            store=self.store,
            seed=EMBEDDER_SEED,
            progress=self.progress,
        )

    def _embed(self, rows: DataRows) -> NDArray[Any]:
        if self.vector_column is not None:
            return rows.vectors(self.vector_column, self._room(rows))
        if self.table:
            from cribble.signals.table import code_table

            return code_table(rows, self._coding, self._room(rows))
        from cribble.signals.embedding import embed

        texts = self._texts(rows)
        if texts is None:
            raise TargetError("its rows have no text", "name the text with --text")
        return embed(
            self._fitted,
            texts,
            len(rows),
            content=self._content(rows),
            store=self.store,
            seed=EMBEDDER_SEED,
            progress=self.progress,
            fitted_on=self._basis.content if self._fitted.state() else None,
            executor=lambda: self.executor,
        )

    @functools.cached_property
    def _coding(self) -> Coding:
        from cribble.signals.table import learn_table

        return learn_table(self.rows, self.table)

    @functools.cached_property
    def _difficulty(self) -> Difficulty:
        from cribble.run.training_log import kept_difficulty

        log, label = self.reading.model_log, self.reading.label
        assert log is not None
        assert label is not None
        return kept_difficulty(log, self.rows, label, self.store, self.progress)

    def _of_log(self, name: str) -> NDArray[np.float64]:
        signal: NDArray[np.float64] = getattr(self._difficulty, LOGGED[name])
        return signal

    def _tokens(self, rows: DataRows) -> NDArray[np.float64]:
        from cribble.data.store import key_of
        from cribble.signals.stretches import Stretches, stretch_cuts
        from cribble.signals.tokens import TOKENIZER, count_tokens

        texts = self._texts(rows)
        assert texts is not None
        stretches = Stretches(texts, len(rows))
        return self.store.array(
            key_of(TOKENS, TOKENIZER, self._content(rows)),
            (len(rows),),
            np.float64,
            lambda low, high: count_tokens(block for _, block in stretches.between(low, high)),
            block_rows=stretch_cuts(len(rows)),
            progress=self.progress,
            name="token counts",
        )
