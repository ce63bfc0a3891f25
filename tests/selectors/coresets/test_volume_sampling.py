"""Volume sampling: chances in proportion to determinants, and fits that are right on average."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy.stats import chisquare

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError
from cribble.selectors.coresets.volume_sampling import VolumeSampling

RNG = np.random.default_rng(0)
X = RNG.normal(size=(7, 2)) * np.array([1.0, 3.0])
Y = RNG.normal(size=7) + X[:, 0] ** 2


def fit(x: np.ndarray, y: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    root = np.ones(len(x)) if weights is None else np.sqrt(weights)
    return np.linalg.lstsq(x * root[:, None], y * root, rcond=None)[0]


def test_uniform_rest_draws_by_the_volume_that_makes_fits_unbiased() -> None:
    sets = list(combinations(range(7), 3))
    volumes = np.array([np.linalg.det(X[list(some)].T @ X[list(some)]) for some in sets])
    chances = volumes / volumes.sum()
    mean = sum(p * fit(X[list(some)], Y[list(some)]) for p, some in zip(chances, sets, strict=True))
    np.testing.assert_allclose(mean, fit(X, Y))

    pool, counts = Pool.from_array(X), dict.fromkeys(sets, 0)
    for seed in range(600):
        chosen = VolumeSampling(rest="uniform").select(pool, Budget(rows=3), seed)
        counts[tuple(sorted(chosen.indices.tolist()))] += 1
        assert chosen.weights.tolist() == [7 / 3] * 3
    assert chisquare(list(counts.values()), 600 * chances).pvalue > 1e-3


@pytest.mark.parametrize("rest", ["leverage", "repeated"])
def test_the_weighted_gram_matrix_and_the_fit_are_right_on_average(rest: str) -> None:
    x = np.random.default_rng(1).normal(size=(60, 3)) ** 3
    y = x[:, 0] + x[:, 1] ** 2
    pool, grams, fits = Pool.from_array(x), [], []
    for seed in range(250):
        chosen = VolumeSampling(rest=rest).select(pool, Budget(rows=8), seed)
        rows, weights = x[chosen.indices], chosen.weights
        grams.append((rows * weights[:, None]).T @ rows)
        fits.append(fit(rows, y[chosen.indices], weights))
    for found, want in ((grams, x.T @ x), (fits, fit(x, y))):
        error = np.std(found, axis=0) / np.sqrt(len(found))
        # Drawing on until enough rows differ leaves a small bias.
        assert (np.abs(np.mean(found, axis=0) - want) < 4 * error + 0.06 * np.abs(want).max()).all()


@pytest.mark.parametrize("rest", ["leverage", "repeated"])
def test_weights_count_draws_over_what_was_expected(rest: str) -> None:
    x = np.random.default_rng(2).normal(size=(50, 4))
    chosen = VolumeSampling(rest=rest).select(Pool.from_array(x), Budget(rows=30))
    expected = chosen.stats["draws"] * chosen.scores[chosen.indices] / 4
    times = chosen.weights * expected
    np.testing.assert_allclose(times, np.round(times), atol=1e-9)
    assert round(times.sum()) == chosen.stats["draws"] > 30
    assert times.min() > 0.5
    assert chosen.scores.sum() == pytest.approx(4)


@pytest.mark.parametrize("rest", ["uniform", "leverage", "repeated"])
def test_the_first_rows_have_full_rank_and_a_row_alone_is_certain(rest: str) -> None:
    x = np.zeros((40, 3))
    x[:, 0], x[7, 1] = np.random.default_rng(1).normal(size=40), 1.0
    for seed in range(10):
        chosen = VolumeSampling(rest=rest).select(Pool.from_array(x), Budget(rows=2), seed)
        assert chosen.stats["rank"] == 2
        assert 7 in chosen.indices


def test_rows_that_only_fill_the_budget_weigh_nothing() -> None:
    x = np.zeros((10, 2))
    x[[2, 5]] = np.eye(2)
    chosen = VolumeSampling().select(Pool.from_array(x), Budget(rows=4, keep=[9]))
    assert chosen.indices[0] == 9
    assert set(chosen.indices[1:3].tolist()) == {2, 5}
    assert chosen.weights[0] == 1
    assert chosen.weights[3] == 0
    assert chosen.stats["unweighted"] == 1


def test_an_unknown_rest_is_refused() -> None:
    with pytest.raises(ParameterError, match="rest"):
        VolumeSampling(rest="none")
