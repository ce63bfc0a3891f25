"""The pool as a method sees it: a number of rows with named signals, groups, text and targets."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from cribble.core.checking import check_signal
from cribble.core.errors import (
    OutputError,
    ParameterError,
    SignalError,
    TargetError,
    UnknownNameError,
)
from cribble.core.protocols import Executor, Groups, Rows, TextBlock

if TYPE_CHECKING:
    from cribble.core.selection import Selection

Signal = ArrayLike | Callable[[], NDArray[Any]]
Texts = Sequence[str] | Callable[[], Iterable[TextBlock]]

DEFAULT_MEMORY = 2 << 30
# Python with NumPy, Arrow and compiled kernels, before any data, mapped libraries aside.
BASE_BYTES = 128 << 20
# Of a row, what most methods hold whatever the limit (`Card.row_bytes` has each).
_STATE_BYTES = 125
# Texts a block.
_TEXTS = 4_096


class Pool:
    """Rows to choose from.

    A signal is an array with one entry per row. It may be handed over as an array, or as a
    function that is called when a method first asks for it.

    Args:
        size: Number of rows, n.
        signals: Arrays by name, (n,) or (n, d), or functions that return them. Conventional
            names: "embedding" (n, d), "quality" (n,), "tokens" (n,).
        groups: Groupings by name: `Groups`, or one hashable value per row.
        texts: One string per row, or a function that opens a stream of `TextBlock`.
        targets: Pools of examples of what the user wants to be good at, with the same signals.
        rows: The rows themselves, for writing and showing; None for a bare array.
        memory: Bytes that the process may hold beside the mapped signals.
        executor: Where work over shards is done; None for this process.

    Raises:
        ParameterError: ``size`` or ``memory`` is negative.
        SignalError: A signal has not one entry per row.
    """

    def __init__(
        self,
        size: int,
        *,
        signals: Mapping[str, Signal] | None = None,
        groups: Mapping[str, Groups | Sequence[Any] | Callable[[], Groups]] | None = None,
        texts: Texts | None = None,
        targets: Sequence[Pool] = (),
        rows: Rows | None = None,
        memory: int = DEFAULT_MEMORY,
        executor: Executor | None = None,
    ) -> None:
        if size < 0:
            raise ParameterError("size", size, "0 or more")
        if memory <= 0:
            raise ParameterError("memory", memory, "a positive number of bytes")
        self.size = size
        self.rows = rows
        self.targets = tuple(targets)
        self.memory = memory
        self.executor = executor
        self._signals: dict[str, Signal] = dict(signals or {})
        self._groups: dict[str, Any] = dict(groups or {})
        self._texts = texts
        self._checked: set[str] = set()

    def __len__(self) -> int:
        return self.size

    @classmethod
    def from_array(cls, embedding: ArrayLike, **rest: Any) -> Pool:
        """Make a pool of bare vectors, (n, d)."""
        array = np.asanyarray(embedding)
        return cls(len(array), signals={"embedding": array, **rest.pop("signals", {})}, **rest)

    def adding(
        self,
        *,
        signals: Mapping[str, Signal] | None = None,
        groups: Mapping[str, Groups | Sequence[Any] | Callable[[], Groups]] | None = None,
        targets: Sequence[Pool] | None = None,
    ) -> Self:
        """The same rows with more signals or groups, or with other targets; nothing is copied.

        Args:
            signals: Signals to add; one of an old name replaces it.
            groups: Groupings to add; one of an old name replaces it.
            targets: What the targets are from now on; None leaves them.
        """
        added = copy.copy(self)
        added._signals = {**self._signals, **(signals or {})}
        added._groups = {**self._groups, **(groups or {})}
        added._checked = self._checked - set(signals or {})
        added.targets = self.targets if targets is None else tuple(targets)
        return added

    def part(self, rows: NDArray[np.int64]) -> Pool:
        """The pool that some of the rows make, for methods; it holds no rows to write.

        Args:
            rows: (m,) int64, ascending, no repeats.

        Returns:
            A pool of m rows whose signals, groups and texts are taken from this one when they
            are asked for; its targets are the same.
        """

        def codes(name: str) -> Groups:
            whole = self.groups(name)
            return Groups(whole.codes[rows], whole.names)

        return Pool(
            len(rows),
            signals={
                name: functools.partial(lambda name: self.signal(name)[rows], name)
                for name in self._signals
            },
            groups={
                name: functools.partial(codes, name)
                for name in dict.fromkeys((*self._groups, *self._columns))
            },
            texts=functools.partial(self.texts_of, rows) if self.has_text else None,
            targets=self.targets,
            memory=self.memory,
            executor=self.executor,
        )

    def in_memory(self) -> Self:
        """The same rows with their texts read once and kept, for a pool that is small."""
        if self._texts is None:
            return self
        blocks = list(self.text_blocks())
        found = copy.copy(self)
        found._texts = lambda: blocks
        return found

    def on(self, executor: Executor | None) -> Self:
        """The same rows, worked on elsewhere; nothing is copied."""
        moved = copy.copy(self)
        moved.executor = executor
        return moved

    @property
    def signal_names(self) -> tuple[str, ...]:
        """Names of the signals that can be asked for."""
        return tuple(self._signals)

    @property
    def _columns(self) -> tuple[str, ...]:
        return () if self.rows is None else self.rows.columns

    @property
    def group_names(self) -> tuple[str, ...]:
        """Names of the groupings that can be asked for."""
        return tuple(self._groups)

    @property
    def has_text(self) -> bool:
        """Whether `text_blocks` has anything to give."""
        return self._texts is not None

    def has(self, need: str) -> bool:
        """Tell whether the pool has what a card calls ``need``."""
        if need == "text":
            return self.has_text
        if need == "target":
            return bool(self.targets)
        return need in self._signals or need in self._groups or self._rows_with(need) is not None

    def _rows_with(self, path: str) -> Rows | None:
        """The rows, if they have a column, or one that a dotted path starts in."""
        return self.rows if any(f"{path}.".startswith(f"{one}.") for one in self._columns) else None

    def signal(self, name: str, *, ndim: int | None = None) -> NDArray[Any]:
        """Fetch a signal, computing it if need be, and check it once.

        Args:
            name: The signal.
            ndim: 1 for one number a row, 2 for a vector a row; None for either.

        Returns:
            (n,) or (n, d) array, finite everywhere; often a read-only memory map.

        Raises:
            SignalError: It is missing, has not one entry per row or the wrong number of
                dimensions, or is not finite everywhere.
        """
        if name not in self._signals:
            if (rows := self._rows_with(name)) is None:
                have = ", ".join(sorted(self._signals)) or "none"
                found = f"the pool has no such signal (it has: {have})"
                raise SignalError(name, found, "name a column or compute it")
            self._signals[name] = functools.partial(rows.numbers, name)
        value = self._signals[name]
        array: NDArray[Any] = np.asanyarray(value() if callable(value) else value)
        if name not in self._checked:
            check_signal(name, array, self.size, self.describe)
            self._signals[name] = array
            self._checked.add(name)
        if ndim is not None and array.ndim != ndim:
            want = "one number a row" if ndim == 1 else "one vector a row"
            raise SignalError(name, f"its shape is {array.shape}", f"the method needs {want}")
        return array

    def derived(self, signal: str, name: str, compute: Callable[[], NDArray[Any]]) -> NDArray[Any]:
        """Fetch an array that a method works out from a signal and would use again.

        A pool of arrays computes it; a pool that was read from data keeps it in its cache.

        Args:
            signal: The signal it is worked out from.
            name: What it is, with every parameter that decides it.
            compute: Works it out.
        """
        return compute()

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
        """Fetch numbers that take long to work out, one line a row or so, block by block.

        As `derived`, but a pool that was read from data keeps each block once it is done, so that
        a run which was killed goes on from there.

        Args:
            signal: The signal they are worked out from, or "text".
            name: What they are, with every parameter that decides them.
            width: Length of a line.
            cuts: (b + 1,) int64 ascending from 0, where blocks begin and end.
            blocks: Works out the lines from one cut to the next, (m, width).
            dtype: Of the lines.
            room: Makes the array of a pool that keeps nothing, of a shape; None takes memory.

        Returns:
            (n, width), perhaps a read-only memory map.
        """
        shape = (int(cuts[-1]), width)
        out = np.empty(shape, dtype=dtype) if room is None else room(shape)
        for low, high in pairwise(cuts.tolist()):
            out[low:high] = blocks(low, high)
        return out

    def groups(self, name: str) -> Groups:
        """Fetch a grouping.

        Raises:
            UnknownNameError: The pool has no such grouping.
            SignalError: It has not one value per row.
        """
        if name not in self._groups:
            if (rows := self._rows_with(name)) is None:
                raise UnknownNameError("group column", name, (*self._groups, *self._columns))
            self._groups[name] = rows.labels(name)
        value = self._groups[name]
        if callable(value):
            value = value()
        if not isinstance(value, Groups):
            names, codes = np.unique(np.asarray([str(one) for one in value]), return_inverse=True)
            value = Groups(codes.astype(np.int64).ravel(), tuple(map(str, names)))
        if len(value.codes) != self.size:
            raise SignalError(
                name, f"it has {len(value.codes):,} values for {self.size:,} rows", "give one a row"
            )
        self._groups[name] = value
        return value

    def text_blocks(self) -> Iterator[TextBlock]:
        """Stream the texts of all rows, in row order.

        Raises:
            SignalError: The pool has no text.
        """
        if self._texts is None:
            raise SignalError("text", "the pool has no text", "name the text with --text")
        if callable(self._texts):
            yield from self._texts()
        else:
            for start in range(0, self.size, _TEXTS):
                yield TextBlock.from_strings(self._texts[start : start + _TEXTS])

    def texts_of(self, rows: NDArray[np.int64]) -> Iterator[TextBlock]:
        """Stream the texts of some rows, (m,) int64 ascending without repeats.

        Raises:
            SignalError: The pool has no text.
        """
        if self._texts is not None and not callable(self._texts):
            for start in range(0, len(rows), _TEXTS):
                part = rows[start : start + _TEXTS].tolist()
                yield TextBlock.from_strings([self._texts[row] for row in part])
            return
        start = 0
        for block in self.text_blocks():
            lo, hi = np.searchsorted(rows, (start, start + len(block)))
            yield block.part(rows[lo:hi] - start)
            start += len(block)

    def target_pools(self) -> tuple[Pool, ...]:
        """The target pools, at least one.

        Raises:
            TargetError: There is none, or one is empty.
        """
        if not self.targets:
            raise TargetError("none given", "hand over examples of what you want with --target")
        if any(len(target) == 0 for target in self.targets):
            raise TargetError("it has no rows", "hand over at least one example")
        return self.targets

    def write(self, path: Path, selection: Selection, order: str) -> None:
        """Write the picked rows exactly as they came, atomically.

        Args:
            path: Where to; the ending names the format.
            selection: Picks among this pool's rows.
            order: "pool" or "picked".

        Raises:
            OutputError: The pool has no rows to write, or the path cannot be written.
        """
        if self.rows is None:
            raise OutputError(str(path), "the pool is a bare array", "save `indices` instead")
        self.rows.write(path, selection.ordered(order))

    def block_rows(self, row_bytes: int, share: float = 0.25) -> int:
        """How many rows a block may hold within ``share`` of the memory limit.

        Args:
            row_bytes: Bytes that one row of the block costs.
            share: Share of `memory` for this block.

        Returns:
            At least 1, at most 65,536.
        """
        return int(max(1, min(65_536, self.memory * share // max(1, row_bytes))))

    def room(self, share: float) -> int:
        """How many bytes a thing may take in memory that is mapped where it takes more.

        Args:
            share: Of what the limit leaves above the process itself and the state of the rows.
        """
        left = self.memory - BASE_BYTES - _STATE_BYTES * self.size
        return max(0, int(left * share))

    def describe(self, row: int) -> str:
        """Name a row for a message: its number, and its id where it has one."""
        if self.rows is None:
            return str(row)
        return f"{row} ({self.rows.ids([row])[0]})"
