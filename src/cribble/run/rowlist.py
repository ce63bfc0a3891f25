"""Keep and drop lists: one id or row number a line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cribble.core import Rows
from cribble.core.errors import DataError, UnknownNameError


def find_rows(option: str, listed: str | Sequence[int | str] | None, rows: Rows) -> tuple[int, ...]:
    """Turn a list of ids or row numbers into row numbers.

    A text is an id if the pool has it. A whole number is a row number, unless ids of the pool are
    whole numbers themselves: there a number is an id, so that a mistyped id is never taken for
    a row. An int from Python is always a row number.

    Args:
        option: Name of the list, for messages.
        listed: Path of a file with one entry a line (empty lines are skipped), or the entries.
        rows: The rows of the pool.

    Raises:
        DataError: The file cannot be read.
        UnknownNameError: No row has such an id or number.
    """
    entries = read_list(listed) if isinstance(listed, str) else tuple(listed or ())
    asked = {entry for entry in entries if isinstance(entry, str)}
    ids = rows.find(asked) if asked else {}
    numeric_ids = len(ids) < len(asked) and rows.numeric_ids
    found = []
    for entry in entries:
        if entry in ids:
            found.append(ids[str(entry)])
        elif _is_row(entry, len(rows), numeric_ids):
            found.append(int(entry))
        else:
            known = rows.ids(range(min(len(rows), 1000)))
            raise UnknownNameError(f"row of the pool ({option})", str(entry), known)
    return tuple(found)


def _is_row(entry: int | str, size: int, numeric_ids: bool) -> bool:
    if isinstance(entry, str) and (numeric_ids or not entry.isdecimal()):
        return False
    return 0 <= int(entry) < size


def read_list(path: str) -> tuple[str, ...]:
    """Read a list with one entry a line; empty lines are skipped.

    Raises:
        DataError: The file cannot be read.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise DataError(path, str(error.strerror), "name a file that can be read") from None
    except UnicodeDecodeError as error:
        raise DataError(
            path, f"byte {error.start} is not UTF-8", "write one id or row number a line"
        ) from None
    return tuple(line.strip() for line in lines if line.strip())
