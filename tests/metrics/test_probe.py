import numpy as np
import pytest

from cribble.metrics import linear_probe


def blobs(seed, size=60):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, size)
    return 5 * np.eye(4)[labels] + rng.normal(size=(size, 4)) / 4, labels


def test_it_labels_what_is_linearly_apart():
    vectors, labels = blobs(0)
    queries, truth = blobs(1)
    assert np.array_equal(linear_probe(vectors, labels, queries), truth)


@pytest.mark.parametrize("unit", [1e-4, 1e5])
def test_the_unit_of_the_embedding_and_its_origin_do_not_matter(unit):
    rng = np.random.default_rng(2)
    vectors, queries = rng.normal(size=(40, 6)), rng.normal(size=(80, 6))
    labels = (vectors[:, 0] > 0).astype(np.int64)
    plain = linear_probe(vectors, labels, queries)
    assert np.array_equal(plain, linear_probe(unit * (vectors + 3), labels, unit * (queries + 3)))


def test_one_class_is_all_it_can_say():
    assert linear_probe(np.eye(2), np.array([7, 7]), np.eye(2)).tolist() == [7, 7]
