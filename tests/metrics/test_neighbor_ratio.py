import numpy as np
import pytest
from scipy.spatial.distance import cdist

from cribble.core.errors import ParameterError
from cribble.metrics import neighbor_ratio_divergence
from cribble.metrics.neighbor_ratio import _divergence, ensemble_weights


def test_ratios_are_counted_among_the_nearest_rows_of_both_sides():
    draw = np.random.default_rng(0)
    union = draw.standard_normal((30, 2))
    is_left = np.arange(30) < 12
    gaps = cdist(union, union)
    np.fill_diagonal(gaps, np.inf)
    found = np.argsort(gaps, axis=1)[:, :7].astype(np.int32)
    ratios = []
    for row in range(12, 30):
        left = sum(is_left[other] for other in found[row])
        ratios.append((18 / 12) * left / (7 - left + 1))
    ratios = np.array(ratios)
    kl = np.mean([r * np.log(r) if r else 0.0 for r in ratios])
    one = np.array([7]), np.ones(1)
    assert _divergence(found, is_left, 1.0, *one)[0] == pytest.approx(kl)
    renyi = np.log(np.mean(ratios**0.5)) / (0.5 - 1)
    assert _divergence(found, is_left, 0.5, *one)[0] == pytest.approx(renyi)


def test_shifted_gaussians_are_near_the_closed_form_and_equal_ones_at_zero():
    draw = np.random.default_rng(1)
    x, y = draw.standard_normal((1500, 1)), draw.standard_normal((1500, 1))
    shifted = neighbor_ratio_divergence(x + 1, y, neighbors=40)
    assert shifted.value == pytest.approx(0.5, abs=0.12)
    assert neighbor_ratio_divergence(x + 1, y, alpha=0.5, neighbors=40).value == pytest.approx(
        0.25, abs=0.06
    )
    equal = neighbor_ratio_divergence(x, y, neighbors=40)
    assert abs(equal.value) < 4 * equal.error + 0.01


def test_ensemble_weights_are_the_least_that_cancel_the_first_terms():
    members = np.arange(4, 24) ** 2
    weights = ensemble_weights(members, 2)
    assert weights.sum() == pytest.approx(1)
    assert weights @ np.sqrt(members) == pytest.approx(0)
    assert weights @ members == pytest.approx(0)
    # Whatever else cancels them is longer: the weights lie in the span of the conditions.
    spanned = np.stack([np.ones(20), np.sqrt(members), members])
    rest = weights - spanned.T @ np.linalg.lstsq(spanned.T, weights, rcond=None)[0]
    assert np.abs(rest).max() < 1e-9
    np.testing.assert_allclose(ensemble_weights(members[:4], 3), 0.25)


def test_an_ensemble_is_nearer_where_one_number_of_neighbors_is_biased():
    found = []
    for seed in range(3):
        x, y = np.random.default_rng(seed).standard_normal((2, 1_000, 4))
        x[:, 0] += 1
        one = neighbor_ratio_divergence(x, y, neighbors=50)
        some = neighbor_ratio_divergence(x, y, neighbors=range(20, 220, 14))
        assert abs(some.value - 0.5) < 4 * some.error
        found.append((one.value, some.value))
    alone, together = np.mean(found, axis=0)
    assert alone < 0.35
    assert abs(together - 0.5) < 0.15


def test_large_sides_are_drawn_from():
    draw = np.random.default_rng(2)
    x, y = draw.standard_normal((900, 1)) + 1, draw.standard_normal((900, 1))
    part = neighbor_ratio_divergence(x, y, most=300, seed=1)
    assert part == neighbor_ratio_divergence(x, y, most=300, seed=1)
    assert part.error > neighbor_ratio_divergence(x, y, most=None).error


@pytest.mark.parametrize("options", [{"alpha": 0.0}, {"neighbors": 9}])
def test_what_cannot_be_estimated_is_refused(options):
    x = np.zeros((3, 1))
    with pytest.raises(ParameterError):
        neighbor_ratio_divergence(x, x, **options)
