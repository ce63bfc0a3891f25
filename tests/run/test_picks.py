from __future__ import annotations

import numpy as np

from cribble.core import Pool, Selection
from cribble.run.picks import picks_table, reasons


def test_one_line_a_pick_in_pick_order(named_rows):
    pool = Pool(4, groups={"source": ["x", "y", "x", "y"]}, rows=named_rows("abcd"))
    selection = Selection(
        indices=np.array([3, 0]), method="m", gains=np.array([2.0, 1.0]), reasons=["far", "near"]
    )
    table = picks_table(selection, pool, "source")
    assert {name: list(column) for name, column in table.items()} == {
        "row": [3, 0],
        "id": ["d", "a"],
        "hash": ["hash of d", "hash of a"],
        "rank": [0, 1],
        "gain": [2.0, 1.0],
        "weight": [None, None],
        "group": ["y", "x"],
        "reason": ["far", "near"],
    }


def test_reasons_are_worded_from_what_is_known():
    selection = Selection(
        indices=np.array([1, 2]),
        method="m",
        gains=np.array([0.5, 0.25]),
        assignment=np.array([0, 0, 1, -1]),
        scores=np.array([0.0, 9.0, 8.0, 7.0]),
    )
    assert reasons(selection) == [
        "added 0.5; stands for 2 rows; score 9",
        "added 0.25; stands for 1 rows; score 8",
    ]
    assert reasons(Selection(indices=np.array([1]), method="m")) == ["picked by m"]
