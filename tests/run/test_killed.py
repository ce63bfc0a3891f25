"""A run that was killed and run again ends as one that never was, and repeats no finished block."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from cribble.core import Silent, stream
from cribble.core.errors import OutputError
from cribble.data import store
from cribble.run.execute import execute
from cribble.run.recipe import make_recipe
from cribble.run.scoring import score_pool
from cribble.run.update import updated
from cribble.run.verify import verify

if sys.platform == "win32":
    pytest.skip("there is no SIGKILL, and no fork", allow_module_level=True)

import itertools

from oracles import killing

ROWS = 400
CHOOSE = {
    "inputs": ["pool.jsonl"],
    "cost_budget": 900,
    "method": "facility-location",
    "parameters": {"form": "graph", "neighbors": 6},
    "dedup": ["near=0.8"],
    "out": "out.jsonl",
    "picks": "picks.parquet",
    "dropped": "dropped.parquet",
}
AIM = {
    "inputs": ["pool.jsonl"],
    "k": 30,
    "method": "dsir",
    "target": ["target.jsonl"],
    "out": "out.jsonl",
    "picks": "picks.parquet",
}
SCORE = {"inputs": ["pool.jsonl"]}
# A run, and an update of it.
GROW = {"inputs": ["pool.jsonl"], "k": 30, "method": "k-center", "out": "old.jsonl"}
JOBS = {"choose": CHOOSE, "aim": AIM, "score": SCORE, "grow": GROW}


class Job:
    """One command in a folder with inputs and a cache of its own."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.name = name
        folder.mkdir(parents=True)
        words = stream(0, "words").integers(0, 60, (ROWS, 12))
        words[1::40] = words[::40]
        lines = [
            json.dumps({"id": f"r{i}", "text": " ".join(map(str, row))}) + "\n"
            for i, row in enumerate(words)
        ]
        (folder / "pool.jsonl").write_text("".join(lines))
        (folder / "target.jsonl").write_text("".join(lines[::50]))
        more = [line.replace('"id": "r', '"id": "s') for line in lines[1::4]]
        (folder / "more.jsonl").write_text("".join(more))

    def __call__(self) -> None:
        os.chdir(self.folder)
        os.environ["CRIBBLE_CACHE"] = str(self.folder / "cache")
        recipe = make_recipe(JOBS[self.name])
        if self.name == "score":
            score_pool(recipe, Silent(), out=Path("scores.parquet"))
        elif self.name != "grow":
            execute(recipe, Silent())
        else:
            if not Path("old.manifest.json").exists():
                execute(recipe, Silent())
            outputs = {"out": "out.jsonl", "picks": "picks.parquet"}
            execute(updated("old.jsonl", ["more.jsonl"], **outputs), Silent())

    def run(self, last: int | None = None) -> int:
        """Run in a fork, perhaps only to a moment; returns how it ended."""
        return killing.end(killing.start(self, self.folder, last))

    def outputs(self) -> dict[str, bytes]:
        """What it wrote, the manifest without its clocks."""
        inputs = {"pool.jsonl", "target.jsonl", "moments", "written"}
        found = {
            one.name: one.read_bytes()
            for one in self.folder.iterdir()
            if one.is_file() and one.name not in inputs
        }
        for name in [name for name in found if name.endswith("manifest.json")]:
            record = json.loads(found[name])
            found[name] = json.dumps({key: record[key] for key in ("picks", "rows", "value")})
            found[f"digests, {name}"] = str([one["blake2b"] for one in record["outputs"].values()])
        return found

    def rest(self) -> list[str]:
        """What lies about and should not."""
        return [
            str(one)
            for one in self.folder.rglob("*")
            if one.name.startswith(".") or one.suffix in (".part", ".tmp")
        ]

    def written(self) -> list[str]:
        """The blocks and states that any of its runs finished."""
        path = self.folder / "written"
        return path.read_text().splitlines() if path.exists() else []


@pytest.fixture(scope="module", autouse=True)
def small_blocks():
    """Blocks of 32 rows, the search in clusters, and a note of each block that is finished."""
    write, save = store._Entry.write, store._save_state

    def note(line):
        with open("written", "a") as file:
            file.write(line + "\n")

    def written(entry, block, rows):
        write(entry, block, rows)
        note(f"{entry.data.parent.name[:8]} {block}")

    def saved(path, state):
        save(path, state)
        note(f"state {path.stem}")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cribble.signals.embedding.BLOCK_ROWS", 32)
        patch.setattr("cribble.objectives.nearness._BLOCK_ROWS", 32)
        patch.setattr("cribble.signals.stretches.STRETCH_ROWS", 32)
        patch.setattr("cribble.objectives.neighbor_lists.EXACT_ROWS", 100)
        patch.setattr(store._Entry, "write", written)
        patch.setattr(store, "_save_state", saved)
        yield


@dataclasses.dataclass
class Whole:
    """A job that nobody killed: what it wrote, and how many moments it had."""

    outputs: dict[str, bytes]
    moments: int
    written: list[str]

    @property
    def blocks(self) -> int:
        """How many blocks of arrays it finished."""
        return sum(not one.startswith("state") for one in self.written)


@pytest.fixture(scope="module")
def wholes(tmp_path_factory, small_blocks):
    found = {}
    for name in JOBS:
        job = Job(tmp_path_factory.mktemp("warm") / name, name)
        # Once in this process, so that no fork has to load compiled code anew.
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(job.folder)
            patch.setenv("CRIBBLE_CACHE", "")
            job()
        job = Job(tmp_path_factory.mktemp("whole") / name, name)
        moments = killing.moments_of(job, job.folder)
        found[name] = Whole(job.outputs(), moments, job.written())
    return found


