"""The curve of a run as a small table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from cribble.report.size_curve import SizeCurve

_LINES = 8


def lines(curve: SizeCurve) -> Iterator[str]:
    """The table, then which number of rows the rule takes, then what repetition would change."""
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
        sizes = held.sizes.tolist()
        columns.append((held.measure, _told(held.sizes, held.losses)))
        columns.append(("error of the difference to the best", _told(held.sizes, held.errors)))
    yield f"{'rows':>9} | " + " | ".join(name for name, _ in columns)
    for size in sizes:
        cells = [f"{told.get(size, ''):>{len(name)}}" for name, told in columns]
        yield f"{size:>9,} | " + " | ".join(cells) + " <" * (size == curve.rows)
    yield f"{curve.rows:,} rows: {curve.why}"
    for one in curve.training:
        yield f"{one.words} (a scaling law, not a measurement)"


def _told(
    sizes: np.ndarray, values: np.ndarray, words: Callable[[float], str] | None = None
) -> dict[int, str]:
    from cribble.report.verdict import number

    pairs = zip(sizes.tolist(), values.tolist(), strict=True)
    return {size: (words or number)(one) for size, one in pairs if np.isfinite(one)}


def _share(value: float) -> str:
    return f">= {value:.1%}"
