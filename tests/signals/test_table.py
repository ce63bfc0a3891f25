"""Columns of a table as vectors: scales, gaps, words, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from cribble.core.errors import ParameterError, SignalError, UnknownNameError
from cribble.data.opening import open_rows
from cribble.signals.table import code_table, columns_of, learn_table


def _rows(**columns):
    return open_rows(
        [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    )


def test_numbers_stand_about_their_median_in_units_of_their_spread():
    values = np.random.default_rng(0).normal(7, 3, 4_001).tolist()
    rows = _rows(x=values)
    found = code_table(rows, learn_table(rows, ["x"]))
    assert found.shape == (4_001, 1)
    assert found.dtype == np.float32
    assert np.median(found) == 0
    assert found.std() == pytest.approx(1, abs=0.05)
    low, high = np.quantile(values, (0.25, 0.75))
    expected = (np.array(values) - np.median(values)) / ((high - low) / 1.349)
    np.testing.assert_allclose(found[:, 0], np.clip(expected, -5, 5), atol=1e-5)


def test_one_far_number_decides_no_distances():
    rows = _rows(x=[1.0, 2.0, 3.0, 4.0, 1e9])
    assert code_table(rows, learn_table(rows, ["x"]))[4, 0] == 5


def test_a_column_that_is_mostly_one_number_is_scaled_by_its_deviation():
    rows = _rows(x=[0.0] * 9 + [1.0], y=[4.0] * 10)
    found = code_table(rows, learn_table(rows, ["x", "y"]))
    assert found[9, 0] == pytest.approx(1 / 0.3)
    assert not found[:, 1].any()


def test_missing_numbers_stand_at_the_median_and_are_told():
    rows = _rows(x=[1.0, None, 3.0, float("nan"), 2.0])
    found = code_table(rows, learn_table(rows, ["x"]))
    assert found[:, 1].tolist() == [0, 1, 0, 1, 0]
    assert found[[1, 3, 4], 0].tolist() == [0, 0, 0]
    nothing = _rows(x=[None, None])
    assert code_table(nothing, learn_table(nothing, ["x"])).tolist() == [[0, 1], [0, 1]]


def test_words_are_one_apart_and_unknown_ones_have_no_place():
    rows = _rows(city=["Rome", "Oslo", None, "Rome"], n=[1, 1, 1, 1])
    coding = learn_table(rows, ["city", "n"])
    found = code_table(rows, coding)
    gaps = np.linalg.norm(found[:, None] - found[None], axis=2)
    np.testing.assert_allclose(gaps[0], [0, 1, 1, 0], atol=1e-6)
    assert not code_table(_rows(city=["Lima"], n=[1]), coding).any()


def test_gaps_that_come_later_need_no_place():
    coding = learn_table(_rows(x=[1.0, 2.0, 3.0]), ["x"])
    assert code_table(_rows(x=[None, 2.0, 9.0]), coding)[:2].tolist() == [[0], [0]]


def test_csv_holds_numbers_and_gaps_as_text(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("x,city\n1,Rome\n,Oslo\n3,Rome\n")
    rows = open_rows(path)
    found = code_table(rows, learn_table(rows, ["x", "city"]))
    assert found.shape == (3, 4)
    assert found[:, 1].tolist() == [0, 1, 0]


def test_what_is_no_column_of_a_table_is_refused():
    rows = _rows(name=[f"row {i}" for i in range(65)], x=range(65), far=[1.0] * 64 + [float("inf")])
    with pytest.raises(SignalError, match=r"'name'.* holds 65 words.*--embed table:COLUMN"):
        learn_table(rows, ["name"])
    with pytest.raises(SignalError, match="infinity"):
        learn_table(rows, ["far"])
    with pytest.raises(UnknownNameError, match="did you mean name"):
        learn_table(rows, ["nam"])


def test_a_spec_names_columns_or_takes_all_that_are_left():
    rows = _rows(id=[1], x=[2], y=[3], label=["a"])
    assert columns_of("table:x, label", rows, ["label"]) == ("x", "label")
    assert columns_of("table", rows, ["label", None]) == ("x", "y")
    assert columns_of("table:-y, -label", rows, []) == ("x",)
    with pytest.raises(ParameterError, match="table:COLUMN"):
        columns_of("table", _rows(id=[1]), [])
