"""Methods work from the log of a training run that is handed over as a file."""

from __future__ import annotations

import json

import numpy as np
import pyarrow.parquet as pq
import pytest

ROWS, CLASSES, EPOCHS = 40, 3, 4
NAMES = ("cat", "dog", "owl")


@pytest.fixture
def log(folder):
    """Chances of a run on ``pool.jsonl``; the own class of row i gets more the larger i is."""
    rng = np.random.default_rng(1)
    labels = rng.integers(0, CLASSES, ROWS)
    chances = rng.dirichlet(np.ones(CLASSES), (EPOCHS, ROWS)) / 100
    own = np.linspace(0.05, 0.9, ROWS)
    for epoch in range(EPOCHS):
        chances[epoch] += (0.99 * (1 - own) / (CLASSES - 1))[:, None]
        chances[epoch, np.arange(ROWS), labels] += 0.99 * (own - (1 - own) / (CLASSES - 1))
    rows = [{"id": f"r{i}", "kind": NAMES[one], "text": f"t {i}"} for i, one in enumerate(labels)]
    (folder / "pool.jsonl").write_text("".join(json.dumps(one) + "\n" for one in rows))
    np.save(folder / "log.npy", chances)
    lines = (
        {"epoch": epoch, "row": row, "probabilities": chances[epoch, row].tolist()}
        for epoch in range(EPOCHS)
        for row in range(ROWS)
    )
    (folder / "log.jsonl").write_text("".join(json.dumps(one) + "\n" for one in lines))
    return labels, chances


def margins(log):
    labels, chances = log
    own = chances[:, np.arange(ROWS), labels]
    others = np.where(np.eye(CLASSES, dtype=bool)[labels], -np.inf, chances).max(axis=2)
    return own - others


LOG = ("--model-log", "log.npy", "--label", "kind")


def test_scores_are_written_and_kept(cribble, folder, log):
    wanted = {
        "aum": margins(log).mean(axis=0),
        "margin": margins(log)[-1],
        "el2n": np.linalg.norm(log[1] - np.eye(CLASSES)[log[0]], axis=2).sum(axis=0),
    }
    planned = cribble("score", "pool.jsonl", "--signal", "aum", *LOG, "--dry-run", "--json").json
    assert (planned["source"], planned["state"]) == ("log log.npy", "to compute")
    for name, values in {**wanted, "difficulty": wanted["el2n"]}.items():
        done = cribble("score", "pool.jsonl", "--signal", name, *LOG, "-o", "s.parquet")
        assert done.code == 0, done.err
        assert pq.read_table(folder / "s.parquet")[name].to_numpy() == pytest.approx(values)
    planned = cribble("score", "pool.jsonl", "--signal", "el2n", *LOG, "--dry-run", "--json").json
    assert planned["state"] == "cached"


@pytest.mark.parametrize("file", ["log.npy", "log.jsonl"])
def test_the_hardest_rows_are_picked_recorded_verified_and_explained(cribble, folder, log, file):
    done = cribble(
        *("select", "pool.jsonl", "-k", 6, "--method", "top-score", "--set", "signal=difficulty"),
        *("--model-log", file, "--label", "kind", "-o", "out.jsonl"),
    )
    assert done.code == 0, done.err
    found = [json.loads(line)["id"] for line in (folder / "out.jsonl").read_text().splitlines()]
    hardest = np.argsort(np.linalg.norm(log[1] - np.eye(CLASSES)[log[0]], axis=2).sum(axis=0))[-6:]
    assert found == [f"r{row}" for row in sorted(hardest)]
    sides = json.loads((folder / "out.manifest.json").read_text())["sides"]
    assert [(one["use"], one["path"]) for one in sides] == [("model log", file)]
    assert cribble("verify", "out.jsonl").code == 0
    told = cribble("explain", "out.jsonl", found[0], "--json").json
    assert told["picked"]
    assert told["score"] == pytest.approx(
        np.linalg.norm(log[1] - np.eye(CLASSES)[log[0]], axis=2).sum(axis=0)[int(found[0][1:])]
    )
    with (folder / file).open("ab") as stream:
        stream.write(b"\n")
    checked = cribble("verify", "out.jsonl", "--json")
    assert checked.code != 0
    assert [one["what"] for one in checked.json["checks"] if not one["equal"]] == ["model log"]


@pytest.mark.parametrize(
    "method",
    [("ccs",), ("ccs", "--set", "signal=aum", "--set", "largest=false"), ("difficulty-band",)],
)
def test_coverage_methods_work_from_a_log(cribble, folder, log, method):
    ended = cribble("select", "pool.jsonl", "-k", 5, "--method", *method, *LOG, "-o", "out.jsonl")
    assert ended.code == 0, ended.err
    assert len((folder / "out.jsonl").read_text().splitlines()) == 5


def test_a_comparison_takes_the_same_logs(cribble, folder, log):
    asked = ("compare", "pool.jsonl", "-k", 8, "--methods", "ccs", "--repeats", 5, "--json")
    ended = cribble(*asked, "--model-log", "log.jsonl", "--label", "kind")
    assert ended.code == 0, ended.err
    assert "never_learned" in ended.out
    probed = ("--model-log", "log.npy", "--probe", "kind", "--repeats", 5)
    ended = cribble("compare", "pool.jsonl", "-k", 8, "--methods", "random", *probed)
    assert ended.code == 0, ended.err
    ended = cribble("compare", "pool.jsonl", "-k", 8, "--methods", "ccs", *probed)
    assert ended.code == 2
    assert "--model-log" in ended.err


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--model-log", "log.npy"), "name their column with --label"),
        (("--model-log", "none.npy", "--label", "kind"), "No such file"),
        (("--model-log", "short.npy", "--label", "kind"), "39 rows, and the pool has 40"),
        (("--model-log", "narrow.npy", "--label", "kind"), "3 names, and the model log 2 classes"),
        (("--model-log", "log.npy", "--label", "kinds"), "kind"),
        (("--label", "kind"), "--model-log"),
    ],
)
def test_what_is_missing_is_told(cribble, folder, log, options, told):
    np.save(folder / "short.npy", log[1][:, 1:])
    np.save(folder / "narrow.npy", np.full((2, ROWS, 2), 0.5))
    ended = cribble("select", "pool.jsonl", "-k", 5, "--method", "ccs", *options)
    assert ended.code == 2
    assert told in ended.err
    ended = cribble("score", "pool.jsonl", "--signal", "aum", *options)
    assert ended.code == 2
    assert told in ended.err


def test_an_update_cuts_the_log_to_the_rows_that_compete(log):
    from cribble import Pool

    whole = Pool.read("pool.jsonl", model_log="log.npy", label="kind")
    rows = np.array([3, 17, 30])
    part = whole.some(rows)
    for name in ("aum", "difficulty"):
        assert (part.signal(name) == whole.signal(name)[rows]).all()
