"""Runs that embed: targets, the cache, plans and comparisons."""

from __future__ import annotations

import json

import pytest

TARGETED = ("select", "pool.jsonl", "-k", 5, "--method", "rds-plus")


@pytest.fixture
def target(folder, lines):
    (folder / "dev.jsonl").write_bytes(b"".join(lines[4:6]))


def column(path, name):
    return [json.loads(line)[name] for line in path.read_text().splitlines()]


def test_a_target_is_embedded_as_the_pool_is(cribble, folder, target):
    ended = cribble(*TARGETED, "--target", "dev.jsonl", "-o", "out.jsonl", "--order", "picked")
    assert ended.code == 0, ended.err
    assert column(folder / "out.jsonl", "text")[:2] == column(folder / "dev.jsonl", "text")
    manifest = json.loads((folder / "out.manifest.json").read_text())
    assert manifest["embedder"] == "hashed"
    assert [one["rows"] for one in manifest["targets"]] == [2]


def test_a_targeted_run_repeats_and_explains(cribble, folder, target):
    cribble(*TARGETED, "--target", "dev.jsonl", "-o", "out.jsonl")
    told = cribble("verify", "out.jsonl", "--json").json
    assert told["equal"], told
    assert "target" in [check["what"] for check in told["checks"]]
    row = column(folder / "out.jsonl", "id")[0]
    assert "is pick" in cribble("explain", "out.jsonl", row).out
    (folder / "dev.jsonl").write_text('{"text": "other words"}\n')
    assert cribble("verify", "out.jsonl").code == 2


def test_a_second_run_finds_its_vectors_in_the_cache(cribble, target):
    run = (*TARGETED, "--target", "dev.jsonl")

    def state():
        (step,) = cribble(*run, "--dry-run", "--json").json["signals"]
        return step["source"], step["state"], step["disk_bytes"] > 0

    assert state() == ("hashed", "to compute", True)
    assert cribble("embed", "pool.jsonl", "--dry-run", "--json").json["state"] == "to compute"
    embedded = cribble("embed", "pool.jsonl", "--json").json
    assert embedded["rows"] == 60
    assert embedded["embedder"] == "hashed"
    assert state() == ("hashed", "cached", False)
    assert "reused from the cache" in cribble(*run, "--seed", 5).err


def test_counted_tokens_are_cached_too(cribble, lines):
    run = ("select", "pool.jsonl", "-k", "40 tokens", "--method", "random")
    plan = cribble(*run, "--dry-run", "--json").json
    assert plan["feasible"] is None
    assert [(one["signal"], one["state"]) for one in plan["signals"]] == [("tokens", "to compute")]
    assert cribble(*run, "-o", "out.jsonl").code == 0
    plan = cribble(*run, "--dry-run", "--json").json
    assert plan["feasible"] is True
    assert [one["state"] for one in plan["signals"]] == ["cached"]


def test_a_column_of_vectors_needs_no_embedder(cribble, folder):
    rows = [{"embedding": [float(row == at) for at in range(4)], "n": row} for row in range(4)]
    (folder / "v.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "t.jsonl").write_text('{"embedding": [0.0, 0.1, 0.9, 0.0]}\n')
    run = ("select", "v.jsonl", "-k", 1, "--method", "rds-plus", "--target", "t.jsonl")
    assert cribble(*run, "-o", "out.jsonl").code == 0
    assert json.loads((folder / "out.jsonl").read_text())["n"] == 2
    (step,) = cribble(*run, "--dry-run", "--json").json["signals"]
    assert (step["source"], step["state"]) == ("column embedding", "column")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.jsonl", "", "empty.jsonl"),
        ("none.jsonl", None, "none.jsonl"),
        ("other.jsonl", '{"label": 3}\n', "text"),
    ],
)
def test_a_target_that_does_not_serve_is_refused(cribble, folder, lines, name, content, said):
    if content is not None:
        (folder / name).write_text(content)
    ended = cribble(*TARGETED, "--target", name)
    assert ended.code == 2, ended.err
    assert said in ended.err


def test_a_method_that_needs_a_target_asks_for_it(cribble, lines):
    ended = cribble(*TARGETED)
    assert ended.code == 2
    assert "--target" in ended.err


def test_methods_are_compared_with_random(cribble, folder, lines):
    told = cribble(
        *("compare", "pool.jsonl", "-k", 6, "--methods", "random,k-center", "--repeats", 5),
        *("--report", "compare.html", "--json"),
    ).json
    assert [one["method"] for one in told["methods"]] == ["random", "k-center"]
    assert (folder / "compare.html").read_text().startswith("<!")
    shown = cribble("compare", "pool.jsonl", "-k", 6, "--methods", "random")
    assert "No method here is better than random" in shown.out
    short = ("compare", "pool.jsonl", "-k", 6, "--methods", "random,k-center", "--repeats", 2)
    shown = cribble(*short)
    assert shown.code == 0
    assert shown.out.startswith("Too few repeats for a verdict (2; at least 5).")
    told = cribble(*short, "--json").json
    assert [one["better_than_random"] for one in told["methods"]] == [None, None]
    assert cribble(*short[:-1], 0).code == 2
    plans = cribble(
        "compare", "pool.jsonl", "-k", 6, "--methods", "random,k-center", "--dry-run", "--json"
    ).json
    assert [one["method"] for one in plans["plans"]] == ["random", "k-center"]


def test_the_report_s_verdict_is_in_the_record(cribble, folder, lines):
    ended = cribble(
        *("select", "pool.jsonl", "-k", 6, "--method", "k-center"),
        *("-o", "out.jsonl", "--report", "report.html", "--json"),
    )
    comparison = ended.json["stats"]["comparison"]
    assert comparison["verdict"] in (folder / "report.html").read_text()
    manifest = json.loads((folder / "out.manifest.json").read_text())
    assert manifest["comparison"] == comparison
    assert manifest["verdict"] == comparison["verdict"]
    assert set(manifest["outputs"]) == {"out", "report"}
