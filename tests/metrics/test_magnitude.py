import numpy as np
import pytest
from scipy.spatial.distance import cdist

from cribble.core.errors import ParameterError
from cribble.metrics import (
    magnitude,
    magnitude_area,
    magnitude_difference,
    separating_scale,
    spread,
    weighting_vector,
)


@pytest.mark.parametrize("distance", [0.1, 1.3, 20.0])
def test_magnitude_of_two_points_has_a_closed_form(distance):
    points = np.array([[0.0], [distance]])
    assert magnitude(points) == pytest.approx(2 / (1 + np.exp(-distance)), rel=1e-12)
    weights = weighting_vector(points)
    assert weights[0] == pytest.approx(weights[1])
    assert magnitude(points / 4, scale=4) == pytest.approx(magnitude(points))


def test_magnitude_grows_from_one_to_n():
    points = np.random.default_rng(0).standard_normal((9, 3))
    sizes = [magnitude(points, scale) for scale in (1e-3, 0.1, 1, 10, 1e3)]
    assert sizes[0] == pytest.approx(1, abs=0.01)
    assert sizes[-1] == pytest.approx(9)
    assert (np.diff(sizes) > 0).all()
    assert magnitude(np.empty((0, 2))) == 0


def test_magnitude_refuses_points_that_coincide():
    with pytest.raises(ParameterError, match="duplicates"):
        magnitude(np.ones((2, 2)))
    with pytest.raises(ParameterError, match="scale"):
        magnitude(np.eye(2), scale=0)


@pytest.mark.parametrize("distance", [1e-3, 1.3, 500.0])
def test_scale_and_area_of_two_points_have_closed_forms(distance):
    points = np.array([[0.0], [distance]])
    scale = separating_scale(points)
    assert scale == pytest.approx(np.log(19) / distance, rel=1e-5)
    area = 2 / distance * (np.log1p(np.exp(scale * distance)) - np.log(2))
    assert magnitude_area(points, scales=200) == pytest.approx(area, rel=1e-4)
    assert magnitude_area(points) == pytest.approx(area, rel=2e-3)
    assert magnitude_area(points, cut=scale / 2, scales=50) < area / 2


@pytest.mark.parametrize("share", [0.5, 0.95])
def test_the_scale_is_where_the_magnitude_is_the_share(share):
    for seed in range(10):
        rng = np.random.default_rng(seed)
        points = rng.standard_normal((40, 1 + seed)) * 10.0 ** rng.integers(-3, 4)
        found = magnitude(points, separating_scale(points, share))
        assert found == pytest.approx(40 * share, rel=1e-4)
    assert separating_scale(points[:1]) == 0
    assert magnitude_area(points[:1]) == 0
    assert magnitude_area(points[:1], cut=2.0) == pytest.approx(2)


def test_the_difference_is_the_area_between_the_curves():
    rng = np.random.default_rng(0)
    left, right = rng.standard_normal((20, 2)), 3 * rng.standard_normal((20, 2))
    steps = np.linspace(0, 2, 9)[1:]
    curves = [[1.0, *(magnitude(side, t) for t in steps)] for side in (left, right)]
    wide = np.abs(np.subtract(*curves))
    area = 0.25 * (wide.sum() - (wide[0] + wide[-1]) / 2)
    assert magnitude_difference(left, right, 2.0, 9) == pytest.approx(area)
    turned = left @ np.array([[0.6, -0.8], [0.8, 0.6]]) + 7
    assert magnitude_difference(left, turned) == pytest.approx(0, abs=1e-8)
    assert magnitude_difference(left, right) > 0


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_spread_is_its_definition_and_takes_copies(dtype):
    rng = np.random.default_rng(2)
    points = rng.standard_normal((50, 3)).astype(dtype)
    for scale in (0.2, 1.0, 5.0):
        near = np.exp(-scale * cdist(points, points))
        assert spread(points, scale) == pytest.approx((1 / near.sum(axis=1)).sum(), rel=1e-5)
        copies = spread(np.repeat(points, 2, axis=0), scale)
        assert copies == pytest.approx(spread(points, scale), rel=1e-3)
    # No weight is negative from here on.
    assert weighting_vector(points, 5.0).min() >= 0
    assert spread(points, 5.0) <= magnitude(points, 5.0)
    assert spread(points[:0]) == 0


def test_what_cannot_be_measured_is_refused():
    for call in (
        lambda: separating_scale(np.eye(3), 1.0),
        lambda: separating_scale(np.empty((0, 2))),
        lambda: separating_scale(np.ones((3, 2))),
        lambda: magnitude_area(np.eye(3), scales=1),
        lambda: magnitude_area(np.eye(3), cut=-1.0),
        lambda: spread(np.eye(3), 0.0),
    ):
        with pytest.raises(ParameterError):
            call()


def test_solvers_without_pairs_agree_with_the_exact_one():
    points = np.random.default_rng(0).standard_normal((300, 5))
    exact = weighting_vector(points, 3.0)
    assert exact.min() > 0
    np.testing.assert_allclose(weighting_vector(points, 3.0, "gradients"), exact, atol=1e-5)
    np.testing.assert_allclose(weighting_vector(points, 3.0, "positive"), exact, atol=1e-4)
    # Nearer together some weights are negative: gradients find them, and the other keeps above 0.
    exact = weighting_vector(points, 0.3)
    assert exact.min() < 0
    np.testing.assert_allclose(weighting_vector(points, 0.3, "gradients"), exact, atol=1e-3)
    assert weighting_vector(points, 0.3, "positive").min() > 0


def test_copies_share_a_positive_weight_and_a_solver_is_known_by_name():
    points = np.array([[0.0], [0.0], [5.0]])
    found = weighting_vector(points, 1.0, "positive")
    assert found[0] + found[1] == pytest.approx(weighting_vector(points[1:], 1.0)[0], abs=1e-6)
    with pytest.raises(ParameterError, match="solver"):
        weighting_vector(points, 1.0, "cholesky")
