"""The cache under kill -9, two writers, cut files, flipped bits and other versions."""

import errno
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest

from cribble.core import Silent
from cribble.core.errors import OutputError
from cribble.data import store as module
from cribble.data.store import NotCached, Store, key_of

SHAPE = (1000, 3)
TRUTH = np.arange(3000, dtype=np.float32).reshape(SHAPE)


class Listener(Silent):
    """Remembers what it is told."""

    def __init__(self):
        self.notes = []
        self.done = 0
        self.total = 0

    def start(self, name, total, unit):
        self.total += total

    def advance(self, done):
        self.done += done

    def note(self, text):
        self.notes.append(text)


def fetch(store, calls=None, progress=None, key="k", dtype="float32", block_rows=64):
    def blocks(start, stop):
        if calls is not None:
            calls.append((start, stop))
        return TRUTH[start:stop]

    return store.array(
        key, SHAPE, dtype, blocks, block_rows=block_rows, progress=progress, name="vectors"
    )


def folder(root):
    (found,) = (root / "arrays").iterdir()
    return found


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int64"])
def test_computes_once_and_then_reads(tmp_path, dtype):
    first, again, listener = [], [], Listener()
    array = fetch(Store(tmp_path), first, dtype=dtype)
    assert np.array_equal(array, TRUTH.astype(dtype))
    assert array.dtype == dtype
    assert first == [(at, min(at + 64, 1000)) for at in range(0, 1000, 64)]
    assert np.array_equal(fetch(Store(tmp_path), again, listener, dtype=dtype), array)
    assert again == []
    assert listener.notes == ["vectors: reused from the cache"]


def test_what_it_returns_cannot_be_written(tmp_path):
    array = fetch(Store(tmp_path))
    with pytest.raises(ValueError, match="read-only"):
        array[0, 0] = 9
    empty = Store(tmp_path).array("e", (0, 3), "float32", None, block_rows=64)
    assert empty.shape == (0, 3)
    assert not empty.flags.writeable


def test_an_exception_leaves_the_finished_blocks(tmp_path):
    def broken(start, stop):
        if start >= 320:
            raise KeyboardInterrupt
        return TRUTH[start:stop]

    with pytest.raises(KeyboardInterrupt):
        Store(tmp_path).array("k", SHAPE, "float32", broken, block_rows=64)
    calls, listener = [], Listener()
    assert np.array_equal(fetch(Store(tmp_path), calls, listener), TRUTH)
    assert calls[0] == (320, 384)
    assert listener.notes == ["vectors: resumed, 5 of 16 blocks were there"]
    assert listener.done == listener.total == 680


SCRIPT = textwrap.dedent(
    """
    import sys, time
    import numpy as np
    from cribble.data.store import Store

    root, log, pause = sys.argv[1], sys.argv[2], float(sys.argv[3])
    truth = np.arange(3000, dtype=np.float32).reshape(1000, 3)

    def blocks(start, stop):
        time.sleep(pause)
        with open(log, "a") as file:
            file.write(f"{start}\\n")
        return truth[start:stop]

    array = Store(root).array("k", (1000, 3), "float32", blocks, block_rows=64)
    assert np.array_equal(array, truth)
    """
)


def run(root: Path, log: Path, pause: float) -> subprocess.Popen:
    source = Path(module.__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": str(source)}
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(root), str(log), str(pause)], env=environment
    )


def wait_for_lines(process: subprocess.Popen, log: Path, count: int) -> None:
    while not log.exists() or len(log.read_text().splitlines()) < count:
        assert process.poll() is None, "it ended too early"
        time.sleep(0.01)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_resumes_after_kill_9(tmp_path):
    log = tmp_path / "log"
    process = run(tmp_path / "cache", log, 0.05)
    wait_for_lines(process, log, 4)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    begun = len(log.read_text().splitlines())
    assert begun < 16
    calls, listener = [], Listener()
    assert np.array_equal(fetch(Store(tmp_path / "cache"), calls, listener), TRUTH)
    # All but the block in hand were kept.
    assert calls[0][0] in ((begun - 1) * 64, begun * 64)
    assert "resumed" in listener.notes[0]


