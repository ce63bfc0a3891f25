from __future__ import annotations

import errno
import os

import pytest

from cribble.core.errors import OutputError
from cribble.run.staging import Staging, check_outputs


def test_everything_appears_at_commit(tmp_path):
    (tmp_path / "a").write_text("old")
    with Staging() as staging:
        staging.path(tmp_path / "a").write_text("new")
        staging.path(tmp_path / "b").write_text("new")
        assert (tmp_path / "a").read_text() == "old"
        staging.commit()
    assert {name: (tmp_path / name).read_text() for name in os.listdir(tmp_path)} == {
        "a": "new",
        "b": "new",
    }


@pytest.mark.parametrize("error", [ValueError("no"), KeyboardInterrupt()])
def test_a_failure_leaves_what_stood_there(tmp_path, error):
    (tmp_path / "a").write_text("old")

    def fail():
        with Staging() as staging:
            staging.path(tmp_path / "a").write_text("new")
            raise error

    with pytest.raises(type(error)):
        fail()
    assert os.listdir(tmp_path) == ["a"]
    assert (tmp_path / "a").read_text() == "old"


def test_a_full_disk_names_the_output(tmp_path):
    def fill():
        with Staging() as staging:
            staging.path(tmp_path / "a")
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(OutputError, match=r"cannot write .*/a: No space left"):
        fill()


def test_a_writer_s_own_message_names_the_output(tmp_path):
    final = tmp_path / "a"
    with pytest.raises(OutputError) as caught, Staging() as staging:
        raise OutputError(str(staging.path(final)), "the disk is full", "free some")
    assert caught.value.path == str(final)


def test_a_link_is_written_through(tmp_path):
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with Staging() as staging:
        staging.path(tmp_path / "link").write_text("new")
        staging.commit()
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"


def test_places_that_cannot_be_written_are_refused(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "x").write_text("")
    (tmp_path / "in.jsonl").write_text("")
    for outputs, found in [
        ([tmp_path / "folder"], "is a directory"),
        ([tmp_path / "none" / "out"], "does not exist"),
        ([tmp_path / "in.jsonl" / "out"], "does not exist"),
        ([tmp_path / "in.jsonl"], "is an input"),
        ([tmp_path / "a", tmp_path / "folder" / ".." / "a"], "another output"),
    ]:
        with pytest.raises(OutputError, match=found):
            check_outputs(outputs, [str(tmp_path / "in.jsonl")])
    check_outputs([tmp_path / "a", tmp_path / "b"], [str(tmp_path / "in.jsonl")])
