from types import SimpleNamespace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cribble.kernels import concave
from cribble.kernels.reference import concave as twin
from cribble.kernels.tournament import Tournament


@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.sampled_from(concave.SHAPES))
def test_gains_equal_their_twin(seed: int, width: int, shape: str) -> None:
    rng = np.random.default_rng(seed)
    features = (rng.random((7, width)) * (rng.random((7, width)) < 0.6)).astype(np.float32)
    sums, caps, weights = (4 * rng.random((3, width))) * (rng.random((3, width)) < 0.8)
    code = concave.SHAPES.index(shape)
    held = concave.bend(sums, caps, code)
    np.testing.assert_allclose(held, twin.bend(sums, caps, shape), atol=1e-12)
    if shape == "cap":
        sums = np.minimum(sums, caps)
    expected = twin.gains(features.astype(np.float64), sums, caps, weights, shape)
    rows = np.arange(7)
    state = (sums, held, caps, weights, code, rows)
    np.testing.assert_allclose(concave.dense_gains(features, *state), expected, atol=1e-10)
    start = np.concatenate([[0], np.cumsum((features > 0).sum(axis=1))])
    listed = (start, np.nonzero(features)[1].astype(np.int32), features[features > 0])
    np.testing.assert_allclose(concave.listed_gains(*listed, *state), expected, atol=1e-10)


@settings(max_examples=60)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 40),
    st.sampled_from(concave.SHAPES),
    st.sampled_from(["plane", "no plane", "listed"]),
)
def test_the_leader_is_found_and_no_settled_key_is_below_its_gain(
    seed: int, width: int, shape: str, form: str
) -> None:
    rng = np.random.default_rng(seed)
    features = (rng.random((40, width)) * (rng.random((40, width)) < 0.6)).astype(np.float32)
    features[3] = features[7]
    sums, caps, weights = (4 * rng.random((3, width))) * (rng.random((3, width)) < 0.8)
    code = concave.SHAPES.index(shape)
    state = (sums, concave.bend(sums, caps, code), caps, weights, code)
    divisor = rng.choice([1.0, 0.3], 40)
    exact = concave.dense_gains(features, *state, np.arange(40))
    means = concave.column_sums(features) / 40
    plane = concave.plane_bounds(features, *state, means)
    assert (plane >= exact).all()
    start = np.concatenate([[0], np.cumsum((features > 0).sum(axis=1))])
    lists = (start, np.nonzero(features)[1].astype(np.int32), features[features > 0])
    if form == "listed":
        exact = concave.listed_gains(*lists, *state, np.arange(40))
    loose = exact + rng.random(40) * (rng.random(40) < 0.5)
    # A pick, a group that is full, and what it leaves.
    blocked, codes = rng.random(40) < 0.2, rng.integers(0, 2, 40)
    limits = SimpleNamespace(
        blocked=blocked, costs=np.zeros(40), ceiling=np.array([np.inf, -np.inf]), codes=codes
    )
    tournament, stamps = Tournament(loose / divisor), np.zeros(40, dtype=np.int64)
    entries = tournament.entries(stamps, loose, divisor, limits)
    if form == "listed":
        leader, count = concave.lead_listed(*lists, *state, entries, 1)
    else:
        touching = means if form == "plane" else means[:0]
        leader, count = concave.lead_dense(features, *state, touching, entries, 1)
    assert count == stamps.sum()
    assert leader == tournament.top
    keys = np.where(blocked | (codes == 1), -np.inf, exact / divisor)
    assert tournament.top == (int(keys.argmax()) if keys.max() > -np.inf else -1)
    assert (loose[stamps == 1] >= exact[stamps == 1]).all()
    if tournament.top >= 0:
        assert loose[tournament.top] == exact[tournament.top]


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.sampled_from(concave.SHAPES))
def test_adding_a_row_adds_to_the_sums_and_returns_its_gain(seed: int, shape: str) -> None:
    rng = np.random.default_rng(seed)
    row = (rng.random(9) * (rng.random(9) < 0.6)).astype(np.float32)
    sums, caps, weights = 4 * rng.random((3, 9))
    code = concave.SHAPES.index(shape)
    start = np.array([0, int((row > 0).sum())])
    lists = (start, np.nonzero(row)[0].astype(np.int32), row[row > 0])
    for listed in (False, True):
        state = (sums.copy(), concave.bend(sums, caps, code), caps, weights, code)
        rows = np.array([0])
        if listed:
            expected = concave.listed_gains(*lists, *state, rows)
            gain = concave.add_listed(*lists[1:], *state)
        else:
            expected = concave.dense_gains(row[None], *state, rows)
            gain = concave.add_dense(row, *state)
        assert gain == expected[0]
        np.testing.assert_array_equal(state[0], sums + row)
        np.testing.assert_array_equal(state[1], concave.bend(sums + row, caps, code))
