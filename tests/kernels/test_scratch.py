from __future__ import annotations

import os
import tempfile

import numpy as np
import pytest

from cribble.core.errors import OutputError
from cribble.kernels import scratch as scratch_module
from cribble.kernels.scratch import Shelf, blocks_of, scratch, taken_rows, working_rows


def mapped(array: np.ndarray) -> bool:
    """Whether an array's bytes belong to a map and not to NumPy."""
    while isinstance(array, np.ndarray):
        if array.flags.owndata:
            return False
        array = array.base
    return True


def test_an_array_within_the_limit_lies_in_memory_and_one_beyond_it_in_a_file():
    assert not mapped(scratch((100, 8), np.float32, 3200))
    beyond = scratch((100, 8), np.float32, 3199)
    assert mapped(beyond)
    assert (beyond.shape, beyond.dtype, beyond.flags.writeable) == ((100, 8), np.float32, True)
    beyond[:] = np.arange(800).reshape(100, 8)
    assert beyond[99, 7] == 799


def test_nothing_is_left_in_the_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    array = scratch((1000,), np.int64, 0)
    array[:] = 1
    assert array.sum() == 1000
    assert os.listdir(tmp_path) == []


def test_a_full_disk_is_an_error_that_names_folder_and_remedy(monkeypatch):
    def full(file: int, start: int, size: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full, raising=False)
    with pytest.raises(OutputError, match=r"No space left on device.*TMPDIR"):
        scratch((1000,), np.float64, 0)


def test_an_empty_array_needs_no_file():
    assert scratch((0, 8), np.float32, 0).shape == (0, 8)


def test_working_rows_keep_floats_and_widen_the_rest():
    wide = np.ones((3, 2))
    assert working_rows(wide) is wide
    assert working_rows(wide, 0) is wide
    half = working_rows(np.full((3, 2), 0.1, dtype=np.float16))
    assert half.dtype == np.float32
    assert np.array_equal(half, np.full((3, 2), np.float32(np.float16(0.1))))
    assert working_rows(np.ones((3, 2), dtype=np.int64)).dtype == np.float32


@pytest.mark.parametrize("dtype", [np.float16, np.int64, np.float32])
def test_a_copy_in_a_file_equals_one_in_memory(dtype):
    rows = np.arange(60_000).reshape(-1, 6)[::2].astype(dtype)[:, ::2]
    beyond = working_rows(rows, 100)
    assert mapped(beyond)
    assert beyond.flags.c_contiguous
    assert np.array_equal(beyond, working_rows(rows))


def test_blocks_cover_all_rows_once():
    rows = np.broadcast_to(np.zeros(1), (5_000, 4_096))
    parts = blocks_of(rows)
    assert len(parts) > 1
    assert np.array_equal(
        np.concatenate([np.arange(5_000)[part] for part in parts]), np.arange(5_000)
    )


def test_a_shelf_keeps_copies_in_memory_and_beyond_it_in_files(monkeypatch):
    monkeypatch.setattr(scratch_module, "_SHELF_BYTES", 200)
    given = [np.arange(size, dtype=dtype) for size, dtype in ((9, "i4"), (3, "f4"), (0, "i8"))]
    given += [np.arange(5, dtype="i8"), np.arange(100, dtype="i4")]
    shelf = Shelf(50)
    kept = [shelf.keep(one) for one in given]
    for one, copy in zip(given, kept, strict=True):
        assert copy.dtype == one.dtype
        np.testing.assert_array_equal(copy, one)
        one[:] = 0
    assert [mapped(one) for one in kept] == [False, False, False, True, True]
    assert kept[3].tolist() == [0, 1, 2, 3, 4]


def test_rows_that_are_taken_are_the_rows_wherever_they_lie(monkeypatch):
    array = np.arange(600, dtype=np.float16).reshape(200, 3)
    rows = np.array([5, 0, 199, 5])
    held = taken_rows(array, rows)
    monkeypatch.setattr("cribble.kernels.scratch.TAKEN_BYTES", 0)
    monkeypatch.setattr("cribble.kernels.scratch._BLOCK_BYTES", 12)
    beyond = taken_rows(array, rows)
    assert not mapped(held)
    assert mapped(beyond)
    assert held.dtype == beyond.dtype == np.float16
    np.testing.assert_array_equal(held, array[rows])
    np.testing.assert_array_equal(beyond, array[rows])
    assert taken_rows(array, rows[:0]).shape == (0, 3)
