"""A pool that was read from data: its signals are bound, and writing it leaves a record."""

from __future__ import annotations

import dataclasses
import functools
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray

from cribble.core import Pool as CorePool
from cribble.core import Progress, Selection, Silent, TextBlock
from cribble.core.errors import ParameterError, TargetError
from cribble.run.bind import LOGGED, AnyPool, Binding, Fitting
from cribble.run.columns import require_column
from cribble.run.recipe import Reading, make_reading


class Pool(CorePool):
    """Rows to choose from, read from files, tables or arrays.

    Made by `Pool.read`; `Pool(size, signals=...)` and `Pool.from_array` make one from arrays.

    Attributes:
        binding: Where the signals come from; None for a pool made of arrays.
        sources: The files it was read from, as they were named.
    """

    binding: Binding | None = None
    sources: tuple[str, ...] = ()

    @classmethod
    def read(cls, source: Any, *, progress: Progress | None = None, **reading: Any) -> Self:
        """Read a pool.

        Args:
            source: A path, a folder, a glob or several of them; a datasets.Dataset, a DataFrame,
                a pyarrow table; an (n, d) array.
            progress: Where long steps report; silent by default.
            **reading: How it is read, the keys of a recipe: ``text``, ``view``, ``embed``,
                ``embedding``, ``quality``, ``group``, ``label``, ``model_log``, ``where``,
                ``on_error``, ``quarantine``, ``memory``, ``executor``.

        Raises:
            DataError: The source cannot be read; the message names file, line and byte.
            UnknownNameError: A column or key does not exist.
        """
        return cls.open(source, make_reading(reading), progress or Silent())

    @classmethod
    def open(
        cls,
        source: Any,
        reading: Reading,
        progress: Progress,
        quarantine: str | None = None,
        fitting: Fitting | None = None,
        reread: bool = False,
    ) -> Self:
        """Read a pool as a checked `Reading` says; bad rows go to ``quarantine`` if it allows.

        Its embedder is fitted on what ``fitting`` says, by default on the pool. Files that were
        read before and look unchanged are read again where ``reread`` says so.

        Raises:
            DataError: The source cannot be read.
            ParameterError: Bad rows are to be kept apart, but no file is named for them.
        """
        from cribble.data import open_rows
        from cribble.data.store import Store

        store, quarantine = Store(), reading.quarantine or quarantine
        if reading.on_error == "quarantine" and quarantine is None:
            raise ParameterError("quarantine", None, "a file for the bad rows")
        rows = open_rows(
            source,
            on_error=reading.on_error,
            quarantine=quarantine if reading.on_error == "quarantine" else None,
            where=reading.where,
            store=None if reread else store,
        )
        return cls._of(Binding(rows, reading, store, progress, fitting), _names(source))

    @classmethod
    def _of(cls, binding: Binding, sources: tuple[str, ...]) -> Self:
        pool = binding.pool(cls)
        pool.binding, pool.sources = binding, sources
        return pool

    def rebound(self, reading: Reading) -> Self:
        """The same rows seen in another way, such as with another embedder.

        Raises:
            ParameterError: The pool is made of arrays.
        """
        from cribble.data import PoolRows

        if self.binding is None:
            raise ParameterError("pool", "made of arrays", "read with Pool.read to be seen anew")
        binding = dataclasses.replace(self.binding, reading=reading)
        # What was embedded before is not comparable with what is embedded now.
        targets = [
            binding.target(one.rows) if isinstance(one.rows, PoolRows) else one
            for one in self.targets
        ]
        return self._of(binding, self.sources).adding(targets=targets)

    def some(self, rows: NDArray[np.int64]) -> Self:
        """Some of the rows as a pool of their own; of the others nothing is read or computed.

        Args:
            rows: (m,) int64, ascending, no repeats.
        """
        assert self.binding is not None
        before = self.binding
        # A log tells of all rows: its signals are read here, and cut.
        reading = before.reading.model_copy(update={"model_log": None})
        logged = {
            name: functools.partial(lambda name: self.signal(name)[rows], name)
            for name in (LOGGED if before.reading.model_log is not None else ())
        }
        binding = dataclasses.replace(before, rows=before.rows.some(rows), reading=reading)
        return self._of(binding, self.sources).adding(signals=logged, targets=self.targets)

    def with_numbers(self, column: str | None) -> Self:
        """The same pool with a nested column, such as ``meta.price``, as a signal."""
        if column is None or self.binding is None or column in self.signal_names:
            return self
        rows = self.binding.rows
        require_column(rows, column)
        return self.adding(signals={column: functools.partial(rows.numbers, column)})

    def texts_of(self, rows: NDArray[np.int64]) -> Iterator[TextBlock]:
        """Stream the texts of some rows; of the others nothing is read."""
        if self.binding is None:
            return super().texts_of(rows)
        return self.binding.texts_of(rows)

    def derived(self, signal: str, name: str, compute: Callable[[], NDArray[Any]]) -> NDArray[Any]:
        """Fetch what a method works out from the embedding, from the cache if it is there."""
        if self.binding is None or signal != "embedding":
            return compute()
        return self.binding.derived(name, compute)

    def derived_rows(
        self,
        signal: str,
        name: str,
        width: int,
        cuts: NDArray[np.int64],
        blocks: Callable[[int, int], NDArray[Any]],
        *,
        dtype: DTypeLike = np.int32,
        room: Callable[[tuple[int, int]], NDArray[Any]] | None = None,
    ) -> NDArray[Any]:
        """Fetch what a method works out from embedding or text, going on where it stopped."""
        if self.binding is None or signal not in ("embedding", "text"):
            return super().derived_rows(signal, name, width, cuts, blocks, dtype=dtype, room=room)
        return self.binding.derived_rows(signal, name, width, cuts, blocks, dtype)

    def write(self, path: Path, selection: Selection, order: str) -> None:
        """Write the picked rows exactly as they came, and the record of the run beside them."""
        from cribble.run.manifest import manifest_path, of_selection, write_manifest
        from cribble.run.staging import Staging, check_outputs

        if self.rows is None:
            super().write(path, selection, order)
            return
        record = manifest_path(path)
        check_outputs((path, record), self.sources)
        with Staging() as staging:
            staged = staging.path(path)
            self.rows.write(staged, selection.ordered(order))
            manifest = of_selection(selection, self, order, {"out": (path, staged)})
            write_manifest(staging.path(record), manifest)
            staging.commit()


def aimed(pool: AnyPool, target: Any) -> AnyPool:
    """The same pool with targets.

    Args:
        pool: The pool.
        target: A pool, a path or (q, d) vectors; several of them are several tasks.

    Raises:
        TargetError: A path is named, but the pool is made of arrays.
    """
    return pool.adding(targets=[_target_pool(pool, one) for one in _several(target)])


def _target_pool(pool: CorePool, target: Any) -> CorePool:
    if isinstance(target, CorePool):
        return target
    if isinstance(target, np.ndarray):
        return CorePool.from_array(target, memory=pool.memory)
    binding = getattr(pool, "binding", None)
    if binding is None:
        raise TargetError("the pool is made of arrays", "hand over vectors as the target too")
    from cribble.data import open_rows

    found: CorePool = binding.target(open_rows(target))
    return found


def _several(target: Any) -> Sequence[Any]:
    return target if isinstance(target, (list, tuple)) else (target,)


def _names(source: Any) -> tuple[str, ...]:
    one = (str, os.PathLike)
    if isinstance(source, one):
        return (str(source),)
    if isinstance(source, (list, tuple)) and all(isinstance(name, one) for name in source):
        return tuple(map(str, source))
    return ()
