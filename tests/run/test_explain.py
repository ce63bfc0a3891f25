"""Every method of the catalogue on a pool in a file: it is recorded, repeated and explained."""

import json
from pathlib import Path

import numpy as np
import pytest

from cribble.core import Silent
from cribble.run.execute import execute
from cribble.run.explain import explain
from cribble.run.recipe import make_recipe
from cribble.run.verify import verify
from cribble.selectors import catalogue
from cribble.testing.pools import make_pool

ROWS, PICKS = 60, 8


def write_pool(path, pool):
    """Write what a test pool holds as rows with the columns that a run asks for."""
    columns = {name: pool.signal(name).tolist() for name in pool.signal_names}
    columns["id"] = [f"r{row}" for row in range(len(pool))]
    for name in pool.group_names:
        groups = pool.groups(name)
        columns[name] = [groups.names[code] for code in groups.codes]
    if pool.has_text:
        columns["text"] = [text for block in pool.text_blocks() for text in block]
    rows = (dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True))
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pool")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CRIBBLE_CACHE", str(folder / "cache"))
        yield folder


def run(folder, method, name=None, **more):
    needs = catalogue.method_class(method).card.needs
    pool = make_pool((*needs, *({"embedding"} - set(needs))), ROWS)
    files = [folder / f"{name or method}-{part}.jsonl" for part in ("pool", "target", "out")]
    write_pool(files[0], pool)
    for target in pool.targets:
        write_pool(files[1], target)
    recipe = {
        "inputs": [str(files[0])],
        "k": PICKS,
        "method": method,
        "group": "group" if "group" in needs else "source",
        "label": "label" if "label" in needs else None,
        "quality": "quality" if "quality" in needs else None,
        "target": [str(files[1])] if pool.targets else [],
        "out": str(files[2]),
        "picks": str(files[2].with_suffix(".parquet")),
    }
    return execute(make_recipe({**recipe, **more}), Silent())


def records(done):
    path = done.prepared.recipe.inputs[0]
    return [json.loads(line) for line in Path(path).read_text("utf-8").splitlines()]


@pytest.mark.parametrize("method", catalogue.METHODS)
def test_every_method_is_recorded_repeated_and_explained(folder, method):
    done = run(folder, method)
    record = json.loads(done.manifest.read_text("utf-8"))
    assert (record["method"], record["rows"]) == (method, len(done.selection))
    assert set(record["parameters"]) >= set(record["recipe"].get("parameters", {}))
    again = verify(done.manifest, Silent())
    assert len(again.checks) >= 6
    assert again.equal

    picks = done.selection.indices.tolist()
    told = explain(done.manifest, f"r{picks[1]}", Silent())
    assert (told["picked"], told["rank"]) == (True, 1)
    bare = f"row {picks[1]} is pick 2 of {len(picks)} by {method}"
    assert told["text"].startswith(bare + "; ")

    other = next(row for row in range(ROWS) if row not in picks)
    told = explain(done.manifest, f"r{other}", Silent())
    assert (told["picked"], told["rank"]) == (False, None)
    assert told["text"].startswith(f"row {other} was not picked by {method}; ")


def test_the_pick_most_like_a_row_is_told(folder):
    done = run(folder, "mmr")
    vectors = np.array([one["embedding"] for one in records(done)])
    vectors /= np.linalg.norm(vectors, axis=1)[:, None]
    other = next(row for row in range(ROWS) if row not in done.selection.indices)
    cosines = vectors[done.selection.indices] @ vectors[other]
    best = int(cosines.argmax())
    row = done.selection.indices[best]
    told = explain(done.manifest, f"r{other}", Silent())["text"]
    assert told.endswith(
        f"the pick most like it is row {row} (pick {best + 1}, cosine {cosines[best]:.2f})"
    )


def test_a_row_that_scores_above_a_pick_is_told_what_else_decides(folder):
    done = run(folder, "ccs")
    scores, picks = done.selection.scores, done.selection.indices
    out = np.setdiff1d(np.arange(ROWS), picks)
    above = out[scores[out] > scores[picks].min()][0]
    told = explain(done.manifest, f"r{above}", Silent())["text"]
    assert "the score alone does not decide: Coverage-centric selection" in told
    best = run(folder, "top-score")
    other = next(row for row in range(ROWS) if row not in best.selection.indices)
    assert "alone" not in explain(best.manifest, f"r{other}", Silent())["text"]


def test_the_classes_of_a_target_are_read_from_the_named_column(folder):
    done = run(folder, "meta-weights", "renamed")
    named = {}
    for part in ("pool", "target"):
        old = folder / f"renamed-{part}.jsonl"
        named[part] = folder / f"kind-{part}.jsonl"
        named[part].write_text(old.read_text("utf-8").replace('"group"', '"kind"'), "utf-8")
    recipe = {
        **done.prepared.recipe.given(),
        "inputs": [str(named["pool"])],
        "target": [str(named["target"])],
        "group": "kind",
        "out": None,
        "picks": None,
    }
    again = execute(make_recipe(recipe), Silent())
    assert again.selection.indices.tolist() == done.selection.indices.tolist()


def test_limits_are_told_before_anything_else(folder):
    done = run(folder, "random", "limited", keep=["r1"], drop=["r2"], at_most={"group": {"a": 0}})
    assert [one["source"] for one in records(done)[:3]] == ["a", "b", "c"]
    assert "the list of rows to keep" in explain(done.manifest, "r1", Silent())["text"]
    assert "the list of rows to drop" in explain(done.manifest, "r2", Silent())["text"]
    assert "group:a has all 0 picks" in explain(done.manifest, "r0", Silent())["text"]


def test_a_filter_that_dropped_a_row_is_told(folder):
    pool = folder / "twice.jsonl"
    lines = [json.dumps({"text": f"text of {row % 20}"}) + "\n" for row in range(40)]
    pool.write_text("".join(lines), "utf-8")
    done = run(folder, "random", "twice", inputs=[str(pool)], group=None, dedup=["exact"])
    told = explain(done.manifest, "25", Silent())["text"]
    assert "filter exact-duplicates dropped it first" in told
    assert told.endswith("like row 5")
