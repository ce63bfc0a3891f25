from __future__ import annotations

import json

import numpy as np
import pytest

SELECT = ("select", "pool.jsonl", "--embedding", "vector", "--method", "facility-location")


@pytest.fixture
def pool(folder):
    """120 rows around six far apart points, each labeled by its point, or one in five at will."""
    draws = np.random.default_rng(0)
    with (folder / "pool.jsonl").open("w") as file:
        for row in range(120):
            vector = 10 * np.eye(6)[row % 6] + 0.1 * draws.standard_normal(6)
            kind = "abcdef"[row % 6 if row % 5 else row // 5 % 6]
            line = {"id": f"r{row}", "kind": kind, "vector": vector.tolist()}
            file.write(json.dumps(line) + "\n")


def test_auto_picks_the_knee_says_why_and_can_be_repeated(cribble, folder, pool):
    ended = cribble(*SELECT, "-k", "auto", "-o", "out.jsonl")
    assert ended.code == 0
    assert "picked 6 of 120 rows" in ended.err
    assert "6 rows: the knee of the curve of value (facility-location)" in ended.err
    assert any(line.split()[:1] == ["24"] for line in ended.err.splitlines())
    assert len((folder / "out.jsonl").read_bytes().splitlines()) == 6
    manifest = json.loads((folder / "out.manifest.json").read_text())
    assert manifest["recipe"]["k"] == "auto"
    assert manifest["stats"]["curve"]["rows"] == manifest["rows"] == 6
    assert "knee" in manifest["stats"]["curve"]["why"]
    repeated = cribble("verify", "out.jsonl", "--json")
    assert repeated.code == 0
    assert repeated.json["equal"]


def test_labels_add_the_held_out_curve_and_the_report_draws_it(cribble, folder, pool):
    ended = cribble(*SELECT, "-k", "auto", "--label", "kind", "--report", "page.html", "--json")
    told = ended.json["stats"]["curve"]
    assert told["held_out"]["held_out_rows"] == 24
    assert told["held_out"]["within_one_error"] == told["rows"] == ended.json["rows"]
    assert [one["times_the_pool"] for one in told["training"]] == [1, 4, 10]
    page = (folder / "page.html").read_text()
    for text in (
        "How many rows are enough",
        "number of rows (logarithmic)",
        "error of a linear classifier on held-out rows",
        "Quality against repetition",
    ):
        assert text in page


def test_labels_at_random_are_told_in_the_first_line(cribble, folder, pool):
    draws = np.random.default_rng(1)
    lines = [json.loads(one) for one in (folder / "pool.jsonl").read_text().splitlines()]
    for one in lines:
        one["kind"] = "ab"[draws.integers(2)]
    (folder / "pool.jsonl").write_text("".join(json.dumps(one) + "\n" for one in lines))
    ended = cribble(*SELECT, "-k", "auto", "--label", "kind", "--report", "page.html")
    assert ended.err.startswith("No number of rows beats chance: error of a linear classifier")
    assert "6 rows: with labels that tell nothing, the knee of the curve" in ended.err
    assert any(line.split()[:2] == ["6", "<"] for line in ended.err.splitlines())
    assert "No number of rows beats chance" in (folder / "page.html").read_text()
    told = cribble(*SELECT, "-k", "auto", "--label", "kind", "--json").json["stats"]["curve"]
    assert told["doubt"].startswith("No number of rows beats chance")
    assert told["held_out"]["beats_chance"] is False


def test_curve_leaves_the_number_that_was_asked_for(cribble, pool):
    told = cribble(*SELECT, "-k", 40, "--curve", "--json").json
    assert told["rows"] == 40
    assert told["stats"]["curve"]["rows"] == 6
    assert told["stats"]["curve"]["value"]["rows"][-1] == 40
    assert "curve" not in cribble(*SELECT, "-k", 40, "--json").json["stats"]


def test_auto_looks_at_rows_that_filters_leave(cribble, folder, pool):
    (folder / "gone.txt").write_text("".join(f"r{row}\n" for row in range(60)))
    told = cribble(*SELECT, "-k", "auto", "--drop", "gone.txt", "--json").json
    assert told["stats"]["curve"]["value"]["rows"][-1] == 12


def test_a_plan_of_auto_names_the_most(cribble, pool):
    told = cribble(*SELECT, "-k", "auto", "--dry-run", "--json").json
    assert told["limits"] == "up to 24 of 120 rows that can be picked"


def test_a_budget_of_cost_has_no_curve(cribble, folder, lines):
    ended = cribble(
        *("select", "pool.jsonl", "--cost-budget", 9, "--cost-column", "price", "--curve"),
        *("--method", "facility-location"),
    )
    assert ended.code == 2
    assert "counts rows" in ended.err


def test_methods_are_not_compared_at_auto(cribble, pool):
    ended = cribble("compare", "pool.jsonl", "-k", "auto", "--methods", "random")
    assert ended.code == 2
    assert "one number of rows" in ended.err
