"""Lists of near rows by similarities that no product of vectors gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core.errors import ParameterError
from cribble.kernels.lists import Lists

Floats = NDArray[np.float32]
Pairwise = Callable[[NDArray[np.int64]], NDArray[Any]]
"""From (m,) int64 rows to their similarities with all rows, (m, n), symmetric over the pool."""

SET_MEASURES = ("jaccard", "coincidence", "overlap")
_BLOCK = 1 << 22  # similarities held at once


def set_similarity(measure: str, shared: Floats, left: Floats, right: Floats) -> Floats:
    """Compare sets by their sizes and what they share; two empty sets are alike.

    Args:
        measure: "jaccard", shared over the union; "overlap", shared over the smaller set; or
            "coincidence", their product, which is small where either is.
        shared: (m, n) float32, how many members are in both.
        left: (m, 1) float32 sizes.
        right: (n,) float32 sizes.

    Returns:
        (m, n) float32 in [0, 1].

    Source:
        Costa (2021), arXiv:2110.09619.
    """
    union, least = left + right - shared, np.minimum(left, right)
    jaccard = np.where(union > 0, shared / np.maximum(union, 1), 1)
    # An empty set lies within any other, but shares nothing with it.
    overlap = np.where(least > 0, shared / np.maximum(least, 1), union == 0)
    found = {"jaccard": jaccard, "overlap": overlap, "coincidence": jaccard * overlap}[measure]
    return found.astype(np.float32)


def over_sets(starts: NDArray[np.int64], members: NDArray[Any], measure: str) -> Pairwise:
    """Compare all rows as sets.

    Args:
        starts: (n + 1,) int64; the members of row i are ``members[starts[i]:starts[i + 1]]``.
        members: (p,) int, 0 or more, each once a row.
        measure: One of `SET_MEASURES`.
    """
    from scipy.sparse import csr_matrix

    size, width = len(starts) - 1, int(members.max(initial=0)) + 1
    ones = np.ones(len(members), dtype=np.float32)
    table = csr_matrix((ones, members, starts), shape=(size, width))
    across = table.T.tocsc()
    sizes = np.diff(starts).astype(np.float32)

    def compare(rows: NDArray[np.int64]) -> NDArray[Any]:
        shared = (table[rows] @ across).toarray()
        return set_similarity(measure, shared, sizes[rows, None], sizes)

    return compare


def near_lists(size: int, count: int, compare: Pairwise) -> Lists:
    """List each row's most similar rows, the rows it is among those of, and itself.

    Time O(n^2) similarities. Memory: 4 million of them at once, and 24 bytes a listed pair.

    Args:
        size: Rows, n.
        count: Most similar rows a row, besides itself; ties go to the lower row.
        compare: Gives the similarities, 0 or more; pairs at 0 are not listed.

    Raises:
        ParameterError: A similarity is negative or not finite, or not all were given.
    """
    from scipy.sparse import csr_matrix

    count = min(count, size - 1)
    owners, others, values = [], [], []
    step = max(1, _BLOCK // max(1, size))
    for low in range(0, size, step):
        rows = np.arange(low, min(size, low + step))
        found = np.asarray(compare(rows), dtype=np.float32)
        if found.shape != (len(rows), size):
            raise ParameterError("similarity", f"shape {found.shape}", f"({len(rows)}, {size})")
        least = float(found.min(initial=0.0))
        if not np.isfinite(found).all() or least < 0:
            raise ParameterError("similarity", least, "finite and 0 or more everywhere")
        own = found[np.arange(len(rows)), rows]
        found[np.arange(len(rows)), rows] = -1
        # A stable sort puts the lower of equal rows first.
        near = np.argsort(-found, axis=1, kind="stable")[:, :count]
        owners += [rows, np.repeat(rows, count)]
        others += [rows, near.ravel()]
        values += [own, np.take_along_axis(found, near, axis=1).ravel()]
    pairs = np.concatenate(values), (np.concatenate(owners), np.concatenate(others))
    listed = csr_matrix(pairs, shape=(size, size))
    # Where only one of two rows lists the other, both get the pair.
    both = listed.maximum(listed.T).tocsr()
    both.eliminate_zeros()
    both.sort_indices()
    return Lists(both.indptr.astype(np.int64), both.indices.astype(np.int32), both.data)
