from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import cribble as cb
from cribble.core import Pool as BarePool
from cribble.core.errors import ParameterError, TargetError, UnknownNameError
from cribble.executors import Local
from cribble.selectors import catalogue


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.setenv("CRIBBLE_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    rows = [
        {"id": f"r{row}", "source": "ab"[row % 2], "score": row / 8, "text": f"word{row} again"}
        for row in range(40)
    ]
    (tmp_path / "pool.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path / "pool.jsonl"


def test_every_public_name_is_there():
    for name in ("Pool", "Budget", "Selection", "select", "compare", "CribbleError", "Random"):
        assert name in dir(cb)
        assert getattr(cb, name).__name__ == name
    with pytest.raises(AttributeError, match="Rondom"):
        cb.Rondom  # noqa: B018


@pytest.mark.parametrize("name", catalogue.METHODS)
def test_every_method_is_exported_by_its_class_name(name):
    cls = catalogue.method_class(name)
    assert getattr(cb, cls.__name__) is cls


def test_a_bare_array_is_a_pool():
    chosen = cb.select(np.eye(30), 7, "random", seed=2)
    assert len(set(chosen.indices.tolist())) == 7
    same = cb.Random().select(cb.Pool.from_array(np.eye(30)), cb.Budget(rows=7), seed=2)
    assert same.indices.tolist() == chosen.indices.tolist()
    assert chosen.manifest["recipe"] is None
    assert chosen.manifest["limits"] == [{"limit": "rows", "asked": 7, "reached": 7}]


def test_a_file_is_read_and_its_rows_are_written_with_a_record(path, tmp_path):
    pool = cb.Pool.read(path)
    chosen = cb.select(pool, "10%", method="random", seed=1)
    chosen.write(tmp_path / "subset.jsonl")
    lines = path.read_bytes().splitlines(keepends=True)
    assert (tmp_path / "subset.jsonl").read_bytes() == b"".join(
        lines[row] for row in sorted(chosen.indices)
    )
    manifest = json.loads((tmp_path / "subset.manifest.json").read_text())
    assert manifest["recipe"]["inputs"] == [str(path)]
    assert manifest["recipe"]["k"] == "10%"
    assert manifest["outputs"]["out"]["path"] == str(tmp_path / "subset.jsonl")


@pytest.mark.parametrize("kind", ["arrow", "pandas", "polars", "datasets", "records"])
def test_a_table_in_memory_is_chosen_from_and_written(kind, path, tmp_path):
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    made = rows if kind == "records" else _table(kind, rows)
    chosen = cb.select(made, 5, method="k-center", seed=1)
    chosen.write(tmp_path / "subset.parquet")
    wanted = [rows[row]["id"] for row in sorted(chosen.indices)]
    assert pq.read_table(tmp_path / "subset.parquet")["id"].to_pylist() == wanted
    manifest = json.loads((tmp_path / "subset.manifest.json").read_text())
    assert manifest["inputs"]["files"] == []
    assert manifest["inputs"]["rows"] == 40


def _table(kind, rows):
    if kind == "arrow":
        return pa.Table.from_pylist(rows)
    if kind == "datasets":
        return pytest.importorskip("datasets").Dataset.from_list(rows)
    return pytest.importorskip(kind).DataFrame(rows)


def test_a_run_from_python_can_be_verified(path, tmp_path):
    from cribble.core import Silent
    from cribble.run.verify import verify

    budget = cb.Budget(rows=6, keep=[3], drop=[4], at_least={"source": {"a": 4}})
    chosen = cb.select(path, budget, cb.Random(), seed=9)
    chosen.write(tmp_path / "subset.jsonl", order="picked")
    verdict = verify(tmp_path / "subset.jsonl", Silent())
    assert verdict.equal
    assert "picks in order" in [check.what for check in verdict.checks]


def test_a_method_called_by_hand_is_recorded_as_far_as_it_is_known(path, tmp_path):
    from cribble.core import Silent
    from cribble.run.verify import verify

    pool = cb.Pool.read(path)
    cb.Random().select(pool, cb.Budget(rows=4)).write(tmp_path / "subset.jsonl")
    manifest = json.loads((tmp_path / "subset.manifest.json").read_text())
    assert (manifest["method"], manifest["recipe"], manifest["rows"]) == ("random", None, 4)
    verdict = verify(tmp_path / "subset.jsonl", Silent())
    assert verdict.equal
    assert "cannot be repeated" in verdict.notes[-1]
    (tmp_path / "subset.jsonl").write_text("")
    assert not verify(tmp_path / "subset.jsonl", Silent()).equal


def test_columns_and_arrays_both_give_groups(path):
    budget = cb.Budget(rows=5, at_least={"group": {"a": 5}})
    by_column = cb.select(path, budget, "random", group="source")
    by_values = cb.select(path, budget, "random", group=["a", "b"] * 20)
    assert by_column.indices.tolist() == by_values.indices.tolist()
    assert set(by_column.indices % 2) == {0}
    assert by_column.manifest["recipe"] is not None
    assert by_values.manifest["recipe"] is None


def test_a_pool_can_be_seen_in_another_way(path):
    pool = cb.Pool.read(path, text="{id}")
    assert next(iter(next(pool.text_blocks()))) == "r0"
    seen = pool.rebound(pool.binding.reading.model_copy(update={"text": "{source}"}))
    assert next(iter(next(seen.text_blocks()))) == "a"


def test_targets_are_pools_of_their_own(path, tmp_path):
    from cribble.run.pool import aimed

    (tmp_path / "dev.jsonl").write_text('{"text": "word3 again"}\n')
    pool = aimed(cb.Pool.read(path), [str(tmp_path / "dev.jsonl"), cb.Pool.from_array(np.eye(2))])
    assert [len(target) for target in pool.targets] == [1, 2]
    assert list(next(pool.targets[0].text_blocks())) == ["word3 again"]
    vectors = aimed(cb.Pool.from_array(np.eye(3)), np.ones((4, 3)))
    assert vectors.targets[0].signal("embedding").shape == (4, 3)
    with pytest.raises(TargetError, match="hand over vectors"):
        aimed(cb.Pool.from_array(np.eye(3)), "dev.jsonl")


def test_methods_are_compared_and_the_comparison_is_a_page(path, tmp_path):
    result = cb.compare(path, 5, ["random", cb.TopScore(signal="score")], repeats=5)
    assert [one.method for one in result.results] == ["random", "top-score"]
    result.report(tmp_path / "compare.html")
    assert (tmp_path / "compare.html").read_text().startswith("<!")


def test_without_a_method_the_default_is_taken(path):
    chosen = cb.select(path, 4)
    assert chosen.method == "auto"
    assert chosen.manifest["why"].startswith("default: methods that fit the pool race")
    assert "It took random: " in chosen.manifest["why"]
    aimed = cb.select(np.eye(9), 3, target=np.eye(9)[:1])
    assert aimed.stats["auto"]["chosen"] == "rds-plus"


def test_names_are_checked(path):
    with pytest.raises(UnknownNameError, match="did you mean random"):
        cb.select(path, 3, "randm")
    with pytest.raises(UnknownNameError, match=r"option named 'txt'.*text"):
        cb.Pool.read(path, txt="{id}")
    with pytest.raises(UnknownNameError, match="did you mean score"):
        cb.Pool.read(path, quality="scor")
    with pytest.raises(ParameterError, match="made already"):
        cb.select(path, 3, cb.Random(), width=3)
    with pytest.raises(ParameterError, match="pool of arrays"):
        cb.select(BarePool.from_array(np.eye(3)), 1, "random", text="{id}")


def test_a_tokens_budget_is_bound(path):
    chosen = cb.select(path, "9 tokens", "random")
    (limit,) = chosen.manifest["limits"]
    assert 0 < limit["reached"] <= 9
    assert cb.select(path, cb.Budget(cost=1, cost_column="score"), "random").manifest["limits"]
    with pytest.raises(UnknownNameError, match="did you mean score"):
        cb.select(path, cb.Budget(cost=1, cost_column="scores"), "random")


def test_an_executor_is_named_for_files_and_arrays_alike(path, monkeypatch):
    opened = []

    class Other:
        def __init__(self, address):
            opened.append(address)
            self.ranks, self.hold, self.map = 2, Local().hold, map

        def describe(self):
            return {"executor": "ray"}

    monkeypatch.setattr("cribble.executors.ray.Ray", Other)
    aim = np.eye(4)[:2]
    pool = cb.Pool.from_array(np.random.default_rng(0).normal(size=(50, 4)))
    there = cb.select(pool, 6, "rds-plus", target=aim, executor="ray")
    assert there.indices.tolist() == cb.select(pool, 6, "rds-plus", target=aim).indices.tolist()
    assert there.manifest["executor"] == {"executor": "ray"}
    read = cb.select(path, 6, "random", executor="ray://h:1")
    assert read.manifest["recipe"]["executor"] == "ray://h:1"
    assert cb.select(cb.Pool.read(path, executor="ray"), 6, "random").manifest["executor"] == {
        "executor": "ray"
    }
    assert opened == [None, "h:1", None]
    with pytest.raises(UnknownNameError, match="no executor named 'rag'"):
        cb.select(path, 6, "random", executor="rag")


def test_auto_is_a_number_of_rows_that_a_curve_finds():
    vectors = np.repeat(10 * np.eye(5, dtype=np.float32), 12, axis=0)
    curve = cb.curve(vectors, method="facility-location")
    assert curve.value.sizes[-1] == 12
    chosen = cb.select(vectors, "auto", method="facility-location")
    assert len(chosen) == curve.rows == 5
    assert chosen.stats["curve"] == curve.as_dict()


def test_a_curve_takes_its_most_rows_and_limits_from_a_budget():
    vectors = np.repeat(10 * np.eye(5, dtype=np.float32), 12, axis=0)
    curve = cb.curve(vectors, cb.Budget(rows=30, keep=[7]), method=cb.FacilityLocation())
    assert curve.value.sizes.tolist() == list(range(1, 31))
