"""Density ratios against the closed form, what maximum likelihood asks, and true ratios."""

import numpy as np
import pytest

from cribble.kernels import density_ratio
from cribble.kernels.density_ratio import kliep, median_gap, ulsif
from cribble.kernels.weights import effective_size


def shifted(size):
    rng = np.random.default_rng(0)
    rows, targets = rng.normal(0, 1, (size, 1)), rng.normal(1, 0.6, (size, 1))
    true = np.exp(-((rows - 1) ** 2) / 0.72 + rows**2 / 2)[:, 0] / 0.6
    return rows, targets, true


def near(rows, centers, width=1.5):
    return np.exp(-np.square(rows[:, None] - centers).sum(axis=2) / (2 * width**2))


def test_the_median_gap_leaves_out_points_that_coincide():
    points = np.array([[0.0], [1.0], [4.0]])
    assert median_gap(points, points) == pytest.approx(3)
    assert median_gap(points[:1], points[:1]) == 1


@pytest.mark.parametrize("tile", [7, 1024])
def test_ulsif_is_its_closed_form(tile, monkeypatch):
    monkeypatch.setattr(density_ratio, "_TILE", tile)
    rng = np.random.default_rng(1)
    rows, targets = rng.normal(size=(50, 3)), rng.normal(size=(20, 3)) + 0.5
    centers = rng.normal(size=(6, 3))
    psi = near(rows, centers)
    theta = np.linalg.solve(psi.T @ psi / 50 + 0.1 * np.eye(6), near(targets, centers).mean(axis=0))
    expected = psi @ np.maximum(theta, 0)
    np.testing.assert_allclose(ulsif(rows, targets, centers, 1.5, 0.1), expected / expected.mean())


def test_no_other_weights_of_the_kernels_are_likelier_than_those_of_kliep():
    rng = np.random.default_rng(2)
    rows, targets = rng.normal(size=(60, 2)), rng.normal(size=(15, 2)) + 0.5
    centers = targets[:4]
    psi, aims = near(rows, centers), near(targets, centers)
    found = np.linalg.lstsq(psi, kliep(rows, targets, centers, 1.5), rcond=None)[0]
    best = np.log(aims @ found).mean()
    for theta in rng.dirichlet(np.ones(4), 500) / psi.mean(axis=0):
        assert np.log(aims @ theta).mean() <= best + 1e-6


@pytest.mark.parametrize("estimator", [kliep, lambda *given: ulsif(*given, 0.01)])
def test_known_ratios_are_found(estimator):
    rows, targets, true = shifted(2000)
    found = estimator(rows, targets, targets[:100], 0.5)
    assert found.mean() == pytest.approx(1)
    assert np.corrcoef(found, true)[0, 1] > 0.95
    assert effective_size(found) == pytest.approx(effective_size(true), rel=0.25)
