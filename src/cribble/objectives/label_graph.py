"""Information on a label graph: what a row says of a label, it says in part of its neighbors."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core.errors import ParameterError
from cribble.kernels.distances import BLOCK
from cribble.kernels.lists import Lists
from cribble.kernels.relevance import clipped_products
from cribble.objectives.concave import ConcaveOverSums

_STRIPE = 512


def label_means(points: NDArray[np.float32], amounts: Any) -> NDArray[np.float32]:
    """Direction in which the rows of each label differ from the mean row.

    Args:
        points: (n, d) float32 unit rows.
        amounts: (n, L) sparse, how much of each label a row has, 0 or more.

    Returns:
        (L, d) float32 unit rows; zeros for a label that no row has, or that has no direction.
    """
    count = amounts.shape[1]
    sums, center = np.zeros((count, points.shape[1])), np.zeros(points.shape[1])
    for low in range(0, len(points), BLOCK):
        part = points[low : low + BLOCK].astype(np.float64)
        sums += amounts[low : low + BLOCK].T @ part
        center += part.sum(axis=0)
    mass = np.asarray(amounts.sum(axis=0), dtype=np.float64).ravel()
    away = sums - np.outer(mass, center / max(1, len(points)))
    length = np.sqrt(np.einsum("ij,ij->i", away, away))
    # A label that every row has differs from the mean by rounding alone.
    known = length > 1e-9 * np.maximum(mass, 1.0)
    away[known] /= length[known, None]
    away[~known] = 0.0
    return away.astype(np.float32)


def label_graph(vectors: NDArray[np.float32], threshold: float = 0.9, spread: float = 1.0) -> Any:
    """Join labels whose cosine reaches a threshold; each column sums to 1.

    Args:
        vectors: (L, d) float32 unit rows, or zeros, one a label.
        threshold: Least cosine of two joined labels, in (0, 1].
        spread: What the weights between two labels are multiplied by, 0 or more; a label has 1
            to itself.

    Returns:
        (L, L) sparse float64. The share of what is said of label l that counts for label m is
        entry (l, m). Memory: 2 kB a label, and the edges.

    Raises:
        ParameterError: ``threshold`` or ``spread`` is outside what it may be.

    Source:
        Chen et al. (2025), MIG, arXiv:2504.13835.
    """
    from scipy.sparse import csr_array

    if not 0 < threshold <= 1:
        raise ParameterError("threshold", threshold, "above 0 and at most 1")
    if not (spread >= 0 and np.isfinite(spread)):
        raise ParameterError("spread", spread, "finite and 0 or more")
    count = len(vectors)
    every = np.arange(count)
    down, across, weights = [every], [every], [np.ones(count)]
    for low in range(0, count if spread > 0 else 0, _STRIPE):
        near = clipped_products(vectors, every[low : low + _STRIPE], vectors)
        row, column = np.nonzero(near >= threshold)
        other = row + low != column
        down.append(row[other] + low)
        across.append(column[other])
        weights.append(spread * near[row[other], column[other]].astype(np.float64))
    table = (np.concatenate(weights), (np.concatenate(down), np.concatenate(across)))
    graph = csr_array(table, shape=(count, count))
    graph.data /= np.bincount(graph.indices, graph.data, count)[graph.indices]
    return graph


def label_information(
    amounts: Any, quality: NDArray[np.float64], graph: Any, shape: str = "power"
) -> ConcaveOverSums:
    """f(S) = sum over labels of shape(summed quality that S has for the label or its neighbors).

    Monotone and submodular.

    Args:
        amounts: (n, L) sparse, how much of each label a row has, 0 or more.
        quality: (n,) float64, 0 or more.
        graph: (L, L) sparse, from `label_graph`.
        shape: One of `cribble.objectives.concave.SHAPES`.

    Raises:
        ParameterError: No such shape, or a quality or an amount is negative.

    Source:
        Chen et al. (2025), MIG, arXiv:2504.13835.
    """
    said = (amounts * quality[:, None] @ graph).tocsr()
    said.sort_indices()
    lists = Lists(said.indptr.astype(np.int64), said.indices.astype(np.int32), said.data)
    return ConcaveOverSums(lists, shape, width=amounts.shape[1])