def goes_on(job: Job, whole: Whole) -> None:
    assert job.run() == 0
    assert job.outputs() == whole.outputs
    assert job.rest() == []
    assert len(set(job.written())) == len(job.written()) <= len(whole.written)


def test_the_jobs_have_stages_to_be_killed_in(wholes):
    assert wholes["choose"].blocks > 20
    # The fit of the embedder is kept by the stretch.
    states = len(wholes["choose"].written) - wholes["choose"].blocks
    assert states > ROWS // 32
    assert wholes["choose"].moments > 300
    # Counts of the pool, weights, and counts of picks and random rows: 13 stretches each.
    assert wholes["aim"].blocks == 3 * -(-ROWS // 32)
    assert wholes["score"].blocks == -(-ROWS // 32)
    assert wholes["aim"].moments > 100
    assert wholes["grow"].moments > 100
    assert {"out.jsonl", "picks.parquet", "dropped.parquet"} < wholes["choose"].outputs.keys()


# Every part of the job is met: one moment is drawn from each of so many equal stretches.
@pytest.mark.parametrize(
    ("name", "kills"), [("choose", 30), ("aim", 20), ("score", 10), ("grow", 12)]
)
def test_killed_at_any_moment_it_goes_on(wholes, tmp_path, name, kills):
    whole = wholes[name]
    edges = np.linspace(1, whole.moments + 1, kills + 1).astype(int)
    draws = stream(0, "kills")
    for low, high in itertools.pairwise(edges):
        job = Job(tmp_path / str(low), name)
        assert job.run(int(draws.integers(low, high))) == -signal.SIGKILL
        goes_on(job, whole)


@pytest.mark.parametrize("name", JOBS)
def test_killed_wherever_it_is_after_some_time_it_goes_on(wholes, tmp_path, name):
    for at, seconds in enumerate(stream(1, name).uniform(0.01, 0.15, 4)):
        job = Job(tmp_path / str(at), name)
        assert killing.random_moment(job, job.folder, float(seconds)) in (0, -signal.SIGPROF)
        goes_on(job, wholes[name])


def test_killed_again_and_again_it_ends(wholes, tmp_path):
    job = Job(tmp_path / "job", "choose")
    # Runs that die early must leave something for the next, or this never ends.
    for _ in range(12):
        assert job.run(60) in (0, -signal.SIGKILL)
    goes_on(job, wholes["choose"])


@pytest.mark.parametrize("late", [20, 90, 200])
def test_two_runs_at_once_do_no_harm(wholes, tmp_path, late):
    first = Job(tmp_path / "first", "choose")
    second = Job(tmp_path / "second", "choose")
    (second.folder / "cache").symlink_to(first.folder / "cache")
    (first.folder / "cache").mkdir()
    children = [killing.start(one, one.folder, at) for one, at in ((first, late), (second, None))]
    assert [killing.end(child) for child in children] == [-signal.SIGKILL, 0]
    assert second.outputs() == wholes["choose"].outputs
    children = [killing.start(one, one.folder) for one in (first, second)]
    assert [killing.end(child) for child in children] == [0, 0]
    assert first.outputs() == second.outputs() == wholes["choose"].outputs


def test_cache_files_cut_short_or_of_another_version_are_made_anew(wholes, tmp_path):
    job = Job(tmp_path / "job", "choose")
    assert job.run() == 0
    kinds = {"data", "marks"}
    files = [one for one in (job.folder / "cache").rglob("*") if one.is_file()]
    files = sorted(one for one in files if one.name in kinds or one.suffix == ".state")
    assert len(files) > 8
    draws = stream(2, "cuts")
    for file in files:
        content = file.read_bytes()
        if file.name == "marks":
            # As another version of the format would have marked the blocks.
            marks = np.frombuffer(content, dtype=store._MARK).copy()
            marks["version"] += 1
            file.write_bytes(marks.tobytes())
        else:
            os.truncate(file, int(draws.integers(0, len(content))))
    assert job.run() == 0
    assert job.outputs() == wholes["choose"].outputs
    for file in files:
        os.truncate(file, int(draws.integers(0, file.stat().st_size)))
        assert job.run() == 0
        assert job.outputs() == wholes["choose"].outputs


@pytest.mark.parametrize("limit", [700, 3000, 9000, 12_000])
def test_a_full_disk_is_said_and_the_next_run_goes_on(wholes, tmp_path, limit):
    import resource

    job = Job(tmp_path / "job", "choose")

    def full() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        with pytest.raises(OutputError, match="too large"):
            job()

    assert killing.end(killing.start(full, job.folder)) == 0
    assert not {"out.jsonl", "picks.parquet", "out.manifest.json"} & set(os.listdir(job.folder))
    goes_on(job, wholes["choose"])


def test_what_a_kill_between_outputs_left_is_found_by_verify(wholes, tmp_path, monkeypatch):
    job = Job(tmp_path / "job", "choose")
    assert job.run() == 0
    monkeypatch.chdir(job.folder)
    monkeypatch.setenv("CRIBBLE_CACHE", str(job.folder / "cache"))
    table = pq.read_table("picks.parquet").slice(1)
    pq.write_table(table, "picks.parquet")
    differing = [one.what for one in verify("out.jsonl", Silent()).checks if not one.equal]
    assert differing == ["picks as it stands"]
