"""Buckets part the rows, the middle row leads, and splitting tightens."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cribble.kernels.buckets import split_buckets


@given(seed=st.integers(0, 2**16), m=st.integers(1, 40), d=st.integers(1, 3), tied=st.booleans())
def test_buckets_part_the_rows_and_the_middle_row_leads(
    seed: int, m: int, d: int, tied: bool
) -> None:
    rng = np.random.default_rng(seed)
    X = rng.integers(0, 3, (50, d)).astype(float) if tied else rng.normal(size=(50, d))
    rows = np.sort(rng.choice(50, m, replace=False))
    count = int(rng.integers(0, m + 1))
    buckets = split_buckets(X, rows, count)
    assert len(buckets) == count
    assert all(len(bucket) for bucket in buckets)
    if count:
        assert sorted(np.concatenate(buckets).tolist()) == rows.tolist()
    for bucket in buckets:
        gaps = ((X[bucket] - X[bucket].mean(axis=0)) ** 2).sum(axis=1)
        assert gaps[0] <= gaps.min() + 1e-12
        assert bucket[1:].tolist() == sorted(bucket[1:].tolist())


def test_the_loosest_bucket_is_split_at_its_mean() -> None:
    X = np.array([0.0, 1, 2, 10, 11, 100])[:, None]
    found = [sorted(bucket.tolist()) for bucket in split_buckets(X, np.arange(6), 3)]
    assert found == [[0, 1, 2], [3, 4], [5]]
