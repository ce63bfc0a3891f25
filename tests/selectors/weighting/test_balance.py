"""Balance: nearer to the pool than equal weights, groups alike, and limits on the weights."""

from __future__ import annotations

import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError, TargetError
from cribble.kernels.kernel_mean import gaussian
from cribble.selectors.weighting.balance import Balance

RNG = np.random.default_rng(0)
GROUP = np.repeat(["treated", "control"], [100, 200])
X = RNG.normal(size=(300, 2)) + (GROUP == "treated")[:, None]
POOL = Pool.from_array(X, groups={"group": GROUP.tolist()})


def test_the_discrepancy_is_that_of_the_weights() -> None:
    chosen = Balance(width=1.0).select(POOL, Budget(rows=30))
    w = chosen.weights / 30
    near = gaussian(X[chosen.indices], X[chosen.indices], 1.0)
    aim = gaussian(X[chosen.indices], X, 1.0).mean(axis=1)
    own = gaussian(X, X, 1.0).mean()
    told = chosen.stats["discrepancy"]["all"]
    assert told == pytest.approx(np.sqrt(w @ near @ w - 2 * w @ aim + own), abs=1e-5)
    equal = np.full(30, 1 / 30)
    unweighted = np.sqrt(equal @ near @ equal - 2 * equal @ aim + own)
    assert chosen.stats["unweighted"]["all"] == pytest.approx(unweighted, abs=1e-5)
    assert told < unweighted / 2
    assert chosen.weights.sum() == pytest.approx(30)


def test_balanced_groups_have_one_mean() -> None:
    chosen = Balance(by="group").select(POOL, Budget(rows=300))
    own = GROUP[chosen.indices]
    means, plain = {}, {}
    for name in ("treated", "control"):
        rows, weights = X[chosen.indices[own == name]], chosen.weights[own == name]
        assert weights.sum() == pytest.approx(len(rows))
        means[name], plain[name] = weights @ rows / weights.sum(), rows.mean(axis=0)
    gap = np.linalg.norm(means["treated"] - means["control"])
    assert gap < 0.1 * np.linalg.norm(plain["treated"] - plain["control"])


def test_a_target_may_be_the_aim() -> None:
    target = RNG.normal(size=(50, 2)) * 0.5 + 1
    pool = Pool.from_array(X, targets=[Pool.from_array(target)])
    chosen = Balance(aim="target").select(pool, Budget(rows=100))
    found = chosen.weights @ X[chosen.indices] / 100
    np.testing.assert_allclose(found, target.mean(axis=0), atol=0.1)
    with pytest.raises(TargetError):
        Balance(aim="target").select(POOL, Budget(rows=10))


def test_no_weight_exceeds_the_limit() -> None:
    chosen = Balance(clip=1.5).select(POOL, Budget(rows=40))
    assert chosen.weights.max() <= 1.5 + 1e-9
    assert chosen.stats["clipped"] == (chosen.weights > 1.5 - 1e-6).sum() > 0


@pytest.mark.parametrize("parameters", [{"aim": "x"}, {"width": 0.0}, {"sample": 0}, {"clip": 0.5}])
def test_parameters_are_checked(parameters: dict[str, object]) -> None:
    with pytest.raises(ParameterError):
        Balance(**parameters)
