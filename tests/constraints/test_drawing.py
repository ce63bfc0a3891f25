"""Weighted draws: unbiased by repetition, and the limits hold whatever was drawn."""

from __future__ import annotations

import numpy as np
import pytest

from cribble.constraints.drawing import (
    Drawn,
    draw_by_weight,
    draw_weighted,
    shuffled,
)
from cribble.core import Budget, Pool
from cribble.kernels.sampling import pivotal

N = 30
SIZES = np.random.default_rng(1).gamma(0.7, size=N) + 0.01
VALUES = np.random.default_rng(2).normal(size=N) + SIZES
POOL = Pool(N, signals={"tokens": np.arange(N) % 5 + 1.0}, groups={"g": ["a", "b"] * (N // 2)})


def _draw(
    budget: Budget, seed: int, design: str = "systematic", clip: float | None = None
) -> Drawn:
    random = np.random.default_rng(seed)

    def drawn(rows: np.ndarray, chances: np.ndarray) -> np.ndarray:
        if design == "pivotal":
            return pivotal(chances, random)
        return shuffled(seed, "test")(rows, chances)

    return draw_weighted(budget.resolve(POOL), SIZES, drawn, clip)


@pytest.mark.parametrize("design", ["systematic", "pivotal"])
def test_the_weighted_sum_is_unbiased_with_rows_kept_and_dropped(design: str) -> None:
    budget, runs = Budget(rows=9, keep=[3, 4], drop=[0, 7]), 3_000
    estimates = []
    for seed in range(runs):
        drawn = _draw(budget, seed, design)
        assert len(drawn.indices) == 9
        assert drawn.weights[:2].tolist() == [1.0, 1.0]
        assert drawn.stats["refused"] == 0
        estimates.append(drawn.weights @ VALUES[drawn.indices])
    truth = VALUES.sum() - VALUES[[0, 7]].sum()
    error = np.std(estimates) / np.sqrt(runs)
    assert abs(np.mean(estimates) - truth) < 4 * error


def test_limits_come_before_the_draw() -> None:
    for seed in range(20):
        few = _draw(Budget(rows=8, at_most={"g": {"a": 1}}), seed)
        assert len(few.indices) == 8
        assert (few.indices % 2 == 0).sum() <= 1
        paid = _draw(Budget(cost=25), seed)
        assert 0 < POOL.signal("tokens")[paid.indices].sum() <= 25


def test_sums_sizes_and_clipping_are_told() -> None:
    cuts = 0
    for seed in range(30):
        free, cut = (_draw(Budget(rows=6), seed, clip=clip) for clip in (None, 1.2))
        assert free.stats["weight_sum"] == pytest.approx(free.weights.sum())
        assert free.stats["effective_size"] == pytest.approx(
            free.weights.sum() ** 2 / (free.weights**2).sum()
        )
        most = 1.2 * N / 6
        assert free.stats["clipped"] == 0
        assert cut.stats["clipped"] == (free.weights > most).sum()
        np.testing.assert_allclose(cut.weights, np.minimum(free.weights, most))
        cuts += cut.stats["clipped"]
    assert cuts


def test_all_rows_weigh_one() -> None:
    assert _draw(Budget(rows=N), 0).weights.tolist() == [1.0] * N


def test_a_draw_by_weight_estimates_the_weighted_sum() -> None:
    runs, truth = 3_000, SIZES @ VALUES / SIZES.mean()
    estimates = []
    for seed in range(runs):
        drawn = draw_by_weight(Budget(rows=9).resolve(POOL), SIZES, shuffled(seed, "test"), None)
        assert drawn.stats["weight_sum"] == pytest.approx(N)
        estimates.append(drawn.weights @ VALUES[drawn.indices])
    assert abs(np.mean(estimates) - truth) < 4 * np.std(estimates) / np.sqrt(runs)


def test_drawn_by_weight_rows_weigh_the_same_but_for_those_sure_to_come() -> None:
    sizes = np.array([0.0, 10.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0])
    pool = Pool(8)
    for seed in range(20):
        few = draw_by_weight(Budget(rows=3).resolve(pool), sizes, shuffled(seed, "test"), None)
        weights = dict(zip(few.indices.tolist(), few.weights / few.weights.min(), strict=True))
        # Row 1 comes for sure; each of the other two stands for two rows.
        assert weights.pop(1) == pytest.approx(5)
        assert list(weights.values()) == pytest.approx([1, 1])
    whole = draw_by_weight(Budget(rows=8).resolve(pool), sizes, shuffled(0, "test"), 3.0)
    expected = np.minimum(sizes / sizes.mean(), 3)
    np.testing.assert_allclose(whole.weights, expected[whole.indices])
    assert whole.stats["clipped"] == 1


def test_dropped_rows_have_no_say_in_the_scale_of_weights() -> None:
    budget = Budget(rows=3, drop=[0], keep=[1])
    sizes = np.array([1e9, 1.0, 2.0, 3.0])
    drawn = draw_by_weight(budget.resolve(Pool(4)), sizes, shuffled(0, "test"), None)
    assert drawn.indices[0] == 1
    np.testing.assert_allclose(drawn.weights, sizes[drawn.indices] / 2)
