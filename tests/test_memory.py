"""What methods hold follows the number of rows, never the vectors: half precision, mapped."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from cribble.core import Budget, Groups, Pool
from cribble.kernels.threads import limited_threads
from cribble.selectors import catalogue

# Above every fixed size of a block.
FEW, MANY, WIDTH = 20_000, 40_000, 256
# A row is 512 bytes in the file and would be 1,024 as float32.
STATE_BYTES = 300

METHODS = [
    ("random", {}),
    ("stratified", {}),
    ("top-score", {}),
    ("ccs", {}),
    ("k-center", {}),
    ("gist", {}),
    ("facility-location", {"form": "sample", "sample": 200}),
]


@pytest.fixture(scope="module")
def vectors(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("pool") / "vectors.npy"
    random = np.random.default_rng(0)
    centers = random.normal(size=(20, WIDTH))
    out = np.lib.format.open_memmap(path, mode="w+", dtype=np.float16, shape=(MANY, WIDTH))
    for low in range(0, MANY, 1_000):
        noise = random.normal(size=(1_000, WIDTH))
        out[low : low + 1_000] = centers[random.integers(20, size=1_000)] + noise / 4
    out.flush()
    return path


def peak(name: str, parameters: dict, vectors: Path, rows: int) -> int:
    """Bytes that NumPy held at most while a method picked 12 rows."""
    mapped = np.load(vectors, mmap_mode="r")[:rows]
    scores, codes = np.linspace(0, 1, rows), np.arange(rows) % 5
    pool = Pool(
        rows,
        signals={"embedding": mapped, "quality": scores, "difficulty": scores},
        groups={"group": Groups(codes, tuple("abcde"))},
        targets=[Pool.from_array(np.array(mapped[:8]))],
        memory=1 << 20,
    )
    # Looks at every row in blocks of its own.
    pool.signal("embedding")
    method = catalogue.make(name, **parameters)
    tracemalloc.start()
    try:
        method.select(pool, Budget(rows=12), 0)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(("name", "parameters"), METHODS)
def test_memory_does_not_grow_with_the_vectors(name, parameters, vectors):
    with limited_threads(1):
        few, many = (peak(name, parameters, vectors, rows) for rows in (FEW, MANY))
    assert many - few < STATE_BYTES * (MANY - FEW)
