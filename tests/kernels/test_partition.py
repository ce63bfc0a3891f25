import numpy as np
import pytest

from cribble.kernels.partition import Partition, partition
from cribble.kernels.threads import limited_threads


def check(found: Partition, X: np.ndarray, most: int) -> None:
    assert sorted(found.order.tolist()) == list(range(len(X)))
    assert (found.start[0], found.start[-1]) == (0, len(X))
    sizes = np.diff(found.start)
    assert sizes.min() >= 1
    assert sizes.max() <= most
    for cell, (low, high) in enumerate(zip(found.start[:-1], found.start[1:], strict=True)):
        rows = found.order[low:high]
        assert (np.diff(rows) > 0).all()
        np.testing.assert_allclose(found.centers[cell], X[rows].mean(axis=0), atol=1e-5)


@pytest.mark.parametrize("most", [2, 30, 5000])
def test_every_row_is_in_one_cell_of_a_bounded_size(most: int) -> None:
    X = np.random.default_rng(0).standard_normal((700, 3)).astype(np.float32)
    check(partition(X, 0, most=most), X, most)


@pytest.mark.parametrize("copies", [1, 40])
def test_copies_and_noise_of_many_dimensions_are_cut_too(copies: int) -> None:
    X = np.random.default_rng(0).standard_normal((2000 // copies, 200)).repeat(copies, axis=0)
    X = np.concatenate([X, np.ones((3000, 200))]).astype(np.float32)
    found = partition(X, 0, most=100)
    check(found, X, 100)
    # However lopsided k-means is, cells are not many more than there have to be.
    assert len(found.centers) < 6 * len(X) / 100


def test_clusters_keep_to_cells_of_their_own() -> None:
    rng = np.random.default_rng(1)
    of = rng.integers(20, size=4000)
    X = (10 * rng.standard_normal((20, 8))[of] + rng.standard_normal((4000, 8))).astype(np.float32)
    found = partition(X, 0, most=300)
    mixed = [
        len(np.unique(of[found.order[low:high]])) > 1
        for low, high in zip(found.start[:-1], found.start[1:], strict=True)
    ]
    assert np.mean(mixed) < 0.1


def test_rows_read_from_a_map_in_chunks_on_any_number_of_threads(tmp_path) -> None:
    X = np.random.default_rng(2).standard_normal((40_000, 4)).astype(np.float16)
    np.save(tmp_path / "x.npy", X)
    whole = partition(X, 0)
    check(whole, X.astype(np.float32), 1024)
    with limited_threads(1):
        mapped = partition(np.load(tmp_path / "x.npy", mmap_mode="r"), 0)
    for one, other in zip(mapped, whole, strict=True):
        assert np.array_equal(one, other)


def test_scaled_rows_are_grouped_by_direction() -> None:
    rng = np.random.default_rng(3)
    X = rng.standard_normal((500, 3)).astype(np.float32)
    unit = X / np.linalg.norm(X, axis=1, keepdims=True)
    found = partition(X * rng.uniform(1, 9, (500, 1)), 0, spherical=True, most=50)
    expected = partition(unit, 0, most=50)
    assert np.mean(found.order == expected.order) == 1


def test_a_pool_without_rows_has_no_cells() -> None:
    found = partition(np.empty((0, 3), dtype=np.float32), 0)
    assert [len(one) for one in found] == [0, 1, 0]
