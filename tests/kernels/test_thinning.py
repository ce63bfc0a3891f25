"""Splits and replacements against their twins on the kernel matrix; what lists part, and keep."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cribble.kernels.gaussian import kernel_sums
from cribble.kernels.reference import thinning as reference
from cribble.kernels.thinning import compress, halves, refine, split, square_distance


@pytest.mark.parametrize("mix", [(1.0, 0.0), (0.0, 1.0), (1.0, 1.0)])
@given(seed=st.integers(0, 2**16), pairs=st.integers(1, 9))
def test_the_split_is_that_of_the_kernel_matrix(
    mix: tuple[float, float], seed: int, pairs: int
) -> None:
    rng = np.random.default_rng(seed)
    columns = rng.normal(size=(2, 2 * pairs)).astype(np.float32)
    kernel = reference.gaussian_matrix(columns, columns)
    draws = rng.random(pairs)
    left, right = split(columns, *mix, 3.0, draws)
    want = reference.split(mix[0] * kernel + mix[1] * kernel**2, 3.0, draws)
    assert (left.tolist(), right.tolist()) == want


def test_a_long_split_is_that_of_the_kernel_matrix() -> None:
    columns = np.random.default_rng(0).normal(size=(3, 1_300)).astype(np.float32)
    draws = np.random.default_rng(1).random(650)
    left, right = split(columns, 1.0, 0.0, 20.0, draws)
    want = reference.split(reference.gaussian_matrix(columns, columns), 20.0, draws)
    assert (left.tolist(), right.tolist()) == want


def test_the_lists_part_what_they_came_from() -> None:
    columns = np.random.default_rng(0).normal(size=(2, 50)).astype(np.float32)
    lists = halves(columns, 3, (1.0, 0.0), seed=0)
    assert [len(rows) for rows in lists] == [6] * 8
    assert len(set(np.concatenate(lists).tolist())) == 48


@given(seed=st.integers(0, 2**16), count=st.integers(1, 6), more=st.integers(0, 4))
def test_picks_are_dropped_and_replaced_as_trying_every_one_would(
    seed: int, count: int, more: int
) -> None:
    rng = np.random.default_rng(seed)
    columns = rng.normal(size=(2, 20)).astype(np.float32)
    kernel = reference.gaussian_matrix(columns, columns)
    mean = kernel.mean(axis=1)
    start = rng.choice(20, count + more, replace=False)
    picks, sums = refine(columns, mean, start.copy(), count, 2)
    want = reference.refine(kernel, mean, start.tolist(), count, 2)
    got = reference.mean_distance(kernel, mean, picks.tolist())
    assert got == pytest.approx(reference.mean_distance(kernel, mean, want), abs=1e-6)
    assert got == pytest.approx(square_distance(columns, mean, picks), abs=1e-6)
    np.testing.assert_allclose(sums, kernel[:, picks].sum(axis=1), atol=1e-5)


def test_compressed_rows_are_distinct_no_fewer_than_asked_and_nearer_than_random_ones() -> None:
    rng = np.random.default_rng(0)
    columns = rng.normal(size=(2, 4_096)).astype(np.float32)
    mean = kernel_sums(columns, columns) / 4_096
    order = rng.permutation(4_096)

    def distance(rows: np.ndarray) -> float:
        return float(np.sqrt(mean.mean() + square_distance(columns, mean, rows)))

    rows = compress(
        lambda some: np.ascontiguousarray(columns[:, some]), order, 256, 1_024, (1, 0), 0
    )
    whole = halves(np.ascontiguousarray(columns[:, order]), 4, (1.0, 0.0), 0)
    assert len(rows) == len(set(rows.tolist())) == 256
    assert 1.3 * distance(rows) < distance(order[:256])
    # The bound of the source is a factor of 4 over halving the whole list.
    assert distance(rows) < 1.5 * np.median([distance(order[one]) for one in whole])


@given(m=st.integers(1, 300), least=st.integers(1, 300), part=st.sampled_from([4, 16, 64]))
def test_compression_never_goes_below_what_is_asked(m: int, least: int, part: int) -> None:
    columns = np.random.default_rng(m).normal(size=(1, m)).astype(np.float32)
    rows = compress(
        lambda some: np.ascontiguousarray(columns[:, some]), np.arange(m), least, part, (1, 0), 0
    )
    assert len(set(rows.tolist())) == len(rows)
    assert min(m, least) <= len(rows) <= max(m if m <= least else 0, 2 * least + 1 + m // part)
