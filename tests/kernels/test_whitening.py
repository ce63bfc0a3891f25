"""Whitening against its closed forms: the identity, and what turning and stretching leave alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cribble.kernels.distances import BLOCK
from cribble.kernels.reference.whitening import whitened_cosines
from cribble.kernels.whitening import Whitened, whitening


def clouds(seed, n=60, q=9, d=5):
    rng = np.random.default_rng(seed)
    mix = rng.normal(size=(d, d))
    return rng.normal(size=(n, d)) @ mix + 3, rng.normal(size=(q, d)) @ mix + 4


def cosines(rows, targets, ridge=1e-5):
    found = whitening([rows, targets], ridge)
    return Whitened(rows, found)[:].astype(np.float64) @ Whitened(targets, found)[:].T


def test_the_joint_covariance_becomes_the_identity():
    rows, targets = clouds(0, n=3 * BLOCK + 17, q=40)
    mean, factor = whitening([rows, targets], 1e-12)
    white = (np.concatenate([rows, targets]) - mean) @ factor
    np.testing.assert_allclose(white.mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(white.T @ white / len(white), np.eye(5), atol=1e-9)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 999), st.integers(2, 60), st.sampled_from([1e-5, 0.3]))
def test_cosines_equal_the_twin(seed, n, ridge):
    rows, targets = clouds(seed, n=n)
    np.testing.assert_allclose(
        cosines(rows, targets, ridge), whitened_cosines(rows, targets, ridge), atol=2e-6
    )


def test_neither_turning_nor_stretching_changes_a_cosine():
    rows, targets = clouds(1)
    before = cosines(rows, targets)
    turn = np.linalg.qr(np.random.default_rng(2).normal(size=(5, 5)))[0]
    np.testing.assert_allclose(cosines(rows @ turn, targets @ turn), before, atol=1e-5)
    stretch = np.array([100.0, 1, 1, 1, 1])
    after = cosines(rows * stretch, targets * stretch, ridge=1e-9)
    np.testing.assert_allclose(after, cosines(rows, targets, ridge=1e-9), atol=1e-5)


@pytest.mark.parametrize("dim", [3, 70])
def test_a_row_does_not_depend_on_the_rows_beside_it(dim):
    rows, targets = clouds(3, n=2 * BLOCK + 5, d=dim)
    view = Whitened(rows.astype(np.float32), whitening([rows, targets], 1e-5))
    whole = view[:]
    np.testing.assert_array_equal(
        np.concatenate([view[at : at + 7] for at in range(0, 70, 7)]), whole[:70]
    )
    some = np.array([BLOCK + 900, 3, 2 * BLOCK + 4])
    np.testing.assert_array_equal(view[some], whole[some])
    assert view.within(0) is view
    np.testing.assert_array_equal(view.within(1 << 30), whole)


def test_equal_rows_are_zero():
    rows = np.full((4, 3), 7.0)
    found = whitening([rows], 1e-5)
    np.testing.assert_array_equal(Whitened(rows, found)[:], 0)
