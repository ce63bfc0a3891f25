"""The nearest earlier row against all pairs."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cribble.kernels.redundancy import cell_redundancy, nearest_earlier
from cribble.kernels.reference import redundancy as reference


@given(st.integers(0, 2**16), st.integers(1, 12))
def test_the_nearest_earlier_row_is_found_and_ties_go_to_the_first(seed: int, m: int) -> None:
    rows = np.random.default_rng(seed).integers(-1, 2, size=(m, 3)).astype(np.float32)
    for got, want in zip(nearest_earlier(rows), reference.nearest_earlier(rows), strict=True):
        np.testing.assert_array_equal(got, want)


@given(st.integers(0, 2**16), st.integers(0, 12))
def test_redundancy_is_the_largest_cosine_to_a_better_row_of_the_cell(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    X, codes = rng.normal(size=(n, 3)), rng.integers(0, 3, n)
    order = rng.permutation(n)[: n - n // 4]
    cosine, repeats = cell_redundancy(X, codes, order)
    unit = X / np.linalg.norm(X, axis=1, keepdims=True)
    for row in range(n):
        place = order.tolist().index(row) if row in order else 0
        better = [other for other in order[:place] if codes[other] == codes[row]]
        cosines = [float(unit[row] @ unit[other]) for other in better]
        assert abs(cosine[row] - max(cosines, default=-1.0)) < 1e-6
        assert repeats[row] == (better[int(np.argmax(cosines))] if better else row)
