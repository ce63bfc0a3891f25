"""Where the picks lie in the pool: a flat map by principal components."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core import Pool
from cribble.metrics.blocked import sample_rows

WIDTH, HEIGHT, _MARGIN = 960.0, 600.0, 16.0
_DOTS, _PICKS, _CROWD, _LEVELS, _HEX = 5_000, 5_000, 100_000, 6, 9.0


@dataclass(frozen=True, slots=True, eq=False)
class Map:
    """Places of rows on a sheet of `WIDTH` by `HEIGHT`.

    Args:
        rows: (m,) int64 pool rows drawn as dots, a seeded sample without the picks.
        places: (m, 2) float64 their places.
        pick_rows: (p,) int64 the picks that are drawn, in pick order: the first 5,000, or as
            many evenly spread ones where there are several kinds.
        picks: (p, 2) float64 their places.
        kinds: (p,) int64 position in ``labels`` of each of these picks.
        labels: What the kinds of picks are, such as "picked".
        density: For each level from thin to dense, (h, 2) float64 centers of hexagons that hold
            that share of the pool; empty where every row is a dot.
        crowd: (c,) int64 pool rows behind the density, ascending; all rows of pools up to
            100,000, else a seeded sample.
        crowd_places: (c, 2) float64 their places.
        shown: Share of the embedding's variance that the map keeps, in [0, 1].
    """

    rows: NDArray[np.int64]
    places: NDArray[np.float64]
    pick_rows: NDArray[np.int64]
    picks: NDArray[np.float64]
    kinds: NDArray[np.int64]
    labels: tuple[str, ...]
    density: tuple[NDArray[np.float64], ...]
    crowd: NDArray[np.int64]
    crowd_places: NDArray[np.float64]
    shown: float

    @property
    def counted(self) -> int:
        """Number of rows behind the density."""
        return len(self.crowd)


def draw_map(
    pool: Pool,
    picks: NDArray[np.int64],
    seed: int = 0,
    *,
    kinds: NDArray[np.int64] | None = None,
    labels: tuple[str, ...] = ("picked",),
) -> Map | None:
    """Project a sample of the pool and the first picks to two dimensions.

    The axes are the two directions of largest variance, fitted on at most 5,000 rows; equal
    scale on both, so that distances on the map never exceed true ones (times that scale).

    Args:
        pool: The pool.
        picks: (k,) int64 rows, in pick order.
        seed: Seed of the samples.
        kinds: (k,) int64 position in ``labels`` of each pick; None where there is one kind.
        labels: What the kinds are.

    Returns:
        None where the pool has no embedding of at least two dimensions and three rows.
    """
    plane = _plane(pool, seed)
    if plane is None:
        return None
    embedding, sample, axes, center, shown = plane
    crowd = sample_rows(len(pool), _CROWD, seed, "map density")
    flat = _project(embedding, crowd, axes, center)
    kinds = np.zeros(len(picks), dtype=np.int64) if kinds is None else kinds
    # Without an order of importance among kinds, each keeps its share of what can be drawn.
    drawn = np.arange(len(picks)) if len(labels) == 1 else _spread(len(picks))
    picks, kinds = picks[drawn[:_PICKS]], kinds[drawn[:_PICKS]]
    chosen = _project(embedding, picks, axes, center)
    rows = sample[~np.isin(sample, picks)]
    dots = _project(embedding, rows, axes, center)
    everything = np.concatenate([flat, chosen, dots])
    low, high = everything.min(axis=0), everything.max(axis=0)
    room = np.array([WIDTH, HEIGHT]) - 2 * _MARGIN
    scale = float((room / np.maximum(high - low, 1e-12)).min())
    shift = np.array([WIDTH, HEIGHT]) / 2 - scale * (low + high) / 2
    flat = flat * scale + shift
    return Map(
        rows=rows,
        places=dots * scale + shift,
        pick_rows=picks,
        picks=chosen * scale + shift,
        kinds=kinds,
        labels=labels,
        density=_hexagons(flat) if len(pool) > _DOTS else (),
        crowd=crowd,
        crowd_places=flat,
        shown=shown,
    )


def _spread(size: int) -> NDArray[np.int64]:
    step = max(1, -(-size // _PICKS))
    return np.arange(0, size, step)


def place_rows(pool: Pool, seed: int = 0) -> tuple[NDArray[np.float32], float] | None:
    """Project every row of a pool as `draw_map` does.

    Args:
        pool: The pool.
        seed: Seed of the sample that the two directions are fitted on.

    Returns:
        (n, 2) float32 places in [-1, 1] around the middle of the map, on one scale, y pointing
        down, and the share of the embedding's variance that they keep; None where the pool has
        no embedding of at least two dimensions and three rows.
    """
    plane = _plane(pool, seed)
    if plane is None:
        return None
    embedding, _, axes, center, shown = plane
    places = _project(embedding, np.arange(len(pool)), axes, center)
    low, high = places.min(axis=0), places.max(axis=0)
    scale = max(float((high - low).max()) / 2, 1e-12)
    return ((places - (low + high) / 2) / scale).astype(np.float32), shown


def _plane(pool: Pool, seed: int) -> tuple[Any, ...] | None:
    """The embedding, a sample of it, and the plane of largest variance through that."""
    if not pool.has("embedding") or len(pool) < 3:
        return None
    embedding = pool.signal("embedding")
    if embedding.ndim != 2 or embedding.shape[1] < 2:
        return None
    sample = sample_rows(len(pool), _DOTS, seed, "map")
    return embedding, sample, *_principal(embedding[sample])


def _principal(
    sample: NDArray[Any],
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    center = sample.mean(axis=0, dtype=np.float64)
    centered = sample.astype(np.float64) - center
    variances, vectors = np.linalg.eigh(centered.T @ centered)
    axes = vectors[:, [-1, -2]]
    # An eigenvector has no sign of its own; its largest entry is made positive.
    axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), [0, 1]])
    total = float(variances.sum())
    return axes, center, float(variances[-2:].sum()) / total if total > 0 else 1.0


def _project(
    embedding: NDArray[Any],
    rows: NDArray[np.int64],
    axes: NDArray[np.float64],
    center: NDArray[np.float64],
) -> NDArray[np.float64]:
    out = np.empty((len(rows), 2))
    for start in range(0, len(rows), 8_192):
        part = slice(start, start + 8_192)
        out[part] = (embedding[rows[part]].astype(np.float64) - center) @ axes
    out[:, 1] *= -1  # the page's y axis points down
    return out


def _hexagons(places: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    # Each place belongs to the nearer of two shifted rectangular grids of centers.
    step = np.array([_HEX * 3**0.5, _HEX * 3])
    first = np.round(places / step) * step
    second = (np.floor(places / step) + 0.5) * step
    near = ((places - first) ** 2).sum(axis=1) <= ((places - second) ** 2).sum(axis=1)
    centers, counts = np.unique(
        np.where(near[:, None], first, second).round(2), axis=0, return_counts=True
    )
    # Square roots keep thin regions visible beside crowded ones.
    level = np.minimum(np.sqrt(counts / counts.max()) * _LEVELS, _LEVELS - 1).astype(np.int64)
    return tuple(centers[level == one] for one in range(_LEVELS))


def hexagon_path(centers: NDArray[np.float64]) -> str:
    """Write hexagons as one SVG path."""
    side, half = _HEX, _HEX * 3**0.5 / 2
    outline = f"l{half:.1f} {side / 2:.1f}v{side:.1f}l-{half:.1f} {side / 2:.1f}"
    outline += f"l-{half:.1f}-{side / 2:.1f}v-{side:.1f}z"
    return "".join(f"M{x:.1f} {y - side:.1f}{outline}" for x, y in centers)


def dot_path(places: NDArray[np.float64]) -> str:
    """Write places as one SVG path of points, to be stroked with round caps."""
    return "".join(f"M{x:.1f} {y:.1f}h0" for x, y in places)
