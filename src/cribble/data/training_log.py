"""The log of a training run: what a model said of every row at every epoch, read in blocks."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, NamedTuple, NoReturn

import numpy as np
from numpy.typing import NDArray

from cribble.core.errors import DataError
from cribble.data.opening import open_rows
from cribble.data.rows import PoolRows

PROBABILITIES, LOGITS = "probabilities", "logits"
# Numbers in a block, a few MB with all that is worked out from them.
_BLOCK = 1 << 19
# Half precision and rounded text leave probabilities that do not quite sum to 1.
_TOLERANCE = 0.02
_LINE = "give each line an `epoch`, a `row` or `id`, and a list of `probabilities` or `logits`"


class LogBlock(NamedTuple):
    """Some rows at one epoch.

    Attributes:
        epoch: How many epochs came before.
        rows: (m,) int64 rows of the pool.
        outputs: (m, C) what the model said of them.
    """

    epoch: int
    rows: NDArray[np.int64]
    outputs: NDArray[Any]


@dataclass(frozen=True, eq=False, slots=True)
class ModelLog:
    """A log that is open.

    Args:
        name: What to call it in messages.
        classes: Columns of its outputs.
        logits: Whether outputs are logits, not probabilities.
        epochs: Number of epochs.
        blocks: Streams it, epoch after epoch.
    """

    name: str
    classes: int
    logits: bool
    epochs: int
    blocks: Callable[[], Iterator[LogBlock]]


def open_log(source: Any, size: int, ids: Callable[[Sequence[int]], Sequence[str]]) -> ModelLog:
    """Open the log of a training run on a pool.

    Args:
        source: (epochs, rows, classes) array, or an ``.npy`` file of one: probabilities if they are
            that in the first epoch, logits otherwise. Or a table (JSONL, Parquet, Arrow) with one
            line an epoch and row, sorted by epoch: ``epoch``; ``row`` from 0 or ``id``; a list of
            ``probabilities`` or ``logits``.
        size: Rows of the pool.
        ids: Names rows of the pool; called for a log with ids alone.

    Raises:
        DataError: It cannot be read, or is not of these rows.
    """
    if not isinstance(source, (str, os.PathLike)):
        return _of_array(np.asanyarray(source), "the model log", size)
    name = os.fspath(source)
    if name.endswith(".npy"):
        return _of_array(_mapped(name), name, size)
    return _of_table(open_rows(name), name, size, ids)


def _mapped(path: str) -> NDArray[Any]:
    try:
        found: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    except OSError as error:
        raise DataError(
            path, str(error.strerror or error), "name a file that can be read"
        ) from None
    except ValueError as error:
        raise DataError(path, str(error), "save the log with numpy.save") from None
    return found


def _of_array(array: NDArray[Any], name: str, size: int) -> ModelLog:
    if array.ndim != 3 or array.dtype.kind not in "fiu" or 0 in array.shape:
        found = f"its shape is {array.shape} and its dtype {array.dtype}"
        raise DataError(name, found, "save (epochs, rows, classes) numbers")
    epochs, rows, classes = array.shape
    if rows != size:
        found = f"it tells of {rows:,} rows, and the pool has {size:,}"
        raise DataError(name, found, "log every row of the pool, in its order")
    step = max(1, _BLOCK // classes)
    logits = not _are_probabilities(array[0, :step]).all()

    def blocks() -> Iterator[LogBlock]:
        for epoch in range(epochs):
            for start in range(0, size, step):
                outputs = array[epoch, start : start + step]
                yield LogBlock(epoch, np.arange(start, start + len(outputs)), outputs)

    return _checked(ModelLog(name, classes, logits, epochs, blocks), size)


def _of_table(
    lines: PoolRows, name: str, size: int, ids: Callable[[Sequence[int]], Sequence[str]]
) -> ModelLog:
    kind = next((one for one in (PROBABILITIES, LOGITS) if one in lines.columns), None)
    if kind is None or "epoch" not in lines.columns:
        raise DataError(name, f"its columns are {', '.join(lines.columns)}", _LINE)
    told = lines.numbers("epoch")
    if len(back := np.flatnonzero(np.diff(told) < 0)):
        at = int(back[0]) + 1
        found = f"{lines.locate(at)} is of epoch {told[at]:g}, after epoch {told[at - 1]:g}"
        raise DataError(name, found, "sort the log by epoch")
    rows = _rows_of(lines, name, size, ids)
    outputs = lines.vectors(kind, _BLOCK)
    step = max(1, _BLOCK // outputs.shape[1])
    starts = np.concatenate([[0], np.flatnonzero(np.diff(told)) + 1, [len(told)]])

    def blocks() -> Iterator[LogBlock]:
        for epoch, (low, high) in enumerate(pairwise(starts)):
            for start in range(low, high, step):
                part = slice(start, min(high, start + step))
                yield LogBlock(epoch, rows[part], outputs[part])

    log = ModelLog(name, outputs.shape[1], kind == LOGITS, len(starts) - 1, blocks)
    return _checked(log, size)


def _rows_of(
    lines: PoolRows, name: str, size: int, ids: Callable[[Sequence[int]], Sequence[str]]
) -> NDArray[np.int64]:
    if "row" in lines.columns:
        numbers = lines.numbers("row")
        if len(bad := np.flatnonzero((numbers % 1 != 0) | (numbers < 0) | (numbers >= size))):
            at = int(bad[0])
            found = f"{lines.locate(at)} is of row {numbers[at]:g}, and the pool has {size:,} rows"
            raise DataError(name, found, "number the rows of the pool from 0")
        return numbers.astype(np.int64)
    if "id" not in lines.columns:
        raise DataError(name, f"its columns are {', '.join(lines.columns)}", _LINE)
    known = {one: row for row, one in enumerate(ids(range(size)))}
    named = lines.labels("id")
    if unknown := next((one for one in named.names if one not in known), None):
        raise DataError(name, f"no row of the pool has the id {unknown!r}", "log the pool's rows")
    return np.array([known[one] for one in named.names], dtype=np.int64)[named.codes]


def _checked(log: ModelLog, size: int) -> ModelLog:
    """The same log; reading it refuses rows that are missing, come twice or do not sum to 1."""

    def blocks() -> Iterator[LogBlock]:
        seen = np.zeros(size, dtype=np.int64)
        for block in log.blocks():
            wrong = seen[block.rows] != block.epoch
            seen[block.rows] += 1
            if wrong.any() or len(np.unique(block.rows)) < len(block.rows):
                row = int(block.rows[wrong.argmax()])
                _refuse(log, row, "does not come once at every epoch")
            if not log.logits and not (fits := _are_probabilities(block.outputs)).all():
                row = int(block.rows[fits.argmin()])
                _refuse(log, row, "has outputs at some epoch that are no probabilities")
            yield block
        if (short := seen < log.epochs).any():
            _refuse(log, int(short.argmax()), f"does not come at all {log.epochs} epochs")

    return replace(log, blocks=blocks)


def _refuse(log: ModelLog, row: int, found: str) -> NoReturn:
    raise DataError(log.name, f"row {row} {found}", "log every row of the pool once an epoch")


def _are_probabilities(outputs: NDArray[Any]) -> NDArray[np.bool_]:
    wide = np.asarray(outputs, dtype=np.float64)
    fits: NDArray[np.bool_] = (wide >= -_TOLERANCE).all(axis=1) & (
        np.abs(wide.sum(axis=1) - 1) <= _TOLERANCE
    )
    return fits
