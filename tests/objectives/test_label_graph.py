import numpy as np
import pytest
from scipy.sparse import csr_array

from cribble.core.errors import ParameterError
from cribble.objectives.label_graph import label_graph, label_information, label_means


def unit(seed: int, count: int, dim: int = 6) -> np.ndarray:
    rows = np.random.default_rng(seed).standard_normal((count, dim))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("spread", [0.0, 0.3, 1.0])
def test_columns_sum_to_1_and_weights_are_the_cosines_above_the_threshold(spread: float) -> None:
    # More labels than one stripe holds.
    vectors = unit(0, 600)
    graph = label_graph(vectors, 0.7, spread).toarray()
    np.testing.assert_allclose(graph.sum(axis=0), 1)
    weights = vectors.astype(np.float64) @ vectors.T.astype(np.float64)
    weights = np.where(weights >= 0.7, weights, 0) * spread
    np.fill_diagonal(weights, 1.0)
    np.testing.assert_allclose(graph, weights / weights.sum(axis=0), atol=1e-6)


def test_a_label_without_a_direction_stands_alone() -> None:
    vectors = np.concatenate([unit(1, 2), np.zeros((2, 6), dtype=np.float32)])
    graph = label_graph(vectors, 0.01).toarray()
    assert graph[2:, 2:].tolist() == [[1, 0], [0, 1]]


def test_means_point_from_the_pool_to_the_label() -> None:
    points = unit(2, 2500)
    tags = (np.random.default_rng(2).random((2500, 4)) < 0.3) * 1.0
    tags[:, 2], tags[:, 3] = 0, 1
    found = label_means(points, csr_array(tags))
    for label in (0, 1):
        away = points[tags[:, label] > 0].mean(axis=0) - points.mean(axis=0)
        np.testing.assert_allclose(found[label], away / np.linalg.norm(away), atol=1e-4)
    # One label that no row has, and one that every row has.
    assert not found[2:].any()


def test_refuses_what_would_break_its_promise() -> None:
    vectors = unit(3, 2)
    for threshold, spread in ((0.0, 1.0), (1.5, 1.0), (0.5, -1.0), (0.5, np.inf)):
        with pytest.raises(ParameterError):
            label_graph(vectors, threshold, spread)
    with pytest.raises(ParameterError):
        label_information(csr_array(np.eye(2)), np.array([1.0, -1.0]), label_graph(vectors))
