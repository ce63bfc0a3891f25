import numpy as np
import pytest
from numba import njit

from cribble.kernels.widening import bits_of, read_row, to_single, wide_rows

ALL = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
FINITE = ALL[np.isfinite(ALL)].reshape(-1, 64)


def test_every_finite_half_becomes_the_same_single():
    found = to_single(FINITE)
    assert found.dtype == np.float32
    assert np.array_equal(found.view(np.uint32), FINITE.astype(np.float32).view(np.uint32))


def test_rows_are_converted_into_what_is_given():
    for rows in (FINITE[::2], FINITE.astype(np.float64), np.arange(6).reshape(2, 3)):
        room = np.empty(rows.shape, dtype=np.float32)
        assert to_single(rows, room) is room
        assert np.array_equal(room, rows.astype(np.float32))


def test_single_rows_are_not_copied():
    rows = np.ones((2, 3), dtype=np.float32)
    assert to_single(rows) is rows
    assert wide_rows(rows) is rows
    double = rows.astype(np.float64)
    assert wide_rows(double) is double
    assert bits_of(double) is double


@njit
def _row(X, i, room):
    return read_row(X, i, room)[:]


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_compiled_loops_read_a_row_of_any_precision(dtype):
    rows = FINITE[:, :7].astype(dtype)
    room = np.empty(7, dtype=np.float32)
    for i in (0, 5, len(rows) - 1):
        assert np.array_equal(_row(bits_of(rows), i, room), rows[i])
