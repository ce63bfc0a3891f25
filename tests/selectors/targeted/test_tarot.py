"""TAROT against whole rankings, the gradient of the transport it cuts by, and planted modes."""

import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError
from cribble.kernels.reference.layers import nearest_layers as twin_layers
from cribble.kernels.reference.sinkhorn import sinkhorn as twin
from cribble.selectors.targeted.automatic_size import APART, automatic_size
from cribble.selectors.targeted.tarot import Tarot


def pool_of(rows, *targets, **rest):
    return Pool.from_array(rows, targets=[Pool.from_array(one) for one in targets], **rest)


def clouds(seed, n=60, q=5, d=3):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)), rng.normal(size=(q, d)) + 0.5


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.mark.parametrize("seed", range(5))
def test_layers_are_whole_but_the_last_which_is_cut_by_the_gradient_of_transport(seed):
    rows, target = clouds(seed)
    layers = twin_layers(target, rows, 60, np.zeros(60, dtype=bool))
    sizes = np.cumsum(np.bincount(layers)[1:])
    method = Tarot(ridge=None, epsilon=0.1, iterations=500, tolerance=1e-12)
    for whole in (1, 2, 3):
        cut = np.nonzero(layers == whole + 1)[0]
        budget = int(sizes[whole - 1]) + max(1, len(cut) // 2)
        picks = method.select(pool_of(rows, target), Budget(rows=budget)).indices
        assert set(picks[: sizes[whole - 1]]) == set(np.nonzero(layers <= whole)[0])
        step, change = 1e-5, []
        for at in range(len(cut)):
            toward = np.full(len(cut), -1 / max(1, len(cut) - 1))
            toward[at] = 1.0
            ahead, behind = (
                twin(
                    unit(rows[cut]),
                    unit(target),
                    0.1 * APART,
                    500,
                    np.full(len(cut), 1 / len(cut)) + sign * step * toward,
                    power=1,
                )[2]
                for sign in (1, -1)
            )
            change.append(ahead - behind)
        best = cut[np.argsort(change)][: max(1, len(cut) // 2)]
        assert set(picks[sizes[whole - 1] :]) == set(best)


def test_whitening_makes_the_length_of_a_feature_no_matter():
    rows, target = clouds(7, n=200, q=20)
    stretch = np.array([100.0, 1, 1])
    for ridge, same in ((1e-9, True), (None, False)):
        one, other = (
            set(Tarot(ridge=ridge).select(pool_of(rows * by, target * by), Budget(rows=40)).indices)
            for by in (1.0, stretch)
        )
        assert (one == other) is same


def test_the_automatic_rows_come_first_and_the_budget_holds():
    rows, target = clouds(8, n=90, q=12)
    pool = pool_of(rows, target)
    wanted = automatic_size(pool, 3)
    size = len(wanted.rows)
    assert 0 < size < 80
    for budget in (size, size + 9, size - 5):
        chosen = Tarot(automatic=True).select(pool, Budget(rows=budget), 3)
        assert len(chosen) == budget
        assert set(chosen.indices[:size]) <= set(wanted.rows.tolist())
        assert chosen.stats["automatic_rows"] == size
        assert chosen.stats["automatic_neighbors"] == wanted.neighbors
        assert chosen.stats["automatic_curves"] == wanted.curves


def test_rows_beyond_the_layers_come_by_their_largest_cosine():
    rows, target = clouds(9)
    picks = Tarot(ridge=None, neighbors=2).select(pool_of(rows, target), Budget(rows=60)).indices
    layers = twin_layers(target, rows, 2, np.zeros(60, dtype=bool))
    beyond = np.nonzero(layers == 3)[0]
    best = (unit(rows) @ unit(target).T).max(axis=1)
    assert picks[-len(beyond) :].tolist() == beyond[np.argsort(-best[beyond])].tolist()


def test_every_target_has_a_say():
    rng = np.random.default_rng(10)
    rows = np.concatenate([rng.normal(size=(80, 4)) * 0.3 + 3 * np.eye(4)[i] for i in range(4)])
    aims = [rng.normal(size=(30, 4)) * 0.3 + 3 * np.eye(4)[0], rows[160:163] + 0.01]
    for targets in (aims, [np.concatenate(aims)]):
        picks = Tarot().select(pool_of(rows, *targets), Budget(rows=33)).indices
        assert ((picks >= 160) & (picks < 240)).sum() >= 2
        assert (picks < 80).sum() > 20


@pytest.mark.parametrize(
    "parameters",
    [{"ridge": 0.0}, {"epsilon": -1.0}, {"folds": 0}, {"neighbors": 0}, {"tolerance": np.nan}],
)
def test_parameters_are_checked(parameters):
    with pytest.raises(ParameterError):
        Tarot(**parameters)
