"""Two choices from one pool, side by side."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core import Pool, Selection
from cribble.report.verdict import Comparison, Verdict, number


@dataclass(frozen=True, eq=False, kw_only=True)
class Difference:
    """How two choices from one pool differ.

    Args:
        names: What to call the two, such as the paths of their runs.
        pools: The pool as each run sees it, with the same rows in the same order.
        selections: The choices.
        comparisons: Each against random subsets under its own budget.
        settings: Name, first and second value of everything that was asked for differently.
        notes: What limits the comparison, in sentences.
    """

    names: tuple[str, str]
    pools: tuple[Pool, Pool]
    selections: tuple[Selection, Selection]
    comparisons: tuple[Comparison, Comparison]
    settings: tuple[tuple[str, Any, Any], ...] = ()
    notes: tuple[str, ...] = ()

    @cached_property
    def both(self) -> NDArray[np.int64]:
        """Rows that both picked, in the first one's order."""
        first, second = (one.indices for one in self.selections)
        return first[np.isin(first, second)]

    @cached_property
    def only(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Rows that one picked and the other did not, each in the order of its picks."""
        first, second = (one.indices for one in self.selections)
        return first[~np.isin(first, second)], second[~np.isin(second, first)]

    @property
    def jaccard(self) -> float:
        """Rows that both picked, as a share of those that either did; 1 for two empty choices."""
        either = len(self.both) + len(self.only[0]) + len(self.only[1])
        return len(self.both) / either if either else 1.0

    @property
    def by_chance(self) -> float:
        """The overlap that two random choices of these sizes have on average, about."""
        first, second = map(len, self.selections)
        shared = first * second / max(1, len(self.pools[0]))
        return shared / max(1.0, first + second - shared)

    @property
    def verdict(self) -> str:
        """The overlap in words."""
        shared = len(self.both)
        if not len(self.only[0]) and not len(self.only[1]):
            same = np.array_equal(self.selections[0].indices, self.selections[1].indices)
            return "Both runs picked the same rows" + (
                "." if same else ": the order of the picks differs."
            )
        lead = "Both runs share no row" if not shared else f"The runs share {self.jaccard:.1%}"
        return (
            f"{lead}: {shared:,} rows were picked by both, {len(self.only[0]):,} by the first "
            f"alone, {len(self.only[1]):,} by the second alone; two random choices of these sizes "
            f"share {self.by_chance:.1%}."
        )

    def metrics(self) -> list[tuple[Verdict | None, Verdict | None]]:
        """The same metric of both, those of the first run first; None where one has none."""
        first, second = (_by_name(one) for one in self.comparisons)
        names = [*first, *(name for name in second if name not in first)]
        return [(first.get(name), second.get(name)) for name in names]

    def shares(self) -> dict[str, list[tuple[str, float, float, float]]]:
        """By grouping: name of a group, its share of the pool and of each choice."""
        found = {}
        for name in dict.fromkeys(self.pools[0].group_names + self.pools[1].group_names):
            pool = next(one for one in self.pools if name in one.group_names)
            groups = pool.groups(name)
            codes = (groups.codes, *(groups.codes[one.indices] for one in self.selections))
            parts = [
                np.bincount(one, minlength=len(groups.names)) / max(1, len(one)) for one in codes
            ]
            order = np.argsort(-parts[0], kind="stable").tolist()
            found[name] = [
                (groups.names[code], *(float(part[code]) for part in parts)) for code in order
            ]
        return found

    def lines(self) -> list[tuple[str, str, str]]:
        """Everything that has a value on either side: what it is, and both values as text."""
        chosen = self.selections
        rows = [("method", *(one.method for one in chosen))]
        rows.append(("rows", *(f"{len(one):,}" for one in chosen)))
        rows.append(("rows of its own", *(f"{len(one):,}" for one in self.only)))
        rows.append(("value", *("–" if one.value is None else number(one.value) for one in chosen)))
        for pair in self.metrics():
            measure = next(one.measure for one in pair if one is not None)
            rows.append((measure.label, *map(_told, pair)))
        for name, groups in self.shares().items():
            rows += [(f"{name}: {label}", f"{a:.1%}", f"{b:.1%}") for label, _, a, b in groups]
        settings = [one for one in self.settings if one[0] != "method"]
        rows += [(name, plain_text(a), plain_text(b)) for name, a, b in settings]
        return [(what, first, second) for what, first, second in rows]

    def as_dict(self) -> dict[str, Any]:
        """The keys of ``--json``."""
        return {
            "verdict": self.verdict,
            "pool_rows": len(self.pools[0]),
            "both": self.both.tolist(),
            "only_first": self.only[0].tolist(),
            "only_second": self.only[1].tolist(),
            "jaccard": self.jaccard,
            "jaccard_by_chance": self.by_chance,
            "runs": [
                {
                    "run": name,
                    "method": one.method,
                    "seed": one.seed,
                    "rows": len(one),
                    "value": one.value,
                    "certified": one.certified,
                    "comparison": comparison.as_dict(),
                }
                for name, one, comparison in zip(
                    self.names, self.selections, self.comparisons, strict=True
                )
            ],
            "shares": {
                name: [
                    dict(zip(("group", "pool", "first", "second"), one, strict=True))
                    for one in rows
                ]
                for name, rows in self.shares().items()
            },
            "settings": [
                {"setting": name, "first": first, "second": second}
                for name, first, second in self.settings
            ],
            "notes": list(self.notes),
        }


def plain_text(value: Any) -> str:
    """A setting as a person writes it; a dash for one that was not given."""
    if value is None:
        return "–"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _told(one: Verdict | None) -> str:
    if one is None:
        return "–"
    return f"{number(one.value, one.measure)} (random {number(one.mean, one.measure)})"


def _by_name(comparison: Comparison) -> dict[str, Verdict]:
    head = [comparison.headline] if comparison.headline else []
    return {one.measure.name: one for one in (*head, *comparison.others)}
