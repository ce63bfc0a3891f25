"""Chance as one seed: named streams and per-row draws that no block size can change."""

from __future__ import annotations

import hashlib
import math

import numpy as np
from numpy.typing import NDArray

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX2 = np.uint64(0x94D049BB133111EB)


def _key(seed: int, name: str) -> int:
    digest = hashlib.blake2b(f"{seed}\x00{name}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little")


def stream(seed: int, name: str) -> np.random.Generator:
    """Open the generator of the step called ``name``; other steps never shift its draws.

    Args:
        seed: The seed of the run, any int.
        name: The step, such as "first center".
    """
    return np.random.Generator(np.random.Philox(key=_key(seed, name)))


def row_uniforms(seed: int, name: str, start: int, stop: int) -> NDArray[np.float64]:
    """Draw one uniform per row, a function of (seed, name, row) alone.

    Args:
        seed: The seed of the run.
        name: The step that draws.
        start: First row.
        stop: One past the last row.

    Returns:
        (stop - start,) float64 in the open interval (0, 1).

    Source:
        The finalizer of SplitMix64: Steele, Lea and Flood (2014), doi:10.1145/2714064.2660195.
    """
    x = np.arange(start, stop, dtype=np.uint64)
    with np.errstate(over="ignore"):
        x = (x + np.uint64(1)) * _GOLDEN + np.uint64(_key(seed, name))
        x = (x ^ (x >> np.uint64(30))) * _MIX1
        x = (x ^ (x >> np.uint64(27))) * _MIX2
        x ^= x >> np.uint64(31)
    # 52 bits and a half keep both ends out: log(u) and log(-log(u)) stay finite.
    return ((x >> np.uint64(12)).astype(np.float64) + 0.5) * math.ldexp(1.0, -52)


def row_gumbels(seed: int, name: str, start: int, stop: int) -> NDArray[np.float64]:
    """Draw one standard Gumbel per row; the k largest of log w + g sample by weight w.

    Returns:
        (stop - start,) float64.
    """
    return -np.log(-np.log(row_uniforms(seed, name, start, stop)))
