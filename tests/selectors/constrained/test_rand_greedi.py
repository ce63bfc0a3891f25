"""RandGreeDi on vectors: its share of the optimum, one shard is greedy, what is said was lost."""

from __future__ import annotations

import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError
from cribble.selectors.constrained.rand_greedi import RandGreedi
from cribble.selectors.diversity.facility_location import FacilityLocation
from oracles.streamed import Case


def test_the_value_reaches_its_share_of_the_optimum_and_the_bound_holds() -> None:
    shares = []
    for seed in range(200):
        case = Case(seed, "facility-location")
        best = case.optimum(3)
        method = RandGreedi(shards=2 + seed % 3)
        chosen = method.select(Pool.from_array(case.X), Budget(rows=3), seed)
        assert chosen.value == pytest.approx(case.value(chosen.indices), rel=1e-5)
        assert chosen.upper_bound >= best * (1 - 1e-6)
        assert chosen.stats["lost"] >= 1 - chosen.value / best - 1e-6
        shares.append(chosen.value / best)
    # One draw a case: the guarantee is for the mean, which is far above it.
    assert np.mean(shares) >= (1 - 1 / np.e) / 2
    assert min(shares) < 0.999


def test_one_shard_picks_as_greedy_does() -> None:
    pool = Pool.from_array(Case(1, "facility-location", n=300, d=6).X)
    one = RandGreedi(shards=1).select(pool, Budget(rows=20))
    greedy = FacilityLocation().select(pool, Budget(rows=20))
    assert one.indices.tolist() == greedy.indices.tolist()
    assert one.value == greedy.value
    np.testing.assert_array_equal(one.assignment, greedy.assignment)


def test_the_sample_form_estimates_and_certifies_nothing() -> None:
    case = Case(2, "facility-location", n=900, d=5)
    chosen = RandGreedi(form="sample", sample=300).select(Pool.from_array(case.X), Budget(rows=15))
    assert chosen.upper_bound is None
    assert chosen.value == pytest.approx(case.value(chosen.indices), rel=0.1)
    assert 0 < chosen.stats["lost"] < 0.5
    assert chosen.stats["candidates"] <= 8 * 15


def test_parameters_are_checked() -> None:
    for given in ({"shards": 0}, {"sample": 0}, {"form": "graph"}, {"similarity": "none"}):
        with pytest.raises(ParameterError):
            RandGreedi(**given)
