import numpy as np
import pytest
from sklearn.datasets import load_digits

from cribble.report.label_noise import _linear, wrong_labels


def spoiled(codes, share, seed):
    rng = np.random.default_rng(seed)
    told, hit = codes.copy(), rng.random(len(codes)) < share
    told[hit] = (codes[hit] + rng.integers(1, codes.max() + 1, hit.sum())) % (codes.max() + 1)
    return told


@pytest.mark.parametrize("share", [0.0, 0.2, 0.3, 0.4])
def test_the_share_is_near_the_truth_on_real_digits(share):
    digits = load_digits()
    found = wrong_labels(digits.data, spoiled(digits.target, share, 1))
    assert found == pytest.approx(share, abs=0.08)


def test_classes_of_many_clusters_are_judged_by_neighbors():
    rng = np.random.default_rng(2)
    cluster = rng.integers(0, 40, 2_000)
    points = 4 * rng.standard_normal((40, 8))[cluster] + 0.3 * rng.standard_normal((2_000, 8))
    assert wrong_labels(points, cluster % 4) == 0
    assert wrong_labels(points, spoiled(cluster % 4, 0.3, 3)) == pytest.approx(0.3, abs=0.1)


@pytest.mark.parametrize("seed", range(5))
def test_labels_that_the_vectors_say_nothing_of_are_not_called_wrong(seed):
    rng = np.random.default_rng(seed)
    assert wrong_labels(rng.standard_normal((1_000, 16)), rng.integers(0, 2 + seed, 1_000)) == 0


@pytest.mark.parametrize("codes", [np.zeros(400, np.int64), np.arange(30), np.empty(0, np.int64)])
def test_too_little_says_nothing(codes):
    assert wrong_labels(np.ones((len(codes), 4)), codes) == 0


def test_a_row_is_left_out_of_its_own_fit():
    rng = np.random.default_rng(4)
    points = rng.standard_normal((30, 3))
    points /= np.linalg.norm(points, axis=1)[:, None]
    codes = rng.integers(0, 3, 30)
    found = _linear(points, codes, 3)
    told = np.eye(3)[codes] - np.eye(3)[codes].mean(axis=0)
    design = np.hstack([points, np.ones((30, 1))])
    for row in range(30):
        rest = np.arange(30) != row
        gram = design[rest].T @ design[rest] + 0.1 * 30 / 3 * np.eye(4)
        scores = design[row] @ np.linalg.solve(gram, design[rest].T @ told[rest])
        assert found.labels[row] == scores.argmax()
        assert found.sure[row] == pytest.approx(np.diff(np.sort(scores))[-1])