def test_two_processes_share_the_work_of_one(tmp_path):
    log = tmp_path / "log"
    first = run(tmp_path / "cache", log, 0.02)
    wait_for_lines(first, log, 1)
    second = run(tmp_path / "cache", log, 0.02)
    assert first.wait() == 0
    assert second.wait() == 0
    assert log.read_text().splitlines() == [str(at) for at in range(0, 1000, 64)]


@pytest.mark.parametrize("left", [0, 100, 64 * 12 * 3, 64 * 12 * 3 + 5, 11_999])
@pytest.mark.parametrize("file", ["data", "marks"])
def test_a_file_cut_short_is_completed(tmp_path, file, left):
    fetch(Store(tmp_path))
    path = folder(tmp_path) / file
    left = min(left, path.stat().st_size - 1)
    os.truncate(path, left)
    calls = []
    assert np.array_equal(fetch(Store(tmp_path), calls), TRUTH)
    whole = left // (64 * 12) if file == "data" else left // 8
    assert calls == [(at, min(at + 64, 1000)) for at in range(whole * 64, 1000, 64)]


@pytest.mark.parametrize("file", ["data", "marks"])
def test_a_lost_file_is_computed_again(tmp_path, file):
    fetch(Store(tmp_path))
    (folder(tmp_path) / file).unlink()
    calls = []
    assert np.array_equal(fetch(Store(tmp_path), calls), TRUTH)
    assert len(calls) == 16


@pytest.mark.parametrize("file", ["data", "marks"])
def test_a_flipped_bit_costs_one_block(tmp_path, file):
    fetch(Store(tmp_path))
    path = folder(tmp_path) / file
    content = bytearray(path.read_bytes())
    at = 64 * 12 * 4 + 3 if file == "data" else 8 * 4 + 5
    content[at] ^= 1
    path.write_bytes(content)
    calls = []
    assert np.array_equal(fetch(Store(tmp_path), calls), TRUTH)
    assert calls == [(256, 320)]


def test_another_version_is_computed_again(tmp_path, monkeypatch):
    fetch(Store(tmp_path))
    monkeypatch.setattr(module, "VERSION", module.VERSION + 1)
    calls = []
    assert np.array_equal(fetch(Store(tmp_path), calls), TRUTH)
    assert len(calls) == 16


@pytest.mark.parametrize("change", [{"dtype": "float16"}, {"block_rows": 100}])
def test_another_layout_is_another_array(tmp_path, change):
    array = fetch(Store(tmp_path))
    calls = []
    other = fetch(Store(tmp_path), calls, **change)
    assert np.array_equal(other, TRUTH.astype(change.get("dtype", "float32")))
    assert len(calls) == -(-1000 // change.get("block_rows", 64))
    assert np.array_equal(array, TRUTH)


def test_a_block_of_the_wrong_shape_is_refused(tmp_path):
    with pytest.raises(ValueError, match="reshape"):
        Store(tmp_path).array(
            "k", SHAPE, "float32", lambda start, stop: TRUTH[start : stop - 1], block_rows=64
        )


def test_a_full_disk_says_so_and_resumes(tmp_path, monkeypatch):
    flushes = []

    def fsync(descriptor):
        flushes.append(descriptor)
        if len(flushes) == 7:
            raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fsync)
        with pytest.raises(OutputError, match=r"disk is full; .*CRIBBLE_CACHE"):
            fetch(Store(tmp_path))
    calls = []
    assert np.array_equal(fetch(Store(tmp_path), calls), TRUTH)
    assert calls[0] == (192, 256)


def test_a_folder_that_cannot_be_made_says_so(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="CRIBBLE_CACHE"):
        fetch(Store(tmp_path / "file"))
    with pytest.raises(OutputError, match="CRIBBLE_CACHE"):
        Store(tmp_path / "file").state("k", dict)


def test_errors_of_the_computation_pass_through(tmp_path):
    def unreadable(start, stop):
        raise FileNotFoundError("pool.jsonl")

    with pytest.raises(FileNotFoundError):
        Store(tmp_path).array("k", SHAPE, "float32", unreadable, block_rows=64)


