"""Selections: immutable, and able to tell why."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from cribble.core import Pool, Selection
from cribble.core.errors import BudgetError, OutputError, ParameterError, UnknownNameError


def _chosen() -> Selection:
    return Selection(
        indices=[3, 0],
        method="toy",
        gains=[2.0, 1.0],
        scores=np.array([5.0, 1.0, 2.0, 9.0]),
        assignment=np.array([1, 0, 0, 0]),
        value=3.0,
        upper_bound=4.0,
        pool=Pool(4),
    )


def test_a_selection_prints_as_a_line() -> None:
    told = "<Selection: 2 of 4 rows by 'toy', seed=0, value=3, upper_bound=4>"
    assert repr(_chosen()) == told


def test_a_pick_explains_itself() -> None:
    told = _chosen().explain(3)
    assert (told.picked, told.rank, told.gain, told.score) == (True, 0, 2.0, 9.0)
    assert told.stands_for.tolist() == [1, 2, 3]
    assert "pick 1 of 2 by toy" in told.text
    assert "stands for 3 rows" in told.text


def test_a_row_that_is_out_names_what_stands_for_it() -> None:
    told = _chosen().explain(1)
    assert (told.picked, told.rank, told.gain, told.represented_by) == (False, None, None, 3)
    assert "row 3 (pick 1) stands for it" in told.text
    assert "the lowest picked score is 5" in told.text


@pytest.mark.parametrize("row", [-1, 4])
def test_a_row_outside_the_pool_is_refused(row: int) -> None:
    with pytest.raises(ParameterError, match=r"\[0, 4\)"):
        _chosen().explain(row)


def test_picks_cannot_be_changed_and_extras_fit_them() -> None:
    with pytest.raises(ValueError, match="read-only"):
        _chosen().indices[0] = 1
    with pytest.raises(ParameterError, match="gains"):
        Selection(indices=[1, 2], method="toy", gains=[1.0])


@pytest.mark.parametrize(
    ("value", "bound", "share"),
    [(3.0, 4.0, 0.75), (4.1, 4.0, 1.0), (0.0, 0.0, 1.0), (1, None, None)],
)
def test_certified_is_the_share_of_the_bound(
    value: float, bound: float | None, share: float | None
) -> None:
    assert Selection(indices=[], method="toy", value=value, upper_bound=bound).certified == share


def test_a_bare_array_has_nothing_to_write() -> None:
    with pytest.raises(OutputError, match="bare array"):
        _chosen().write("out.jsonl")
    with pytest.raises(ParameterError, match="order"):
        _chosen().write("out.jsonl", order="best")


@pytest.mark.parametrize(
    "error", [BudgetError("3 rows", "2 can be picked", "ask less"), UnknownNameError("x", "y", "z")]
)
def test_errors_cross_a_process_boundary_whole(error: Exception) -> None:
    back = pickle.loads(pickle.dumps(error))
    assert type(back) is type(error)
    assert str(back) == str(error)
