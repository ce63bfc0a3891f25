"""The automatic size against a plain walk over whole rankings, and on planted clusters."""

import numpy as np
import pytest
from scipy.optimize import linprog

from cribble.core import Pool, row_uniforms
from cribble.kernels.reference.sinkhorn import sinkhorn as twin
from cribble.kernels.reference.whitening import whitened_cosines
from cribble.kernels.whitening import Whitened, whitening
from cribble.selectors.targeted.automatic_size import APART, Transporting, automatic_size


def pool_of(rows, *targets, memory=1 << 28):
    return Pool.from_array(rows, targets=[Pool.from_array(one) for one in targets], memory=memory)


def plain_walk(rows, targets, folds, seed):
    """Rows, neighbors and curves as `automatic_size` documents them, every fold from scratch."""
    cosines = whitened_cosines(rows, targets, 1e-5)
    found = whitening([rows, targets], 1e-5)
    own, aims = (Whitened(one, found)[:].astype(np.float64) for one in (rows, targets))
    order = np.argsort(row_uniforms(seed, "tarot folds", 0, len(targets)), kind="stable")
    chosen, counts, curves = set(), [], []
    for number in range(folds):
        held = order[number::folds]
        rest = aims[np.setdiff1d(np.arange(len(targets)), held)]
        ranked = np.argsort(-cosines[:, held], axis=0, kind="stable")
        best, curve = set(), []
        for count in range(1, len(rows) + 1):
            named = {
                int(row)
                for column, target in zip(ranked.T, held, strict=True)
                for row in column[:count]
                if cosines[row, target] > 0
            }
            if named == best:
                break
            curve.append(twin(own[sorted(named)], rest, 0.1 * APART, 300, power=1)[2])
            if count > 1 and curve[-1] >= curve[-2]:
                break
            best = named
        chosen |= best
        counts.append(int(np.argmin(curve)) + 1 if curve else 0)
        curves.append(curve)
    return sorted(chosen), counts, curves


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
@pytest.mark.parametrize("memory", [2_000, 1 << 28])
def test_equals_the_plain_walk_whatever_the_memory(seed, memory):
    rng = np.random.default_rng(seed)
    rows, targets = rng.normal(size=(50, 3)), rng.normal([2, 0, 0], size=(11, 3))
    pool = pool_of(rows, targets, memory=memory)
    found = automatic_size(pool, seed, folds=4, epsilon=0.1, iterations=300, tolerance=1e-12)
    chosen, counts, curves = plain_walk(rows, targets, 4, seed)
    assert found.rows.tolist() == chosen
    assert found.neighbors == counts
    assert max(counts) > 1
    for one, other in zip(found.curves, curves, strict=True):
        assert one == pytest.approx(other, abs=1e-5)


def test_the_distance_is_the_exact_one_and_at_most_the_entropy_more():
    rng = np.random.default_rng(0)
    rows, targets = (rng.normal(size=(size, 6)) for size in (15, 8))
    rows, targets = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (rows, targets))
    costs = np.linalg.norm(rows[:, None] - targets, axis=2)
    equal = np.vstack([np.kron(np.eye(15), np.ones(8)), np.kron(np.ones(15), np.eye(8))])
    exact = linprog(costs.ravel(), A_eq=equal, b_eq=np.r_[np.full(15, 1 / 15), np.full(8, 1 / 8)])
    found = Transporting(0.02, 100, 1e-3).distance(rows, targets)
    assert exact.fun - 1e-3 < found < exact.fun + 0.02 * APART * np.log(8)


def test_it_takes_the_kind_that_is_asked_and_no_other():
    rng = np.random.default_rng(1)
    centers = np.repeat(4 * np.eye(5), 60, axis=0)
    rows = centers + rng.normal(size=centers.shape)
    target = 4 * np.eye(5)[0] + rng.normal(size=(40, 5))
    found = automatic_size(pool_of(rows, target))
    assert (found.rows < 60).mean() > 0.8
    assert 20 < len(found.rows) <= 70
    assert len(found.neighbors) == len(found.curves) == 10


def test_excluded_rows_are_not_named():
    rng = np.random.default_rng(2)
    rows, target = rng.normal(size=(40, 3)), rng.normal(size=(6, 3))
    free = automatic_size(pool_of(rows, target)).rows
    excluded = np.zeros(40, dtype=bool)
    excluded[free] = True
    assert not excluded[automatic_size(pool_of(rows, target), excluded=excluded).rows].any()


@pytest.mark.parametrize("size", [0, 1, 2])
def test_tiny_pools_and_a_target_of_one_row(size):
    rows = np.eye(2)[:size]
    found = automatic_size(pool_of(rows, np.array([[1.0, 0.2]])))
    assert len(found.rows) <= size
    assert len(found.curves) == 1
