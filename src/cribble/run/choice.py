"""Which method runs: by name, or by the one rule for when none is named."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Mapping
from typing import Any

from cribble.core import Budget, Pool, Selector, check_limits
from cribble.core.errors import (
    ParameterError,
    SignalError,
    TargetError,
)
from cribble.run.bind import LOGGED
from cribble.run.columns import HOW
from cribble.selectors import catalogue

# Above this many rows one pass over the raw bytes is cheaper than an embedding of every row.
EMBED_ROWS = 5_000_000

DEFAULTS = {
    "auto": "default: methods that fit the pool race against random on held-out rows, and the "
    "winner chooses; random where none is better beyond chance",
    "dsir": f"default with a target above {EMBED_ROWS:,} rows: one pass over the text, one number "
    "kept a row",
}

_HOW = {
    "embedding": "name a column of vectors with --embedding, or the text with --text",
    "text": "name the text with --text",
    "quality": "name a numeric column with --quality",
    "group": "name a column with --group",
    "label": "name a column with --label",
    "probability": "name its column with --set probability=COLUMN",
}


def default_method(pool: Pool) -> str:
    """Name the method for a pool when the user names none; `DEFAULTS` says why.

    Raises:
        SignalError: The pool has nothing to choose by.
    """
    if pool.targets and pool.has("text") and len(pool) > EMBED_ROWS:
        return "dsir"
    if pool.has("embedding") or pool.has("text") or pool.has("quality"):
        return "auto"
    raise SignalError(
        "embedding",
        "the rows have neither text nor vectors to choose by",
        f"{HOW}, or name a score with --quality",
    )


def build(name: str, parameters: Mapping[str, Any]) -> Selector:
    """Make a method, its parameters checked against their declared types.

    Raises:
        UnknownNameError: The method or a parameter does not exist; the nearest are named.
        ParameterError: A parameter has the wrong type or lies outside what it may be.
    """
    from pydantic import TypeAdapter, ValidationError
    from pydantic.errors import PydanticSchemaGenerationError

    hints = typing.get_type_hints(catalogue.method_class(name))
    checked = dict(parameters)
    for key in parameters.keys() & hints.keys():
        try:
            checked[key] = TypeAdapter(hints[key]).validate_python(parameters[key])
        except PydanticSchemaGenerationError:
            continue  # such as a callable's own protocol: nothing to check it against
        except ValidationError as error:
            allowed = error.errors()[0]["msg"].removeprefix("Input should be ")
            raise ParameterError(f"{key} of {name}", parameters[key], allowed) from None
    return catalogue.make(name, **checked)


def parameters_of(method: Selector) -> dict[str, Any]:
    """Every parameter of a method with its value, defaults included."""
    return {
        field.name: getattr(method, field.name)
        for field in dataclasses.fields(method)  # type: ignore[arg-type]
    }


def check_method(method: Selector, pool: Pool, budget: Budget) -> None:
    """Refuse, before any work, what a method cannot do.

    Raises:
        UnsupportedLimitError: The method cannot honor one of the budget's limits.
        TargetError: It needs a target and there is none.
        SignalError: It needs a signal that the pool does not have.
    """
    card = method.card
    if not set(budget.kinds) <= set(card.limits):
        cards = (catalogue.method_class(name).card for name in catalogue.METHODS)
        able = [one.name for one in cards if set(budget.kinds) <= set(one.limits)]
        check_limits(card, budget, able)
    # A model that was trained before stands in for the examples to learn from.
    if "target" in card.needs and getattr(method, "model", None) is None:
        pool.target_pools()
    for need, name in signals_of(method).items():
        if not pool.has(name):
            logged = ", or give --model-log and --label" if name in LOGGED else ""
            raise SignalError(
                name,
                f"method {card.name!r} needs it, and the pool has none",
                _HOW.get(need, f"add a numeric column named {name}") + logged,
            )
        if need in ("embedding", "text") and not all(one.has(name) for one in pool.targets):
            raise TargetError("its rows have no text or vectors", "name the text with --text")


def signals_of(method: Selector) -> dict[str, str]:
    """What a method needs of the rows, each need with the name under which it looks for it.

    A parameter whose default is the need itself, such as ``signal = "embedding"``, says the name;
    so does one whose default is a tuple of needs.
    """
    named: dict[str, str] = {}
    for field in dataclasses.fields(method):  # type: ignore[arg-type]
        value = getattr(method, field.name)
        if isinstance(field.default, str):
            named[field.default] = value
        elif isinstance(field.default, tuple) and value:
            # Several needs in one parameter, of which a user may name fewer or more.
            for place, need in enumerate(field.default):
                named[need] = value[min(place, len(value) - 1)]
    return {need: named.get(need, need) for need in method.card.needs if need != "target"}
