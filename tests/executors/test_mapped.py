"""An array is told by its place in a file only while that file is there, and the same."""

from __future__ import annotations

import os
import pickle
import sys
from pathlib import Path

import numpy as np
import pytest

from cribble.executors.mapped import ElsewhereError, mapped_array

linux = pytest.mark.skipif(sys.platform != "linux", reason="it is asked of /proc which file it is")
ROWS = np.arange(40, dtype=np.float16).reshape(10, 4)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    np.save(tmp_path / "rows.npy", ROWS)
    return tmp_path / "rows.npy"


@linux
@pytest.mark.parametrize("part", [slice(0, 10), slice(3, 7), slice(9, 10)])
def test_a_part_of_a_map_is_found_again_elsewhere(path, part):
    whole = np.load(path, mmap_mode="r")
    for array in (whole[part], np.asarray(whole)[part], whole[2:][: part.stop]):
        place = pickle.loads(pickle.dumps(mapped_array(array)))
        found = place.open()
        assert found.dtype == ROWS.dtype
        assert found.tolist() == array.tolist()
        assert not found.flags.writeable


@linux
def test_a_file_that_changed_or_went_away_is_not_taken_for_it(path):
    place = mapped_array(np.load(path, mmap_mode="r"))
    os.utime(path, ns=(0, 0))
    with pytest.raises(ElsewhereError):
        place.open()
    path.unlink()
    with pytest.raises(ElsewhereError):
        place.open()


@linux
def test_a_file_that_took_the_name_of_a_mapped_one_is_not_taken_for_it(path, tmp_path):
    mapped = np.load(path, mmap_mode="r")
    np.save(tmp_path / "other.npy", -ROWS)
    os.replace(tmp_path / "other.npy", path)
    assert mapped_array(mapped) is None
    path.unlink()
    assert mapped_array(mapped) is None


def test_what_lies_in_memory_or_not_in_one_piece_has_no_place(path):
    mapped = np.load(path, mmap_mode="r")
    for array in (ROWS, mapped[:, 1:], mapped[::2], mapped[[1, 3]], mapped[:0], np.ones(3)):
        assert mapped_array(array) is None


def test_a_map_without_a_file_has_no_place(tmp_path):
    import mmap

    with open(tmp_path / "raw", "wb+") as file:
        file.truncate(4096)
        shared = mmap.mmap(file.fileno(), 4096)
    assert mapped_array(np.frombuffer(shared, dtype=np.float32)) is None
