"""Where work is done: in this process, or on a cluster. Picks never depend on it."""

from __future__ import annotations

from cribble.core import Executor
from cribble.core.errors import ParameterError, UnknownNameError
from cribble.executors.base import Shard, ShardedRows, executor_of, passes_on, shards_of
from cribble.executors.local import Local

__all__ = [
    "Local",
    "Shard",
    "ShardedRows",
    "check_executor",
    "executor_of",
    "open_executor",
    "passes_on",
    "shards_of",
]


def check_executor(spec: str) -> str | None:
    """Read the name of an executor; nothing is started.

    Args:
        spec: "local", "ray" or "ray://HOST:PORT".

    Returns:
        The address after ``ray://``; None where there is none.

    Raises:
        UnknownNameError: There is no such executor.
        ParameterError: The address is empty.
    """
    kind, separator, address = spec.partition("://")
    if kind not in ("local", "ray") or (kind == "local" and separator):
        raise UnknownNameError("executor", spec, ("local", "ray", "ray://HOST:PORT"))
    if separator and not address:
        raise ParameterError("executor", spec, "ray://HOST:PORT, with the address of a cluster")
    return address or None


def open_executor(spec: str) -> Executor:
    """Open an executor by its name; see `check_executor`.

    Raises:
        MissingPackageError: Its package is not installed.
        ExecutorError: It cannot be reached.
    """
    address = check_executor(spec)
    if spec == "local":
        return Local()
    from cribble.executors.ray import Ray

    return Ray(address)
