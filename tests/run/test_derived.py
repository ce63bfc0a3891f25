import json

import numpy as np
import pytest

from cribble.api import Pool
from cribble.core import Budget
from cribble.selectors.catalogue import make


def test_what_a_method_derives_is_computed_once_and_gives_the_same_picks(tmp_path, monkeypatch):
    monkeypatch.setenv("CRIBBLE_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "pool.jsonl"
    words = np.random.default_rng(0).integers(0, 40, (60, 8))
    path.write_text("".join(json.dumps({"text": " ".join(map(str, row))}) + "\n" for row in words))

    pool = Pool.read(path)
    calls = []

    def compute() -> np.ndarray:
        calls.append(1)
        return np.arange(60)

    first = pool.derived("embedding", "thing count=1", compute)
    again = Pool.read(path).derived("embedding", "thing count=1", compute)
    np.testing.assert_array_equal(first, again)
    assert len(calls) == 1
    pool.derived("embedding", "thing count=2", compute)
    assert len(calls) == 2

    method = make("facility-location", form="graph", neighbors=5)
    picks = [method.select(Pool.read(path), Budget(rows=7)).indices for _ in range(2)]
    bare = Pool.from_array(np.asarray(pool.signal("embedding")))
    picks.append(method.select(bare, Budget(rows=7)).indices)
    np.testing.assert_array_equal(picks[0], picks[1])
    np.testing.assert_array_equal(picks[0], picks[2])


@pytest.mark.parametrize("ending", ["jsonl", "parquet"])
@pytest.mark.parametrize("text", [None, "<{text}>"])
def test_of_rows_that_are_not_asked_for_no_text_is_read(tmp_path, ending, text, monkeypatch):
    path = tmp_path / "pool.jsonl"
    path.write_text("".join(json.dumps({"text": f"row {i}"}) + "\n" for i in range(50)))
    if ending == "parquet":
        Pool.read(path).rows.write(tmp_path / "pool.parquet", np.arange(50))
    pool = Pool.read(tmp_path / f"pool.{ending}", text=text)
    rows = np.array([3, 17, 49])
    whole = [one for block in pool.text_blocks() for one in block]
    monkeypatch.setattr(type(pool), "text_blocks", None)
    found = [one for block in pool.part(rows).text_blocks() for one in block]
    assert found == [whole[row] for row in rows]
