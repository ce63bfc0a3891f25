from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from cribble.data import open_rows


def peak_of_reading(path: Path, rows: int) -> int:
    """Write one row group of text that does not compress, read it, and say what Python held."""
    random = np.random.default_rng(0)
    texts = [random.bytes(1_000).hex() for _ in range(rows)]
    pq.write_table(pa.table({"text": texts}), path, row_group_size=rows)
    del texts
    found = open_rows(str(path))
    # Arrow reads files through Python, in whose memory the bytes of a column arrive.
    tracemalloc.start()
    try:
        assert sum(len(block) for block in found.text_blocks()) == rows
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_what_reading_holds_does_not_grow_with_the_row_group(tmp_path):
    small = peak_of_reading(tmp_path / "small.parquet", 6_000)
    large = peak_of_reading(tmp_path / "large.parquet", 18_000)
    assert large < 1.2 * small
