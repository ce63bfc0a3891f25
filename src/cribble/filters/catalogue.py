"""Filters by name, as options and recipes name them."""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Mapping
from typing import Any

from cribble.core.errors import UnknownNameError
from cribble.filters.base import Filter

# name: "module:Class", in the order in which they run: cheap and certain ones first.
DUPLICATES: dict[str, str] = {
    "exact": "exact_duplicates:ExactDuplicates",
    "near": "near_duplicates:NearDuplicates",
    "embedding": "embedding_duplicates:EmbeddingDuplicates",
}
RULES: dict[str, str] = {
    "length": "length:Length",
    "symbols": "symbols:Symbols",
    "repetition": "repetition:Repetition",
    "blocklist": "blocklist:Blocklist",
    "language": "language:Language",
}


def filter_class(kind: str, known: Mapping[str, str], name: str) -> type[Filter]:
    """Find the class of a filter.

    Args:
        kind: What the names are of, for messages.
        known: `DUPLICATES` or `RULES`.
        name: The asked name.

    Raises:
        UnknownNameError: There is no such filter; the message names the nearest.
    """
    if name not in known:
        raise UnknownNameError(kind, name, tuple(known))
    module, cls = known[name].split(":")
    found: type[Filter] = getattr(importlib.import_module(f"cribble.filters.{module}"), cls)
    return found


def make(kind: str, known: Mapping[str, str], name: str, parameters: Mapping[str, Any]) -> Filter:
    """Make a filter from its name and parameters.

    Raises:
        UnknownNameError: The filter or a parameter does not exist.
        ParameterError: A parameter is missing, or not what it may be.
    """
    cls = filter_class(kind, known, name)
    fields = tuple(field.name for field in dataclasses.fields(cls))  # type: ignore[arg-type]
    for parameter in parameters:
        if parameter not in fields:
            raise UnknownNameError(f"parameter of {name}", parameter, fields)
    return cls(**parameters)
