"""Choose from a stream of records: one pass, and only the records that may be chosen are held."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core import Silent, TextBlock
from cribble.core.errors import BudgetError, ParameterError, SignalError
from cribble.data.text import FORMATS, format_of, pack, record_texts
from cribble.objectives.streamed import (
    Streamed,
    StreamedFacilityLocation,
    StreamedFeatures,
    StreamedLogDeterminant,
)
from cribble.optimizers.sieve import SieveStream
from cribble.run.choice import build
from cribble.selectors.constrained.sieve_streaming import SieveStreaming

# Records that are embedded at once, and those that the built-in embedder is fitted on.
BLOCK, HEAD = 512, 2_048

Embed = Callable[[list[Any]], NDArray[Any]]


@dataclass(frozen=True, eq=False)
class StreamChoice:
    """The records chosen from a stream.

    Args:
        records: The k records as they came, in pick order.
        positions: (k,) int64, their places in the stream, from 0.
        gains: (k,) float64, what each pick added to ``value``.
        value: The value of the set; estimated where the reference is the head of the stream.
        upper_bound: What no k records of the stream exceed; None where the value is estimated.
        seen: Records that passed.
        held: Largest number of records that the method held.
    """

    records: tuple[Any, ...]
    positions: NDArray[np.int64]
    gains: NDArray[np.float64]
    value: float
    upper_bound: float | None
    seen: int
    held: int


def stream(
    records: Iterable[Any],
    budget: int,
    method: str = "sieve-streaming",
    *,
    embed: Embed | None = None,
    towards: NDArray[Any] | None = None,
    seed: int = 0,
    **parameters: Any,
) -> StreamChoice:
    """Choose records from a stream that is read once, such as a generator.

    Memory is the records held, at most k (log(2 k) / log(1 + eps) + 3) of them, one block of 512,
    and, until it is full, the head of the stream. In the order in which they come the picks are
    those of the same method on a pool, given the same reference.

    Facility location needs rows to stand for before the first record passes: ``towards``, or else
    the first ``reference`` records, the head of the stream, 1,000 unless set. A stream whose
    beginning is unlike the rest should come with ``towards``, or with another objective; the
    others need no reference.

    Args:
        records: Anything; kept as it came.
        budget: Number of records to choose, k.
        method: Name of a method that works in one pass, "sieve-streaming".
        embed: From a list of at most 512 records to their (m, d) float vectors. By default
            a record is its own vector, or has it under "embedding"; texts and chats are embedded
            by the built-in embedder, fitted on the first 2,048 of them.
        towards: (r, d) float vectors to stand for, such as a sample of an earlier stream.
        seed: Seed of every random choice.
        **parameters: Parameters of the method.

    Raises:
        ParameterError: The method needs more than one pass, or a parameter is not allowed.
        SignalError: Vectors are not (m, d), or not finite.
        BudgetError: The stream ends before ``budget`` records.
    """
    if method != SieveStreaming.card.name:
        raise ParameterError("method", method, f"{SieveStreaming.card.name}, in one pass")
    if budget < 0:
        raise BudgetError(f"{budget:,} records", "it is negative", "ask for 0 or more")
    made = build(method, parameters)
    assert isinstance(made, SieveStreaming)
    passing = _Passing(made, budget, towards, seed)
    for block, vectors in _blocks(records, embed, seed):
        passing.push(block, vectors)
    return passing.result()


class _Passing:
    """A method, the head of the stream until it is full, and the records that are held."""

    def __init__(
        self, method: SieveStreaming, count: int, towards: NDArray[Any] | None, seed: int
    ) -> None:
        self._method, self._count, self._seed = method, count, seed
        self._seen = 0
        self._waiting: list[NDArray[Any]] = []
        self._records: dict[int, Any] = {}
        self._sieve: SieveStream | None = None
        self._sampled = 0
        if towards is not None and method.objective == "facility-location":
            self._open(StreamedFacilityLocation(_checked(towards, None, 0), method.similarity))

    def push(self, block: list[Any], vectors: NDArray[Any]) -> None:
        """Let a block pass; until the head is full it only waits."""
        self._records.update(enumerate(block, self._seen))
        self._seen += len(block)
        self._waiting.append(vectors)
        if self._sieve is not None or self._is_ready():
            self._pass()

    def result(self) -> StreamChoice:
        """The choice, once the stream has ended."""
        if self._seen < self._count:
            found = f"the stream ended after {self._seen:,}"
            raise BudgetError(f"{self._count:,} records", found, "ask for fewer")
        if self._waiting:
            self._pass()
        if self._sieve is None:
            return StreamChoice((), np.empty(0, np.int64), np.empty(0), 0.0, 0.0, 0, 0)
        run = self._sieve.result()
        exact = self._sampled in (0, self._seen)
        gains = run.gains * (1.0 if exact else self._seen / self._sampled)
        return StreamChoice(
            records=tuple(self._records[row] for row in run.indices.tolist()),
            positions=run.indices,
            gains=gains,
            value=float(gains.sum()),
            upper_bound=run.upper_bound if exact else None,
            seen=self._seen,
            held=self._sieve.peak,
        )

    def _is_ready(self) -> bool:
        needs = self._method.objective == "facility-location"
        return not needs or self._seen >= self._method.reference

    def _pass(self) -> None:
        """Push what waits, and forget the records that no longer matter."""
        vectors = np.concatenate(self._waiting)
        if self._sieve is None:
            self._open(self._function(vectors))
        assert self._sieve is not None
        self._sieve.push(np.arange(self._seen - len(vectors), self._seen), vectors)
        self._waiting = []
        self._records = {row: self._records[row] for row in self._sieve.held.tolist()}

    def _function(self, vectors: NDArray[Any]) -> Streamed:
        if self._method.objective == "feature-based":
            return StreamedFeatures(vectors.shape[1])
        if self._method.objective == "log-det":
            return StreamedLogDeterminant(vectors.shape[1])
        head = vectors[: self._method.reference]
        self._sampled = len(head)
        return StreamedFacilityLocation(head, self._method.similarity)

    def _open(self, function: Streamed) -> None:
        eps = self._method.eps
        self._sieve = SieveStream(function, self._count, eps=eps, seed=self._seed)


def _blocks(
    records: Iterable[Any], embed: Embed | None, seed: int
) -> Iterator[tuple[list[Any], NDArray[Any]]]:
    read, width, start = iter(records), None, 0
    if embed is None:
        first = list(islice(read, 1))
        if first and _is_text(first[0]):
            first += islice(read, HEAD - 1)
            embed = _text_embedding(first, seed)
        read = chain(first, read)
    while block := list(islice(read, BLOCK)):
        found = embed(block) if embed is not None else [_vector(one) for one in block]
        vectors = _checked(found, (len(block), width), start)
        width, start = vectors.shape[1], start + len(block)
        yield block, vectors


def _is_text(record: Any) -> bool:
    known = isinstance(record, Mapping) and "embedding" not in record
    return known and format_of(record) is not None


def _text_embedding(head: list[Any], seed: int) -> Embed:
    """The built-in embedder, fitted on the head of a stream of texts."""
    from cribble.signals.embedding import keep_nothing
    from cribble.signals.hashed import HashedEmbedder

    passed = 0

    def texts_of(records: list[Any]) -> TextBlock:
        rows = range(passed, passed + len(records))
        return pack(record_texts(records, FORMATS, "full", rows, "{:,} of the stream".format))

    fitted = HashedEmbedder().fit(lambda: [texts_of(head)], len(head), seed, Silent(), keep_nothing)

    def embed(records: list[Any]) -> NDArray[Any]:
        nonlocal passed
        vectors = fitted.embed_block(texts_of(records))
        passed += len(records)
        return vectors

    return embed


def _vector(record: Any) -> Any:
    if not isinstance(record, Mapping):
        return record
    if "embedding" not in record:
        raise SignalError(
            "embedding", f"a record has only {', '.join(map(str, record))}", "hand over `embed`"
        )
    return record["embedding"]


def _checked(found: Any, shape: tuple[int, int | None] | None, start: int) -> NDArray[Any]:
    """Make vectors of one block an array, (m, d) float, as they must be."""
    try:
        vectors = np.asarray(found)
        vectors = vectors if vectors.dtype.kind == "f" else vectors.astype(np.float64)
    except (TypeError, ValueError):
        raise SignalError(
            "embedding",
            f"records from {start:,} on have no vectors of one length",
            "hand over `embed`, which makes vectors of records",
        ) from None
    rows, width = shape or (len(vectors), None)
    if vectors.ndim != 2 or len(vectors) != rows or width not in (None, vectors.shape[1]):
        raise SignalError(
            "embedding",
            f"records from {start:,} on came as {vectors.shape}, not {(rows, width or 'd')}",
            "make one vector a record, all of one length",
        )
    if len(bad := np.nonzero(~np.isfinite(vectors).all(axis=1))[0]):
        raise SignalError(
            "embedding", f"record {start + int(bad[0]):,} is not finite", "mend or leave it out"
        )
    return vectors
