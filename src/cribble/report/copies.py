"""Copies and near-duplicates among vectors, told from rows that merely lie close."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.metrics.blocked import sample_rows

_LOOKED_AT, _BLOCK = 1_000, 4_096
# Measured on text, image and pen sets as they are and with copies put in:
# `docs/decisions/0089-copies.md`.
_COSINE, _NEAR, _BY_CHANCE, _AROUND, _SHARE, _FEWEST = 0.95, 0.4, 0.1, 128, 8, 4
# Down to which share of the spread distances are told from rounding: few numbers a row lie closer
# to one another, and cost little in double precision.
_NARROW, _SAME_NARROW, _SAME, _ROUNDING = 64, 1e-6, 1e-3, 1e-9


def like_each(vectors: NDArray[Any], seed: int = 0, *, of_text: bool = False) -> NDArray[np.int64]:
    """Count the copies and near-duplicates of each of 1,000 rows, itself among them.

    A cosine alone does not tell: pixels and measurements are positive, and any two of their rows
    are at 0.95 and more. A near-duplicate also lies far nearer than the nearest of that many rows
    would if they were spread as those around it are: in D dimensions, which the growth of the
    neighborhood gives, the nearest of q rows within a radius r is at about r q^(-1/D).

    Args:
        vectors: (n, d) finite rows.
        seed: Seed of the sample of rows that are asked.
        of_text: Whether the rows have text: then a row at cosine 0.95 of 128 others is their
            near-duplicate too, such as the many rows of one template.

    Returns:
        (min(n, 1000),) int64; what goes beyond 128 is not counted.
    """
    size = len(vectors)
    asked = sample_rows(size, _LOOKED_AT, seed, "near duplicates")
    if size < 2:
        return np.ones(size, dtype=np.int64)
    around = max(1, min(_AROUND, size // _SHARE))
    middle = vectors.mean(axis=0, dtype=np.float64)
    gaps, spread = _gaps(vectors, asked, around, middle)
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors[asked], vectors[asked], dtype=np.float64))
    alike = lengths * (2 * (1 - _COSINE)) ** 0.5
    reach = np.minimum(alike, _unlikely(gaps))
    if of_text and around == _AROUND:
        reach = np.where(gaps[:, -1] <= alike, alike, reach)
    told = _SAME_NARROW if vectors.shape[1] <= _NARROW else _SAME
    same = np.maximum(told * spread, _ROUNDING * lengths)
    counts: NDArray[np.int64] = 1 + (gaps <= np.maximum(reach, same)[:, None]).sum(axis=1)
    return counts


def _unlikely(gaps: NDArray[np.float64]) -> NDArray[np.float64]:
    """The distance within which a row would hardly have another, were all spread evenly there."""
    around = gaps.shape[1]
    if around < _FEWEST:
        return np.zeros(len(gaps))
    outer, half = gaps[:, -1], gaps[:, around // 2 - 1]
    apart = half > 0
    grown = float(np.median(np.log(outer[apart] / half[apart]))) if apart.any() else 0.0
    dimensions = np.log(around / (around // 2)) / max(grown, 1e-3)
    # In few dimensions rows come near one another by chance.
    near = min(_NEAR, _BY_CHANCE ** (1 / dimensions))
    reach: NDArray[np.float64] = near * outer * around ** (-1 / dimensions)
    return reach


def _gaps(
    vectors: NDArray[Any], asked: NDArray[np.int64], around: int, middle: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """Distances of the rows asked to their nearest others, ascending, and the spread of all."""
    # Around the middle, lest a large offset swallow the digits that tell rows apart.
    kind: type[np.floating[Any]] = np.float64 if vectors.shape[1] <= _NARROW else np.float32
    queries: NDArray[Any] = (vectors[asked] - middle).astype(kind)
    lengths = np.einsum("ij,ij->i", queries, queries, dtype=np.float64)[:, None]
    best = np.full((len(asked), around), np.inf)
    total = 0.0
    for start in range(0, len(vectors), _BLOCK):
        rows: NDArray[Any] = (vectors[start : start + _BLOCK] - middle).astype(kind)
        squares = np.einsum("ij,ij->i", rows, rows, dtype=np.float64)
        total += float(squares.sum())
        far = lengths + squares - 2.0 * (queries @ rows.T)
        own = np.flatnonzero((asked >= start) & (asked < start + len(rows)))
        far[own, asked[own] - start] = np.inf
        both = np.concatenate([best, far], axis=1)
        best = np.partition(both, around - 1, axis=1)[:, :around]
    best = np.sqrt(np.sort(best, axis=1).clip(0))
    return best, (total / len(vectors)) ** 0.5
