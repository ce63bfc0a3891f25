"""What the map's script gets: every place in few bytes, and as many words as fit."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core import Pool, Selection
from cribble.report.excerpts import Excerpts
from cribble.report.map import HEIGHT, WIDTH, Map
from cribble.report.markup import script_data

# Places travel as 16 bits a coordinate; 960 units times 64 still fit.
GRID = 64
# Bytes of the page, so that a report stays under 3 MB whatever the rows hold.
_TEXT_ROOM, _ID_ROOM = 1_100_000, 500_000
MOST_GROUPINGS, _MOST_LABELS = 2, 255


def map_data(
    pool: Pool, selection: Selection, sheet: Map | None, excerpts: Excerpts
) -> dict[str, Any]:
    """Pack the map for the page's script.

    Args:
        pool: The pool.
        selection: The picks.
        sheet: Their map; None for none.
        excerpts: The texts and ids that the report has fetched.

    Returns:
        Empty without a map, else ``size`` of the sheet and ``grid``, the scale of ``places``;
        ``pool``, its number of rows; ``count`` of places; ``rows`` (uint32, None where place and
        row are the same), ``places`` (uint16 pairs) and ``kinds`` (uint8, 0 for a row that was
        not picked, else 1 + the kind) in base64; ``labels`` of the kinds; ``groups``, each with
        ``name``, ``labels`` and ``codes`` (uint8, base64); ``picks``, ``dots``: places that are
        drawn, picks in pick order; ``ids`` of all places, or None; ``words``: by place, the id,
        text and reason of as many as fit, picks first.
    """
    if sheet is None:
        return {}
    rows, places = _everything(sheet)
    picks = np.searchsorted(rows, sheet.pick_rows)
    dots = np.searchsorted(rows, sheet.rows)
    kinds = np.zeros(len(rows), dtype=np.uint8)
    if len(sheet.labels) == 1:
        kinds[np.isin(rows, selection.indices)] = 1
    kinds[picks] = sheet.kinds + 1
    plain = len(rows) == len(pool)
    return {
        "size": [WIDTH, HEIGHT],
        "grid": GRID,
        "pool": len(pool),
        "count": len(rows),
        "rows": None if plain else _packed(rows, "<u4"),
        "places": _packed(np.clip(np.round(places * GRID), 0, 65_535), "<u2"),
        "kinds": _packed(kinds, "u1"),
        "labels": list(sheet.labels),
        "groups": [_grouping(pool, name, rows) for name in pool.group_names[:MOST_GROUPINGS]],
        "picks": picks.tolist(),
        "dots": dots.tolist(),
        "ids": _ids(pool, rows),
        "words": _words(selection, excerpts, rows, [*picks.tolist(), *dots.tolist()]),
    }


def _everything(sheet: Map) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    rows = np.concatenate([sheet.crowd, sheet.rows, sheet.pick_rows])
    places = np.concatenate([sheet.crowd_places, sheet.places, sheet.picks])
    rows, first = np.unique(rows, return_index=True)
    return rows, places[first]


def _packed(values: NDArray[Any], kind: str) -> str:
    return b64encode(np.ascontiguousarray(values, dtype=kind).tobytes()).decode()


def _grouping(pool: Pool, name: str, rows: NDArray[np.int64]) -> dict[str, Any]:
    """The groups by size, largest first; past 255 of them, all others are one."""
    groups = pool.groups(name)
    order = np.argsort(-np.bincount(groups.codes, minlength=len(groups.names)), kind="stable")
    shown = order[:_MOST_LABELS]
    place = np.full(len(groups.names), len(shown))
    place[shown] = np.arange(len(shown))
    rest = len(order) - len(shown)
    labels = [groups.names[code] for code in shown] + ([f"one of {rest:,} others"] if rest else [])
    return {"name": name, "labels": labels, "codes": _packed(place[groups.codes[rows]], "u1")}


def _ids(pool: Pool, rows: NDArray[np.int64]) -> list[str] | None:
    """Ids of all places, where they fit."""
    if pool.rows is None:
        return None
    probe = pool.rows.ids(rows[:: max(1, len(rows) // 64)].tolist())
    if len(json.dumps(probe)) / len(probe) * len(rows) > _ID_ROOM:
        return None
    ids = pool.rows.ids(rows.tolist())
    return ids if len(json.dumps(ids)) <= _ID_ROOM else None


def _words(
    selection: Selection, excerpts: Excerpts, rows: NDArray[np.int64], wanted: list[int]
) -> dict[int, list[str]]:
    ranks = {row: rank for rank, row in enumerate(selection.indices.tolist())}
    words, room = {}, _TEXT_ROOM
    for at in wanted:
        row = int(rows[at])
        why = excerpts.why(selection, ranks[row]) if row in ranks else ""
        said = [excerpts.ids.get(row, ""), excerpts.short(row), why]
        # As the page writes it, where "<" and letters beyond ASCII take more than a byte.
        room -= len(script_data(said).encode()) + 12
        if room < 0:
            break
        words[at] = said
    return words
