"""Cells against distances written out."""

from __future__ import annotations

import numpy as np
import pytest

from cribble.kernels import cells as module
from cribble.kernels.cells import Cells, cells_of, split_cells
from cribble.kernels.reference.kmeans import nearest_centers, unit_rows


@pytest.mark.parametrize("spherical", [True, False])
def test_cells_hold_each_row_with_its_distance_to_the_nearest_center(spherical: bool) -> None:
    x = np.random.default_rng(0).normal(size=(60, 3)).astype(np.float32)
    cells = cells_of(x, 5, seed=1, spherical=spherical)
    label, squares = nearest_centers(unit_rows(x) if spherical else x, cells.centers)
    np.testing.assert_array_equal(cells.codes, label)
    np.testing.assert_allclose(cells.squares, squares, atol=1e-6)
    for cell, row in enumerate(cells.middle_rows()):
        assert cells.codes[row] == cell
        assert cells.squares[row] == cells.squares[cells.codes == cell].min()


def test_there_are_no_more_cells_than_rows() -> None:
    assert len(cells_of(np.zeros((3, 2)), 9, seed=0).centers) == 3
    assert len(cells_of(np.zeros((0, 2)), 9, seed=0).centers) == 0


@pytest.mark.parametrize("spherical", [True, False])
def test_split_cells_are_as_many_and_hold_rows_that_lie_together(
    spherical: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.default_rng(1)
    blobs = random.normal(size=(40, 8)) * 20
    x = (blobs[np.arange(800) % 40] + random.normal(size=(800, 8)) * 0.1).astype(np.float32)
    plain = split_cells(x, 40, seed=0, spherical=spherical)
    assert (plain.codes == cells_of(x, 40, seed=0, spherical=spherical).codes).all()
    monkeypatch.setattr(module, "_UNSPLIT", 30)
    split = split_cells(x, 40, seed=0, spherical=spherical)
    assert len(split.centers) == 40
    assert sorted(set(split.codes.tolist())) == list(range(40))
    points = unit_rows(x) if spherical else x
    gaps = ((points - split.centers[split.codes]) ** 2).sum(axis=1)
    np.testing.assert_allclose(split.squares, gaps, atol=1e-4)
    everything = ((points - points.mean(axis=0)) ** 2).sum()
    assert split.squares.sum() < 0.1 * everything
    assert len(split_cells(np.zeros((50, 2)), 90, seed=0).codes) == 50
    assert len(split_cells(np.zeros((0, 2)), 90, seed=0).codes) == 0


def test_the_middle_of_an_empty_cell_is_no_row_and_ties_go_to_the_lowest() -> None:
    cells = Cells(np.zeros((3, 1), np.float32), np.array([2, 0, 2]), np.array([1.0, 3.0, 1.0]))
    assert cells.middle_rows().tolist() == [1, -1, 0]
