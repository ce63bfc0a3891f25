"""What the layers ask of one another: rows that can be written back, methods, progress."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from cribble.core.card import Card
from cribble.core.ordering import group_order

if TYPE_CHECKING:
    from cribble.core.budget import Budget
    from cribble.core.pool import Pool
    from cribble.core.selection import Selection

R = TypeVar("R")
T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class TextBlock:
    """The texts of consecutive rows as one buffer, so that compiled code can scan them.

    Args:
        data: (b,) uint8, the UTF-8 bytes of all texts, end to end.
        offsets: (m + 1,) int64; text i is ``data[offsets[i]:offsets[i + 1]]``.
    """

    data: NDArray[np.uint8]
    offsets: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __iter__(self) -> Iterator[str]:
        raw = self.data.tobytes()
        for start, stop in zip(self.offsets[:-1], self.offsets[1:], strict=True):
            yield raw[start:stop].decode("utf-8")

    def part(self, rows: NDArray[np.int64]) -> TextBlock:
        """The texts of some rows, in the order given."""
        bounds = [(self.offsets[row], self.offsets[row + 1]) for row in rows.tolist()]
        offsets = np.zeros(len(rows) + 1, dtype=np.int64)
        np.cumsum([stop - start for start, stop in bounds], out=offsets[1:])
        parts = [self.data[start:stop] for start, stop in bounds]
        return TextBlock(np.concatenate([self.data[:0], *parts]), offsets)

    def cut(self, begin: int, end: int) -> TextBlock:
        """The texts from one place to another, over the same memory."""
        offsets = self.offsets[begin : end + 1]
        return TextBlock(self.data[offsets[0] : offsets[-1]], offsets - offsets[0])

    @classmethod
    def from_strings(cls, texts: Sequence[str]) -> TextBlock:
        """Pack strings into one buffer."""
        encoded = [text.encode("utf-8") for text in texts]
        offsets = np.zeros(len(encoded) + 1, dtype=np.int64)
        np.cumsum([len(one) for one in encoded], out=offsets[1:])
        return cls(np.frombuffer(b"".join(encoded), dtype=np.uint8), offsets)


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """A grouping of rows.

    Args:
        codes: (n,) int64, the group of each row, in [0, len(names)).
        names: The groups' names, in order of code.
    """

    codes: NDArray[np.int64]
    names: tuple[str, ...]

    def places(self, order: NDArray[np.int64]) -> NDArray[np.int64]:
        """Number the rows of ``order`` within their groups.

        Args:
            order: (m,) int64 rows.

        Returns:
            (m,) int64, how many earlier rows of ``order`` are of the same group.
        """
        codes = self.codes[order]
        counts = np.bincount(codes, minlength=len(self.names))
        places = np.empty(len(order), dtype=np.int64)
        by_group = group_order(codes, len(self.names))
        places[by_group] = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)
        return places


@runtime_checkable
class Rows(Protocol):
    """The rows of a pool as they came: readable by column, writable without loss."""

    def __len__(self) -> int:
        """Count the rows."""
        ...

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the top-level columns or keys."""
        ...

    def numbers(self, column: str) -> NDArray[np.float64]:
        """Read a numeric column, (n,) float64."""
        ...

    def labels(self, column: str) -> Groups:
        """Read a column as groups; a null is the group "null"."""
        ...

    def vectors(self, column: str) -> NDArray[Any]:
        """Read a column of equally long lists, (n, d) float32 or float16."""
        ...

    def text_blocks(self, view: str = "full", template: str | None = None) -> Iterator[TextBlock]:
        """Stream the text of every row, in order."""
        ...

    def take(self, indices: Sequence[int]) -> list[dict[str, Any]]:
        """Read some rows as dictionaries, for showing."""
        ...

    def ids(self, indices: Sequence[int]) -> list[str]:
        """Name some rows: the unique ``id`` column where there is one, else file and row."""
        ...

    def find(self, names: Collection[str]) -> dict[str, int]:
        """The rows of some names, as `ids` gives them; one that no row has is left out."""
        ...

    @property
    def numeric_ids(self) -> bool:
        """Whether a row is named by a whole number."""
        ...

    def fingerprint(self) -> str:
        """Hash the content, hex; equal content gives an equal hash wherever it lies."""
        ...

    def write(self, path: Path, indices: NDArray[np.int64]) -> None:
        """Write some rows exactly as they came, in the order given, atomically."""
        ...


class Selector(Protocol):
    """A method: a frozen dataclass with a card and ``select``."""

    card: ClassVar[Card]

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Choose rows of the pool within the budget."""
        ...


class Executor(Protocol):
    """Where work is done. It decides where and when, never what: no pick may depend on it.

    Attributes:
        ranks: How many pieces of work it can do at once; work is cut into as many shards.
    """

    @property
    def ranks(self) -> int:
        """How many pieces of work it can do at once."""
        ...

    def map(self, work: Callable[..., R], *columns: Iterable[Any]) -> Iterator[R]:
        """Call ``work`` on the items of the columns, as the built-in map does.

        Results come in the order of the items, which are taken from the columns no faster than
        they are worked on. ``work`` may be called again where a worker is lost, so it must be a
        function of its arguments alone, and picklable, as they must be.
        """
        ...

    def stream(self, work: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        """Like `map`, for many small items and work that uses one thread."""
        ...

    def hold(self, value: T) -> T:
        """Put a value where workers find it, once for several calls.

        Returns:
            A stand-in that serves as an item of `map`, and as nothing else.
        """
        ...

    def take(self, array: NDArray[Any], rows: NDArray[np.int64]) -> NDArray[Any]:
        """Like `hold` of some rows of an array, which are brought together where they are used."""
        ...

    def describe(self) -> dict[str, Any]:
        """What it is and what was done on it, for the manifest."""
        ...


class Progress(Protocol):
    """Where long steps report; the command line draws a bar, the library stays silent."""

    def start(self, name: str, total: int, unit: str) -> None:
        """Begin a step of ``total`` units."""
        ...

    def advance(self, done: int) -> None:
        """Report ``done`` more units."""
        ...

    def note(self, text: str) -> None:
        """Say one thing, such as that a cached signal is used."""
        ...


class Silent:
    """Progress that says nothing."""

    def start(self, name: str, total: int, unit: str) -> None:
        """Say nothing."""

    def advance(self, done: int) -> None:
        """Say nothing."""

    def note(self, text: str) -> None:
        """Say nothing."""


Stats = Mapping[str, Any]
