"""What the columns that a reading names are, and whether they are there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from cribble.core.errors import UnknownNameError
from cribble.run.recipe import Reading

if TYPE_CHECKING:
    from cribble.data import PoolRows as DataRows


HOW = "name text with --text, vectors with --embedding, or columns: --embed table:COLUMN,COLUMN"


def content_of(fingerprint: str, reading: Reading) -> str:
    """Name the text that a reading makes of some rows."""
    return "\0".join((fingerprint, reading.view, reading.text or ""))


def has_text(rows: DataRows, reading: Reading) -> bool:
    """Tell whether the rows have text: a recognized format, or a template."""
    return reading.text is not None or rows.text_format is not None


def classes(rows: DataRows, name: str) -> NDArray[Any]:
    """Read labels as numbers; of names, the place of each among all of them."""
    if name in rows.signal_columns:
        return rows.vectors(name)
    return rows.numbers(name) if holds_numbers(rows, name) else rows.labels(name).codes


def holds_numbers(rows: DataRows, column: str) -> bool:
    """Tell whether a column's first value is a number (and not, say, a list of token ids)."""
    from cribble.data.columns import descend

    if not has_column(rows, column) or not len(rows):
        return False
    first = descend(rows.take([0])[0], column)
    return isinstance(first, (int, float)) and not isinstance(first, bool)


def has_column(rows: DataRows, column: str) -> bool:
    """Tell whether rows have a column, or one that a dotted path starts in."""
    try:
        require_column(rows, column)
    except UnknownNameError:
        return False
    return True


def require_column(rows: DataRows, column: str | None) -> None:
    """Refuse a column that does not exist; dots reach into nested records.

    Raises:
        UnknownNameError: The rows have no such column.
    """
    from cribble.data.columns import top_column

    if column is not None:
        top_column(column, rows.columns)
