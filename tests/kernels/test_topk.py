"""The blocked search against a full sort in float64: equal to the last bit."""

import contextlib
from collections.abc import Iterator
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cribble.kernels import topk
from cribble.kernels.reference import topk as plain


def near_ties(seed: int, size: int, dim: int, dtype: str) -> np.ndarray:
    """Duplicates, multiples, rows a last bit apart, zero rows and noise, in random order."""
    rng = np.random.default_rng(seed)
    base = rng.standard_normal((max(1, size // 8), dim)).astype(np.float32)
    pool = base[rng.integers(len(base), size=size)]
    kind = rng.integers(5, size=size)
    pool[kind == 1] *= 2
    nudged = np.nonzero(kind == 2)[0]
    column = rng.integers(dim, size=len(nudged))
    pool[nudged, column] = np.nextafter(pool[nudged, column], np.float32(9))
    pool[kind == 3] += rng.standard_normal((int((kind == 3).sum()), dim)).astype(np.float32)
    pool[rng.random(size) < 0.03] = 0
    return pool.astype(dtype)


@contextlib.contextmanager
def stretches(rows: int, threads: int) -> Iterator[None]:
    """Let the search split the pool from ``rows`` rows a worker on."""
    with mock.patch.multiple(topk, _LEAST_ROWS=rows, available_threads=lambda: threads):
        yield


def test_memory_bounds_the_width_and_the_workers(monkeypatch):
    seen = []

    def spy(target, pool, low, high, count, blocked, width):
        seen.append((high - low, width))
        return search(target, pool, low, high, count, blocked, width)

    search = topk._search
    monkeypatch.setattr(topk, "_search", spy)
    pool, queries = near_ties(0, 1000, 8, "float32"), near_ties(1, 50, 8, "float32")
    for memory in (200_000, 1_000_000, 4_000_000):
        seen.clear()
        with stretches(100, 4):
            topk.blocked_top(queries, pool, 20, memory=memory)
        lists = len(seen) * 48 * 50 * 20
        buffers = sum(width * (4 * 50 + 16 * 8) for _, width in seen)
        assert lists + buffers <= memory
        assert sum(rows for rows, _ in seen) == 1000
        assert len(seen) == min(4, memory // (2 * 48 * 50 * 20))


def same(found: topk.Nearest, expected: tuple) -> bool:
    return all(np.array_equal(one, two) for one, two in zip(found, expected, strict=True))


@given(
    seed=st.integers(0, 10_000),
    size=st.integers(1, 90),
    dim=st.integers(1, 9),
    queries=st.integers(1, 5),
    count=st.integers(1, 100),
    memory=st.integers(1, 20_000),
    threads=st.integers(1, 4),
    dtype=st.sampled_from(["float16", "float32", "float64"]),
)
@settings(max_examples=150, deadline=None)
def test_equals_the_full_sort(seed, size, dim, queries, count, memory, threads, dtype):
    pool = near_ties(seed, size, dim, dtype)
    targets = near_ties(seed, queries, dim, dtype)
    blocked = np.random.default_rng(seed).random(size) < 0.3
    with stretches(10, threads):
        found = topk.blocked_top(targets, pool, count, blocked=blocked, memory=memory)
    assert same(found, plain.blocked_top(targets, pool, count, blocked=blocked))


@given(
    seed=st.integers(0, 10_000),
    sizes=st.lists(st.integers(1, 4), min_size=1, max_size=4),
    memory=st.integers(1, 20_000),
)
@settings(max_examples=60, deadline=None)
def test_a_group_scores_by_its_best_query(seed, sizes, memory):
    pool = near_ties(seed, 60, 5, "float32")
    targets = near_ties(seed, sum(sizes), 5, "float32")
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    with stretches(10, 3):
        found = topk.blocked_top(targets, pool, 11, starts=starts, memory=memory)
    assert same(found, plain.blocked_top(targets, pool, 11, starts=starts))


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_memory_and_threads_change_nothing_where_float32_cannot_tell_rows_apart(dtype):
    # Rows whose cosines differ by less than the rounding of a float32 product.
    rng = np.random.default_rng(0)
    pool = np.ones((3000, 48)) + 1e-3 * rng.standard_normal((3000, 48))
    pool = pool.astype(dtype)
    queries = np.ones((7, 48), dtype=np.float32) + 1e-3 * rng.random((7, 48)).astype(np.float32)
    expected = plain.blocked_top(queries, pool, 25)
    rough = (queries / np.linalg.norm(queries, axis=1)[:, None]) @ (
        pool.astype(np.float32).T / np.linalg.norm(pool.astype(np.float32), axis=1)
    )
    by_float32 = np.argsort(-rough, axis=1, kind="stable")[:, :25]
    assert not np.array_equal(by_float32, expected[1])  # the case is hard
    for memory in (1, 20_000, 500_000, 1 << 28):
        for threads in (1, 2, 5):
            with stretches(500, threads):
                assert same(topk.blocked_top(queries, pool, 25, memory=memory), expected)


def test_a_pool_of_one_row_repeated_gives_the_lowest_rows():
    pool = np.tile(np.float16([0.3, -0.7, 0.1]), (500, 1))
    found = topk.blocked_top(np.float32([[1, 0, 0], [0, 0, 0]]), pool, 40, memory=20_000)
    assert found.rows.tolist() == [list(range(40))] * 2
    assert (found.scores[1] == 0).all()


def test_reads_every_float16(tmp_path):
    bits = np.arange(1 << 16, dtype=np.uint16)
    halves = bits.view(np.float16)
    halves = halves[np.isfinite(halves)].reshape(-1, 1)
    exact, _, norms = topk._prepare(halves)
    assert np.array_equal(exact, halves.astype(np.float32))
    assert np.array_equal(norms, np.abs(halves.astype(np.float64)).ravel())


def test_huge_and_tiny_float64_keep_their_cosines():
    pool = np.array([[3e200, 4e200], [3e-200, 4e-200], [4.0, 3.0]])
    found = topk.blocked_top(np.array([[3e-250, 4e-250]]), pool, 3)
    assert found.rows.tolist() == [[0, 1, 2]]
    assert found.scores[0] == pytest.approx([1, 1, 0.96])


def test_reads_a_memory_map_without_changing_it(tmp_path):
    pool = near_ties(1, 200, 6, "float16")
    np.save(tmp_path / "pool.npy", pool)
    mapped = np.load(tmp_path / "pool.npy", mmap_mode="r")
    found = topk.blocked_top(pool[:4], mapped, 9, memory=5_000)
    assert same(found, plain.blocked_top(pool[:4], pool, 9))
    assert np.array_equal(mapped, pool)


@given(
    st.lists(st.integers(-3, 3), max_size=40),
    st.integers(0, 45),
    st.sampled_from(["float64", "float32", "int64"]),
)
def test_top_k_takes_the_lowest_row_on_ties(values, k, dtype):
    scores = np.array(values, dtype=dtype)
    found = topk.top_k(scores, min(k, len(scores)))
    assert found.dtype == np.int64
    assert found.tolist() == plain.top_k(scores, k).tolist()


def test_twin_agrees_with_numpy():
    rng = np.random.default_rng(5)
    left, right = rng.standard_normal((6, 10)), rng.standard_normal((9, 10))
    lengths = np.linalg.norm(left, axis=1)[:, None] * np.linalg.norm(right, axis=1)
    assert plain.cosines(left, right) == pytest.approx(left @ right.T / lengths, abs=1e-14)
