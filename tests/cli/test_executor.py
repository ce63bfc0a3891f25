"""``--executor``: recorded, refused where it does not exist, never changes the picks."""

from __future__ import annotations

import json

from cribble.core.errors import ExecutorError
from cribble.executors import Local


class Counted:
    """Three ranks in this process, and the count that a cluster would tell."""

    def __init__(self, address: str | None = None) -> None:
        self.address, self.tasks, self.ranks = address, 0, 3
        self.stream, self.hold = Local().stream, Local().hold

    def map(self, work, *columns):
        for items in zip(*columns, strict=True):
            self.tasks += 1
            yield work(*items)

    def describe(self):
        return {"executor": "ray", "nodes": 1, "ranks": self.ranks, "tasks": self.tasks}


AIMED = ("--method", "rds-plus", "--target", "pool.jsonl")


def test_picks_are_those_of_local_and_the_manifest_says_where(cribble, folder, lines, monkeypatch):
    monkeypatch.setattr("cribble.executors.ray.Ray", Counted)
    here = cribble("select", "pool.jsonl", "-k", 9, *AIMED, "-o", "here.jsonl")
    assert here.code == 0
    there = cribble(
        "select", "pool.jsonl", "-k", 9, *AIMED, "-o", "there.jsonl", "--executor", "ray://a:1"
    )
    assert there.code == 0
    assert (folder / "here.jsonl").read_bytes() == (folder / "there.jsonl").read_bytes()
    first, second = (
        json.loads((folder / f"{name}.manifest.json").read_text()) for name in ("here", "there")
    )
    assert first["executor"] == {"executor": "local"}
    assert second["executor"] == {"executor": "ray", "nodes": 1, "ranks": 3, "tasks": 3}
    assert second["recipe"]["executor"] == "ray://a:1"
    assert first["picks"] == second["picks"]


def test_a_run_is_verified_here_when_its_cluster_is_gone(cribble, folder, lines, monkeypatch):
    monkeypatch.setattr("cribble.executors.ray.Ray", Counted)
    cribble("select", "pool.jsonl", "-k", 9, *AIMED, "-o", "out.jsonl", "--executor", "ray")

    def gone(address=None):
        raise ExecutorError("ray", "no cluster answers", "see that it is up")

    monkeypatch.setattr("cribble.executors.ray.Ray", gone)
    assert cribble("verify", "out.jsonl").code == 0
    refused = cribble("select", "pool.jsonl", "-k", 9, *AIMED, "--executor", "ray")
    assert refused.code == 2
    assert "executor 'ray': no cluster answers; see that it is up" in refused.err
    planned = cribble("select", "pool.jsonl", "-k", 9, *AIMED, "--executor", "ray", "--dry-run")
    assert planned.code == 0


def test_texts_are_embedded_where_the_executor_works(cribble, folder, lines, monkeypatch):
    made = []

    def counted(address=None):
        made.append(Counted(address))
        return made[-1]

    monkeypatch.setattr("cribble.executors.ray.Ray", counted)
    assert cribble("embed", "pool.jsonl", "--executor", "ray").code == 0
    assert [one.tasks for one in made] == [1]
    again = cribble("embed", "pool.jsonl", "--json")
    assert again.json["rows"] == 60
    assert "reused from the cache" in again.err


def test_a_recipe_is_done_where_the_command_line_says(cribble, folder, lines, monkeypatch):
    monkeypatch.setattr("cribble.executors.ray.Ray", Counted)
    (folder / "recipe.yaml").write_text(
        "inputs: pool.jsonl\nk: 5\nmethod: random\nexecutor: local\nout: out.jsonl\n"
    )
    done = cribble("run", "recipe.yaml", "--executor", "ray")
    assert done.code == 0
    assert "random has no work that shards can share" in done.err
    assert json.loads((folder / "out.manifest.json").read_text())["executor"]["tasks"] == 0


def test_an_executor_that_does_not_exist_is_refused_before_work(cribble, lines):
    ended = cribble("select", "pool.jsonl", "-k", 5, "--executor", "rey")
    assert ended.code == 2
    assert "no executor named 'rey'; did you mean ray" in ended.err
