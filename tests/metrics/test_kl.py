"""Divergence of histograms."""

import numpy as np
import pytest

from cribble.metrics.kl import kl_divergence, kl_error, kl_reduction


def test_divergence_of_two_coins():
    heads, fair = np.array([3, 1]), np.array([2, 2])
    expected = 0.75 * np.log(0.75 / 0.5) + 0.25 * np.log(0.25 / 0.5)
    assert kl_divergence(heads, fair, smoothing=1e-12) == pytest.approx(expected)


def test_smoothing_is_added_to_every_bucket():
    p, q = np.array([1, 0]), np.array([0, 1])
    expected = (2 / 3) * np.log(2) + (1 / 3) * np.log(1 / 2)
    assert kl_divergence(p, q, smoothing=1.0) == pytest.approx(expected)


def test_reduction_is_zero_for_a_choice_like_random_and_signed_otherwise():
    target, near, far = np.array([9, 1]), np.array([8, 2]), np.array([2, 8])
    assert kl_reduction(target, chosen=far, random=far) == 0
    assert kl_reduction(target, chosen=near, random=far) > 0
    assert kl_reduction(target, chosen=far, random=near) < 0


def test_the_error_covers_repeated_counts():
    draw = np.random.default_rng(0)
    p, q = draw.dirichlet(np.ones(8)), draw.dirichlet(np.ones(8))
    counts = [(draw.multinomial(3000, p), draw.multinomial(2000, q)) for _ in range(300)]
    spread = np.std([kl_divergence(*one) for one in counts])
    assert np.mean([kl_error(*one) for one in counts]) == pytest.approx(spread, rel=0.15)