def test_states_are_computed_once(tmp_path):
    calls, listener = [], Listener()

    def compute():
        calls.append(1)
        return {"weights": TRUTH, "rank": np.array(7)}

    for _ in range(2):
        state = Store(tmp_path).state("s", compute, progress=listener, name="fit")
        assert np.array_equal(state["weights"], TRUTH)
        assert int(state["rank"]) == 7
    assert calls == [1]
    assert listener.notes == ["fit: reused from the cache"]


@pytest.mark.parametrize("left", [0, 20, 700, -1])
def test_a_state_cut_short_is_computed_again(tmp_path, left):
    def compute():
        return {"weights": TRUTH}

    Store(tmp_path).state("s", compute)
    path = tmp_path / "states" / "s.state"
    os.truncate(path, left % path.stat().st_size)
    assert np.array_equal(Store(tmp_path).state("s", compute)["weights"], TRUTH)


def test_no_flipped_bit_of_a_state_is_read(tmp_path):
    def compute():
        return {"weights": TRUTH[:3], "rank": np.array(7)}

    Store(tmp_path).state("s", compute)
    path = tmp_path / "states" / "s.state"
    content = path.read_bytes()
    for at in range(0, len(content), 3):
        path.write_bytes(content[:at] + bytes([content[at] ^ 1 << at % 8]) + content[at + 1 :])
        state = Store(tmp_path).state("s", compute)
        assert state.keys() == {"weights", "rank"}
        assert np.array_equal(state["weights"], TRUTH[:3])
        assert path.read_bytes() == content


def test_a_state_of_another_version_is_computed_again(tmp_path, monkeypatch):
    Store(tmp_path).state("s", lambda: {"weights": TRUTH})
    monkeypatch.setattr(module, "VERSION", module.VERSION + 1)
    assert Store(tmp_path).state("s", lambda: {"weights": TRUTH[:2]})["weights"].shape == (2, 3)


def test_a_file_system_without_locks_is_named(tmp_path, monkeypatch):
    def refuse(handle, *, wait):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(module, "take_lock", refuse)
    with pytest.raises(OutputError, match=r"No locks available; .*CRIBBLE_CACHE"):
        fetch(Store(tmp_path))


def test_size_and_clear(tmp_path):
    store = Store(tmp_path)
    assert store.size() == 0
    fetch(store)
    store.state("s", lambda: {"weights": TRUTH})
    assert store.size() >= 2 * TRUTH.nbytes
    store.clear()
    assert store.size() == 0
    calls = []
    assert np.array_equal(fetch(store, calls), TRUTH)
    assert len(calls) == 16


def test_the_environment_names_the_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("CRIBBLE_CACHE", str(tmp_path / "mine"))
    assert Store().root == tmp_path / "mine"
    monkeypatch.delenv("CRIBBLE_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.setattr(sys, "platform", "linux")
    assert Store().root == tmp_path / "xdg" / "cribble"


def test_keys_tell_parts_apart():
    assert key_of("ab", "c") != key_of("a", "bc")
    assert key_of("a", 1) == key_of("a", "1")
    assert len(key_of()) == 40


def test_a_read_only_store_computes_and_writes_nothing(tmp_path):
    glance = Store(tmp_path / "cache", read_only=True)
    state = {"a": np.arange(3)}
    with pytest.raises(NotCached):
        glance.array("key", SHAPE, "float32", lambda start, stop: TRUTH[start:stop], block_rows=64)
    with pytest.raises(NotCached):
        glance.state("key", lambda: state)
    assert not (tmp_path / "cache").exists()
    store = Store(tmp_path / "cache")
    store.array("key", SHAPE, "float32", lambda start, stop: TRUTH[start:stop], block_rows=64)
    store.state("key", lambda: state)
    found = glance.array("key", SHAPE, "float32", lambda start, stop: 1 / 0, block_rows=64)
    np.testing.assert_array_equal(found, TRUTH)
    assert glance.state("key", lambda: {})["a"].tolist() == [0, 1, 2]
