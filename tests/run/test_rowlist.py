from __future__ import annotations

import pytest

from cribble.core.errors import DataError, UnknownNameError
from cribble.run.rowlist import find_rows


def test_ids_and_row_numbers_are_found(named_rows, tmp_path):
    path = tmp_path / "keep.txt"
    path.write_text("b\n\n 2 \na\n")
    assert find_rows("keep", str(path), named_rows("abc")) == (1, 2, 0)


def test_a_number_is_an_id_where_ids_are_numbers(named_rows):
    rows = named_rows(["2", "1", "x"])
    assert find_rows("keep", ["2", "x"], rows) == (0, 2)
    with pytest.raises(UnknownNameError, match=r"'0'"):
        find_rows("keep", ["0"], rows)


def test_an_int_from_python_is_a_row_number(named_rows):
    assert find_rows("keep", (2,), named_rows(["2", "1", "0"])) == (2,)


@pytest.mark.parametrize("entry", ["nobody", "3", 3, -1])
def test_an_unknown_row_is_named(named_rows, entry):
    with pytest.raises(UnknownNameError, match=rf"drop.*'{entry}'"):
        find_rows("drop", (entry,), named_rows("abc"))


def test_nothing_listed_is_nothing_found(named_rows):
    assert find_rows("keep", None, named_rows("abc")) == ()


def test_a_missing_or_binary_list_is_refused(named_rows, tmp_path):
    with pytest.raises(DataError, match="No such file"):
        find_rows("keep", str(tmp_path / "none"), named_rows("abc"))
    path = tmp_path / "keep"
    path.write_bytes(b"a\n\xff\n")
    with pytest.raises(DataError, match="byte 2 is not UTF-8"):
        find_rows("keep", str(path), named_rows("abc"))
