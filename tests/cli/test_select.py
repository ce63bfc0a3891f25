from __future__ import annotations

import json
import os

import pytest

RANDOM = ("--method", "random")


def picked(folder, name="out.jsonl"):
    return (folder / name).read_bytes().splitlines(keepends=True)


def test_the_chosen_lines_come_out_byte_for_byte(cribble, folder, lines):
    ended = cribble("select", "pool.jsonl", "-k", 7, *RANDOM, "-o", "out.jsonl")
    assert ended.code == 0
    assert ended.out == ""
    assert "picked 7 of 60 rows by random" in ended.err
    chosen = picked(folder)
    assert len(chosen) == 7
    assert chosen == [line for line in lines if line in chosen]


def test_picked_order_is_the_order_of_picks(cribble, folder, lines):
    done = cribble(
        *("select", "pool.jsonl", "-k", 9, *RANDOM, "-o", "out.jsonl", "--order", "picked"),
        *("--picks", "picks.parquet"),
    )
    assert done.code == 0
    import pyarrow.parquet as pq

    table = pq.read_table(folder / "picks.parquet").to_pydict()
    assert picked(folder) == [lines[row] for row in table["row"]]
    assert table["rank"] == list(range(9))
    assert table["id"] == [f"r{row}" for row in table["row"]]
    assert len(set(table["hash"])) == 9


def test_json_is_one_object_with_the_promised_keys(cribble, lines):
    ended = cribble("select", "pool.jsonl", "-k", "10%", *RANDOM, "-o", "out.jsonl", "--json")
    told = ended.json
    assert list(told) == [
        "method",
        "rows",
        "pool_rows",
        "value",
        "upper_bound",
        "seconds",
        "peak_rss_bytes",
        "seed",
        "out",
        "manifest",
        "stats",
    ]
    assert (told["rows"], told["pool_rows"], told["out"]) == (6, 60, "out.jsonl")
    assert told["stats"]["limits"] == [{"limit": "rows", "asked": 6, "reached": 6}]


def test_the_manifest_says_what_was_done(cribble, folder, lines):
    cribble(
        *("select", "pool.jsonl", "-k", 8, *RANDOM, "-o", "out.jsonl", "--seed", 3),
        *("--at-least", "source:code=4", "--at-most", "source:web=4"),
    )
    manifest = json.loads((folder / "out.manifest.json").read_text())
    assert manifest["recipe"] == {
        "inputs": ["pool.jsonl"],
        "k": "8",
        "at_least": {"source": {"code": 4}},
        "at_most": {"source": {"web": 4}},
        "method": "random",
        "seed": 3,
        "out": "out.jsonl",
    }
    assert manifest["inputs"]["rows"] == 60
    assert manifest["outputs"]["out"]["bytes"] == os.path.getsize(folder / "out.jsonl")
    assert [one["limit"] for one in manifest["limits"]] == [
        "rows",
        "source:code at least",
        "source:web at most",
    ]
    assert {"cribble", "python", "numpy", "numba"} <= set(manifest["versions"])
    assert manifest["cpu_seconds"] >= 0
    assert manifest["peak_rss_bytes"] > 1 << 20


def test_keep_and_drop_files_hold(cribble, folder, lines):
    (folder / "keep.txt").write_text("r5\n7\n")
    (folder / "drop.txt").write_text("\n".join(f"r{row}" for row in range(20, 60)))
    ended = cribble(
        *("select", "pool.jsonl", "-k", 20, *RANDOM, "-o", "out.jsonl", "--json"),
        *("--keep", "keep.txt", "--drop", "drop.txt"),
    )
    assert picked(folder) == lines[:20]
    assert ended.json["stats"]["limits"][1:] == [
        {"limit": "kept rows", "asked": 2, "reached": 2},
        {"limit": "dropped rows picked", "asked": 0, "reached": 0},
    ]


@pytest.mark.parametrize(
    "budget",
    [("-k", "40 tokens"), ("--cost-budget", "12", "--cost-column", "price")],
    ids=["tokens", "column"],
)
def test_a_cost_budget_is_not_exceeded(cribble, lines, budget):
    ended = cribble("select", "pool.jsonl", *budget, *RANDOM, "-o", "out.jsonl", "--json")
    (limit,) = ended.json["stats"]["limits"]
    assert limit["limit"] == "cost at most"
    assert 0 < limit["reached"] <= limit["asked"]


def test_without_an_output_the_first_picks_are_shown(cribble, folder, lines):
    ended = cribble("select", "pool.jsonl", "-k", 3, *RANDOM)
    assert len(ended.out.splitlines()) == 3
    assert "name a file with -o" in ended.err
    assert os.listdir(folder) == ["pool.jsonl"]


