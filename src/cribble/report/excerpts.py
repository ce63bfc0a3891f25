"""The words a report shows: ids, reasons and short texts, fetched once for all its parts."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from cribble.core import Pool, Selection
from cribble.report.map import Map
from cribble.report.markup import Markup, join, tag
from cribble.report.verdict import number

# In bytes of UTF-8.
_DOT, _PICK, _FULL, _OPEN = 100, 240, 4_000, 320
_WITH_TEXT, _PICKS = 3_000, 2_000


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
        mapped = _PICKS if sheet is not None else 0
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

    def short(self, row: int) -> str:
        """The start of a row's text, on one line."""
        return cut(" ".join(self.texts.get(row, "").split()), _PICK)

    def passage(self, row: int) -> Markup | None:
        """Show a row's text, the start at once and all of it on request."""
        text = self.texts.get(row, "").strip()
        if not text:
            return None
        short = cut(text, _OPEN)
        if short == text:
            return tag("p", text, class_="words")
        return join(
            tag("p", short, class_="words"),
            tag("details", tag("summary", "Show all"), tag("p", text, class_="words")),
        )


def _texts(pool: Pool, rows: list[int], room: dict[int, int]) -> Iterable[tuple[int, str]]:
    if pool.has_text:
        start, at = 0, 0
        for block in pool.text_blocks():
            while at < len(rows) and rows[at] < start + len(block):
                low, high = block.offsets[rows[at] - start : rows[at] - start + 2]
                raw = block.data[low : min(high, low + 2 * room[rows[at]])].tobytes()
                yield rows[at], cut(raw.decode("utf-8", "ignore"), room[rows[at]])
                at += 1
            start += len(block)
    elif pool.rows is not None:
        # Whole rows may be large: only as many as a person may look at.
        few = sorted(sorted(rows, key=lambda row: -room[row])[:_WITH_TEXT])
        for row, record in zip(few, pool.rows.take(few), strict=True):
            text = json.dumps(record, ensure_ascii=False, default=str)
            yield row, cut(text, room[row])


def cut(text: str, room: int) -> str:
    """Cut a text to a number of bytes, with an ellipsis where something is gone."""
    raw = text.encode("utf-8")
    if len(raw) <= room:
        return text
    return raw[: room - 3].decode("utf-8", "ignore").rstrip() + "…"
