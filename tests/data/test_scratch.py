"""Hidden folders go with their holder, and those of the killed go with the next."""

import os
import signal
import sys

import pytest

from cribble.data import scratch
from cribble.data.scratch import scratch_folder

if sys.platform == "win32":
    pytest.skip("folders cannot be locked", allow_module_level=True)

from oracles import killing


def test_it_goes_at_the_end_and_after_an_error(tmp_path):
    with scratch_folder(tmp_path) as folder:
        (folder / "file").write_text("x")
        assert folder.parent == tmp_path
    with pytest.raises(KeyError), scratch_folder(tmp_path) as folder:
        raise KeyError
    assert os.listdir(tmp_path) == []


def test_what_a_killed_process_left_goes_with_the_next(tmp_path):
    def job():
        with scratch_folder(tmp_path) as folder:
            (folder / "half").write_text("x")
            os.kill(os.getpid(), signal.SIGKILL)

    assert killing.end(killing.start(job, tmp_path)) == -signal.SIGKILL
    (left,) = tmp_path.iterdir()
    with scratch_folder(tmp_path) as mine:
        assert not left.exists()
        # One that is held stays, whoever holds it.
        with scratch_folder(tmp_path):
            assert mine.exists()


def test_folders_of_others_stay(tmp_path):
    names = {".cribble-notes", ".cribble-" + 24 * "0" + ".tmp", "cribble.tmp"}
    for name in names:
        (tmp_path / name).mkdir()
    with scratch_folder(tmp_path):
        pass
    assert set(os.listdir(tmp_path)) == names


def test_without_locks_nothing_is_removed(tmp_path, monkeypatch):
    def refuse(handle, *, wait):
        raise OSError("no locks")

    with scratch_folder(tmp_path) as first:
        monkeypatch.setattr(scratch, "take_lock", refuse)
        with scratch_folder(tmp_path):
            assert first.exists()
    assert os.listdir(tmp_path) == []
