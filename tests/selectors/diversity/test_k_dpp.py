"""k-DPP against the determinants of all sets."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chisquare

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError, SignalError
from cribble.kernels.reference.determinantal import set_chances
from cribble.selectors.diversity.k_dpp import KDpp

DRAWS = 600


def unit_rows(n: int, d: int, seed: int = 0) -> np.ndarray:
    rows = np.random.default_rng(seed).standard_normal((n, d))
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def draws(method: KDpp, pool: Pool, budget: Budget) -> dict[tuple[int, ...], int]:
    seen: dict[tuple[int, ...], int] = {}
    for seed in range(DRAWS):
        some = tuple(sorted(method.select(pool, budget, seed).indices.tolist()))
        seen[some] = seen.get(some, 0) + 1
    return seen


def expect_chances(seen: dict[tuple[int, ...], int], want: dict[tuple[int, ...], float]) -> None:
    likely = [some for some, chance in want.items() if chance > 1e-9]
    assert set(seen) <= set(likely)
    counts = [seen.get(some, 0) for some in likely]
    assert chisquare(counts, [DRAWS * want[some] for some in likely]).pvalue > 1e-3


@pytest.mark.parametrize(
    ("d", "ridge", "k"),
    [(4, 0.0, 3), (4, 0.3, 3), (2, 0.5, 4)],
    ids=["within the rank", "with a ridge", "past the rank"],
)
def test_a_set_has_a_chance_in_proportion_to_its_determinant(d: int, ridge: float, k: int) -> None:
    X = unit_rows(6, d)
    quality = np.array([1.0, 0.5, 2.0, 1.0, 1.5, 0.8])
    scaled = X * (quality / quality.max())[:, None]
    pool = Pool.from_array(X, signals={"quality": quality})
    method = KDpp(quality="quality", ridge=ridge)
    want = set_chances(scaled @ scaled.T + ridge * np.eye(6), k)
    expect_chances(draws(method, pool, Budget(rows=k)), want)


@pytest.mark.parametrize("ridge", [0.0, 0.4])
def test_kept_and_dropped_rows_are_conditioned_on(ridge: float) -> None:
    X = unit_rows(7, 4, seed=3)
    budget = Budget(rows=3, keep=[2], drop=[5])
    every = set_chances(X @ X.T + ridge * np.eye(7), 3)
    some = {key: chance for key, chance in every.items() if 2 in key and 5 not in key}
    total = sum(some.values())
    want = {key: chance / total for key, chance in some.items()}
    expect_chances(draws(KDpp(ridge=ridge), Pool.from_array(X), budget), want)


def test_without_a_ridge_the_rest_is_uniform_past_the_rank() -> None:
    X = unit_rows(40, 3)
    chosen = KDpp().select(Pool.from_array(X), Budget(rows=10))
    assert chosen.stats == {"rank": 3, "by_volume": 3, "uniform": 7}
    # Two copies are never in the part by volume.
    X[1::2] = X[::2]
    pool = Pool.from_array(X)
    for seed in range(50):
        picks = KDpp().select(pool, Budget(rows=3), seed).indices
        assert len(set((picks // 2).tolist())) == 3


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ParameterError, match="ridge"):
        KDpp(ridge=-1)
    pool = Pool.from_array(unit_rows(4, 3), signals={"quality": np.array([1, 1, -1, 1.0])})
    with pytest.raises(SignalError, match="0 or more"):
        KDpp(quality="quality").select(pool, Budget(rows=2))
