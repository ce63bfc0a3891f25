"""The tree against its definition, and its shares against water poured level by level."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cribble.kernels.hierarchy import Tree, balanced_tree
from cribble.kernels.reference.kmeans import unit_rows
from cribble.kernels.reference.shares import taken_in_turn


@given(st.lists(st.integers(0, 6), min_size=6, max_size=6), st.data())
def test_shares_are_level_among_the_children_of_each_cell(
    counts: list[int], data: st.DataObject
) -> None:
    rows = data.draw(st.integers(0, sum(counts)))
    parent = np.array([0, 1, 0, 1, 1, 2])
    tree = Tree(np.empty(0, np.int64), np.empty(0), (parent,), (6, 3))
    shares = tree.shares(np.array(counts), rows)
    tops = [[c for c, p in zip(counts, parent, strict=True) if p == top] for top in range(3)]
    given_ = taken_in_turn([sum(top) for top in tops], rows)
    for top in range(3):
        assert shares[parent == top].tolist() == taken_in_turn(tops[top], given_[top])


def test_without_resampling_a_row_is_in_the_leaf_of_its_nearest_center() -> None:
    x = np.random.default_rng(0).normal(size=(80, 3)).astype(np.float32)
    tree = balanced_tree(x, [8, 2], rounds=0, seed=0, spherical=True)
    assert tree.sizes == (8, 2)
    assert len(tree.parents[0]) == 8
    for leaf in range(8):
        mean = unit_rows(x)[tree.leaves == leaf].mean(axis=0)
        gaps = ((unit_rows(x)[tree.leaves == leaf] - mean / np.linalg.norm(mean)) ** 2).sum(axis=1)
        np.testing.assert_allclose(tree.squares[tree.leaves == leaf], gaps, atol=1e-5)


def test_resampling_gives_thinly_filled_places_more_leaves() -> None:
    x = np.concatenate([np.linspace(0, 1, 1_900), np.linspace(1, 2, 100)])[:, None]
    found = []
    for rounds in (0, 10):
        tree = balanced_tree(x.astype(np.float32), [40], rounds=rounds, seed=0)
        found.append(len(np.unique(tree.leaves[1_900:])))
    assert found[1] > found[0]


def test_all_rows_are_assigned_where_centers_come_from_a_sample() -> None:
    rng = np.random.default_rng(0)
    blob = np.repeat([0, 1], [700, 300])
    x = (rng.normal(size=(1_000, 2)) + 50 * blob[:, None]).astype(np.float32)
    tree = balanced_tree(x, [2], rounds=3, seed=0)
    assert [len(np.unique(tree.leaves[blob == one])) for one in (0, 1)] == [1, 1]
    assert len(np.unique(tree.leaves)) == 2
    assert len(tree.squares) == 1_000
    assert tree.squares.max() < 50
