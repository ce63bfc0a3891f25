"""Median cut: equal parts, their most central rows, and what limits make of them."""

from __future__ import annotations

import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.kernels.reference import median_cut as reference
from cribble.selectors.coverage.median_cut import MedianCut


def _rows(n: int, dim: int = 3, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, dim)).astype(np.float32)


@pytest.mark.parametrize("k", [1, 2, 7, 30, 59, 60])
def test_each_part_gives_its_most_central_row(k: int) -> None:
    X = _rows(60)
    chosen = MedianCut(centered=False).select(Pool.from_array(X), Budget(rows=k))
    parts = reference.median_cut(X, k)
    assert sorted(chosen.indices.tolist()) == sorted(part[0] for part in parts)
    for part in parts:
        assert set(chosen.indices[chosen.assignment[part]].tolist()) == {part[0]}


def test_rows_are_taken_about_their_mean_and_scaled() -> None:
    X = _rows(80) * np.random.default_rng(1).uniform(0.1, 9, size=(80, 1)) + 5
    center = X.mean(axis=0, dtype=np.float64)
    unit = X - center
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    chosen = MedianCut().select(Pool.from_array(X.astype(np.float32)), Budget(rows=9))
    parts = reference.median_cut(unit.astype(np.float32), 9)
    assert sorted(chosen.indices.tolist()) == sorted(part[0] for part in parts)


def test_dense_places_keep_their_weight() -> None:
    X = np.concatenate([_rows(90) * 0.01, _rows(10) + 9])
    chosen = MedianCut(centered=False).select(Pool.from_array(X), Budget(rows=10))
    assert (chosen.indices < 90).sum() == 9


def test_a_part_with_a_kept_row_gives_no_other() -> None:
    X = _rows(60)
    parts = reference.median_cut(X, 6)
    kept = [parts[2][-1], parts[4][-1]]
    pool = Pool.from_array(X)
    chosen = MedianCut(centered=False).select(pool, Budget(rows=6, keep=kept))
    others = [part[0] for place, part in enumerate(parts) if place not in (2, 4)]
    assert chosen.indices[:2].tolist() == sorted(kept)
    assert sorted(chosen.indices[2:].tolist()) == sorted(others)


def test_parts_give_their_next_rows_where_a_limit_forbids_the_first() -> None:
    X = _rows(40)
    parts = reference.median_cut(X, 4)
    source = np.zeros(40, dtype=np.int64)
    source[[part[0] for part in parts]] = 1
    pool = Pool.from_array(X, groups={"source": source})
    budget = Budget(rows=4, at_most={"source": {"1": 1}})
    chosen = MedianCut(centered=False).select(pool, budget)
    assert (source[chosen.indices] == 1).sum() == 1
    assert set(chosen.indices.tolist()) <= {row for part in parts for row in part[:2]}


def test_dropped_rows_are_stood_for_by_nobody() -> None:
    X = _rows(30)
    chosen = MedianCut().select(Pool.from_array(X), Budget(rows=5, drop=[3, 4]))
    assert chosen.assignment[[3, 4]].tolist() == [-1, -1]
    sizes = np.bincount(np.delete(chosen.assignment, [3, 4]))
    assert sorted(sizes.tolist()) == [5, 5, 6, 6, 6]


def test_a_budget_in_cost_makes_as_many_parts_as_it_can_pay_for() -> None:
    X = _rows(50)
    pool = Pool.from_array(X, signals={"tokens": np.full(50, 4.0)})
    chosen = MedianCut().select(pool, Budget(cost=42, cost_column="tokens"))
    assert chosen.stats["parts"] == 10
    assert len(chosen.indices) == 10
