"""The section of the report that says how many rows are enough."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from cribble.report import plots
from cribble.report.markup import Markup, table, tag
from cribble.report.verdict import number


def size_section(curve: Mapping[str, Any] | None) -> Markup | None:
    """Show a measured curve; None where there is none.

    Args:
        curve: What `cribble.report.size_curve.SizeCurve.as_dict` gives.
    """
    if curve is None:
        return None
    return tag(
        "section",
        tag("h2", "How many rows are enough"),
        tag("p", f"{curve['doubt']}.") if curve.get("doubt") else None,
        tag("p", f"{curve['rows']:,} rows: {curve['why']}."),
        _value(curve["value"]) if curve["value"] else None,
        _held_out(curve["held_out"]) if curve["held_out"] else None,
        _training(curve["training"]) if curve["training"] else None,
        class_="long",
    )


def _value(value: Mapping[str, Any]) -> Markup | None:
    sizes, values = _numbers(value["rows"]), _numbers(value["values"])
    if len(sizes) < 2:
        return None
    lines = [plots.Line(sizes, values, value["measure"], "choice")]
    caption = (
        "Prefixes of one run, in the order of picks."
        if value["prefixes_of_one_run"]
        else "Each size is a run of its own."
    )
    if value["upper_bounds"] and None not in value["upper_bounds"]:
        bounds = _numbers(value["upper_bounds"])
        lines.append(
            plots.Line(sizes, bounds, "no choice of as many rows can exceed this", "bound")
        )
        caption += f" At the last, {values[-1] / max(bounds[-1], 1e-300):.1%} of the bound."
    if value["knee"] is not None:
        caption += f" The knee is at {value['knee']:,} rows."
    figure = plots.chart(
        lines,
        x_label="number of rows (logarithmic)",
        y_label=value["measure"],
        description=f"{value['measure']} over the number of rows, up to {number(values[-1])}.",
        from_zero=True,
        logarithmic=True,
    )
    return tag("figure", figure, tag("figcaption", caption))


def _held_out(held: Mapping[str, Any]) -> Markup | None:
    sizes, losses, errors = map(_numbers, (held["rows"], held["losses"], held["standard_errors"]))
    if len(sizes) < 2:
        return None
    lines = [
        plots.Line(
            sizes,
            losses,
            "chosen rows, with one standard error of the difference to the best",
            "choice",
        )
    ]
    caption = (
        f"Judged on {held['held_out_rows']:,} rows that the method did not see; lower is better. "
        f"Best at {held['best']:,} rows."
    )
    if held["all_rows"] is not None:
        whole = np.full(len(sizes), held["all_rows"])
        lines.append(plots.Line(sizes, whole, "all rows of the pool", "bound"))
    if held.get("by_chance") is not None:
        chance = np.full(len(sizes), held["by_chance"])
        lines.append(plots.Line(sizes, chance, "always the most common label", "chance"))
    figure = plots.chart(
        lines,
        x_label="number of rows (logarithmic)",
        y_label=held["measure"],
        description=(
            f"{held['measure']}: {number(losses[0])} at {held['rows'][0]:,} rows, "
            f"{number(losses[-1])} at {held['rows'][-1]:,}."
        ),
        from_zero=False,
        band=(sizes, losses - errors, losses + errors),
        logarithmic=True,
    )
    return tag("figure", figure, tag("figcaption", caption))


def _training(budgets: list[Mapping[str, Any]]) -> Markup:
    rows: list[tuple[object, ...]] = []
    for one in budgets:
        at = one["rows"].index(one["best"])
        whole = one["last_is_all_rows"] and at == len(one["rows"]) - 1
        rows.append(
            (
                f"{one['times_the_pool']:g} × the pool",
                "all rows" if whole else f"{one['best']:,}",
                number(one["passes"][at]),
                number(one["predicted_losses"][at]),
            )
        )
    return table(
        ("Training on as much as", "Best number of rows", "Passes over them", "Predicted loss"),
        rows,
        caption=(
            "Quality against repetition: each further pass over the same rows teaches less, so the "
            "best number of rows grows with training. Predicted from the held-out losses by the "
            "scaling law of data filtering (arXiv 2404.07177); not measured, and past ten passes "
            "a guess."
        ),
    )


def _numbers(values: list[float]) -> np.ndarray:
    return np.array(values, dtype=np.float64)
