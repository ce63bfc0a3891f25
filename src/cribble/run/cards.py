"""The catalogue as data: what each method needs, costs and promises."""

from __future__ import annotations

import dataclasses
import inspect
import re
from typing import Any

from cribble.core import Selector
from cribble.run.choice import DEFAULTS
from cribble.run.values import plain
from cribble.selectors import catalogue

_ENTRY = re.compile(r"^(\w+): (.*)$")


def list_methods() -> list[dict[str, Any]]:
    """Every method: the fields of its card, its first sentence, and why it is a default."""
    return [_summary(name) for name in catalogue.METHODS]


def describe_method(name: str) -> dict[str, Any]:
    """One method in full, with its parameters, their defaults and what they mean.

    Raises:
        UnknownNameError: There is no such method; the message names the nearest.
    """
    cls = catalogue.method_class(name)
    doc = inspect.getdoc(cls) or ""
    told = _arguments(doc)
    parameters = [
        {
            "name": field.name,
            "type": field.type
            if isinstance(field.type, str)
            else inspect.formatannotation(field.type),
            "default": _default(field),
            "about": told.get(field.name, ""),
        }
        for field in dataclasses.fields(cls)  # type: ignore[arg-type]
    ]
    about = re.split(r"\n\s*(?:Args|Source|Raises|Returns|Attributes):\n", doc)[0].strip()
    return {**_summary(name), "about": about, "parameters": parameters}


def _summary(name: str) -> dict[str, Any]:
    cls: type[Selector] = catalogue.method_class(name)
    card = dataclasses.asdict(cls.card)
    return {**plain(card), "summary": summary(name), "default": DEFAULTS.get(name)}


def summary(name: str) -> str:
    """The first sentence of a method's documentation."""
    doc = inspect.getdoc(catalogue.method_class(name)) or ""
    return doc.partition("\n")[0]


def _default(field: dataclasses.Field[Any]) -> Any:
    if field.default is not dataclasses.MISSING:
        return plain(field.default)
    if field.default_factory is not dataclasses.MISSING:
        return plain(field.default_factory())
    return "required"


def _arguments(doc: str) -> dict[str, str]:
    """The ``Args`` of a Google-style docstring, each on one line."""
    section = re.search(r"^Args:\n((?:[ ]+.*\n?|\n)+)", doc, re.MULTILINE)
    found: dict[str, str] = {}
    name = ""
    for line in inspect.cleandoc(section[1]).splitlines() if section else ():
        if match := _ENTRY.match(line):
            name = match[1]
            found[name] = match[2]
        elif name and line.strip():
            found[name] += f" {line.strip()}"
    return found
