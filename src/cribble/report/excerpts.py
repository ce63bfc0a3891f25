"""The words a report shows: ids, reasons and short texts, fetched once for all its parts."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from cribble.core import Pool, Selection
from cribble.report.map import HEIGHT, WIDTH, Map
from cribble.report.markup import Markup, join, tag
from cribble.report.verdict import number

# In bytes of UTF-8: 5,000 dots and 2,000 picks then stay near 1.5 MB in any script.
_DOT, _PICK, _FULL, _OPEN = 120, 240, 4_000, 320
_WITH_TEXT = 3_000


@dataclass(frozen=True, slots=True, eq=False)
class Excerpts:
    """Texts and ids of the rows that a report names.

    Args:
        texts: Text by row, cut to what its place can show.
        ids: Id by row; empty for a pool without rows.
    """

    texts: dict[int, str]
    ids: dict[int, str]

    @classmethod
    def gather(cls, pool: Pool, selection: Selection, sheet: Map | None, first: int) -> Excerpts:
        """Fetch what the first picks and the map will show."""
        room = dict.fromkeys(sheet.rows.tolist(), _DOT) if sheet is not None else {}
        mapped = len(sheet.picks) if sheet is not None else 0
        room |= dict.fromkeys(selection.indices[:mapped].tolist(), _PICK)
        room |= dict.fromkeys(selection.indices[:first].tolist(), _FULL)
        rows = sorted(room)
        ids = dict(zip(rows, pool.rows.ids(rows), strict=True)) if pool.rows is not None else {}
        return cls(dict(_texts(pool, rows, room)), ids)

    def groups(self, pool: Pool, row: int) -> list[str]:
        """Name the groups of a row, as "source: gsm8k"."""
        found = []
        for name in pool.group_names:
            groups = pool.groups(name)
            found.append(f"{name}: {groups.names[int(groups.codes[row])]}")
        return found

    def why(self, selection: Selection, rank: int) -> str:
        """Say in a clause why a pick is in, where the method knows."""
        parts = [selection.reasons[rank]] if selection.reasons is not None else []
        if selection.gains is not None and np.isfinite(selection.gains[rank]):
            parts.append(f"added {number(float(selection.gains[rank]))}")
        if selection.scores is not None:
            row = selection.indices[rank]
            parts.append(f"score {number(float(selection.scores[row]))}")
        return ", ".join(parts)

    def passage(self, row: int) -> Markup | None:
        """Show a row's text, the start at once and all of it on request."""
        text = self.texts.get(row, "").strip()
        if not text:
            return None
        short = _cut(text, _OPEN)
        if short == text:
            return tag("p", text, class_="words")
        return join(
            tag("p", short, class_="words"),
            tag("details", tag("summary", "Show all"), tag("p", text, class_="words")),
        )

    def map_data(self, pool: Pool, selection: Selection, sheet: Map | None) -> dict[str, Any]:
        """Write what the map's card shows, for the page's script."""
        if sheet is None:
            return {}
        picks = []
        for rank, (row, place) in enumerate(zip(selection.indices, sheet.picks, strict=False)):
            spot = self._spot(pool, int(row), place, _PICK)
            picks.append(spot | {"why": self.why(selection, rank)})
        rows = [
            self._spot(pool, int(row), place, _DOT)
            for row, place in zip(sheet.rows, sheet.places, strict=True)
        ]
        return {"picks": picks, "rows": rows, "size": [WIDTH, HEIGHT]}

    def _spot(self, pool: Pool, row: int, place: Any, room: int) -> dict[str, Any]:
        spot: dict[str, Any] = {
            "row": row,
            "x": round(float(place[0]), 1),
            "y": round(float(place[1]), 1),
            "text": _cut(" ".join(self.texts.get(row, "").split()), room),
        }
        if row in self.ids:
            spot["id"] = self.ids[row]
        if groups := self.groups(pool, row):
            spot["group"] = ", ".join(groups)
        return spot


def _texts(pool: Pool, rows: list[int], room: dict[int, int]) -> Iterable[tuple[int, str]]:
    if pool.has_text:
        start, at = 0, 0
        for block in pool.text_blocks():
            while at < len(rows) and rows[at] < start + len(block):
                low, high = block.offsets[rows[at] - start : rows[at] - start + 2]
                raw = block.data[low : min(high, low + 2 * room[rows[at]])].tobytes()
                yield rows[at], _cut(raw.decode("utf-8", "ignore"), room[rows[at]])
                at += 1
            start += len(block)
    elif pool.rows is not None:
        # Whole rows may be large: only as many as a person may look at.
        few = sorted(sorted(rows, key=lambda row: -room[row])[:_WITH_TEXT])
        for row, record in zip(few, pool.rows.take(few), strict=True):
            text = json.dumps(record, ensure_ascii=False, default=str)
            yield row, _cut(text, room[row])


def _cut(text: str, room: int) -> str:
    raw = text.encode("utf-8")
    if len(raw) <= room:
        return text
    return raw[: room - 3].decode("utf-8", "ignore").rstrip() + "…"
