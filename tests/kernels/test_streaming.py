import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cribble.kernels import streaming
from cribble.kernels.reference import streaming as twin


@settings(max_examples=40)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(0, 9),
    st.integers(0, 40),
    st.integers(1, 9),
    st.sampled_from([1.0, 2.0]),
)
def test_affinities_and_gains_equal_their_twins(
    seed: int, m: int, targets: int, d: int, scale: float
) -> None:
    rng = np.random.default_rng(seed)
    rows = rng.standard_normal((m, d)).astype(np.float32)
    towards = rng.standard_normal((targets, d)).astype(np.float32)
    offsets = rng.standard_normal(m)
    near = streaming.positive_affinities(rows, offsets, scale, towards)
    expected = twin.positive_affinities(rows, offsets, scale, towards)
    np.testing.assert_allclose(near, expected, atol=1e-5)
    cover = np.abs(rng.standard_normal(targets)).astype(np.float32)
    gains = streaming.cover_gains(near, cover)
    np.testing.assert_allclose(gains, twin.cover_gains(near, cover), atol=1e-4)
    alone = [streaming.cover_gains(near[[j]], cover)[0] for j in range(m)]
    assert gains.tolist() == alone
