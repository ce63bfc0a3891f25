"""Features of small color images that need no download.

    python -m benchmarks.pruning.images --data DIR

prints what a linear probe makes of each kind on 5,000 images of CIFAR-10; the best one is used.
"""

from __future__ import annotations

import argparse
import io
from pathlib import Path

import numpy as np

from cribble import core

BLOCK, ORIENTATIONS, CELL = 500, 9, 8
FILTERS, PATCH, STRIDE, WHITENING = 256, 6, 2, 0.1
DIMENSIONS = 128


def decoded(jpegs: list[bytes]) -> np.ndarray:
    """Decode images of one size, (n, height, width, 3) uint8."""
    from PIL import Image

    return np.stack([np.asarray(Image.open(io.BytesIO(one)).convert("RGB")) for one in jpegs])


def pixels(images: np.ndarray) -> np.ndarray:
    """Raw pixels, (n, 3072) float32 in [0, 1]."""
    return images.reshape(len(images), -1).astype(np.float32) / 255


def gradients(images: np.ndarray) -> np.ndarray:
    """Histograms of oriented gradients in cells of 8 x 8, in blocks of 2 x 2 cells: (n, 324).

    Dalal and Triggs (2005), doi:10.1109/CVPR.2005.177.
    """
    gray = images.astype(np.float32).mean(axis=3) / 255
    down, across = np.gradient(gray, axis=(1, 2))
    strength = np.hypot(down, across)
    angle = np.mod(np.arctan2(down, across), np.pi)
    bins = np.minimum((angle * (ORIENTATIONS / np.pi)).astype(int), ORIENTATIONS - 1)
    n, side = len(images), gray.shape[1] // CELL
    cells = np.empty((n, side, side, ORIENTATIONS), dtype=np.float32)
    for one in range(ORIENTATIONS):
        part = np.where(bins == one, strength, 0)
        cells[..., one] = part.reshape(n, side, CELL, side, CELL).sum(axis=(2, 4))
    blocks = [cells[:, i : i + 2, j : j + 2] for i in range(side - 1) for j in range(side - 1)]
    flat = [one.reshape(n, -1) for one in blocks]
    return np.concatenate(
        [one / (np.linalg.norm(one, axis=1, keepdims=True) + 1e-3) for one in flat], axis=1
    )


def convolutions(images: np.ndarray) -> np.ndarray:
    """Responses to whitened random patches, rectified and averaged over quadrants: (n, 2048).

    Coates and Ng (2011), "The importance of encoding versus training with sparse coding and
    vector quantization": patches of the images themselves as filters, both signs.
    """
    rng = core.stream(0, "patches")
    some = images[rng.integers(0, len(images), 10_000)]
    corners = rng.integers(0, images.shape[1] - PATCH + 1, (len(some), 2))
    drawn = np.stack(
        [one[i : i + PATCH, j : j + PATCH] for one, (i, j) in zip(some, corners, strict=True)]
    )
    drawn = _normalized(drawn.reshape(len(drawn), -1))
    mean = drawn.mean(axis=0)
    values, vectors = np.linalg.eigh(np.cov(drawn.T))
    white = ((vectors / np.sqrt(values + WHITENING)) @ vectors.T).astype(np.float32)
    filters = (drawn[:FILTERS] - mean) @ white
    filters = (white @ (filters / np.linalg.norm(filters, axis=1, keepdims=True)).T).T
    return np.concatenate(
        [_pooled(images[at : at + BLOCK], filters, mean) for at in range(0, len(images), BLOCK)]
    )


def _normalized(patches: np.ndarray) -> np.ndarray:
    wide = patches.astype(np.float32)
    wide -= wide.mean(axis=1, keepdims=True)
    return wide / np.sqrt(wide.var(axis=1, keepdims=True) + 10)


def _pooled(images: np.ndarray, filters: np.ndarray, mean: np.ndarray) -> np.ndarray:
    windows = np.lib.stride_tricks.sliding_window_view(images, (PATCH, PATCH), axis=(1, 2))
    windows = windows[:, ::STRIDE, ::STRIDE].transpose(0, 1, 2, 4, 5, 3)
    n, side = windows.shape[:2]
    found = (_normalized(windows.reshape(n * side * side, -1)) - mean) @ filters.T
    found = found.reshape(n, side, side, -1)
    half = side // 2
    quadrants = [
        found[:, i : i + half, j : j + half] for i in (0, side - half) for j in (0, side - half)
    ]
    return np.concatenate(
        [np.maximum(sign * one, 0).mean(axis=(1, 2)) for one in quadrants for sign in (1, -1)],
        axis=1,
    )


def reduced(features: np.ndarray) -> np.ndarray:
    """The leading principal components, (n, 128) float32; features are scaled to variance 1."""
    scaled = features - features.mean(axis=0, dtype=np.float64)
    scaled /= scaled.std(axis=0) + 1e-3
    _, vectors = np.linalg.eigh(scaled.T @ scaled)
    return (scaled @ vectors[:, -DIMENSIONS:]).astype(np.float32)


KINDS = {"pixels": pixels, "gradients": gradients, "convolutions": convolutions}


def main() -> None:
    """Compare the kinds."""
    from benchmarks.pruning.probe import accuracy
    from benchmarks.pruning.sets import CIFAR, cifar_images, unit

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help=f"folder that holds {CIFAR}")
    images, labels = cifar_images(parser.parse_args().data, 5_000)
    for name, kind in KINDS.items():
        vectors = unit(reduced(kind(images)))
        found = accuracy(vectors[:4000], labels[:4000], vectors[4000:], labels[4000:])
        print(f"{name:<14} {found:.3f}")


if __name__ == "__main__":
    main()
