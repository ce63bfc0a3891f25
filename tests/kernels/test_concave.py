import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cribble.kernels import concave
from cribble.kernels.reference import concave as twin


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
    st.floats(0, 2),
)
def test_only_rows_that_do_not_lead_are_bounded_in_place_of_evaluated(
    seed: int, width: int, shape: str, bar: float
) -> None:
    rng = np.random.default_rng(seed)
    features = (rng.random((9, width)) * (rng.random((9, width)) < 0.6)).astype(np.float32)
    features[3] = features[7]
    sums, caps, weights = (4 * rng.random((3, width))) * (rng.random((3, width)) < 0.8)
    code = concave.SHAPES.index(shape)
    held = concave.bend(sums, caps, code)
    rows, divisor = np.arange(9), rng.choice([1.0, 0.3], 9)
    exact = concave.dense_gains(features, sums, held, caps, weights, code, rows)
    bounds = concave.tangent(sums, held, caps, weights, code, concave.column_sums(features) / 9)
    found = concave.leading_gains(
        features, sums, held, caps, weights, code, rows, *bounds, divisor, bar
    )
    assert (found >= exact).all()
    ruled_out = found != exact
    best = max(bar, (exact / divisor).max())
    assert (found / divisor < best)[ruled_out].all()
