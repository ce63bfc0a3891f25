"""Large files that are not read again: only where their content is certain to be the same."""

from __future__ import annotations

import json
import mmap
import os
import sys
import time

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cribble.core.errors import DataError, SignalError
from cribble.data import files, open_rows, stamps
from cribble.data.arrays import ArrayReader
from cribble.data.files import SourceFile
from cribble.data.store import Store

if sys.platform != "linux":
    pytest.skip("stamps are trusted on Linux alone", allow_module_level=True)

OLD = '{"id": "a", "score": 1, "kind": "x"}\n{"id": "b", "score": 2, "kind": "y"}\n'
NEW = '{"id": "a", "score": 1, "kind": "x"}\n{"id": "c", "score": 3, "kind": "z"}\n'


@pytest.fixture(autouse=True)
def pool(tmp_path, monkeypatch):
    """A file that is worth keeping, on a disk whose stamps count, and last changed long ago."""
    monkeypatch.setattr(files, "WORTH_KEEPING", 1)
    monkeypatch.setattr("cribble.data.lines.WORTH_KEEPING", 1)
    monkeypatch.setattr(stamps, "_is_trusted", lambda device: True)
    monkeypatch.setattr(stamps, "_TICK", 0)
    path = tmp_path / "pool.jsonl"
    path.write_text(OLD)
    time.sleep(0.02)  # the clock of a file system ticks every 4 ms
    return path


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "cache")


@pytest.fixture
def reads(monkeypatch):
    """Paths of the files that were opened, but to look at their stamps and first bytes."""
    seen = []
    plain = SourceFile.open_plain

    def noted(self):
        seen.append(os.path.basename(self.path))
        return plain(self)

    monkeypatch.setattr(SourceFile, "open_plain", noted)
    return seen


def opened(pool, store):
    rows = open_rows(pool, store=store)
    return rows.fingerprint(), rows.take(range(len(rows)))


def test_a_file_that_did_not_change_is_not_read_again(pool, store, reads):
    first = open_rows(pool, store=store)
    assert reads == ["pool.jsonl"]
    again = open_rows(pool, store=store)
    assert reads == ["pool.jsonl"]
    assert again.fingerprint() == first.fingerprint() == open_rows(pool).fingerprint()
    assert again.columns == first.columns == ("id", "score", "kind")
    assert again.take([1, 0]) == first.take([1, 0])
    assert again.files_read() == first.files_read()
    assert again.locate(1) == "pool.jsonl:2"


@pytest.mark.parametrize("kind", ["npy", "parquet"])
def test_vectors_and_tables_are_hashed_once(tmp_path, store, monkeypatch, kind):
    path, hashed = tmp_path / f"pool.{kind}", []

    def write(value):
        if kind == "npy":
            np.save(path, np.full((3, 2), value))
        else:
            pq.write_table(pa.table({"a": [value] * 3}), path)
        time.sleep(0.02)

    for cls in (SourceFile, ArrayReader):
        plain = cls._digest
        monkeypatch.setattr(
            cls, "_digest", lambda self, plain=plain: hashed.append(1) or plain(self)
        )
    write(1.0)
    first = open_rows(path, store=store).fingerprint()
    assert len(hashed) == 1
    rows = open_rows(path, store=store)
    assert (rows.fingerprint(), rows.files_read()[0].rows) == (first, 3)
    assert len(hashed) == 1
    size = path.stat().st_size
    write(2.0)
    assert path.stat().st_size == size
    assert open_rows(path, store=store).fingerprint() == open_rows(path).fingerprint() != first


def test_an_edit_of_the_same_size_with_its_time_put_back_is_found(pool, store):
    before = opened(pool, store)
    was = os.stat(pool)
    pool.write_text(NEW)
    os.utime(pool, ns=(was.st_atime_ns, was.st_mtime_ns))
    assert (os.stat(pool).st_mtime_ns, len(NEW)) == (was.st_mtime_ns, was.st_size)
    after = opened(pool, store)
    assert after != before
    assert after == opened(pool, None)


def test_another_file_of_the_same_name_size_and_time_is_found(pool, store, tmp_path):
    other = tmp_path / "other.jsonl"
    other.write_text(NEW)
    before = opened(pool, store)
    was = os.stat(pool)
    os.utime(other, ns=(was.st_atime_ns, was.st_mtime_ns))
    os.replace(other, pool)
    assert opened(pool, store) != before


def test_a_file_that_was_touched_is_read_again_and_is_the_same(pool, store, reads):
    before = opened(pool, store)
    del reads[:]
    os.utime(pool, ns=(1, 1))
    assert opened(pool, store) == before
    assert reads[0] == "pool.jsonl"


def test_a_file_that_has_just_changed_is_not_taken_at_its_stamp(pool, store, monkeypatch):
    """Until its time of change is older than a tick of the clock, the next edit may not move it."""
    found = os.stat(pool)
    changed = max(found.st_ctime_ns, found.st_mtime_ns)
    monkeypatch.setattr(stamps, "_TICK", 2_000_000_000)
    monkeypatch.setattr(stamps.time, "time_ns", lambda: changed + 1_999_999_999)
    before = opened(pool, store)
    assert not (store.root / "states").exists()
    # An edit within the tick: the clock of the file system shows the same time.
    pool.write_text(NEW)
    monkeypatch.setattr(stamps.os, "fstat", lambda _: found)
    monkeypatch.setattr(stamps.time, "time_ns", lambda: changed + 60_000_000_000)
    assert opened(pool, store) != before


