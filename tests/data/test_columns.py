"""Columns as numbers, groups and vectors, from dictionaries and from Arrow alike."""

import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cribble.core.errors import SignalError, UnknownNameError
from cribble.data import open_rows


def both(records, schema=None):
    return open_rows(records), open_rows(pa.Table.from_pylist(records, schema=schema))


LABELS = st.sampled_from([st.text(max_size=3), st.integers(-5, 5), st.booleans()])


@settings(max_examples=60, deadline=None)
@given(kind=LABELS, data=st.data())
def test_labels_are_sorted_and_the_same_everywhere(kind, data):
    values = data.draw(st.lists(st.none() | kind, min_size=1, max_size=12))
    words = [
        "null" if v is None else str(v).lower() if isinstance(v, bool) else str(v) for v in values
    ]
    for rows in both([{"g": value} for value in values]):
        groups = rows.labels("g")
        assert groups.names == tuple(sorted(set(words)))
        assert [groups.names[code] for code in groups.codes] == words


def test_labels_do_not_depend_on_blocks():
    values = ["b"] * 3000 + ["a"] * 3000
    for rows in both([{"g": value} for value in values]):
        assert rows.labels("g").names == ("a", "b")
        assert rows.labels("g").codes.tolist() == [1] * 3000 + [0] * 3000


def test_labels_of_a_dictionary_column_are_those_in_use():
    column = pa.DictionaryArray.from_arrays(pa.array([2, None, 0]), ["x", "unused", "y"])
    groups = open_rows(pa.table({"g": column})).labels("g")
    assert groups.names == ("null", "x", "y")
    assert groups.codes.tolist() == [2, 0, 1]


@pytest.mark.parametrize("value", [["a"], {"a": 1}, 1.5])
def test_what_names_no_group(value):
    for rows in both([{"g": value}]):
        with pytest.raises(SignalError, match=r"row 0 \(\w+:0\) holds .* which names no group"):
            rows.labels("g")


def test_numbers():
    for rows in both([{"x": 1}, {"x": -2.5}]):
        found = rows.numbers("x")
        assert found.dtype == np.float64
        assert found.tolist() == [1.0, -2.5]
    for rows in both([{"x": True}, {"x": False}]):
        assert rows.numbers("x").tolist() == [1.0, 0.0]


@pytest.mark.parametrize("value", [None, math.nan, math.inf])
def test_numbers_that_are_none(value):
    for rows in both([{"x": 1.0}, {"x": value}]):
        with pytest.raises(SignalError, match=r"'x': row 1 \(\w+:1\) holds (null|NaN)"):
            rows.numbers("x")


def test_text_is_no_number_but_in_csv(tmp_path):
    for rows in both([{"x": "1"}]):
        with pytest.raises(SignalError, match="holds '1', not a number"):
            rows.numbers("x")
    (tmp_path / "in.csv").write_text("x,y,z\n1.5,,a\n")
    rows = open_rows(tmp_path / "in.csv")
    assert rows.numbers("x").tolist() == [1.5]
    with pytest.raises(SignalError, match=r"row 0 \(in.csv:2\) holds null"):
        rows.numbers("y")
    with pytest.raises(SignalError, match="holds 'a', not a number"):
        rows.numbers("z")


def test_dots_reach_into_records():
    records = [{"meta": {"n": 1, "g": "a"}, "meta.n": 5}, {"meta": {"n": 2, "g": "b"}, "meta.n": 6}]
    for rows in both(records):
        assert rows.numbers("meta.n").tolist() == [5, 6]
        assert rows.labels("meta.g").names == ("a", "b")
        with pytest.raises(UnknownNameError, match=r"no column named 'meta\.x'; did.* meta\.g"):
            rows.labels("meta.x")
        with pytest.raises(UnknownNameError, match="did you mean meta"):
            rows.numbers("mata")
    with pytest.raises(SignalError, match=r"row 1 .* holds null"):
        open_rows([{"meta": {"n": 1}}, {"meta": None}]).numbers("meta.n")


@pytest.mark.parametrize(
    ("type_", "dtype"),
    [
        (pa.list_(pa.float64()), np.float32),
        (pa.large_list(pa.float32()), np.float32),
        (pa.list_(pa.float16(), 3), np.float16),
        (pa.list_(pa.uint8()), np.float32),
    ],
)
def test_vectors(type_, dtype):
    values = np.arange(9).reshape(3, 3)
    rows = [list(one) for one in values.astype(type_.value_type.to_pandas_dtype())]
    table = pa.table({"v": pa.array(rows, type_)})
    rows = open_rows(table.slice(1))
    assert rows.signal_columns == ("v",)
    assert rows.vectors("v").dtype == dtype
    np.testing.assert_array_equal(rows.vectors("v"), values[1:])


