"""DS weight: shifts by hand on both sides, ties, and losses that cannot be."""

from __future__ import annotations

import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError, SignalError
from cribble.selectors.weighting.ds_weight import DsWeight


def pool(losses: list[float], aims: tuple[list[float], ...] = ([1.0, 3.0],)) -> Pool:
    targets = [Pool(len(one), signals={"difficulty": np.array(one)}) for one in aims]
    return Pool(len(losses), signals={"difficulty": np.array(losses)}, targets=targets)


def test_shifts_by_hand() -> None:
    # The target's mean loss is 2.
    chosen = DsWeight().select(pool([2.0, 4.0, 1.0, 0.0, 3.0, 100.0]), Budget(rows=6))
    np.testing.assert_allclose(-chosen.scores, [1, 2, 2, 2, 1.5, 5], atol=1e-6)
    weights = dict(zip(chosen.indices.tolist(), chosen.weights, strict=True))
    expected = [1, 0.5, 2, 2, 2 / 3, 0.02]
    np.testing.assert_allclose([weights[row] for row in range(6)], expected, atol=1e-6)
    assert chosen.indices[:2].tolist() == [0, 4]
    assert chosen.indices[-1] == 5
    assert chosen.stats["target_loss"] == 2
    assert chosen.stats["weight_sum"] == pytest.approx(sum(expected))
    assert chosen.stats["clipped"] == 1


def test_rows_that_the_limits_make_equal_come_by_their_own_shift() -> None:
    chosen = DsWeight().select(pool([0.1, 0.5, 0.5, 0.2]), Budget(rows=4))
    assert chosen.indices.tolist() == [1, 2, 3, 0]


def test_all_targets_count_by_their_rows() -> None:
    chosen = DsWeight().select(pool([1.0], ([1.0], [2.0, 3.0])), Budget(rows=1))
    assert chosen.stats["target_loss"] == 2


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(SignalError, match="negative"):
        DsWeight().select(pool([1.0, -1.0]), Budget(rows=1))
    with pytest.raises(ParameterError, match="clip"):
        DsWeight(clip=0.5)
    with pytest.raises(ParameterError, match="most_shift"):
        DsWeight(most_shift=0)