def test_a_recipe_file_and_the_command_line_are_the_same_run(cribble, folder, lines):
    (folder / "recipe.yaml").write_text(
        "inputs: pool.jsonl\nk: 8\nmethod: random\nseed: 5\nout: a.jsonl\n"
        "at_least: {source: {code: 6}}\n"
    )
    assert cribble("run", "recipe.yaml").code == 0
    cribble(
        *("select", "pool.jsonl", "-k", 8, *RANDOM, "--seed", 5, "-o", "b.jsonl"),
        *("--at-least", "source:code=6"),
    )
    assert picked(folder, "a.jsonl") == picked(folder, "b.jsonl")
    first, second = (
        json.loads((folder / f"{name}.manifest.json").read_text()) for name in ("a", "b")
    )
    assert first["picks"] == second["picks"]


def test_a_dry_run_says_what_would_be_done_and_does_nothing(cribble, folder, lines):
    ended = cribble(
        *("select", "pool.jsonl", "-k", 8, *RANDOM, "-o", "out.jsonl", "--dry-run", "--json"),
        *("--at-least", "source:code=6"),
    )
    told = ended.json
    assert (told["rows"], told["picks"], told["feasible"]) == (60, 8, True)
    assert (told["format"], told["text_format"]) == ("jsonl", "text")
    assert told["method"] == "random"
    assert told["outputs"] == ["out.jsonl", "out.manifest.json"]
    assert [step["signal"] for step in told["signals"]] == ["source"]
    assert 0 < told["memory_bytes"] <= told["memory_limit"]
    assert told["memory_fits"]
    assert os.listdir(folder) == ["pool.jsonl"]


def test_a_dry_run_says_that_limits_are_not_feasible(cribble, lines):
    ended = cribble(
        *("select", "pool.jsonl", "-k", 8, *RANDOM, "--at-least", "source:code=9", "--dry-run")
    )
    assert ended.code == 0
    assert "not feasible: limits ask for at least 9" in ended.out


def test_threads_and_cache_reach_the_environment(cribble, folder, lines, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "2")
    monkeypatch.setenv("MKL_NUM_THREADS", "2")
    monkeypatch.setenv("VECLIB_MAXIMUM_THREADS", "2")
    monkeypatch.setenv("NUMBA_NUM_THREADS", "2")
    cribble("select", "pool.jsonl", "-k", 3, *RANDOM, "--threads", 1, "--cache", "kept")
    assert os.environ["OMP_NUM_THREADS"] == os.environ["NUMBA_NUM_THREADS"] == "1"
    assert os.environ["CRIBBLE_CACHE"] == "kept"


def test_dots_name_a_field_of_a_record_wherever_a_column_is_named(cribble, folder):
    rows = [
        {"text": f"row {i} of {i % 7}", "meta": {"source": "ab"[i % 2], "score": i}}
        for i in range(60)
    ]
    (folder / "nested.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    limits = ["--at-least", "meta.source:a=7", "--at-most", "meta.source:b=2"]
    best = ["--quality", "meta.score", "--method", "top-score"]
    cribble("select", "nested.jsonl", "-k", "10", *best, *limits, "-o", "out.jsonl")
    chosen = [json.loads(line)["meta"] for line in picked(folder)]
    assert sorted(one["score"] for one in chosen) == [44, 46, 48, 50, 52, 54, 56, 57, 58, 59]
    by = ["--method", "stratified", "--set", "by=meta.source"]
    cribble("select", "nested.jsonl", "-k", "10", *by, "-o", "out.jsonl")
    assert [json.loads(line)["meta"]["source"] for line in picked(folder)].count("a") == 5
    signal = ["--method", "top-score", "--set", "signal=meta.score"]
    cribble("select", "nested.jsonl", "-k", "1", *signal, "-o", "out.jsonl")
    assert json.loads(picked(folder)[0])["meta"]["score"] == 59


def test_rows_of_a_table_are_chosen_by_its_columns(cribble, folder):
    lines = [f"{i},{20 + i % 50},{'Rome' if i % 3 else 'Oslo'},{i % 2}" for i in range(300)]
    (folder / "table.csv").write_text("\n".join(["id,age,city,y", *lines]) + "\n")
    table = ["--embed", "table:age,city", "--method", "k-center"]
    cribble("select", "table.csv", "-k", "100", *table, "-o", "out.csv")
    chosen = picked(folder, "out.csv")[1:]
    assert len({line.split(b",", 1)[1][:-3] for line in chosen}) == 100
    assert cribble("verify", "out.csv").code == 0
    refused = cribble("select", "table.csv", "-k", "9", "--embed", "table:agee")
    assert refused.code == 2
    assert "did you mean age" in refused.err
