import json

import numpy as np

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
