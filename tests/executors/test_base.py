"""Shards cover all rows once, and what is merged from them is what one pass finds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cribble.core import Pool
from cribble.core.errors import ParameterError, UnknownNameError
from cribble.executors import (
    Local,
    ShardedRows,
    check_executor,
    executor_of,
    open_executor,
    passes_on,
    shards_of,
)
from cribble.kernels.kmeans import k_means


@given(st.integers(0, 200), st.integers(1, 40))
def test_shards_are_consecutive_even_and_cover_every_row_once(size: int, ranks: int) -> None:
    shards = shards_of(Local(ranks=ranks), size)
    rows = [row for shard in shards for row in range(size)[shard.rows]]
    assert rows == list(range(size))
    lengths = [shard.rows.stop - shard.rows.start for shard in shards]
    assert max(lengths) - min(lengths) <= 1
    assert len(shards) <= ranks
    assert size == 0 or min(lengths) > 0


@pytest.mark.parametrize("ranks", [1, 2, 5, 64])
@pytest.mark.parametrize("count", [1, 4, 50])
def test_merged_lists_are_the_full_ranking(ranks: int, count: int) -> None:
    rng = np.random.default_rng(ranks)
    # Few distinct rows, so that many scores are equal and only the row number decides.
    X = rng.integers(-1, 2, size=(41, 3)).astype(np.float32)
    queries = rng.normal(size=(5, 3))
    starts = np.array([0, 2, 5])
    blocked = rng.random(41) < 0.3
    rows = ShardedRows(X, Local(ranks=ranks))
    found = rows.nearest_to(queries, count, starts, blocked, 1 << 20)
    lengths = np.linalg.norm(queries, axis=1)[:, None] * np.linalg.norm(X, axis=1)
    cosines = np.divide(queries @ X.T, lengths, out=np.zeros((5, 41)), where=lengths > 0)
    for group, (low, high) in enumerate([(0, 2), (2, 5)]):
        best = cosines[low:high].max(axis=0).round(12)
        order = [row for row in np.lexsort((np.arange(41), -best)) if not blocked[row]][:count]
        assert found.rows[group][: len(order)].tolist() == order
        assert (found.rows[group][len(order) :] == -1).all()
        np.testing.assert_allclose(found.scores[group][: len(order)], best[order])
        owners = found.owners[group][: len(order)]
        np.testing.assert_allclose(cosines[owners, order], best[order])


def test_assigned_rows_have_the_lowest_of_the_nearest_centers() -> None:
    rng = np.random.default_rng(1)
    X = rng.integers(0, 3, size=(50, 4)).astype(np.float16)
    centers = X[:6].astype(np.float32)
    gaps = ((X[:, None].astype(float) - centers) ** 2).sum(axis=2)
    for ranks in (1, 3, 50):
        label, squares = ShardedRows(X, Local(ranks=ranks)).assign(centers)
        assert label.tolist() == gaps.argmin(axis=1).tolist()
        assert squares.tolist() == gaps.min(axis=1).tolist()


def test_a_pool_is_worked_on_here_unless_it_says_where() -> None:
    pool = Pool(3)
    assert executor_of(pool) == Local()
    assert executor_of(pool.on(Local(ranks=2))).ranks == 2
    assert executor_of(pool.on(Local(ranks=2)).adding()).ranks == 2
    assert pool.executor is None


def test_names_of_executors_are_read_without_starting_anything() -> None:
    assert check_executor("local") is None
    assert check_executor("ray") is None
    assert check_executor("ray://head:10001") == "head:10001"
    assert open_executor("local") == Local()
    with pytest.raises(UnknownNameError, match="did you mean ray"):
        check_executor("rays")
    with pytest.raises(UnknownNameError):
        check_executor("local://here")
    with pytest.raises(ParameterError, match="HOST:PORT"):
        check_executor("ray://")


def test_k_means_over_shards_is_that_of_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cribble.executors.base._WORTH_SENDING", 1e4)
    rng = np.random.default_rng(2)
    # Lattice points: many rows are equally far from two centers.
    X = rng.integers(0, 4, size=(700, 3)).astype(np.float16)
    here = k_means(X, 9, seed=3, iterations=6)
    for ranks in (2, 3):
        passes = passes_on(Local(ranks=ranks), 9)
        assert isinstance(passes(X), ShardedRows)
        assert not isinstance(passes(X[:9]), ShardedRows)
        there = k_means(X, 9, seed=3, iterations=6, passes=passes)
        assert there.centers.tobytes() == here.centers.tobytes()
        assert there.assignment.tolist() == here.assignment.tolist()
        assert (there.inertia, there.iterations) == (here.inertia, here.iterations)
    assert not isinstance(passes_on(Local(), 9)(X), ShardedRows)
