"""HTML and SVG from small functions that escape whatever they are not told is markup."""

from __future__ import annotations

import json
from html import escape
from typing import Any


class Markup(str):
    """Text that is markup already and goes into the page as it is."""

    __slots__ = ()


def tag(name: str, *children: object, **attributes: object) -> Markup:
    """Write one element; strings that are not `Markup` are escaped.

    Args:
        name: Element name.
        children: Text, numbers or Markup, in order; None is left out.
        attributes: Attribute values; a trailing underscore is cut and other underscores become
            hyphens, True stands for the bare attribute, None and False leave it out.
    """
    parts = [f"<{name}"]
    for key, value in attributes.items():
        if value is not None and value is not False:
            key = key.rstrip("_").replace("_", "-")
            parts.append(f" {key}" if value is True else f' {key}="{escape(str(value))}"')
    if not children and name in {"path", "circle", "line", "rect", "polyline", "polygon"}:
        return Markup("".join(parts) + "/>")
    return Markup("".join(parts) + f">{join(*children)}</{name}>")


def join(*children: object) -> Markup:
    """Put children one after the other, escaped like those of `tag`."""
    return Markup(
        "".join(
            one if isinstance(one, Markup) else escape(str(one))
            for one in children
            if one is not None
        )
    )


def script_data(value: Any) -> Markup:
    """Write JSON that cannot end the script element it stands in."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)


def table(
    head: tuple[str, ...], body: list[tuple[object, ...]], *, caption: str, kind: str = ""
) -> Markup:
    """Write a table under its caption, the first cell of each row being its header.

    Wide tables scroll in a box of their own, which the keyboard can reach; the caption stays
    outside, so that it never scrolls away. A cell that is a ``td`` already, with attributes of
    its own, stays as it is.
    """

    def cell(value: object) -> Markup:
        made = isinstance(value, Markup) and value.startswith("<td")
        return join(value) if made else tag("td", value)

    rows = [tag("tr", tag("th", row[0], scope="row"), *map(cell, row[1:])) for row in body]
    grid = tag(
        "table",
        tag("thead", tag("tr", *(tag("th", one, scope="col") for one in head))),
        tag("tbody", *rows),
        class_=kind or None,
        aria_label=caption,
    )
    box = tag("div", grid, class_="scroll", tabindex="0", role="region", aria_label=caption)
    return join(tag("p", caption, class_="caption"), box)
