"""The labeled sets: one vector and one class a row, from files of a folder or from scikit-learn.

Vectors are centered on the set's mean and scaled to length 1. Features are made without labels,
once, and kept in a cache folder.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.pruning import images
from cribble import core
from cribble.signals.embedding import keep_nothing
from cribble.signals.hashed import HashedEmbedder

CIFAR = "images_cifar10.parquet"
ROWS = 12_500
"""Most rows that are read of a set: a pool of 10,000 and 2,500 to hold out."""

Table = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a set comes from.

    Args:
        file: Its file in the data folder; None for a set that scikit-learn bundles.
        read: Reads vectors (n, d) and classes (n,) from the data folder.
    """

    file: str | None
    read: Callable[[Path], Table]


def unit(vectors: np.ndarray) -> np.ndarray:
    """Center on the mean and scale to length 1, (n, d) float32."""
    centered = vectors - vectors.mean(axis=0, dtype=np.float64)
    lengths = np.linalg.norm(centered, axis=1, keepdims=True)
    return (centered / np.where(lengths > 0, lengths, 1)).astype(np.float32)


def _columns(path: Path, names: list[str]) -> dict[str, list]:
    import pyarrow.parquet as pq

    return pq.read_table(path, columns=names).to_pydict()


def _some(size: int, rows: int = ROWS) -> np.ndarray:
    return np.sort(core.stream(0, "rows of the set").permutation(size)[:rows])


def _codes(labels: list) -> np.ndarray:
    return np.unique(np.array(labels), return_inverse=True)[1].astype(np.int64)


def _digits(folder: Path) -> Table:
    from sklearn.datasets import load_digits

    found = load_digits()
    return found.data, found.target.astype(np.int64)


def _features(file: str, folder: Path) -> Table:
    """Bare features, each scaled to variance 1."""
    table = _columns(folder / file, ["features", "label"])
    X = np.array(table["features"], dtype=np.float64)
    spread = X.std(axis=0)
    return X / np.where(spread > 0, spread, 1), _codes(table["label"])


def _texts(file: str, task: str | None, folder: Path) -> Table:
    """Texts by the built-in embedder, fitted on all of them."""
    table = _columns(folder / file, ["task", "text", "label"])
    rows = [at for at, one in enumerate(table["task"]) if task in (None, one)]
    rows = [rows[at] for at in _some(len(rows))]
    pool = core.Pool(len(rows), texts=[table["text"][at] for at in rows])
    model = HashedEmbedder().fit(pool.text_blocks, len(pool), 0, core.Silent(), keep_nothing)
    vectors = np.concatenate([model.embed_block(block) for block in pool.text_blocks()])
    return vectors, _codes([table["label"][at] for at in rows])


def cifar_images(folder: Path, rows: int = ROWS) -> Table:
    """Some images of CIFAR-10, decoded, and their classes."""
    table = _columns(folder / CIFAR, ["jpeg", "label"])
    taken = _some(len(table["label"]), rows)
    return (
        images.decoded([table["jpeg"][at] for at in taken]),
        _codes([table["label"][at] for at in taken]),
    )


def _cifar(folder: Path) -> Table:
    found, labels = cifar_images(folder)
    return images.reduced(images.convolutions(found)), labels


def _text_set(file: str, task: str | None = None) -> Source:
    return Source(file, partial(_texts, file, task))


def _vector_set(file: str) -> Source:
    return Source(file, partial(_features, file))


SETS = {
    "digits": Source(None, _digits),
    "penbased": _vector_set("vectors_penbased.parquet"),
    "texture": _vector_set("vectors_texture.parquet"),
    "cifar10": Source(CIFAR, _cifar),
    "banking77": _text_set("textclass_banking77.parquet"),
    "clinc150": _text_set("textclass_clinc150.parquet"),
    "trec": _text_set("textclass_sentences.parquet", "trec"),
    "agnews": _text_set("textclass_topics_reviews.parquet", "agnews"),
}


def load(name: str, folder: Path | None, cache: Path) -> Table:
    """Vectors (n, d) float32 and classes (n,) int64 of a set, from the cache where it has them."""
    source = SETS[name]
    where = Path() if folder is None else folder
    told = name
    if source.file is not None:
        stat = (where / source.file).stat()
        told += f" {where.resolve()} {stat.st_size} {stat.st_mtime_ns}"
    kept = cache / f"{name}-{hashlib.sha256(told.encode()).hexdigest()[:12]}.npz"
    if not kept.exists():
        vectors, labels = source.read(where)
        cache.mkdir(parents=True, exist_ok=True)
        np.savez(kept, vectors=unit(vectors), labels=labels)
    with np.load(kept) as found:
        return found["vectors"], found["labels"]
