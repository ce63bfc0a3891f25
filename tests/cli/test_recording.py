from __future__ import annotations

import json
import shutil

import pytest

RUN = ("select", "pool.jsonl", "-k", 8, "--method", "random", "-o", "out.jsonl")


@pytest.fixture
def done(cribble, lines):
    assert cribble(*RUN, "--picks", "picks.parquet", "--seed", 4).code == 0


@pytest.mark.parametrize("run", ["out.jsonl", "out.manifest.json"])
def test_a_run_repeats(cribble, done, run):
    ended = cribble("verify", run, "--json")
    assert ended.code == 0
    assert ended.json["equal"] is True
    assert [check["what"] for check in ended.json["checks"]] == [
        "inputs",
        "picks in order",
        "out as it stands",
        "picks as it stands",
        "out written again",
        "picks written again",
    ]


def test_a_run_without_a_report_says_that_it_was_not_judged(cribble, folder, lines):
    ended = cribble(*RUN, "--json")
    verdict = "Not judged against random: no report was asked for."
    assert json.loads((folder / "out.manifest.json").read_text())["verdict"] == verdict
    assert ended.json["stats"]["verdict"] == verdict
    assert verdict in cribble(*RUN).err


def test_an_annotated_run_repeats(cribble, folder, lines):
    cribble(*RUN, "--annotate")
    rows = [json.loads(line) for line in (folder / "out.jsonl").read_text().splitlines()]
    assert sorted(row["cribble_rank"] for row in rows) == list(range(8))
    assert {row["cribble_reason"] for row in rows} == {"picked by random"}
    assert cribble("verify", "out.jsonl").code == 0


def test_a_run_repeats_from_another_folder(cribble, done, folder, monkeypatch):
    (folder / "deeper").mkdir()
    monkeypatch.chdir(folder / "deeper")
    assert cribble("verify", "../out.jsonl").code == 0


def differing(ended):
    return [line.split("  ")[1].split(":")[0] for line in ended.out.splitlines() if "DIFF" in line]


def test_a_changed_input_is_found(cribble, done, folder, lines):
    (folder / "pool.jsonl").write_bytes(b"".join(reversed(lines)))
    ended = cribble("verify", "out.jsonl")
    assert ended.code == 2
    assert differing(ended) == ["inputs"]


def test_a_changed_output_is_found(cribble, done, folder, lines):
    (folder / "out.jsonl").write_bytes(lines[0])
    ended = cribble("verify", "out.jsonl")
    assert ended.code == 2
    assert differing(ended) == ["out as it stands"]


def test_other_picks_are_found(cribble, done, folder):
    path = folder / "out.manifest.json"
    manifest = json.loads(path.read_text())
    manifest["recipe"]["seed"] = 5
    manifest["versions"]["numpy"] = "0.1"
    path.write_text(json.dumps(manifest))
    ended = cribble("verify", "out.jsonl")
    assert ended.code == 2
    assert differing(ended) == ["picks in order", "out written again", "picks written again"]
    assert "numpy was 0.1" in ended.out
    asked = cribble("explain", "out.jsonl", "r1")
    assert asked.code == 2
    assert "cribble verify" in asked.err


def test_a_lost_output_is_found(cribble, done, folder):
    shutil.move(folder / "out.jsonl", folder / "gone.jsonl")
    ended = cribble("verify", "out.manifest.json")
    assert differing(ended) == ["out as it stands"]


def test_explain_tells_of_a_pick_and_of_another_row(cribble, done, folder):
    chosen = json.loads((folder / "out.jsonl").read_text().splitlines()[0])["id"]
    told = cribble("explain", "out.jsonl", chosen, "--json").json
    assert told["picked"] is True
    assert told["id"] == chosen
    assert told["row"] == int(chosen[1:])
    assert told["excerpts"][0]["row"] == told["row"]
    ids = {json.loads(line)["id"] for line in (folder / "out.jsonl").read_text().splitlines()}
    other = next(f"r{row}" for row in range(60) if f"r{row}" not in ids)
    ended = cribble("explain", "out.jsonl", other)
    assert ended.code == 0
    assert f"row {other[1:]} was not picked by random" in ended.out


def test_explain_names_an_unknown_row(cribble, done):
    ended = cribble("explain", "out.jsonl", "r77")
    assert ended.code == 2
    assert "'r77'" in ended.err


@pytest.mark.parametrize("command", [("verify", "out.jsonl"), ("explain", "out.jsonl", "r1")])
def test_a_dry_run_plans_the_run_again(cribble, done, command):
    told = cribble(*command, "--dry-run", "--json").json
    assert (told["dry_run"], told["method"], told["picks"]) == (True, "random", 8)
    assert told["outputs"] == []
