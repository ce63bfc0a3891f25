"""The page that shows two choices from one pool side by side."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np

from cribble.core import Selection
from cribble.report.difference import Difference, plain_text
from cribble.report.excerpts import Excerpts
from cribble.report.figures import map_section
from cribble.report.html import write_page
from cribble.report.map import draw_map
from cribble.report.map_data import map_data
from cribble.report.markup import Markup, join, table, tag
from cribble.report.verdict import Verdict, number
from cribble.report.words import count, outcome_of, percent, random_of, value_of

_LISTED, _MOST_GROUPS = 10, 12


def write_difference(path: str | Path, found: Difference) -> None:
    """Write the page, atomically.

    Raises:
        OutputError: The path cannot be written; what stood there is untouched.
    """
    # One choice of all rows that either made: what both picked is on top.
    picks = np.concatenate([found.both, *found.only])
    kinds = np.repeat([0, 1, 2], [len(found.both), len(found.only[0]), len(found.only[1])])
    union = Selection(indices=picks, method="either run")
    pool = next((one for one in found.pools if one.has("embedding")), found.pools[0])
    labels = ("in both", f"only in {found.names[0]}", f"only in {found.names[1]}")
    sheet = draw_map(pool, picks, kinds=kinds, labels=labels)
    first = np.concatenate([one[:_LISTED] for one in found.only])
    excerpts = Excerpts.gather(pool, union, sheet, 0)
    listed = Excerpts.gather(pool, dataclasses.replace(union, indices=first), None, 2 * _LISTED)
    parts = [
        _head(found),
        _overlap(found),
        _against_random(found),
        map_section(sheet, union, pool),
        *(_shares(found, name, rows) for name, rows in found.shares().items()),
        _settings(found),
        *(_only(found, place, listed) for place in (0, 1)),
    ]
    data = map_data(pool, union, sheet, excerpts)
    write_page(path, found.verdict, join(*parts), data)


def _head(found: Difference) -> Markup:
    lead, _, rest = found.verdict.partition(": ")
    names = " and ".join(
        f"{name} ({one.method}, seed {one.seed})"
        for name, one in zip(found.names, found.selections, strict=True)
    )
    notes = [tag("li", one, class_="found") for one in found.notes]
    return join(
        tag("h1", lead.rstrip("."), "."),
        tag("p", rest[:1].upper() + rest[1:], class_="lede") if rest else None,
        tag("p", f"{names}, from {count(len(found.pools[0]), 'row')}.", class_="subject"),
        tag("ul", *notes, class_="remarks") if notes else None,
    )


def _overlap(found: Difference) -> Markup:
    facts = [
        ("In both", f"{len(found.both):,}", f"{found.jaccard:.1%} of all that either picked"),
        (
            f"Only in {found.names[0]}",
            f"{len(found.only[0]):,}",
            f"of {len(found.selections[0]):,}",
        ),
        (
            f"Only in {found.names[1]}",
            f"{len(found.only[1]):,}",
            f"of {len(found.selections[1]):,}",
        ),
    ]
    return tag(
        "dl",
        *(tag("div", tag("dt", name), tag("dd", a, tag("small", b))) for name, a, b in facts),
        class_="figures",
    )


def _against_random(found: Difference) -> Markup:
    rows: list[tuple[object, ...]] = []
    for pair in found.metrics():
        measure = next(one.measure for one in pair if one is not None)
        named = zip(found.names, pair, strict=True)
        rows.append((measure.label, *(cell for name, one in named for cell in _cells(name, one))))
    head = ("", *(cell for name in found.names for cell in (name, "Random", "Verdict")))
    verdicts = [
        tag("li", tag("b", f"{name}: "), one.verdict)
        for name, one in zip(found.names, found.comparisons, strict=True)
    ]
    values = [
        f"{name}: {number(one.value)}"
        + (f", at least {one.certified:.1%} of the best possible" if one.certified else "")
        for name, one in zip(found.names, found.selections, strict=True)
        if one.value is not None
    ]
    worth = f"What each method maximizes: {'; '.join(values)}." if values else None
    return tag(
        "section",
        tag("h2", "Each against random"),
        tag("ul", *verdicts, class_="remarks"),
        tag("p", worth, class_="note") if worth else None,
        table(
            head,
            rows,
            caption="Each run against random subsets under its own budget and limits.",
            kind="pairs",
        )
        if rows
        else None,
        class_="long",
    )


def _cells(name: str, one: Verdict | None) -> tuple[Markup, object, object]:
    """Value, random and verdict of a run; its name is for narrow pages, which have no head."""
    value = tag("td", "–" if one is None else value_of(one), data_of=name)
    return (value, "–", "–") if one is None else (value, random_of(one), outcome_of(one))


def _shares(found: Difference, name: str, rows: list[tuple[str, float, float, float]]) -> Markup:
    body: list[tuple[object, ...]] = [
        (label, *map(percent, parts), f"{100 * (parts[2] - parts[1]):+.1f}".replace("-", "−"))
        for label, *parts in rows[:_MOST_GROUPS]
    ]
    more = f" The {_MOST_GROUPS} largest of {len(rows):,} groups." if len(rows) > len(body) else ""
    caption = f"Share of each group; the last column is in percentage points.{more}"
    head = (name, "Pool", *found.names, "Second less first")
    grid = table(head, body, caption=caption, kind="fit")
    return tag("section", tag("h2", f"Shares by {name}"), grid)


def _settings(found: Difference) -> Markup | None:
    if not found.settings:
        return None
    rows: list[tuple[object, ...]] = [
        (name, plain_text(first), plain_text(second)) for name, first, second in found.settings
    ]
    head = ("Setting", *found.names)
    told = "What was asked for differently; “–” where it was not given."
    body = table(head, rows, caption=told, kind="fit")
    return tag("section", tag("h2", "Settings that differ"), body)


def _only(found: Difference, place: int, excerpts: Excerpts) -> Markup | None:
    rows, name = found.only[place], found.names[place]
    if not len(rows):
        return None
    items = []
    for row in rows[:_LISTED].tolist():
        facts = [excerpts.ids.get(row), *excerpts.groups(found.pools[place], row)]
        told = " · ".join(one for one in (f"row {row:,}", *facts) if one)
        items.append(tag("li", tag("p", told, class_="what"), excerpts.passage(row)))
    shown = f"The first {len(items)} of {len(rows):,}" if len(items) < len(rows) else "All of them"
    return tag(
        "section",
        tag("h2", f"Only in {name}"),
        tag("p", f"{shown}, in the order they were picked.", class_="note"),
        tag("ol", *items, class_="picked"),
        class_="long",
    )
