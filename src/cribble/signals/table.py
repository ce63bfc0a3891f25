"""Columns of a table as one vector a row: numbers on one scale, and a place for each word."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from cribble.core import Groups
from cribble.core.errors import ParameterError, SignalError
from cribble.kernels.scratch import scratch

# More words than this name rows rather than kinds of rows.
_MOST_WORDS = 64
# Numbers are cut there, in units of their spread, so that no single one decides all distances.
_FARTHEST = 5.0
# Between quartiles lie as many standard deviations of a normal sample.
_QUARTILES = 1.349
_REMEDY = (
    "name columns to take, --embed table:COLUMN,COLUMN, or to leave out, --embed table:-COLUMN"
)


class TableRows(Protocol):
    """Rows whose columns can be read as numbers or as groups."""

    def __len__(self) -> int: ...

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""
        ...

    def numbers(self, column: str, *, missing: bool = False) -> NDArray[np.float64]:
        """Read a numeric column, (n,); NaN for a null where those may be missing."""
        ...

    def labels(self, column: str) -> Groups:
        """Read a column as groups; a null is the group "null"."""
        ...


class Numbers(NamedTuple):
    """How a column of numbers is coded: about its median, in units of its spread.

    Args:
        center: The median.
        spread: The distance of the quartiles over that of a normal sample; the standard deviation
            where it is 0, and 1 where that is, too.
        gaps: Whether numbers are missing: those stand at the median, and one more place says so.
    """

    center: float
    spread: float
    gaps: bool

    @property
    def width(self) -> int:
        """How many numbers of a vector it takes."""
        return 1 + self.gaps

    def code(self, rows: TableRows, column: str, out: NDArray[np.float32]) -> None:
        """Read the column of some rows and write its code to ``out``, (n, width)."""
        # A copy: what was read may be the cache's own.
        values = rows.numbers(column, missing=True) - self.center
        gone = np.isnan(values)
        values /= self.spread
        values[gone] = 0.0
        out[:, 0] = np.clip(values, -_FARTHEST, _FARTHEST, out=values)
        if self.gaps:
            out[:, 1] = gone


class Words(NamedTuple):
    """How a column of words is coded: each has a place, and any two are 1 apart.

    Args:
        names: The words; one that is not among them has no place.
    """

    names: tuple[str, ...]

    @property
    def width(self) -> int:
        """How many numbers of a vector it takes."""
        return len(self.names)

    def code(self, rows: TableRows, column: str, out: NDArray[np.float32]) -> None:
        """Read the column of some rows and write its code to ``out``, (n, width)."""
        groups = rows.labels(column)
        for at, name in enumerate(self.names):
            out[:, at] = 0.0
            if name in groups.names:
                out[groups.codes == groups.names.index(name), at] = math.sqrt(0.5)


Coding = Mapping[str, Numbers | Words]


def columns_of(spec: str, rows: TableRows, others: Sequence[str | None]) -> tuple[str, ...]:
    """Find the columns that ``table:age,city`` names; ``table:-name`` are all but that one.

    Args:
        spec: The embedder's spec; ``table`` alone are all columns.
        rows: The rows.
        others: Columns that are used otherwise, such as labels, and are left out where the spec
            does not name them; so is a column ``id``.

    Raises:
        ParameterError: No column is left.
    """
    _, _, named = spec.partition(":")
    asked = [one.strip() for one in named.split(",") if one.strip()]
    columns = tuple(one for one in asked if not one.startswith("-"))
    if not columns:
        out = ("id", *others, *(one[1:] for one in asked))
        columns = tuple(one for one in rows.columns if one not in out)
    if not columns:
        raise ParameterError("embedder", spec, "table:COLUMN,COLUMN with columns of the rows")
    return columns


def learn_table(rows: TableRows, columns: Sequence[str]) -> dict[str, Numbers | Words]:
    """Learn how columns are coded.

    Args:
        rows: At least one row.
        columns: Names of columns; dots reach into nested records.

    Raises:
        UnknownNameError: There is no such column.
        SignalError: A column holds neither numbers nor up to 64 words.
    """
    return {column: _learned(rows, column) for column in columns}


def _learned(rows: TableRows, column: str) -> Numbers | Words:
    try:
        values = rows.numbers(column, missing=True)
    except SignalError as error:
        try:
            names = rows.labels(column).names
        except SignalError:
            raise SignalError(column, error.found, _REMEDY) from None
        if len(names) > _MOST_WORDS:
            found = f"it holds {len(names):,} words, and a table takes up to {_MOST_WORDS} a column"
            raise SignalError(column, found, _REMEDY) from None
        return Words(names)
    there = values[~np.isnan(values)]
    if not len(there):
        return Numbers(0.0, 1.0, gaps=True)
    low, center, high = np.quantile(there, (0.25, 0.5, 0.75)).tolist()
    spread = (high - low) / _QUARTILES or float(there.std()) or 1.0
    return Numbers(center, spread, gaps=len(there) < len(values))


def code_table(rows: TableRows, coding: Coding, memory: float = math.inf) -> NDArray[np.float32]:
    """Code rows as vectors; beyond them it holds one column as it is read, and some bytes a row.

    Args:
        rows: n rows.
        coding: How each column is coded.
        memory: Bytes that the vectors may take; beyond, they are mapped from a scratch file.

    Returns:
        (n, d) float32, columns in the order of ``coding``.
    """
    width = sum(one.width for one in coding.values())
    found = scratch((len(rows), width), np.float32, memory)
    start = 0
    for column, one in coding.items():
        one.code(rows, column, found[:, start : start + one.width])
        start += one.width
    return found
