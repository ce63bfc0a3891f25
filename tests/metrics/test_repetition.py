from __future__ import annotations

import math

import pytest

from cribble.metrics import filtered_loss, repetition_factor

UTILITIES = (-0.18, -0.155, -0.13, -0.11)
MILLION = 1e6


@pytest.mark.parametrize(
    ("seen", "buckets"),
    [(12.8, 1), (32, 2), (64, 2), (128, 2), (640, 3), (2_000, 4)],
)
def test_the_best_number_of_buckets_grows_with_training(seen, buckets):
    # Worked out from the released code's formulas: buckets of 12.8M rows, best first.
    losses = {
        count: filtered_loss(
            seen * MILLION, 12.8 * MILLION, UTILITIES[:count], (3,) * count, scale=0.022
        )
        for count in range(1, 5)
    }
    assert min(losses, key=losses.get) == buckets


def test_the_factor_is_the_product_over_passes():
    utility, half_life = -0.2, 2.0
    by_hand = math.prod(
        ((again + 1) / again) ** (utility * 0.5 ** (again / half_life)) for again in range(1, 5)
    )
    assert repetition_factor(utility, half_life, 5) == pytest.approx(by_hand)
    part = by_hand * (5.5 / 5) ** (utility * 0.5 ** (5 / half_life))
    assert repetition_factor(utility, half_life, 5.5) == pytest.approx(part)


def test_one_pass_and_less():
    assert repetition_factor(-0.3, 3, 1) == 1
    assert repetition_factor(-0.3, 3, 0.25) == pytest.approx(0.25**-0.3)


def test_repeating_helps_ever_less_and_never_hurts():
    factors = [repetition_factor(-0.3, 3, passes) for passes in (1, 2, 4, 8, 1e3, 1e9)]
    assert factors == sorted(factors, reverse=True)
    assert factors[-1] == pytest.approx(factors[-2])


def test_without_decay_repeated_rows_are_as_good_as_fresh_ones():
    assert repetition_factor(-0.3, 1e15, 7) == pytest.approx(7**-0.3)


def test_the_union_decays_by_the_mean_of_its_buckets():
    utilities, half_lives, rows = (-0.2, -0.1), (2.0, 4.0), 1e5
    mean = [
        sum(b * 0.5 ** (again / (2 * tau)) for b, tau in zip(utilities, half_lives, strict=True))
        / 2
        for again in range(4)
    ]
    by_hand = 0.1 + 2.0 ** mean[0] * 2.0 ** mean[1] * 1.5 ** mean[2] * (4 / 3) ** mean[3]
    assert filtered_loss(8e5, rows, utilities, half_lives, scale=1.0) == pytest.approx(by_hand)