def test_vectors_of_json():
    rows = open_rows([{"v": [1, 2.5], "w": [1], "t": "x"}, {"v": [3, 4], "w": [1, 2]}])
    assert rows.signal_columns == ("v",)
    assert rows.vectors("v").dtype == np.float32
    assert rows.vectors("v").tolist() == [[1, 2.5], [3, 4]]


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([[1.0, 2.0], [1.0]], r"row 1 \(\w+:1\) has 1 dimensions, the rows before it 2"),
        ([[1.0, 2.0], None], r"row 1 \(\w+:1\) holds null"),
        ([[1.0, 2.0], [None, 1.0]], r"row 1 \(\w+:1\) holds null or something else than numbers"),
        ([[1.0, 2.0], [math.nan, 1.0]], r"row 1 \(\w+:1\) holds NaN or infinity"),
        ([[1.0, 2.0], [1e300, 1.0]], r"row 1 \(\w+:1\) holds NaN or infinity"),
        ([["a"], ["b"]], r"row 0 \(\w+:0\) holds"),
        (["a", "b"], r"row 0 \(\w+:0\) holds"),
        ([[], []], r"row 0 \(\w+:0\) holds"),
    ],
)
def test_vectors_that_are_none(values, found):
    for rows in both([{"v": value} for value in values]):
        with pytest.raises(SignalError, match=found):
            rows.vectors("v")


def test_vectors_whose_length_changes_after_a_block():
    values = [[1.0, 2.0]] * 2048 + [[1.0]] * 5
    for rows in both([{"v": value} for value in values]):
        with pytest.raises(SignalError, match=r"row 2048 .* has 1 dimensions, row 0 .* 2"):
            rows.vectors("v")


def test_a_bare_matrix_is_its_own_signal():
    array = np.ones((3, 2), dtype=np.float32)
    rows = open_rows(array)
    assert rows.signal_columns == ("embedding",)
    assert np.shares_memory(rows.vectors("embedding"), array)
    assert open_rows(array.astype(int)).vectors("embedding").dtype == np.float32
    with pytest.raises(UnknownNameError, match="no column named 'x'"):
        rows.vectors("x")
    array[1, 0] = np.nan
    with pytest.raises(SignalError, match=r"row 1 \(array:1\) holds NaN"):
        rows.vectors("embedding")


def test_keys_that_hold_dots():
    for rows in both([{"m.x": {"a": 1, "b.c": {"d": 2}}}]):
        assert rows.numbers("m.x.a").tolist() == [1]
        assert rows.numbers("m.x.b.c.d").tolist() == [2]


class TestNames:
    def test_ids_are_used_where_unique(self):
        for rows in both([{"id": "a"}, {"id": "b"}]):
            assert rows.ids([1, 0, 1]) == ["b", "a", "b"]

    @pytest.mark.parametrize("values", [["a", "a"], ["a", None], ["a", ""], [1.5, 2.5]])
    def test_else_rows_are_named_by_place(self, values):
        for rows in both([{"id": value} for value in values]):
            assert rows.ids([1]) == [rows.locate(1)]

    @pytest.mark.parametrize("values", [["a", "b", 1], ["a", "b", "a"], [1, "1"]])
    def test_ids_whose_hashes_meet_are_compared_themselves(self, monkeypatch, values):
        monkeypatch.setattr("cribble.data.identifiers._hash", lambda name: b"12345678")
        rows = open_rows([{"id": value} for value in values])
        distinct = len({str(value) for value in values}) == len(values)
        assert (rows.ids([0]) == [str(values[0])]) == distinct
        names = rows.ids(range(len(values)))
        assert rows.find({*names, "nobody"}) == {name: row for row, name in enumerate(names)}
        assert rows.numeric_ids == (distinct and 1 in values)

    def test_hashes_are_of_the_content_alone(self, tmp_path):
        (tmp_path / "a.jsonl").write_bytes(b'{"a":1}\n{"a":2}\r\n{"a":1}')
        rows = open_rows(tmp_path / "a.jsonl")
        one, two, three = rows.hashes([0, 1, 2])
        assert one == three != two
        assert rows.hashes([1, 0]) == [two, one]
        table = open_rows(pa.table({"a": [1, 2, 1]}))
        assert table.hashes([0, 2]) == open_rows([{"a": 1}, {"a": 1}]).hashes([0, 1])
        assert len(set(table.hashes([0, 1, 2]))) == 2
