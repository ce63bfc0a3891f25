"""The log of a training run as signals of the pool it was trained on."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cribble.core import Pool, Progress
from cribble.core.errors import DataError, ParameterError
from cribble.run.manifest import digest_file
from cribble.signals.difficulty import Difficulty, difficulty_of

if TYPE_CHECKING:
    from cribble.data import PoolRows
    from cribble.data.store import Store


def kept_difficulty(
    path: str, rows: PoolRows, label: str, store: Store, progress: Progress
) -> Difficulty:
    """What a log says of every row, from the cache where that has it.

    Args:
        path: The log, see `cribble.data.training_log.open_log`.
        rows: The rows it was trained on.
        label: Column of their classes.
        store: The cache.
        progress: Where reuse is reported.

    Raises:
        DataError: The log cannot be read, is not of these rows, or changed while it was read.
        SignalError: A label has no column in the log.
    """
    from cribble import __version__
    from cribble.data.store import key_of
    from cribble.data.training_log import open_log

    digest = digest_log(path)

    def compute() -> dict[str, NDArray[Any]]:
        found = difficulty_of(open_log(path, len(rows), rows.ids), rows.labels(label))
        rows.check_unchanged()
        if digest_log(path) != digest:
            raise DataError(path, "it changed while it was read", "run again")
        return {name: np.asarray(one) for name, one in dataclasses.asdict(found).items()}

    key = key_of("training log", __version__, digest, rows.fingerprint(), label)
    kept = store.state(key, compute, progress=progress, name="training log")
    return Difficulty(**{**kept, "epochs": int(kept["epochs"])})  # type: ignore[arg-type]


def difficulty_in(pool: Pool, log: Any, probe: str | None) -> Difficulty | None:
    """What a log says of the rows of any pool, for a comparison; None for no log.

    Args:
        pool: The pool.
        log: The log, a path or an array; see `cribble.data.training_log.open_log`.
        probe: The grouping with the classes; None for "label".

    Raises:
        ParameterError: There are no classes.
        DataError: The log cannot be read, or is not of these rows.
        SignalError: A label has no column in the log.
    """
    from cribble.data.training_log import open_log

    if log is None:
        return None
    if probe is None and "label" not in pool.group_names:
        raise ParameterError("model log", "without labels", "given with --probe or --label")
    rows = pool.rows
    ids = rows.ids if rows is not None else lambda asked: [str(row) for row in asked]
    return difficulty_of(open_log(log, len(pool), ids), pool.groups(probe or "label"))


def digest_log(path: str) -> str:
    """Hash of a log's bytes, hex.

    Raises:
        DataError: It cannot be read.
    """
    try:
        return digest_file(Path(path))
    except OSError as error:
        raise DataError(path, str(error.strerror), "name a file that can be read") from None
