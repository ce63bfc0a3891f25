"""Rows come out of a pool as a dataset with their features."""

from __future__ import annotations

import json

import numpy as np
import pytest

import cribble as cb
from cribble.core.errors import OutputError

datasets = pytest.importorskip("datasets")

ROWS = [
    {"id": f"r{row}", "text": f"word {row}", "kind": row % 2, "tags": [str(row)] * (row % 3)}
    for row in range(30)
]


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CRIBBLE_CACHE", str(tmp_path / "cache"))


@pytest.mark.parametrize("order", ["pool", "picked"])
def test_a_dataset_comes_out_with_its_features(order):
    features = datasets.Features(
        {
            "id": datasets.Value("string"),
            "text": datasets.Value("string"),
            "kind": datasets.ClassLabel(names=["no", "yes"]),
            "tags": datasets.Dataset.from_list(ROWS).features["tags"],
        }
    )
    given = datasets.Dataset.from_list(ROWS, features=features)
    chosen = cb.select(given, 7, "random", seed=4)
    found = cb.to_dataset(chosen, order)
    assert found.features == given.features
    assert found.to_list() == given.select(chosen.ordered(order)).to_list()


def test_lines_come_out_as_a_dataset(tmp_path):
    path = tmp_path / "pool.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    chosen = cb.select(path, 7, "random", seed=4)
    assert cb.to_dataset(chosen).to_list() == [ROWS[row] for row in chosen.ordered("pool")]


def test_bare_vectors_are_no_dataset():
    chosen = cb.select(np.eye(9), 3, "random")
    with pytest.raises(OutputError, match="bare array"):
        cb.to_dataset(chosen)
    read = cb.select(cb.Pool.read(np.eye(9)), 3, "random")
    with pytest.raises(OutputError, match="bare vectors"):
        cb.to_dataset(read)
