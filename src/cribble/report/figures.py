"""The sections of the report that are pictures: the map, and what each further pick brought."""

from __future__ import annotations

import numpy as np

from cribble.core import Pool, Selection
from cribble.report import plots
from cribble.report.map import Map
from cribble.report.map_data import MOST_GROUPINGS
from cribble.report.markup import Markup, tag
from cribble.report.verdict import Comparison, number


def map_section(sheet: Map | None, selection: Selection, pool: Pool) -> Markup | None:
    """Show where the picks lie in the pool; None without a map."""
    if sheet is None:
        return None
    dots = f"{len(sheet.rows):,} of {len(pool):,} rows are dots"
    counted = "all of them" if sheet.counted == len(pool) else f"{sheet.counted:,} of them"
    shading = f"; the shading counts {counted}" if sheet.density else ""
    if len(sheet.rows) + len(sheet.picks) >= len(pool):
        dots = "every row is a dot"
    if len(sheet.picks) == len(selection):
        picks = "All picks are shown"
    elif len(sheet.labels) == 1:
        picks = f"The first {len(sheet.picks):,} picks are shown, all as you zoom in"
    else:
        picks = f"{len(sheet.picks):,} picks are shown, evenly spread over their order"
    caption = (
        f"The two directions in which the embedding varies most; they hold {sheet.shown:.0%} of "
        f"its variance, so rows that lie together here may still differ. {picks}; {dots}{shading}."
    )
    return tag(
        "section",
        tag("h2", "Map of the pool"),
        tag("p", _HOW, class_="note script"),
        tag(
            "ul",
            *(
                tag("li", tag("i", class_=f"key spot kind{kind}"), label)
                for kind, label in enumerate(sheet.labels)
            ),
            tag("li", tag("i", class_="key spot chance"), "in the pool"),
            class_="legend",
            id="map-legend",
        ),
        tag(
            "figure",
            tag(
                "div",
                plots.scatter(sheet),
                tag("div", *(_button(*one) for one in _ZOOM), class_="zoom"),
                _tools(pool),
                tag("div", class_="card", id="map-card", aria_live="polite"),
                _inside(),
                class_="map",
            ),
            tag("figcaption", caption),
        ),
    )


_HOW = (
    "Point at the map, or step through the picks with the arrow keys. The wheel, two fingers or "
    "the buttons zoom. With Shift held, or with Lasso, draw around rows to list them."
)
_ZOOM = (
    ("+", "zoom-in", "Zoom in"),
    ("−", "zoom-out", "Zoom out"),
    ("⤢", "zoom-all", "Show the whole map"),
)


def _button(text: str, name: str, label: str | None = None, **more: object) -> Markup:
    return tag("button", text, id=name, type="button", aria_label=label, **more)


def _tools(pool: Pool) -> Markup:
    names = pool.group_names[:MOST_GROUPINGS]
    options = [tag("option", name, value=at) for at, name in enumerate(names)]
    plain = tag("option", "picked or not", value=-1)
    color = tag("label", "Color by ", tag("select", plain, *options, id="color"))
    return tag(
        "div",
        color if names else None,
        _button("Lasso", "lasso", aria_pressed="false"),
        _button("List what is in view", "in-view"),
        class_="tools",
    )


def _inside() -> Markup:
    """Where the script lists what a lasso holds."""
    return tag(
        "div",
        tag("p", id="inside-count", role="status"),
        tag("p", id="inside-groups", class_="note"),
        tag(
            "div",
            _button("Copy ids", "inside-copy"),
            _button("Save ids", "inside-save"),
            _button("Clear", "inside-clear"),
            tag("span", id="inside-done", role="status"),
            class_="tools",
        ),
        tag("p", id="inside-more", class_="note"),
        tag("ol", id="inside-rows", tabindex="0", aria_label="Rows inside"),
        id="inside",
        class_="inside",
        hidden=True,
    )


def curves_section(comparison: Comparison, selection: Selection) -> Markup | None:
    """Show coverage and value over the number of picks; None where neither is known."""
    parts = [_coverage_curve(comparison), _value_curve(selection)]
    if not any(parts):
        return None
    return tag("section", tag("h2", "How much each further pick brought"), *parts, class_="long")


def _coverage_curve(comparison: Comparison) -> Markup | None:
    curve = comparison.curve
    if curve is None:
        return None
    sizes = np.asarray(curve.sizes, dtype=np.float64)
    lines = [
        plots.Line(sizes, np.asarray(curve.choice), "this choice, in the order of picks", "choice"),
        plots.Line(sizes, np.asarray(curve.random), "random, mean and range", "chance"),
    ]
    description = (
        f"Mean distance to the nearest pick: this choice falls from {number(curve.choice[0])} to "
        f"{number(curve.choice[-1])}, random from {number(curve.random[0])} to "
        f"{number(curve.random[-1])}."
    )
    figure = plots.chart(
        lines,
        x_label="number of picks",
        y_label="mean distance to the nearest pick (unit of the embedding; lower is better)",
        description=description,
        from_zero=False,
        band=(sizes, np.asarray(curve.low), np.asarray(curve.high)),
    )
    return tag(
        "figure",
        figure,
        tag("figcaption", "Coverage of rows that were not picked, up to 1,024 of them."),
    )


def _value_curve(selection: Selection) -> Markup | None:
    gains = selection.gains
    if gains is None or len(gains) < 3 or not np.isfinite(gains[1:]).all():
        return None
    keep = np.unique(np.linspace(0, len(gains) - 1, 400).astype(np.int64))
    total = np.cumsum(gains)
    adds_up = selection.value is not None and np.isclose(total[-1], selection.value, rtol=1e-3)
    if not adds_up:
        keep = keep[np.isfinite(gains[keep])]
        line = plots.Line(
            keep.astype(np.float64) + 1, gains[keep], "what each pick added", "choice"
        )
        description = f"The gain of a pick falls to {number(float(gains[-1]))} at the last."
        caption = f"The gain of each pick at its time, as {selection.method} counts it."
        lines, label = [line], "gain of the pick"
    else:
        x = np.concatenate([[0.0], keep + 1.0])
        lines = [plots.Line(x, np.concatenate([[0.0], total[keep]]), "value reached", "choice")]
        description = f"The value grows to {number(float(total[-1]))}."
        caption = f"The value that {selection.method} maximizes, pick by pick."
        if selection.upper_bound is not None:
            bound = np.full(2, selection.upper_bound)
            lines.append(
                plots.Line(np.array([0.0, len(gains)]), bound, "no choice can exceed this", "bound")
            )
            caption += (
                f" Whatever is picked within the budget, the value cannot exceed "
                f"{number(selection.upper_bound)}: this choice has at least "
                f"{selection.certified:.1%} of the best possible."
            )
        label = "value"
    figure = plots.chart(
        lines,
        x_label="number of picks",
        y_label=label,
        description=description,
        from_zero=True,
    )
    return tag("figure", figure, tag("figcaption", caption))
