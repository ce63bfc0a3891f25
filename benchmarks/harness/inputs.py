"""Seeded inputs. All vectors are clustered Gaussian mixtures; uniform noise flatters nobody."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_BLOCK = 65_536


def mixture(
    seed: int, n: int, d: int, dtype: str = "float32", path: Path | None = None
) -> NDArray[np.floating]:
    """Draw rows of a clustered mixture.

    About sqrt(n) clusters of sizes that fall as 1/rank, standard normal centers, spreads between
    0.2 and 0.8, and 1 % of rows far out (normal with spread 2).

    Args:
        seed: Seed of the draws.
        n: Rows.
        d: Numbers a row.
        dtype: Of the array.
        path: A ``.npy`` file to write instead, of which the array is then the map.

    Returns:
        (n, d) array.
    """
    rng = np.random.default_rng(seed)
    clusters = max(2, int(np.sqrt(n)))
    centers = rng.standard_normal((clusters, d), dtype=np.float32)
    spreads = rng.uniform(0.2, 0.8, clusters).astype(np.float32)
    share = 1 / np.arange(1, clusters + 1)
    if path is None:
        out = np.empty((n, d), dtype=dtype)
    else:
        out = np.lib.format.open_memmap(path, mode="w+", dtype=dtype, shape=(n, d))
    for start in range(0, n, _BLOCK):
        rows = min(_BLOCK, n - start)
        of = rng.choice(clusters, rows, p=share / share.sum())
        block = rng.standard_normal((rows, d), dtype=np.float32)
        far = rng.random(rows) < 0.01
        block *= np.where(far, np.float32(2), spreads[of])[:, None]
        block[~far] += centers[of[~far]]
        out[start : start + rows] = block
    return out


def to_unit_rows(rows: NDArray[np.floating]) -> NDArray[np.floating]:
    """Scale every row to length 1, in place, block by block."""
    for start in range(0, len(rows), _BLOCK):
        block = rows[start : start + _BLOCK].astype(np.float32)
        rows[start : start + _BLOCK] = block / np.linalg.norm(block, axis=1, keepdims=True)
    return rows
