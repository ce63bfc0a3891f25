r"""Text by template: ``"{instruction}\n{input}"`` filled with each row's fields."""

from __future__ import annotations

import json
import string
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from cribble.core.errors import ParameterError, SignalError
from cribble.data.columns import MISSING, descend
from cribble.data.text import Name, Record


@dataclass(frozen=True, slots=True)
class Template:
    r"""A text template such as ``"{instruction}\n{input}"``.

    Args:
        pieces: Pairs of literal text and the field after it; the last field may be None.
    """

    pieces: tuple[tuple[str, str | None], ...]

    @classmethod
    def parse(cls, template: str) -> Template:
        """Read a template: field names in braces, dots for nested fields, ``{{`` for a brace.

        Raises:
            ParameterError: It is malformed, or names no field.
        """
        allowed = "text with fields in braces, such as '{instruction}\\n{input}'"
        try:
            parsed = list(string.Formatter().parse(template))
        except ValueError as error:
            raise ParameterError("text", template, f"{allowed} ({error})") from error
        pieces = []
        for literal, field, spec, conversion in parsed:
            if field is not None and (spec or conversion or not field or "[" in field):
                raise ParameterError("text", template, f"{allowed}, without formatting")
            pieces.append((literal, field))
        if not any(field for _, field in pieces):
            raise ParameterError("text", template, f"{allowed}; for one column: '{{{template}}}'")
        return cls(tuple(pieces))

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields it names, in order."""
        return tuple(field for _, field in self.pieces if field is not None)

    def texts(self, records: Sequence[Record], rows: Iterable[int], name: Name) -> list[str]:
        """Fill the template with each row.

        A null counts as empty text where another field of the template has a value. Values that
        are not text appear as JSON.

        Raises:
            SignalError: A row lacks a field, or all its fields are null.
        """
        found = []
        for row, record in zip(rows, records, strict=True):
            values = [descend(record, field) for field in self.fields]
            if MISSING in values:
                field = self.fields[values.index(MISSING)]
                fields = ", ".join(record)
                raise _unfilled(name(row), f"has no field {field!r} (its fields: {fields})")
            if all(value is None for value in values):
                raise _unfilled(name(row), f"has null in {', '.join(self.fields)}")
            filled = iter(values)
            found.append(
                "".join(
                    literal + (_worded(next(filled)) if field is not None else "")
                    for literal, field in self.pieces
                )
            )
        return found


def _unfilled(row: str, found: str) -> SignalError:
    return SignalError("text", f"row {row} {found}", "mend or drop the row, or change --text")


def _worded(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
