"""Medians, and the table that is printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

import numpy as np

from harness.case import OURS, Case, Inputs, Picks, Size, Work
from harness.process import Outcome

Rates = dict[str, float]


@dataclass(frozen=True, kw_only=True)
class Line:
    """One contender over all repeats; ``error`` where any of them failed."""

    contender: str
    seconds: float | None = None
    cpu_seconds: float | None = None
    peak_bytes: int | None = None
    beyond_bytes: int | None = None
    value: float | None = None
    rows: int | None = None
    same_rows: int | None = None
    same_order: bool | None = None
    stable: bool | None = None
    over_floor: float | None = None
    over_floor_cpu: float | None = None
    error: str | None = None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def floor_seconds(work: Work, rates: Sequence[Rates]) -> tuple[float, float]:
    """The least seconds and CPU seconds of the work, at the machine's median rates."""
    flop, cpu, moved = (
        median(one[name] for one in rates) for name in ("flop", "flop_cpu", "bytes")
    )
    reading = work.bytes / moved
    return max(work.flop / flop, reading), max(work.flop / cpu, reading)


def summarize(
    case: Case, size: Size, inputs: Inputs, runs: dict[str, list[Outcome]], rates: Sequence[Rates]
) -> list[Line]:
    """Turn outcomes into lines, all valued by the case's one evaluator."""
    floor, floor_cpu = floor_seconds(case.floor(inputs, size), rates)
    ours = next((one.picks for one in runs.get(OURS, ()) if one.picks is not None), None)
    if ours is not None and ours.ndim > 1:
        ours = None  # centers are compared by value alone
    lines = []
    for name, outcomes in runs.items():
        if failed := next((one.error for one in outcomes if one.error is not None), None):
            lines.append(Line(contender=name, error=failed))
            continue
        picks = outcomes[0].picks
        assert picks is not None
        seconds = median(one.seconds for one in outcomes)
        cpu = median(one.cpu_seconds for one in outcomes)
        lines.append(
            Line(
                contender=name,
                seconds=seconds,
                cpu_seconds=cpu,
                peak_bytes=int(median(one.peak_bytes for one in outcomes)),
                beyond_bytes=int(median(one.beyond_bytes for one in outcomes)),
                value=_value(case, inputs, size, picks),
                rows=len(picks),
                same_rows=None if ours is None else len(np.intersect1d(picks, ours)),
                same_order=None if ours is None else np.array_equal(picks, ours),
                stable=all(np.array_equal(one.picks, picks) for one in outcomes),
                over_floor=seconds / floor,
                over_floor_cpu=cpu / floor_cpu,
            )
        )
    return lines


def _value(case: Case, inputs: Inputs, size: Size, picks: Picks) -> float | None:
    return float(case.evaluate(inputs, size, picks)) if len(picks) else None


def render(lines: Sequence[Line]) -> str:
    """Lay the lines out as a Markdown table."""
    head = (
        "contender", "s", "CPU s", "peak MB", "beyond input MB", "value", "rows", "same as ours",
        "x floor", "x floor (CPU)",
    )  # fmt: skip
    rows = [head, tuple("---" for _ in head), *(_cells(line) for line in lines)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in rows
    )


def _cells(line: Line) -> tuple[str, ...]:
    if line.error is not None:
        return (line.contender, line.error, *([""] * 8))
    if line.same_rows is None:
        same = ""
    elif line.same_order:
        same = "all, in order"
    else:
        same = f"{line.same_rows:,} of {line.rows:,}"
    if not line.stable:
        same += "; changes from run to run"
    return (
        line.contender,
        f"{line.seconds:.3g}",
        f"{line.cpu_seconds:.3g}",
        f"{(line.peak_bytes or 0) / 1e6:,.0f}",
        f"{(line.beyond_bytes or 0) / 1e6:,.0f}",
        "" if line.value is None else f"{line.value:.7g}",
        f"{line.rows:,}",
        same,
        f"{line.over_floor:.3g}",
        f"{line.over_floor_cpu:.3g}",
    )
