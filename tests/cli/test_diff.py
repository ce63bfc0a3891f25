from __future__ import annotations

import json
import shutil

import pytest


@pytest.fixture
def runs(cribble, lines):
    for name, seed in (("a", 1), ("b", 2)):
        ended = cribble(
            *("select", "pool.jsonl", "-k", 12, "--method", "random", "--group", "source"),
            *("--seed", seed, "-o", f"{name}.jsonl"),
        )
        assert ended.code == 0


def rows_of(path):
    return {int(json.loads(line)["id"][1:]) for line in path.read_text("utf-8").splitlines()}


def test_the_rows_of_both_and_of_one_are_told(cribble, runs, folder):
    told = cribble("diff", "a.jsonl", "b.jsonl", "--json").json
    a, b = rows_of(folder / "a.jsonl"), rows_of(folder / "b.jsonl")
    assert set(told["both"]) == a & b
    assert set(told["only_first"]) == a - b
    assert set(told["only_second"]) == b - a
    assert told["jaccard"] == len(a & b) / len(a | b)
    assert [one["run"] for one in told["runs"]] == ["a.jsonl", "b.jsonl"]
    metrics = [one["comparison"]["metrics"] for one in told["runs"]]
    assert metrics[0].keys() == metrics[1].keys() != set()
    assert told["settings"] == [{"setting": "seed", "first": 1, "second": 2}]
    code = {one["group"]: one for one in told["shares"]["group"]}["code"]
    assert code["pool"] == pytest.approx(1 / 3)
    assert code["first"] == sum(row % 3 == 0 for row in a) / 12
    assert code["second"] == sum(row % 3 == 0 for row in b) / 12


def test_the_table_has_a_column_for_each_run(cribble, runs):
    lines = cribble("diff", "a.jsonl", "b.manifest.json").out.splitlines()
    assert lines[0].startswith("The runs share ")
    cells = {line.split("  ")[0]: line.split("  ")[1:] for line in lines}
    assert [one.strip() for one in cells["seed"] if one.strip()] == ["1", "2"]
    assert [one.strip() for one in cells["rows"] if one.strip()] == ["12", "12"]
    assert sum("random subsets" in line for line in lines) == 2


def test_a_run_beside_itself_differs_in_nothing(cribble, runs, folder):
    for name in ("jsonl", "manifest.json"):
        shutil.copy(folder / f"a.{name}", folder / f"c.{name}")
    told = cribble("diff", "a.jsonl", "c.jsonl", "--json").json
    assert told["verdict"] == "Both runs picked the same rows."
    assert (told["jaccard"], told["settings"]) == (1.0, [])


def test_a_run_is_held_against_its_update(cribble, lines, folder):
    (folder / "old.jsonl").write_bytes(b"".join(lines[:45]))
    (folder / "new.jsonl").write_bytes(b"".join(lines[45:]))
    how = ("--method", "k-center", "--group", "source")
    assert cribble("select", "old.jsonl", "-k", 12, *how, "-o", "a.jsonl").code == 0
    assert cribble("update", "a.jsonl", "new.jsonl", "-o", "b.jsonl").code == 0
    told = cribble("diff", "a.jsonl", "b.jsonl", "--report", "diff.html", "--json").json
    a, b = rows_of(folder / "a.jsonl"), rows_of(folder / "b.jsonl")
    assert told["pool_rows"] == len(lines)
    assert (set(told["both"]), set(told["only_second"])) == (a & b, b - a)
    assert f"has {len(lines) - 45} rows more than that of a.jsonl" in told["notes"][0]
    back = cribble("diff", "b.jsonl", "a.jsonl", "--json").json
    assert (back["notes"], set(back["only_first"])) == (told["notes"], b - a)


def test_runs_on_different_pools_are_refused(cribble, runs, folder):
    (folder / "other.jsonl").write_bytes((folder / "pool.jsonl").read_bytes() * 2)
    cribble("select", "other.jsonl", "-k", 5, "--method", "random", "-o", "d.jsonl")
    ended = cribble("diff", "a.jsonl", "d.jsonl", "--report", "diff.html")
    assert ended.code == 2
    assert "the fingerprints differ (60 rows and 120 rows)" in ended.err
    assert not (folder / "diff.html").exists()


def test_other_vectors_are_named_as_no_common_unit(cribble, runs, folder):
    text = ("--text", "{source} {text}")
    cribble("select", "pool.jsonl", "-k", 12, "--method", "k-center", *text, "-o", "e.jsonl")
    told = cribble("diff", "a.jsonl", "e.jsonl", "--json").json
    assert "embed the rows differently" in told["notes"][0]


def test_dry_run_plans_both_and_reads_nothing_else(cribble, runs):
    told = cribble("diff", "a.jsonl", "b.jsonl", "--dry-run", "--json").json
    assert [one["method"] for one in told["plans"]] == ["random", "random"]


def test_the_page_shows_both_in_one_map(cribble, runs, folder):
    assert cribble("diff", "a.jsonl", "b.jsonl", "--report", "diff.html").code == 0
    page = (folder / "diff.html").read_text("utf-8")
    a, b = rows_of(folder / "a.jsonl"), rows_of(folder / "b.jsonl")
    for kind, rows in enumerate((a & b, a - b, b - a)):
        path = page.partition(f'class="picks kind{kind}"')[0].rpartition("<path")[2]
        assert path.count("M") == len(rows)
    assert "only in a.jsonl" in page
    assert "Settings that differ" in page