def test_a_clock_that_was_set_back_makes_no_stamp_certain(pool, monkeypatch):
    monkeypatch.setattr(stamps.time, "time_ns", lambda: os.stat(pool).st_ctime_ns - 10**9)
    assert stamps.stamp_of(str(pool)) is None


def test_an_edit_while_a_file_is_read_keeps_nothing(pool, store, monkeypatch):
    plain = SourceFile.open_plain

    def meanwhile(self):
        pool.write_text(NEW)
        return plain(self)

    monkeypatch.setattr(SourceFile, "open_plain", meanwhile)
    open_rows(pool, store=store)
    assert not (store.root / "states").exists()


def test_a_page_that_was_mapped_before_is_not_written_to_unseen(pool, store):
    """Where mapped pages move no time of change (in memory) `_is_trusted` says no; see below."""
    with pool.open("r+b") as file, mmap.mmap(file.fileno(), 0) as page:
        page[:1] = b"{"
        before = opened(pool, store)
        place = OLD.index('"score": 2') + len('"score": ')
        page[place : place + 1] = b"7"
        if not _moves_with_pages(pool.parent):
            pytest.skip("this file system keeps no time of mapped writes, and is not trusted")
        assert opened(pool, store) != before


def _moves_with_pages(folder):
    probe = folder / "probe"
    probe.write_bytes(b"a")
    with probe.open("r+b") as file, mmap.mmap(file.fileno(), 0) as page:
        before = os.stat(probe).st_ctime_ns
        page[:1] = b"b"
        return os.stat(probe).st_ctime_ns != before


def test_bad_rows_are_said_in_every_run(pool, store, tmp_path):
    pool.write_text(OLD + "{\n")
    for _ in range(2):
        with pytest.raises(DataError, match=r"pool.jsonl:3 "):
            open_rows(pool, store=store)
        aside = tmp_path / "bad.jsonl"
        aside.unlink(missing_ok=True)
        rows = open_rows(pool, store=store, on_error="quarantine", quarantine=aside)
        assert (len(rows), rows.quarantined) == (2, 1)
        assert aside.is_file()


def test_a_cache_that_cannot_be_written_only_costs_time(pool, tmp_path):
    (tmp_path / "cache").write_text("no folder")
    assert opened(pool, Store(tmp_path / "cache")) == opened(pool, None)


def test_columns_of_lines_are_read_once_a_file(pool, store, tmp_path, reads):
    more = tmp_path / "more.jsonl"
    more.write_text(NEW)
    first = open_rows(pool, store=store)
    first.numbers("score"), first.labels("kind")
    del reads[:]
    grown = open_rows([pool, more], store=store)
    assert grown.numbers("score").tolist() == [1, 2, 1, 3]
    found = grown.labels("kind")
    assert [found.names[code] for code in found.codes] == ["x", "y", "x", "z"]
    assert set(reads) == {"more.jsonl"}
    plain = open_rows([pool, more])
    assert plain.labels("kind").names == found.names == ("x", "y", "z")
    assert np.array_equal(plain.numbers("score"), grown.numbers("score"))


def test_ids_are_read_once_a_file(pool, store, tmp_path, reads):
    open_rows(pool, store=store).ids([0])
    more = tmp_path / "more.jsonl"
    more.write_text(NEW.replace('"a"', '"7"'))
    open_rows(more, store=store).ids([0])
    del reads[:]
    rows = open_rows([pool, more], store=store)
    assert rows.find({"b", "c", "nobody"}) == {"b": 1, "c": 3}
    assert rows.numeric_ids
    assert not open_rows(pool, store=store).numeric_ids
    twice = open_rows([pool, tmp_path / "more.jsonl"], store=store)
    assert twice.ids([2]) == ["7"]
    more.write_text(OLD)
    assert open_rows([pool, more], store=store).find({"b", "pool.jsonl:2"}) == {"pool.jsonl:2": 1}


def test_a_column_that_one_file_lacks_is_null_there(pool, store, tmp_path):
    more = tmp_path / "more.jsonl"
    more.write_text(json.dumps({"id": "z"}) + "\n")
    rows = open_rows([pool, more], store=store)
    found = rows.labels("kind")
    assert [found.names[code] for code in found.codes] == ["x", "y", "null"]
    with pytest.raises(SignalError, match=r"row 2 \(more.jsonl:1\) holds null"):
        rows.numbers("score")


@pytest.mark.parametrize(
    ("kind", "trusted"), [("ext4", True), ("nfs4", False), ("tmpfs", False), ("fuse.sshfs", False)]
)
def test_only_file_systems_of_local_disks_are_trusted(tmp_path, monkeypatch, kind, trusted):
    monkeypatch.undo()
    mounts = tmp_path / "mounts"
    mounts.write_text(
        "22 27 0:21 / /proc rw - proc proc rw\n"
        f"27 1 254:3 / /my\\040data rw,relatime shared:1 - {kind} server:/disk rw\n"
    )
    monkeypatch.setattr(stamps, "_MOUNTS", str(mounts))
    stamps._is_trusted.cache_clear()
    try:
        assert stamps._is_trusted(os.makedev(254, 3)) is trusted
        assert stamps._is_trusted(os.makedev(254, 4)) is False
    finally:
        stamps._is_trusted.cache_clear()
