"""Charts as inline SVG: axes, units, and colors that follow the page's light or dark theme."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cribble.report.map import HEIGHT, WIDTH, Map, dot_path, hexagon_path
from cribble.report.markup import Markup, tag
from cribble.report.paired import Paired
from cribble.report.verdict import Verdict


def strip(verdict: Verdict, span: Sequence[float] = ()) -> Markup:
    """Draw random's interval and draws as a band, and the choice as a dot; right is better.

    Args:
        verdict: What to draw.
        span: Further values that the scale must hold, so that several strips share it.
    """
    low, high = verdict.interval
    scale = _Scale((verdict.value, low, high, *verdict.draws, *span), verdict.measure.better)
    return _strip(
        scale,
        scale.band(low, high),
        *(scale.stroke(one, "draw") for one in verdict.draws),
        scale.dot(verdict.value, verdict.outcome),
    )


def gap_strip(paired: Paired, span: Sequence[float] = ()) -> Markup:
    """Draw the difference to random: its interval, each repeat, and zero; right is better.

    Args:
        paired: What to draw.
        span: Further values that the scale must hold, so that several strips share it.
    """
    # What an endless interval hides, the repeats still show.
    ends = [one for one in paired.interval if np.isfinite(one)]
    gaps = paired.differences
    scale = _Scale((0.0, *ends, *gaps, *span), paired.measure.better)
    band = scale.band(*paired.interval) if ends else scale.band(min(gaps), max(gaps))
    return _strip(
        scale,
        band,
        *(scale.stroke(one, "draw") for one in gaps),
        scale.stroke(0.0, "zero"),
        scale.dot(paired.difference, paired.outcome),
    )


class _Scale:
    """Values to places along a strip; better ones are on the right."""

    width, edge = 220.0, 8.0

    def __init__(self, seen: Sequence[float], better: str) -> None:
        self._least, self._most = min(seen), max(seen)
        self._turned = better == "lower"

    def place(self, value: float) -> float:
        least, most = self._least, self._most
        share = (value - least) / (most - least) if most > least else 0.5
        share = 1 - share if self._turned else share
        return round(self.edge + share * (self.width - 2 * self.edge), 1)

    def band(self, low: float, high: float) -> Markup:
        left, right = sorted((self.place(low), self.place(high)))
        width = max(2.0, right - left)
        return tag("rect", x=left, y=5, width=width, height=14, rx=3, class_="band")

    def stroke(self, value: float, kind: str) -> Markup:
        reach = "M{} 8v8" if kind == "draw" else "M{} 2v20"
        return tag("path", d=reach.format(self.place(value)), class_=kind)

    def dot(self, value: float, outcome: str) -> Markup:
        return tag("circle", cx=self.place(value), cy=12, r=5.5, class_=f"dot {outcome}")


def _strip(scale: _Scale, *marks: Markup) -> Markup:
    width, edge = scale.width, scale.edge
    return tag(
        "svg",
        tag("line", x1=edge, x2=width - edge, y1=12, y2=12, class_="rule"),
        *marks,
        viewBox=f"0 0 {width:.0f} 24",
        class_="strip",
        aria_hidden="true",
    )


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One line of a chart, with the words at its end.

    Args:
        x: (m,) places along the axis of numbers of picks.
        y: (m,) values.
        label: What the line is.
        kind: Class for its style: "choice", "chance" or "bound".
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    label: str
    kind: str


def chart(
    lines: Sequence[Line],
    *,
    x_label: str,
    y_label: str,
    description: str,
    from_zero: bool,
    band: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]] | None = None,
    logarithmic: bool = False,
) -> Markup:
    """Draw lines over the number of picks.

    Args:
        lines: The lines, the first on top.
        x_label: Name and unit of the horizontal axis.
        y_label: Name and unit of the vertical axis.
        description: The chart in words, for those who cannot see it.
        from_zero: Whether the vertical axis starts at 0.
        band: x, low and high of an interval behind the lines.
        logarithmic: Whether the horizontal axis is, from the least x on; else it starts at 0.
    """
    width, height, left, right, top, bottom = 720, 320, 64, 16, 28, 44
    every_x = np.concatenate([line.x for line in lines])
    every_y = np.concatenate([line.y for line in lines] + (list(band[1:]) if band else []))
    least, most = float(every_x.min()) if logarithmic else 0.0, float(every_x.max())
    x_ticks = decades(least, most) if logarithmic else ticks(0, most)
    x_labels = [f"{one:,.0f}" for one in x_ticks] if logarithmic else tick_labels(x_ticks)
    y_ticks = ticks(0.0 if from_zero else float(every_y.min()), float(every_y.max()))
    low, high = y_ticks[0], y_ticks[-1]
    span_x = math.log(most / least) if logarithmic else most

    def across(value: float) -> float:
        way = math.log(value / least) if logarithmic else value
        return round(left + way / (span_x or 1.0) * (width - left - right), 1)

    def up(value: float) -> float:
        return round(height - bottom - (value - low) / (high - low) * (height - top - bottom), 1)

    def points(x: NDArray[np.float64], y: NDArray[np.float64]) -> str:
        return " ".join(f"{across(a)},{up(b)}" for a, b in zip(x, y, strict=True))

    parts: list[Markup] = []
    for value, label in zip(y_ticks, tick_labels(y_ticks), strict=True):
        at = up(value)
        parts.append(tag("line", x1=left, x2=width - right, y1=at, y2=at, class_="grid"))
        parts.append(tag("text", label, x=left - 8, y=at + 4, text_anchor="end"))
    for value, label in zip(x_ticks, x_labels, strict=True):
        if value <= most:
            at = across(value)
            parts.append(tag("text", label, x=at, y=height - bottom + 18, text_anchor="middle"))
    parts.append(
        tag("text", x_label, x=(left + width - right) / 2, y=height - 6, text_anchor="middle")
    )
    parts.append(tag("text", y_label, x=0, y=12, class_="axis"))
    if band is not None:
        x, lower, upper = band
        outline = f"{points(x, upper)} {points(x[::-1], lower[::-1])}"
        parts.append(tag("polygon", points=outline, class_="band"))
    parts += [
        tag("polyline", points=points(line.x, line.y), class_=f"line {line.kind}")
        for line in reversed(lines)
    ]
    figure = tag(
        "svg",
        *parts,
        viewBox=f"0 0 {width} {height}",
        class_="chart",
        role="img",
        aria_label=description,
    )
    legend = [tag("li", tag("i", class_=f"key {one.kind}"), one.label) for one in lines]
    return Markup(tag("ul", *legend, class_="legend") + tag("div", figure, class_="scroll plot"))


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Choose round numbers that enclose [low, high]."""
    if high - low <= max(1e-12, 1e-9 * max(abs(low), abs(high))):
        high = low + max(1.0, abs(low))
    rough = (high - low) / (most - 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * one for one in (1, 2, 2.5, 5, 10) if power * one >= rough * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [one * step for one in range(first, last + 1)]


def decades(low: float, high: float, most: int = 8) -> list[float]:
    """Choose 1, 2 and 5 times powers of ten within [low, high], low above 0; fewer where many."""
    powers = [10.0**one for one in range(math.floor(math.log10(low)), 1 + int(math.log10(high)))]
    fine = [step * power for power in powers for step in (1, 2, 5) if low <= step * power <= high]
    coarse = [power for power in powers if low <= power <= high]
    return fine if len(fine) <= most or not coarse else coarse


def tick_labels(values: Sequence[float]) -> list[str]:
    """Write evenly spaced ticks, all with as many decimals as the finest needs."""
    step = values[1] - values[0]
    places = next(one for one in range(16) if math.isclose(round(step, one), step, rel_tol=1e-6))
    return [f"{one:,.{places}f}".replace("-", "−") for one in values]


def scatter(sheet: Map) -> Markup:
    """Draw the map: density where the pool is too large for dots, then dots, then picks."""
    hexes = [
        tag("path", d=hexagon_path(centers), class_=f"hex h{level + 1}")
        for level, centers in enumerate(sheet.density)
        if len(centers)
    ]
    many = " many" * (len(sheet.picks) > 500)
    # The first kind is on top.
    picks = [
        tag("path", d=dot_path(sheet.picks[sheet.kinds == kind]), class_=f"picks kind{kind}{many}")
        for kind in reversed(range(len(sheet.labels)))
    ]
    return tag(
        "svg",
        tag(
            "g",
            tag("g", *hexes, class_="hexes"),
            tag("g", tag("path", d=dot_path(sheet.places), class_="pool"), class_="dots"),
            tag("g", *picks, class_="marks"),
            tag("path", class_="lasso"),
            tag("circle", r=9, class_="ring", visibility="hidden"),
            class_="sheet",
        ),
        id="map",
        viewBox=f"0 0 {WIDTH:.0f} {HEIGHT:.0f}",
        class_="dense" if hexes else None,
        tabindex="0",
        role="application",
        aria_label=(
            "Map of pool and picks. Left and right arrows step through the picks in order; plus "
            "and minus zoom; with Shift, arrows move the map; V lists what is in view; Escape "
            "shows all of it again."
        ),
        aria_describedby="map-card",
    )
