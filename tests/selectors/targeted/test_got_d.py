"""GOT-D against the finite difference of the transport cost that it is the gradient of."""

import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError
from cribble.kernels.reference.sinkhorn import sinkhorn as twin
from cribble.selectors.targeted.got_d import GotD


def pool_of(rows, *targets):
    return Pool.from_array(rows, targets=[Pool.from_array(target) for target in targets])


def test_scores_are_the_change_of_the_cost_as_mass_moves_to_a_row():
    rng = np.random.default_rng(0)
    rows, target = rng.normal(size=(9, 2)), rng.normal(size=(4, 2)) + 1
    width = 0.3 * np.square(rows[:, None] - target).sum(axis=2).mean()
    method = GotD(epsilon=0.3, iterations=500, tolerance=1e-12)
    scores = method.select(pool_of(rows, target), Budget(rows=3)).scores
    step = 1e-5
    for row in range(9):
        toward = np.full(9, -1 / 8)
        toward[row] = 1.0
        ahead, behind = (
            twin(rows, target, width, 500, np.full(9, 1 / 9) + sign * step * toward)[2]
            for sign in (1, -1)
        )
        assert -scores[row] == pytest.approx((ahead - behind) / (2 * step), rel=1e-4, abs=1e-6)


def test_it_picks_what_the_pool_lacks():
    rng = np.random.default_rng(1)
    rows = np.concatenate([rng.normal(0, 0.3, (180, 2)), rng.normal(4, 0.3, (20, 2))])
    target = np.concatenate([rng.normal(0, 0.3, (20, 2)), rng.normal(4, 0.3, (20, 2))])
    chosen = GotD().select(pool_of(rows, target), Budget(rows=15))
    assert (chosen.indices >= 180).all()
    assert chosen.stats["transport"] > 0


def test_targets_are_joined():
    rng = np.random.default_rng(2)
    rows, target = rng.normal(size=(30, 3)), rng.normal(size=(6, 3))
    one, other = (
        GotD().select(pool, Budget(rows=5))
        for pool in (pool_of(rows, target), pool_of(rows, target[:2], target[2:]))
    )
    np.testing.assert_array_equal(one.scores, other.scores)


@pytest.mark.parametrize("parameters", [{"epsilon": 0.0}, {"tolerance": -1.0}, {"iterations": 0}])
def test_parameters_are_checked(parameters):
    with pytest.raises(ParameterError):
        GotD(**parameters)
