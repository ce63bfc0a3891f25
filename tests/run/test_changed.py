"""Inputs that change or vanish, between runs and within one: said, and never kept in the cache."""

from __future__ import annotations

import json
import os

import numpy as np
import pytest

from cribble.core import Budget, Silent
from cribble.core.errors import DataError
from cribble.run.execute import execute
from cribble.run.pool import Pool
from cribble.run.recipe import make_recipe
from cribble.run.verify import verify
from cribble.selectors.diversity.facility_location import FacilityLocation

SELECT = {"inputs": ["pool.jsonl"], "k": 9, "method": "k-center", "out": "out.jsonl"}


def lines(seed: int) -> str:
    words = np.random.default_rng(seed).integers(10, 60, (300, 9))
    return "".join(
        json.dumps({"id": f"r{i}", "text": " ".join(map(str, row))}) + "\n"
        for i, row in enumerate(words)
    )


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("CRIBBLE_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    for module in ("cribble.signals.embedding", "cribble.data.lines"):
        monkeypatch.setattr(f"{module}.BLOCK_ROWS", 32)
    (tmp_path / "pool.jsonl").write_text(lines(0))
    return tmp_path


def select(progress=None, **changes):
    return execute(make_recipe({**SELECT, **changes}), progress or Silent()).selection


class During(Silent):
    """Does something once a step has done so many rows."""

    def __init__(self, step, rows, act):
        self._step, self._rows, self._act = step, rows, act
        self._left = None

    def start(self, name, total, unit):
        self._left = self._rows if name == self._step else None

    def advance(self, done):
        if self._left is not None:
            self._left -= done
            if self._left <= 0:
                self._left = None
                self._act()


@pytest.mark.parametrize("step", ["embedding", "fitting the embedder", "token counts"])
def test_a_change_within_a_run_stops_it_and_leaves_no_trace(folder, step):
    budget = {"k": None, "cost_budget": 90}
    path = folder / "pool.jsonl"
    before = lines(0)
    after = before[:5000] + lines(1)[5000:]
    assert len(after) == len(before)
    picks = select(**budget).indices
    (folder / "cache").rename(folder / "first")
    with pytest.raises(DataError, match="it changed while the run was reading it"):
        select(During(step, 64, lambda: path.write_text(after)), **budget)
    path.write_text(before)
    assert np.array_equal(select(**budget).indices, picks)


def test_vectors_that_change_under_a_method_are_not_kept(folder):
    vectors = np.random.default_rng(0).normal(size=(200, 6)).astype(np.float32)
    np.save("pool.npy", vectors)
    method = FacilityLocation(form="graph", neighbors=4)
    picks = method.select(Pool.from_array(vectors), Budget(rows=8)).indices
    pool = Pool.read("pool.npy")
    pool.signal("embedding")
    pool.binding.rows.fingerprint()
    with open("pool.npy", "r+b") as file:
        file.seek(1000)
        file.write(vectors[::-1].tobytes()[1000:])
    with pytest.raises(DataError, match="it changed"):
        method.select(pool, Budget(rows=8))
    np.save("pool.npy", vectors)
    assert np.array_equal(method.select(Pool.read("pool.npy"), Budget(rows=8)).indices, picks)


def test_a_change_that_no_reading_would_meet_is_found(folder, monkeypatch):
    np.save("pool.npy", np.random.default_rng(0).normal(size=(200, 6)))
    method = type(FacilityLocation())
    whole = method.select

    def meanwhile(self, pool, budget, seed=0):
        found = whole(self, pool, budget, seed)
        np.save("pool.npy", np.zeros((200, 6)))
        return found

    monkeypatch.setattr(method, "select", meanwhile)
    with pytest.raises(DataError, match="it changed"):
        select(inputs=["pool.npy"], method="facility-location", out=None)


@pytest.mark.parametrize("keep_size", [True, False])
def test_a_change_between_runs_is_another_pool(folder, monkeypatch, keep_size):
    select()
    text = lines(1) if keep_size else lines(1) + '{"text": "one more"}\n'
    was = os.stat("pool.jsonl")
    (folder / "pool.jsonl").write_text(text)
    os.utime("pool.jsonl", ns=(was.st_atime_ns, was.st_mtime_ns))
    warm = select().indices
    monkeypatch.setenv("CRIBBLE_CACHE", str(folder / "empty"))
    assert np.array_equal(select().indices, warm)


def test_an_input_that_vanished_is_named(folder):
    pool = Pool.read("pool.jsonl")
    os.unlink("pool.jsonl")
    with pytest.raises(DataError, match=r"pool\.jsonl: there is no such file"):
        pool.signal("embedding")
    with pytest.raises(DataError, match=r"pool\.jsonl"):
        select()
    assert not (folder / "out.jsonl").exists()


SIDES = {
    "decontaminate": {"decontaminate": ["side"]},
    "target": {"target": ["side"], "method": "rds-plus"},
    "keep": {"keep": "side.txt"},
    "drop": {"drop": "side.txt"},
    "filter": {"filters": ["blocklist:words=@side.txt"]},
}


@pytest.mark.parametrize("side", SIDES)
def test_verify_finds_each_other_file_that_changed(folder, side):
    changes = {
        key: ["side.jsonl"] if value == ["side"] else value for key, value in SIDES[side].items()
    }
    name = "side.txt" if "side.txt" in str(changes) else "side.jsonl"
    text = "r3\n" if name == "side.txt" else lines(7)[:600].rpartition("\n")[0] + "\n"
    (folder / name).write_text(text)
    select(**changes)
    assert verify("out.jsonl", Silent()).equal
    # One that changes no pick is a change all the same.
    more = "r3\n\n" if name == "side.txt" else text + '{"text": "nothing in common"}\n'
    (folder / name).write_text(more)
    found = verify("out.jsonl", Silent())
    assert [check.what for check in found.checks if not check.equal] == [
        side if name == "side.txt" else {"decontaminate": "evaluation"}.get(side, side)
    ]
    os.unlink(name)
    with pytest.raises(DataError, match=name):
        verify("out.jsonl", Silent())
