"""An output appears whole or not at all."""

import errno
import os
from pathlib import Path

import numpy as np
import pytest

from cribble.core.errors import OutputError
from cribble.data import open_rows
from cribble.data.atomic import atomic_folder, atomic_path
from cribble.data.parquet import read_columns, write_columns


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_success_replaces_and_keeps_the_mode(tmp_path):
    out = tmp_path / "out"
    out.write_text("old")
    out.chmod(0o640)
    with atomic_path(out) as path:
        path.write_text("new")
        assert out.read_text() == "old"
    assert out.read_text() == "new"
    assert out.stat().st_mode & 0o777 == 0o640
    assert names(tmp_path) == ["out"]


def test_a_new_file_obeys_the_umask(tmp_path):
    before = os.umask(0o027)
    try:
        with atomic_path(tmp_path / "out") as path:
            path.write_text("new")
    finally:
        os.umask(before)
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_failure_leaves_the_old_output_and_nothing_else(tmp_path, error):
    out = tmp_path / "out"
    out.write_text("old")
    with pytest.raises(error), atomic_path(out) as path:  # noqa: PT012
        path.write_text("half")
        raise error
    assert out.read_text() == "old"
    assert names(tmp_path) == ["out"]


@pytest.mark.parametrize(
    ("number", "found"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EDQUOT, "the disk quota is used up"),
        (errno.EROFS, "the file system is read-only"),
        (errno.EIO, "Input/output error"),
    ],
)
def test_failures_of_the_system_are_worded(tmp_path, number, found):
    with pytest.raises(OutputError, match=found), atomic_path(tmp_path / "out"):
        raise OSError(number, os.strerror(number))
    assert names(tmp_path) == []


@pytest.mark.parametrize("name", ["out.jsonl", "out.jsonl.gz", "out.parquet", "out.arrow"])
def test_write_that_fails_midway(tmp_path, name):
    """The system refuses files beyond 4 KiB, as a disk without room would."""
    resource = pytest.importorskip("resource")
    out = tmp_path / name
    out.write_text("old")
    noise = np.random.default_rng(0).bytes(50_000).hex()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        with pytest.raises(OutputError, match="too large"):
            open_rows([{"a": noise}] * 40).write(out, np.arange(40))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert out.read_text() == "old"
    assert names(tmp_path) == [name]


def test_what_cannot_be_an_output(tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(OutputError, match="it is a directory"), atomic_path(tmp_path / "folder"):
        raise AssertionError
    missing = tmp_path / "none" / "out"
    with pytest.raises(OutputError, match="does not exist; make it"), atomic_path(missing):
        raise AssertionError
    with pytest.raises(OutputError, match="not a regular file"), atomic_path(os.devnull):
        raise AssertionError


@pytest.mark.skipif(getattr(os, "geteuid", int)() == 0, reason="root may write anywhere")
def test_folder_that_may_not_be_written(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="permission is denied"), atomic_path(tmp_path / "out"):
        raise AssertionError


def test_a_link_is_written_through(tmp_path):
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with atomic_path(tmp_path / "link") as path:
        path.write_text("new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"


def test_folders(tmp_path):
    out = tmp_path / "out"
    with atomic_folder(out) as folder:
        (folder / "sub").mkdir()
        (folder / "sub" / "file").write_text("new")
        assert not out.exists()
    assert (out / "sub" / "file").read_text() == "new"
    with pytest.raises(OutputError, match="the folder is not empty"), atomic_folder(out):
        raise AssertionError
    file = out / "sub" / "file"
    with pytest.raises(OutputError, match="a file of that name exists"), atomic_folder(file):
        raise AssertionError
    with pytest.raises(RuntimeError), atomic_folder(tmp_path / "other") as folder:  # noqa: PT012
        (folder / "half").write_text("half")
        raise RuntimeError
    assert names(tmp_path) == ["out"]


def test_columns_of_our_own(tmp_path):
    path = tmp_path / "picks.parquet"
    columns = {
        "row": np.array([3, 1]),
        "gain": np.array([0.5, np.nan]),
        "group": ["a", None],
        "reason": ["far", "near"],
    }
    write_columns(path, columns)
    found = read_columns(path)
    assert list(found) == list(columns)
    np.testing.assert_array_equal(found["row"], columns["row"])
    np.testing.assert_array_equal(found["gain"], columns["gain"])
    assert found["group"] == ["a", None]
    with pytest.raises(OutputError, match="one value a row"):
        write_columns(path, {"a": [1], "b": [1, 2]})
    np.testing.assert_array_equal(read_columns(path)["row"], columns["row"])
