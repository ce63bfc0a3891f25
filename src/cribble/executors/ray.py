"""Ray: work on the processors of one machine or of a cluster."""

from __future__ import annotations

import functools
import itertools
import os
import socket
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from cribble.core.errors import DataError, ExecutorError, MissingPackageError
from cribble.core.unread import sent_by_value
from cribble.executors.mapped import ElsewhereError, MappedArray, mapped_array

R = TypeVar("R")
T = TypeVar("T")

# Lost workers and nodes; an exception that work itself raises is never tried again.
_RETRIES = 3
# Work in flight for each rank: one is done while the next one travels.
_AHEAD = 2


class Ray:
    """Work in Ray's workers.

    Connects to the cluster that the process is connected to already, else to ``address``, else to
    the one that the environment variable ``RAY_ADDRESS`` names, else to one that runs on this
    machine, else starts one.
    A task whose worker or node dies is done again elsewhere; results come in order. Every worker
    needs the same version of this package.

    Args:
        address: ``host:port`` of a cluster's client server; None for the above.

    Raises:
        MissingPackageError: Ray is not installed.
        ExecutorError: The cluster cannot be reached, or has no processors.
    """

    def __init__(self, address: str | None = None) -> None:
        try:
            import ray
        except ImportError:
            raise MissingPackageError("ray", "the executor ray", "ray") from None
        self._ray = ray
        self.asked = "ray" if address is None else f"ray://{address}"
        self.tasks = 0
        self._reads_files = True
        if not ray.is_initialized():
            _connect(ray, self.asked, address)
        self.ranks = int(ray.cluster_resources().get("CPU", 0))
        if self.ranks < 1:
            raise ExecutorError(self.asked, "the cluster has no processors", "add a node with some")
        self._run = ray.remote(max_retries=_RETRIES)(_call)

    def map(self, work: Callable[..., R], *columns: Iterable[Any]) -> Iterator[R]:
        """Call ``work`` on the items in workers, at most two a rank in flight.

        Raises:
            CribbleError: What ``work`` itself raised.
            ExecutorError: The workers of a task died several times over.
        """
        # What travels with the work, such as centers or weights, is sent once.
        held = self._ray.put(work)
        waiting: deque[_Task] = deque()
        for items in zip(*columns, strict=False):
            waiting.append(self._start(held, items))
            if len(waiting) >= _AHEAD * self.ranks:
                yield self._result(waiting.popleft())
        while waiting:
            yield self._result(waiting.popleft())

    def stream(self, work: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        """Call ``work`` on batches of the items, so that each is worth sending."""
        for results in self.map(_Each(work), _batches(items)):
            yield from results

    def hold(self, value: T) -> T:
        """Put a value into the object store; Ray spills it to disk where the store is full.

        Of an array in a mapped file only the place is sent. A worker maps the file too, and the
        array is put into the store once a worker does not find it.
        """
        if not isinstance(value, np.ndarray):
            return cast(T, self._ray.put(value))
        place = mapped_array(value)
        if place is not None:
            return cast(T, _Mapped(value, place))
        return cast(T, self._ray.put(np.ascontiguousarray(value)))

    def take(self, array: NDArray[Any], rows: NDArray[np.int64]) -> NDArray[Any]:
        """Let workers copy the rows out of a mapped file; of another array, send them alone."""
        place = mapped_array(array)
        if place is None:
            return self.hold(array[rows])
        return cast(NDArray[Any], _Mapped(array, replace(place, rows=rows)))

    def describe(self) -> dict[str, Any]:
        """Name the cluster, and count what was done on it."""
        nodes = sum(bool(node["Alive"]) for node in self._ray.nodes())
        return {"executor": self.asked, "nodes": nodes, "ranks": self.ranks, "tasks": self.tasks}

    def _start(self, work: Any, items: tuple[Any, ...]) -> _Task:
        self.tasks += 1
        sent = (item.sent if isinstance(item, _Mapped) else item for item in items)
        with sent_by_value(not self._reads_files):
            return _Task(self._run.remote(work, *sent), work, items, self._reads_files)

    def _result(self, task: _Task) -> Any:
        failures = self._ray.exceptions
        try:
            return self._ray.get(task.reference)
        except failures.RayTaskError as error:
            if isinstance(error.cause, ElsewhereError):
                for item in task.items:
                    if isinstance(item, _Mapped) and isinstance(item.sent, MappedArray):
                        item.sent = self._ray.put(item.here())
            elif isinstance(error.cause, DataError) and task.reads_files:
                # Texts are read here from now on, and so is what is wrong with them.
                self._reads_files = False
            else:
                raise error.cause from None
            return self._result(self._start(task.work, task.items))
        except (failures.WorkerCrashedError, failures.OutOfMemoryError) as error:
            found = f"a worker died {_RETRIES + 1} times over ({type(error).__name__})"
            remedy = "give workers more memory, or make shards smaller with more of them"
            raise ExecutorError(self.asked, found, remedy) from error
        except failures.RayError as error:
            found = f"work was lost ({type(error).__name__})"
            raise ExecutorError(self.asked, found, "see that all nodes are up") from error


# Of small items that are sent as one.
_BATCH = 4


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    stream = iter(items)
    while batch := list(itertools.islice(stream, _BATCH)):
        yield batch


class _Each:
    """Work on every item of a batch."""

    def __init__(self, work: Callable[[Any], Any]) -> None:
        self.work = work

    def __call__(self, items: list[Any]) -> list[Any]:
        return [self.work(item) for item in items]


@dataclass(frozen=True, eq=False, slots=True)
class _Task:
    """Work that was sent.

    Args:
        reference: To its result.
        work: What is done.
        items: What it is done with.
        reads_files: Whether texts were sent as the files they stand in.
    """

    reference: Any
    work: Any
    items: tuple[Any, ...]
    reads_files: bool


@dataclass(eq=False, slots=True)
class _Mapped:
    """What stands for an array in a mapped file.

    Args:
        array: The array.
        sent: What workers get: its place in the file, or a reference to the object store.
    """

    array: NDArray[Any]
    sent: Any

    def here(self) -> NDArray[Any]:
        """What workers would read, read here."""
        rows = self.sent.rows
        return np.ascontiguousarray(self.array if rows is None else self.array[rows])


def _call(work: Callable[..., Any], *items: Any) -> Any:
    _keep_to_one_thread()
    return work(*(item.open() if isinstance(item, MappedArray) else item for item in items))


@functools.cache
def _keep_to_one_thread() -> None:
    """Hold a worker to the processor that its tasks ask for; Ray holds BLAS alone to it."""
    from cribble.kernels.threads import limit_threads

    # Once in the life of a worker: to find the libraries takes as long as a small task.
    limit_threads(1)


def _connect(ray: Any, asked: str, address: str | None) -> None:
    options: dict[str, Any] = {"log_to_driver": False, "configure_logging": False}
    known = os.environ.get("RAY_ADDRESS")  # unset, or empty for none
    if address is not None:
        options["address"] = asked
    elif known:
        options["address"] = known
    else:
        options["include_dashboard"] = False
    try:
        _knock(options.get("address", ""))
        ray.init(**options)
    except Exception as error:  # Ray raises bare ones, too
        said = str(error).strip() or type(error).__name__
        found = f"no cluster answers ({said.splitlines()[0][:120]})"
        remedy = "see that it is up, with `ray status` there"
        raise ExecutorError(asked, found, remedy) from error


def _knock(address: str) -> None:
    """Raise OSError where nothing listens: Ray itself would try for minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdigit():
        socket.create_connection((host.strip("[]"), int(port)), timeout=10).close()
