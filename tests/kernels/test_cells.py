"""Cells against distances written out."""

from __future__ import annotations

import numpy as np
import pytest

from cribble.kernels.cells import Cells, cells_of
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


def test_the_middle_of_an_empty_cell_is_no_row_and_ties_go_to_the_lowest() -> None:
    cells = Cells(np.zeros((3, 1), np.float32), np.array([2, 0, 2]), np.array([1.0, 3.0, 1.0]))
    assert cells.middle_rows().tolist() == [1, -1, 0]
