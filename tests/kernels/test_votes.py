"""Votes of neighbors against their definitions, and where the scores must lie."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cribble.kernels.neighbors import exact_neighbors
from cribble.kernels.reference import votes as reference
from cribble.kernels.votes import neighbor_votes


@settings(max_examples=60)
@given(st.integers(0, 2**16), st.integers(2, 14), st.integers(1, 4), st.booleans())
def test_votes_are_those_of_their_definitions(
    seed: int, n: int, classes: int, some_missing: bool
) -> None:
    rng = np.random.default_rng(seed)
    X = rng.integers(-2, 3, size=(n, 2)).astype(np.float32)
    labels = rng.integers(0, classes, n)
    halves = rng.integers(0, 8, n).astype(np.uint32)
    found = exact_neighbors(X, int(rng.integers(1, n)))
    if some_missing:
        found[rng.random(found.shape) < 0.3] = n
    got = neighbor_votes(X, found, labels, halves, 3, 2)
    scores, tallies = reference.neighbor_votes(X, found, labels, halves, 3, 2)
    np.testing.assert_allclose(got.scores, scores, rtol=1e-9, atol=1e-9)
    np.testing.assert_array_equal(np.column_stack(got[1:]), tallies)


def test_a_flipped_label_scores_below_all_of_its_blob() -> None:
    X = np.repeat([[0.0, 0.0], [9.0, 0.0]], 10, axis=0).astype(np.float32)
    X += np.random.default_rng(0).normal(size=X.shape).astype(np.float32)
    labels = np.repeat([0, 1], 10)
    labels[3] = 1
    halves = np.random.default_rng(1).integers(0, 256, 20).astype(np.uint32)
    got = neighbor_votes(X, exact_neighbors(X, 5), labels, halves, 8, 3)
    rest = np.arange(20) != 3
    assert got.scores[3, 0] < min(0.0, got.scores[rest, 0].min())
    assert got.scores[3, 4] < got.scores[rest, 4].min()
    assert (got.own[3], got.rival[3], got.close[3]) == (0, 5, 0)
