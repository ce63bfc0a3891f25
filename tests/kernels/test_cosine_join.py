from __future__ import annotations

import numpy as np
import pytest

from cribble.kernels import cosine_join
from cribble.kernels.cosine_join import drop_close
from cribble.kernels.reference.joins import cosines, first_kept


def clustered(seed: int, n: int, d: int, dtype: type = np.float32) -> np.ndarray:
    rng = np.random.default_rng(seed)
    centers = rng.standard_normal((8, d))
    rows = centers[rng.integers(0, 8, n)] + rng.uniform(0.05, 0.7, (n, 1)) * rng.standard_normal(
        (n, d)
    )
    return rows.astype(dtype)


@pytest.mark.parametrize("threshold", [0.7, 0.9, 0.99])
@pytest.mark.parametrize(("d", "dtype"), [(3, np.float64), (40, np.float16), (150, np.float32)])
def test_what_is_kept_is_what_brute_force_keeps(threshold, d, dtype):
    rows = clustered(d, 400, d, dtype)
    rows[17] = 0
    order = np.random.default_rng(1).permutation(400)[:380]
    found, _ = drop_close(rows, order, threshold, 1 << 30)
    exact = cosines(rows)
    assert found.tolist() == first_kept(
        400, order.tolist(), lambda a, b: bool(exact[a, b] >= threshold)
    )
    assert (found >= 0).any()
    assert found[17] == -1


def test_tiles_and_memory_change_nothing(monkeypatch):
    rows = clustered(0, 500, 70)
    order = np.arange(500)
    whole, _ = drop_close(rows, order, 0.8, 1 << 30)
    monkeypatch.setattr(cosine_join, "_BLOCK", 37)
    monkeypatch.setattr(cosine_join, "_TILE", 53)
    monkeypatch.setattr(cosine_join, "_SAMPLE", 64)
    parts, _ = drop_close(rows, order, 0.8, 1)
    assert np.array_equal(whole, parts)
    assert (whole >= 0).sum() > 50


def test_the_threshold_itself_is_decided_in_float64():
    # Cosines of 0.6 exactly, and the next lower one that float64 can hold apart.
    rows = np.array([[1.0, 0.0], [3.0, 4.0], [3.0 - 1e-12, -4.0], [1.0, 0.0]])
    found, _ = drop_close(rows, np.arange(4), 0.6, 1 << 20)
    assert found.tolist() == [-1, 0, -1, 0]


def test_equal_rows_are_close_at_any_threshold():
    rows = np.repeat(clustered(3, 20, 33), 2, axis=0)
    found, _ = drop_close(rows, np.arange(40), 1.0, 1 << 20)
    assert found.tolist() == [row - 1 if row % 2 else -1 for row in range(40)]
