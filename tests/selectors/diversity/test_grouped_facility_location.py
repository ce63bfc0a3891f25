import numpy as np
import pytest

from cribble.core import Budget, Groups, Pool
from cribble.core.errors import ParameterError
from cribble.selectors.diversity.facility_location import FacilityLocation
from cribble.selectors.diversity.grouped_facility_location import GroupedFacilityLocation


def two_classes(seed=0, size=60):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(size, 5)).astype(np.float32), rng.integers(0, 2, size)


def pool_of(vectors, codes, groups=2):
    return Pool.from_array(vectors, groups={"group": Groups(codes, tuple("abcd"[:groups]))})


def test_without_separation_it_is_facility_location():
    pool = pool_of(*two_classes())
    plain = FacilityLocation().select(pool, Budget(rows=9))
    grouped = GroupedFacilityLocation(separation=0.0).select(pool, Budget(rows=9))
    assert np.array_equal(plain.indices, grouped.indices)
    assert grouped.value == pytest.approx(plain.value, rel=1e-5)


def test_groups_that_are_far_apart_are_served_by_their_own_rows():
    vectors, codes = two_classes()
    chosen = GroupedFacilityLocation(separation=100.0).select(
        pool_of(vectors, codes), Budget(rows=12)
    )
    owners = chosen.assignment
    served = owners >= 0
    assert served.mean() > 0.9
    assert (codes[chosen.indices[owners[served]]] == codes[served]).all()


def test_far_apart_it_is_greedy_on_the_value_summed_over_groups():
    # Brute force: greedy over both groups, each with the gain that its own rows alone see.
    vectors, codes = two_classes(1, 24)
    separation, picks = 50.0, []
    chosen = GroupedFacilityLocation(separation=separation).select(
        pool_of(vectors, codes), Budget(rows=5)
    )
    center = vectors.mean(axis=0)
    scale = np.sqrt(separation * ((vectors - center) ** 2).sum(axis=1).mean())
    wide = np.hstack([vectors, scale * np.eye(2)[codes]]).astype(np.float64)
    free = ((wide - wide.mean(axis=0)) ** 2).sum(axis=1)
    worth = np.maximum(0, free[:, None] - ((wide[:, None] - wide[None]) ** 2).sum(axis=2))
    best = np.zeros(24)
    for _ in range(5):
        gains = np.maximum(worth, best[:, None]).sum(axis=0)
        picks.append(int(gains.argmax()))
        best = np.maximum(best, worth[:, picks[-1]])
    assert chosen.indices.tolist() == picks
    assert chosen.value == pytest.approx(best.sum(), rel=1e-4)


def test_a_rare_class_in_the_crowd_of_another_is_seen():
    vectors, codes = np.zeros((60, 3), dtype=np.float32), np.zeros(60, dtype=np.int64)
    vectors[:] = np.random.default_rng(0).normal(size=(60, 3))
    codes[::10] = 1
    chosen = GroupedFacilityLocation().select(pool_of(vectors, codes), Budget(rows=6))
    assert codes[chosen.indices].sum() >= 1


def test_a_separation_that_is_none_is_refused():
    with pytest.raises(ParameterError, match="separation"):
        GroupedFacilityLocation(separation=-1.0)
