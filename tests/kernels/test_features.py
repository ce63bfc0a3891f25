"""Random features: their products are the kernel's, their means the weighted ones."""

from __future__ import annotations

import numpy as np
import pytest

from cribble.kernels import features
from cribble.kernels.features import random_features
from cribble.kernels.kernel_mean import gaussian

ROWS = np.random.default_rng(0).normal(size=(50, 3))


def test_products_of_features_are_the_kernel() -> None:
    found = np.concatenate(list(random_features(3, 20_000, 1.3, 0).tiles(ROWS)))
    np.testing.assert_allclose(found @ found.T, gaussian(ROWS, ROWS, 1.3), atol=0.05)
    np.testing.assert_allclose(np.square(found).sum(axis=1), 1)


@pytest.mark.parametrize("tile", [7, 1024])
def test_means_are_weighted_whatever_the_tile(tile, monkeypatch) -> None:
    monkeypatch.setattr(features, "_TILE", tile)
    maps = random_features(3, 64, 1.0, 1)
    whole = np.concatenate(list(maps.tiles(ROWS)))
    weights = np.arange(50.0)
    np.testing.assert_allclose(maps.mean(ROWS), whole.mean(axis=0))
    np.testing.assert_allclose(maps.mean(ROWS, weights), weights @ whole / weights.sum())
