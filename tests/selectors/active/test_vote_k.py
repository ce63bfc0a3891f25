"""Vote-k against a full scan of the definition."""

from __future__ import annotations

import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError
from cribble.kernels.reference.cascades import votes
from cribble.selectors.active.vote_k import VoteK


@pytest.mark.parametrize("base", [10.0, 1.5])
def test_the_picks_are_those_of_the_definition(base: float) -> None:
    X = np.random.default_rng(0).normal(size=(40, 4))
    unit = X / np.linalg.norm(X, axis=1, keepdims=True)
    cosines = unit @ unit.T
    np.fill_diagonal(cosines, -2)
    near = np.argsort(-cosines, axis=1)[:, :5].astype(np.int32)
    picks: list[int] = [3]
    gains = []
    while len(picks) < 12:
        scores = votes(near, picks, base, np.arange(40))
        scores[picks] = -1
        picks.append(int(scores.argmax()))
        gains.append(scores.max())
    method = VoteK(neighbors=5, base=base)
    chosen = method.select(Pool.from_array(X), Budget(rows=12, keep=[3]))
    assert chosen.indices.tolist() == picks
    np.testing.assert_allclose(chosen.gains[1:], gains)


def test_neighbors_default_to_a_twentieth_of_the_pool() -> None:
    X = np.random.default_rng(0).normal(size=(100, 4))
    assert VoteK().select(Pool.from_array(X), Budget(rows=3)).stats["neighbors"] == 5


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ParameterError, match="neighbors"):
        VoteK(neighbors=0)
    with pytest.raises(ParameterError, match="base"):
        VoteK(base=1)
