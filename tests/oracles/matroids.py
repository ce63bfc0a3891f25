"""Matroids by their definitions, as questions about lists of rows."""

from __future__ import annotations

import numpy as np

from cribble.constraints.intersection import Independent


def forest(edges: np.ndarray) -> Independent:
    """No cycle among some edges."""

    def independent(rows: list[int]) -> bool:
        tree = list(range(int(edges.max()) + 1))

        def root(node: int) -> int:
            while tree[node] != node:
                node = tree[node]
            return node

        for row in rows:
            left, right = (root(int(node)) for node in edges[row])
            if left == right:
                return False
            tree[left] = right
        return True

    return independent


def at_most(codes: np.ndarray, most: np.ndarray) -> Independent:
    return lambda rows: bool((np.bincount(codes[rows], minlength=len(most)) <= most).all())
