from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from cribble.data import open_rows


def peak_of_reading(path: Path, rows: int) -> int:
    """Write one row group of text that does not compress, read it, and say what Arrow held."""
    random = np.random.default_rng(0)
    texts = [random.bytes(1_000).hex() for _ in range(rows)]
    pq.write_table(pa.table({"text": texts}), path, row_group_size=rows)
    usual, watched = pa.default_memory_pool(), pa.proxy_memory_pool(pa.default_memory_pool())
    found = open_rows(str(path))
    try:
        pa.set_memory_pool(watched)
        read = sum(len(block) for block in found.text_blocks())
    finally:
        pa.set_memory_pool(usual)
    assert read == rows
    return watched.max_memory()


def test_what_reading_holds_does_not_grow_with_the_row_group(tmp_path):
    small = peak_of_reading(tmp_path / "small.parquet", 12_000)
    large = peak_of_reading(tmp_path / "large.parquet", 36_000)
    assert large < 1.2 * small
