"""Filters as people write them: ``near=0.7``, ``length:min_words=5,max_words=1000``."""

from __future__ import annotations

import typing
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from cribble.core.errors import DataError, ParameterError
from cribble.filters import catalogue
from cribble.filters.base import Filter
from cribble.run.values import read_settings

_FILE = "=@"


def read_duplicates(text: str) -> tuple[str, Filter]:
    """Read ``exact``, ``near``, ``embedding``, or one of the last two with a threshold.

    Returns:
        The name, and the filter.

    Raises:
        UnknownNameError: There is no such filter, or it has no threshold.
        ParameterError: The threshold is not one.
    """
    name, sign, value = text.partition("=")
    given = {"threshold": value} if sign else {}
    return name, _make("kind of duplicates", catalogue.DUPLICATES, name, given)


def read_rule(text: str) -> tuple[str, Filter]:
    """Read a rule, ``NAME`` or ``NAME:KEY=VALUE,KEY=VALUE``.

    Several values of one key are joined by ``+``; ``@FILE`` reads them from a file, one a line.

    Returns:
        The name, and the filter.

    Raises:
        UnknownNameError: There is no such rule or key.
        ParameterError: A value is missing, or not what it may be.
        DataError: A file cannot be read.
    """
    name, colon, rest = text.partition(":")
    given = dict(map(_setting, rest.split(","))) if colon else {}
    return name, _make("filter", catalogue.RULES, name, given)


def moved(text: str, move: Callable[[str], str]) -> str:
    """The same rule with its files read from elsewhere."""
    parts = text.split(",")
    for place, part in enumerate(parts):
        key, sign, file = part.partition(_FILE)
        parts[place] = f"{key}{_FILE}{move(file)}" if sign else part
    return ",".join(parts)


def files_of(text: str) -> tuple[str, ...]:
    """The files that a rule reads."""
    parts = (part.partition(_FILE) for part in text.split(","))
    return tuple(file for _, sign, file in parts if sign)


def _setting(text: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not sign:
        raise ParameterError("--filter", text, "of the form NAME:KEY=VALUE,KEY=VALUE")
    return key.strip(), value.strip()


def _make(kind: str, known: Mapping[str, str], name: str, given: Mapping[str, str]) -> Filter:
    from pydantic import TypeAdapter, ValidationError

    cls = catalogue.filter_class(kind, known, name)
    hints = typing.get_type_hints(cls)
    checked: dict[str, Any] = dict(given)
    for key in given.keys() & hints.keys():
        try:
            several = typing.get_origin(hints[key]) is Sequence
            value = _several(given[key]) if several else read_settings([f"{key}={given[key]}"])[key]
            checked[key] = TypeAdapter(hints[key]).validate_python(value)
        except ValidationError as error:
            allowed = error.errors()[0]["msg"].removeprefix("Input should be ")
            raise ParameterError(f"{key} of {name}", given[key], allowed) from None
    try:
        return catalogue.make(kind, known, name, checked)
    except TypeError as error:
        missing = str(error).rpartition("argument: ")[2].strip("'")
        raise ParameterError(f"{missing} of {name}", None, "given") from None


def _several(text: str) -> list[str]:
    if not text.startswith("@"):
        return text.split("+")
    try:
        lines = Path(text[1:]).read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise DataError(text[1:], str(error.strerror), "name a file that can be read") from None
    except UnicodeDecodeError as error:
        raise DataError(text[1:], f"byte {error.start} is not UTF-8", "write UTF-8") from None
    return [line.strip() for line in lines if line.strip()]
