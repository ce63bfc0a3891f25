"""The curve of a run as a small table."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from cribble.report.size_curve import SizeCurve

_LINES = 8


def rows(curve: SizeCurve) -> list[tuple[str, ...]]:
    """The head, then a line for each of some numbers of rows; < marks the one that is taken."""
    from cribble.report.size_curve import thinned

    value, held = curve.value, curve.held_out
    columns: list[tuple[str, dict[int, str]]] = []
    sizes: list[int] = []
    if value is not None:
        sizes = value.sizes[thinned(value.sizes, _LINES, value.knee)].tolist()
        columns.append((value.measure, _told(value.sizes, value.values)))
        if value.bounds is not None:
            columns.append(("of the best", _told(value.sizes, value.certified, _share)))
    if held is not None:
        sizes = sorted({*held.sizes.tolist(), curve.rows})
        columns.append((held.measure, _told(held.sizes, held.losses)))
        columns.append(("error of the difference to the best", _told(held.sizes, held.errors)))
    lines = [("rows", *(name for name, _ in columns))]
    for size in sizes:
        mark = " <" if size == curve.rows else ""
        lines.append((f"{size:,}{mark}", *(told.get(size, "") for _, told in columns)))
    return lines


def sentences(curve: SizeCurve) -> list[str]:
    """Which number of rows the rule takes, then what repetition would change."""
    laws = [f"{one.words} (a scaling law, not a measurement)" for one in curve.training]
    return [f"{curve.rows:,} rows: {curve.why}", *laws]


def _told(
    sizes: np.ndarray, values: np.ndarray, words: Callable[[float], str] | None = None
) -> dict[int, str]:
    from cribble.report.verdict import number

    pairs = zip(sizes.tolist(), values.tolist(), strict=True)
    return {size: (words or number)(one) for size, one in pairs if np.isfinite(one)}


def _share(value: float) -> str:
    return f">= {value:.1%}"
