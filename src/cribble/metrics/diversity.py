"""How different the picks are from one another, and how evenly they spread."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core.errors import ParameterError
from cribble.metrics.blocked import mean_distances, working

_DENSE = 20_000
_BLOCK = 4_096


def vendi_score(
    embedding: NDArray[Any],
    order: float = 1.0,
    *,
    weights: NDArray[np.float64] | None = None,
) -> float:
    """Count the effectively different rows: the Vendi score with the cosine kernel.

    The score is the exponential of the Renyi entropy of the eigenvalues of K / n. The dual form
    takes them from the d x d moment matrix, so memory is O(min(n, d)^2) for any n. Scores depend
    on n: compare subsets of one size.

    Args:
        embedding: (n, d) float rows; scaled to length 1 first.
        order: q in [0, inf]. Small orders count rare kinds, large ones common kinds; 0 is the
            rank of K and inf the inverse of its largest eigenvalue share.
        weights: (n,) probabilities of the rows; None for equal ones.

    Returns:
        Between 1 (all rows alike) and n (all rows orthogonal).

    Raises:
        ParameterError: ``order`` is negative, there are no rows, or both n and d exceed 20,000.

    Source:
        Friedman and Dieng (2022), arXiv:2210.02410; orders: Pasarkar and Dieng (2023),
        arXiv:2310.12952.
    """
    count, width = np.shape(embedding)
    if count == 0:
        raise ParameterError("embedding", "empty", "at least one row")
    if min(count, width) > _DENSE:
        raise ParameterError(
            "embedding", f"of shape {count, width}", f"at most {_DENSE:,} rows or columns"
        )
    size = min(count, width)
    kernel = np.zeros((size, size))
    if weights is None:
        root = np.full(count, count**-0.5)
    else:
        root = np.sqrt(np.asarray(weights, dtype=np.float64) / np.sum(weights))
    if width <= count:
        for start in range(0, count, _BLOCK):
            part = slice(start, start + _BLOCK)
            block = working(embedding[part])
            lengths = np.sqrt(np.einsum("ij,ij->i", block, block)).astype(np.float64)
            scale = np.divide(root[part], lengths, out=np.zeros(len(block)), where=lengths > 0)
            block = block * scale[:, None].astype(block.dtype)
            kernel += block.T @ block
    else:
        lengths = np.zeros(count)
        for start in range(0, width, _BLOCK):
            block = embedding[:, start : start + _BLOCK].astype(np.float64)
            lengths += np.einsum("ij,ij->i", block, block)
            kernel += block @ block.T
        scale = np.divide(root, np.sqrt(lengths), out=np.zeros(count), where=lengths > 0)
        kernel *= scale[:, None]
        kernel *= scale
    return _effective_number(np.linalg.eigvalsh(kernel), order)


def vendi_from_kernel(kernel: NDArray[Any], order: float = 1.0) -> float:
    """Vendi score of any similarity.

    Args:
        kernel: (n, n) positive semidefinite similarities with ones on the diagonal.
        order: q in [0, inf].

    Returns:
        Between 1 and n.

    Raises:
        ParameterError: The kernel is not square, is empty, or has not ones on its diagonal.

    Source:
        Friedman and Dieng (2022), arXiv:2210.02410.
    """
    kernel = np.asarray(kernel, dtype=np.float64)
    if kernel.ndim != 2 or kernel.shape[0] != kernel.shape[1] or len(kernel) == 0:
        raise ParameterError("kernel", f"of shape {kernel.shape}", "square, with at least one row")
    if not np.allclose(np.diag(kernel), 1):
        raise ParameterError("kernel", "without ones on its diagonal", "1 for a row with itself")
    return _effective_number(np.linalg.eigvalsh(kernel) / len(kernel), order)


def _effective_number(eigenvalues: NDArray[np.float64], order: float) -> float:
    if not order >= 0:
        raise ParameterError("order", order, "0 or more")
    # Rounding leaves eigenvalues of about 1e-16 where exact ones are 0; order 0 would count them.
    shares = eigenvalues[eigenvalues > 1e-12 * max(1e-300, eigenvalues.max())]
    if len(shares) == 0:
        return 1.0
    shares = shares / shares.sum()
    if np.isinf(order):
        return float(1 / shares.max())
    if abs(order - 1) < 1e-9:
        return float(np.exp(-(shares * np.log(shares)).sum()))
    return float((shares**order).sum() ** (1 / (1 - order)))


def mean_pairwise_distance(embedding: NDArray[Any]) -> float:
    """Average the Euclidean distance over all pairs of rows.

    Args:
        embedding: (n, d) rows; for large n hand over a sample, the time is O(n^2 d).

    Returns:
        The mean, in the unit of the rows; 0 for fewer than two rows.
    """
    return float(mean_distances(embedding).mean()) if len(embedding) > 1 else 0.0


def entropy(codes: NDArray[np.int64], groups: int) -> float:
    """Measure how evenly rows spread over groups or clusters.

    Args:
        codes: (k,) int64 group of each row, in [0, groups).
        groups: Number of groups there could be.

    Returns:
        Shannon entropy divided by ln(groups): 1 for equal shares, 0 for a single group. With
        one group or no rows: 0.
    """
    if groups < 2 or len(codes) == 0:
        return 0.0
    shares = np.bincount(codes, minlength=groups) / len(codes)
    shares = shares[shares > 0]
    # max() turns the -0.0 of a single group into 0.
    return max(0.0, float(-(shares * np.log(shares)).sum() / np.log(groups)))
