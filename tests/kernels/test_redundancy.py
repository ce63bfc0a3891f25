"""The nearest earlier row against all pairs."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cribble.kernels.redundancy import nearest_earlier
from cribble.kernels.reference import redundancy as reference


@given(st.integers(0, 2**16), st.integers(1, 12))
def test_the_nearest_earlier_row_is_found_and_ties_go_to_the_first(seed: int, m: int) -> None:
    rows = np.random.default_rng(seed).integers(-1, 2, size=(m, 3)).astype(np.float32)
    for got, want in zip(nearest_earlier(rows), reference.nearest_earlier(rows), strict=True):
        np.testing.assert_array_equal(got, want)
