"""Median cut against full sorts: equal parts, whatever is held at once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cribble.kernels import median_cut as kernel
from cribble.kernels.centering import centered
from cribble.kernels.median_cut import median_cut
from cribble.kernels.reference import median_cut as reference


def _parts(found: kernel.Parts) -> list[list[int]]:
    return [one.tolist() for one in np.split(found.order, found.start[1:-1])]


@given(st.integers(1, 120), st.integers(1, 6), st.data())
def test_parts_are_those_of_the_twin(n: int, dim: int, data: st.DataObject) -> None:
    parts = data.draw(st.integers(1, n))
    spherical = data.draw(st.booleans())
    X = np.random.default_rng(data.draw(st.integers(0, 999))).normal(size=(n, dim))
    X = X.astype(np.float32)
    center = X.mean(axis=0, dtype=np.float64)
    found = median_cut(X, np.arange(n), parts, center, spherical=spherical)
    if dim == 1 and spherical:
        # Rows are +1 or -1: nothing but ties, in which rounding has the last word.
        assert np.ptp(np.diff(found.start)) <= 1
    else:
        # Of two rows either may be the farther one by rounding: the halves then change places.
        expected = reference.median_cut(centered(X, center, spherical), parts)
        assert sorted(_parts(found)) == sorted(expected)


@given(st.integers(1, 80), st.data())
def test_every_row_is_in_one_of_equal_parts(n: int, data: st.DataObject) -> None:
    parts = data.draw(st.integers(1, n))
    values = data.draw(st.lists(st.integers(0, 2), min_size=3 * n, max_size=3 * n))
    X = np.array(values, dtype=np.float16).reshape(n, 3)
    rows = np.flatnonzero(np.arange(n) % 5 != 3)
    parts = min(parts, len(rows))
    found = median_cut(X, rows, parts, np.zeros(3))
    assert np.sort(found.order).tolist() == rows.tolist()
    sizes = np.diff(found.start)
    assert len(sizes) == parts
    assert sizes.max() - sizes.min() <= 1


def test_what_is_held_at_once_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    X = np.random.default_rng(1).normal(size=(5_000, 4)).astype(np.float32)
    whole = median_cut(X, np.arange(5_000), 37, X.mean(axis=0, dtype=np.float64))
    monkeypatch.setattr(kernel, "HELD_ROWS", 300)
    again = median_cut(X, np.arange(5_000), 37, X.mean(axis=0, dtype=np.float64))
    assert again.order.tolist() == whole.order.tolist()
    assert again.start.tolist() == whole.start.tolist()


def test_a_part_is_the_slice_between_quantiles_of_one_coordinate() -> None:
    X = np.random.default_rng(2).normal(size=(60, 1)).astype(np.float32)
    found = median_cut(X, np.arange(60), 7, np.zeros(1), spherical=False)
    ranks = [np.sort(np.argsort(np.argsort(X[:, 0]))[one]) for one in _parts(found)]
    assert all(np.ptp(one) == len(one) - 1 for one in ranks)
