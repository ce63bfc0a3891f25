"""Density tags against their rules written out over the definitions of the scores."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata

from cribble.core import Budget, Groups, Pool, row_uniforms
from cribble.core.errors import ParameterError
from cribble.kernels.reference.neighbors import exact_neighbors
from cribble.kernels.reference.votes import neighbor_votes
from cribble.selectors.coverage.density_tags import TAGS, DensityTags


def _pool(X: np.ndarray, labels: np.ndarray, **signals: np.ndarray) -> Pool:
    names = tuple(map(str, range(int(labels.max()) + 1)))
    return Pool(
        len(X), signals={"embedding": X, **signals}, groups={"group": Groups(labels, names)}
    )


@settings(max_examples=25)
@given(st.integers(0, 2**16), st.integers(8, 24), st.integers(1, 6))
def test_tags_are_those_of_the_rules(seed: int, n: int, neighbors: int) -> None:
    rng = np.random.default_rng(seed)
    # Distances that never tie, so that the order of neighbors is one.
    X, labels = rng.normal(size=(n, 2)).astype(np.float32), rng.integers(0, 3, n)
    halves = np.zeros(n, dtype=np.uint32)
    for m in range(8):
        halves |= (row_uniforms(5, f"typicality half {m}", 0, n) < 0.5).astype(np.uint32) << m
    scores, tallies = neighbor_votes(X, exact_neighbors(X, neighbors), labels, halves, 8, 5)
    consensus = np.mean([rankdata(np.round(one, 7)) for one in scores.T], axis=0) / n
    chosen = DensityTags(neighbors=neighbors).select(_pool(X, labels), Budget(rows=n), 5)
    np.testing.assert_allclose(chosen.scores, consensus)
    wanted = np.full(n, "common", dtype=object)
    order = np.argsort(chosen.scores, kind="stable")
    end = int(0.25 * n)
    wanted[order[n - end :]] = "prototype"
    for row in order[:end]:
        if tallies[row, 2] > 2.5:
            wanted[row] = "sub-mode"
    wanted[tallies[:, 0] < tallies[:, 1]] = "exception"
    assert [reason.split()[-1] for reason in chosen.reasons] == wanted[chosen.indices].tolist()
    assert chosen.stats["tags"] == {tag: int((wanted == tag).sum()) for tag in TAGS}


def _blobs() -> Pool:
    """Two blobs of 40, one of them with 8 flipped labels; the scores are given."""
    rng = np.random.default_rng(0)
    X = np.repeat([[0.0, 0.0], [20.0, 0.0]], 40, axis=0) + rng.normal(size=(80, 2))
    labels = np.repeat([0, 1], 40)
    labels[:8] = 1
    return _pool(X.astype(np.float32), labels, sure=np.arange(80.0))


def test_the_budget_goes_to_the_tags_as_asked() -> None:
    method = DensityTags(scores=("sure",), spend=(2, 1, 1, 0), neighbors=20)
    chosen = method.select(_blobs(), Budget(rows=16))
    tags = chosen.stats["tags"]
    # The last quarter is typical; of the first, the flipped are outvoted and others have company.
    assert tags == {"prototype": 20, "common": 40, "sub-mode": 12, "exception": 8}
    assert chosen.stats["picked"] == {"prototype": 8, "common": 4, "sub-mode": 4, "exception": 0}
    assert chosen.scores.tolist() == ((np.arange(80) + 1) / 80).tolist()


def test_exceptions_come_last_where_they_get_nothing_and_alone_where_they_get_all() -> None:
    chosen = DensityTags(neighbors=20).select(_blobs(), Budget(rows=80))
    assert set(chosen.indices[72:].tolist()) == set(range(8))
    alone = DensityTags(neighbors=20, spend=(0, 0, 0, 1)).select(_blobs(), Budget(rows=8))
    assert set(alone.indices.tolist()) == set(range(8))


def test_kept_rows_count_in_their_tag() -> None:
    method = DensityTags(scores=("sure",), spend=(1, 1, 0, 0), neighbors=20)
    chosen = method.select(_blobs(), Budget(rows=8, keep=[60, 61, 62]))
    assert chosen.stats["picked"]["prototype"] == 4


def test_parameters_that_cannot_be_are_refused() -> None:
    for spend in ((0, 0, 0, 0), (1, 1, 1), (-1, 1, 1, 1)):
        with pytest.raises(ParameterError, match="spend"):
            DensityTags(spend=spend)
    with pytest.raises(ParameterError, match="tail"):
        DensityTags(tail=0.6)
    with pytest.raises(ParameterError, match="among"):
        DensityTags(among=19_999)
    with pytest.raises(ParameterError, match="neighbors"):
        DensityTags(neighbors=0)
