"""Which rows a query shows, and in what order."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from cribble.core import Groups
from cribble.core.errors import ParameterError
from cribble.web.session import Session

EXCERPT = 220
_LOOK, _MANY, _KEPT, _DIGITS = 512, 200, 16, 20
Key = TypeVar("Key")
Found = TypeVar("Found")
SIDES = ("all", "in", "out")
ORDERS = ("pick", "row", "high", "low")
RANKING = "score of the method"


@dataclass(frozen=True)
class Query:
    """What to show.

    Args:
        words: Words that a row must hold; ``#17`` is row 17.
        side: "in", "out" or "all".
        column: A grouping.
        group: The group of it that is shown; empty for all.
        score: A score, by which rows are filtered and ordered.
        low: The least score; None for any.
        high: The largest score; None for any.
        order: "pick" (pick order, then the others by row), "row", "high" or "low" (by score).

    Raises:
        ParameterError: ``side`` or ``order`` is not one of these.
    """

    words: str = ""
    side: str = "all"
    column: str = ""
    group: str = ""
    score: str = ""
    low: float | None = None
    high: float | None = None
    order: str = "pick"

    def __post_init__(self) -> None:
        if self.side not in SIDES:
            raise ParameterError("side", self.side, f"one of {', '.join(SIDES)}")
        if self.order not in ORDERS:
            raise ParameterError("order", self.order, f"one of {', '.join(ORDERS)}")


class Table:
    """The rows of a session by query. The last answers are kept, for a list asks page by page."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._answers: OrderedDict[Any, NDArray[np.int64]] = OrderedDict()
        self._marks: OrderedDict[str, NDArray[np.bool_]] = OrderedDict()
        self._numbers: dict[str, NDArray[np.float64]] = {}
        self.groupings, self.scores = _offered(session)

    def find(self, query: Query) -> NDArray[np.int64]:
        """The rows that a query shows, in its order.

        Returns:
            (m,) int64.

        Raises:
            CribbleError: A column cannot be read as what the query takes it for.
        """
        changes = self._session.changes
        return _remembered(
            self._answers,
            (query, changes),
            lambda: self._find(query, self._session.inside(changes)),
        )

    def page(self, query: Query, start: int, stop: int) -> dict[str, Any]:
        """Some of the rows that a query shows, and their number.

        Returns:
            ``total`` and ``rows``: ``row``, ``id``, ``text`` (its beginning), ``rank``, ``gain``,
            ``score``, ``group``, ``inside`` and whether that was done by ``hand``.
        """
        found = self.find(query)
        shown = found[max(0, start) : max(0, stop)]
        return {"total": len(found), "rows": self.describe(shown, query)}

    def describe(self, rows: NDArray[np.int64], query: Query) -> list[dict[str, Any]]:
        """What a list shows of some rows."""
        session, changes = self._session, self._session.changes
        inside = session.inside(changes)
        gains = session.selection.gains if session.selection is not None else None
        scores = self.numbers(query.score) if query.score else None
        groups = self.groups(query.column) if query.column else None
        by_hand = {*changes.added, *changes.removed}
        told = []
        for row in rows.tolist():
            name, text = session.words.read(row, EXCERPT)
            rank = int(session.ranks[row])
            gain = float(gains[rank]) if gains is not None and rank >= 0 else None
            told.append(
                {
                    "row": row,
                    "id": name,
                    "text": " ".join(text.split()),
                    "rank": rank if rank >= 0 else None,
                    "gain": gain if gain is not None and np.isfinite(gain) else None,
                    "score": float(scores[row]) if scores is not None else None,
                    "group": groups.names[groups.codes[row]] if groups is not None else None,
                    "inside": bool(inside[row]),
                    "hand": row in by_hand,
                }
            )
        return told

    def numbers(self, name: str) -> NDArray[np.float64]:
        """A score of every row, (n,) float64.

        Raises:
            ParameterError: It is not offered.
            SignalError: The column does not hold one finite number a row.
        """
        if name not in self.scores:
            raise ParameterError("score", name, f"one of {', '.join(self.scores) or 'none'}")
        if name not in self._numbers:
            selection = self._session.selection
            found = selection.scores if name == RANKING and selection is not None else None
            if found is None:
                found = self._session.pool.signal(name, ndim=1)
            self._numbers[name] = np.asarray(found, dtype=np.float64)
        return self._numbers[name]

    def groups(self, name: str) -> Groups:
        """A grouping of the rows.

        Raises:
            ParameterError: It is not offered.
            SignalError: A value cannot name a group.
        """
        if name not in self.groupings:
            raise ParameterError("column", name, f"one of {', '.join(self.groupings) or 'none'}")
        return self._session.pool.groups(name)

    def _find(self, query: Query, inside: NDArray[np.bool_]) -> NDArray[np.int64]:
        marks = self._matching(query.words).copy()
        if query.side != "all":
            marks &= inside if query.side == "in" else ~inside
        if query.column and query.group:
            groups = self.groups(query.column)
            if query.group not in groups.names:
                raise ParameterError("group", query.group, f"a value of {query.column}")
            marks &= groups.codes == groups.names.index(query.group)
        scores = self.numbers(query.score) if query.score else None
        if scores is not None:
            marks &= scores >= (-np.inf if query.low is None else query.low)
            marks &= scores <= (np.inf if query.high is None else query.high)
        rows = np.flatnonzero(marks)
        if query.order in ("high", "low") and scores is not None:
            keys = -scores[rows] if query.order == "high" else scores[rows]
            return rows[np.argsort(keys, kind="stable")]
        if query.order == "pick":
            # What was put in by hand comes first: it is what one looks for.
            ranks = self._session.ranks[rows].astype(np.int64)
            ranks[ranks < 0] = len(inside)
            ranks[np.isin(rows, self._session.changes.added)] = -1
            return rows[np.argsort(ranks, kind="stable")]
        return rows

    def _matching(self, words: str) -> NDArray[np.bool_]:
        words = words.strip()
        size = len(self._session.pool)
        if words.startswith("#") and words[1:].isdecimal() and len(words) < _DIGITS:
            marks: NDArray[np.bool_] = np.arange(size) == int(words[1:])
            return marks
        search = self._session.words.search
        return _remembered(self._marks, words, lambda: search(words))


def _remembered(kept: OrderedDict[Key, Found], key: Key, find: Callable[[], Found]) -> Found:
    found = kept.get(key)
    if found is None:
        found = kept[key] = find()
        while len(kept) > _KEPT:
            kept.popitem(last=False)
    return found


def _offered(session: Session) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Columns that look like groups, and those that look like scores, by the first rows."""
    pool = session.pool
    assert pool.rows is not None
    first = pool.rows.take(range(min(_LOOK, len(pool))))
    groupings, scores = list(pool.group_names), []
    if session.selection is not None and session.selection.scores is not None:
        scores.append(RANKING)
    scores += [name for name in ("quality", "tokens") if pool.has(name)]
    for column in pool.rows.columns:
        values = [record.get(column) for record in first]
        kinds = {type(value) for value in values if value is not None}
        if kinds and kinds <= {str, bool, int} and len({*values}) <= min(_MANY, len(values) // 2):
            groupings.append(column)
        if kinds and kinds <= {int, float} and None not in values and column != "id":
            scores.append(column)
    return tuple(dict.fromkeys(groupings)), tuple(dict.fromkeys(scores))
