"""How much of a text a compressor already knows from other texts."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from cribble.core import Pool
from cribble.core.errors import ParameterError, SignalError
from cribble.data.compression import lz4_size

Sizer = Callable[[bytes], int]
Floats = NDArray[np.float64]

LEVELS = {"zlib": range(1, 10), "zstd": range(1, 20), "lz4": range(1, 2)}
# How far back each compressor finds what it has seen; zlib keeps the last 262 bytes for itself.
_DICTIONARY = {"zlib": (32 << 10) - 262, "zstd": 1 << 20}
_CHUNK = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Compressor:
    """Compressed lengths, without what an empty text takes.

    Args:
        name: "zlib", "zstd" or "lz4".
        level: 1 to 9, 1 to 19, and 1. There is no 0: zlib would store the text as it is, and a
            stored text has nothing in common with any other.

    Raises:
        ParameterError: There is no such compressor or level.
    """

    name: str = "zlib"
    level: int = 6

    def __post_init__(self) -> None:
        if self.name not in LEVELS:
            raise ParameterError("compressor", self.name, " or ".join(map(repr, LEVELS)))
        if self.level not in (known := LEVELS[self.name]):
            raise ParameterError("level", self.level, f"in [{known[0]}, {known[-1]}] ({self.name})")

    def sizer(self) -> Sizer:
        """Make the function from a text to its compressed length; for one thread."""
        if self.name == "lz4":
            return _without_empty(lz4_size)
        if self.name == "zlib":
            return _without_empty(lambda text: len(zlib.compress(text, self.level)))
        return _without_empty(_zstd_sizer(self.level, b""))

    def primed(self, dictionary: bytes) -> Sizer:
        """Make the function from a text to its length after what the dictionary holds.

        Raises:
            ParameterError: The compressor takes no dictionary.
        """
        if self.name not in _DICTIONARY:
            raise ParameterError("compressor", self.name, "'zlib' or 'zstd' for a dictionary")
        seen = dictionary[: _DICTIONARY[self.name]]
        if self.name == "zstd":
            return _without_empty(_zstd_sizer(self.level, seen))
        fresh = zlib.compressobj(self.level, zdict=seen) if seen else zlib.compressobj(self.level)

        def size(text: bytes) -> int:
            started = fresh.copy()
            return len(started.compress(text)) + len(started.flush())

        return _without_empty(size)


def pair_alignment(pool: Pool, targets: Sequence[bytes], compressor: Compressor) -> Floats:
    """One less the mean normalized compression distance of each row to the targets.

    The distance is ``(C(xt) - min(C(x), C(t))) / max(C(x), C(t))``, with the row before the
    target. C leaves out what an empty text takes, without which short texts all look alike; and
    two empty texts have nothing in common.

    Args:
        pool: n rows with text.
        targets: Target texts, UTF-8.
        compressor: What C is.

    Returns:
        (n,) float64, from about 0 for nothing in common to about 1 for equal texts.

    Source:
        Li et al. (2004), doi:10.1109/TIT.2004.838101.
    """
    known = [(text, compressor.sizer()(text)) for text in targets]

    def align(texts: Sequence[bytes]) -> list[float]:
        size = compressor.sizer()
        found = []
        for text in texts:
            own = size(text)
            shared = (
                (own + other - size(text + target)) / max(own, other, 1) for target, other in known
            )
            found.append(sum(shared) / len(known))
        return found

    return _by_row(pool, align)


def dictionary_alignment(pool: Pool, dictionary: bytes, compressor: Compressor) -> Floats:
    """Share of each row's compressed length that a dictionary of target texts saves.

    Args:
        pool: n rows with text.
        dictionary: Target texts, end to end; what exceeds the compressor's window is cut off.
        compressor: "zlib" (32 KiB) or "zstd" (1 MiB).

    Returns:
        (n,) float64; 0 for an empty row.

    Raises:
        ParameterError: The compressor takes no dictionary.
    """
    compressor.primed(dictionary)

    def align(texts: Sequence[bytes]) -> list[float]:
        alone, primed = compressor.sizer(), compressor.primed(dictionary)
        sizes = [(alone(text), primed(text)) for text in texts]
        return [1 - after / before if before > 0 else 0.0 for before, after in sizes]

    return _by_row(pool, align)


def text_bytes(pool: Pool) -> list[bytes]:
    """Hold all texts of a pool, as UTF-8."""
    return [text for chunk in _chunks(pool) for text in chunk]


def _by_row(pool: Pool, align: Callable[[Sequence[bytes]], list[float]]) -> Floats:
    """Align rows chunk by chunk; compressors let other threads run, so each core has one."""
    workers = os.cpu_count() or 1
    found: list[float] = []
    with ThreadPoolExecutor(workers) as threads:
        waiting = []
        for chunk in _chunks(pool):
            waiting.append(threads.submit(align, chunk))
            if len(waiting) > 2 * workers:
                found.extend(waiting.pop(0).result())
        for one in waiting:
            found.extend(one.result())
    if len(found) != len(pool):
        raise SignalError(
            "text", f"{len(found):,} texts for {len(pool):,} rows", "hand over one text per row"
        )
    return np.asarray(found, dtype=np.float64)


def _chunks(pool: Pool) -> Iterator[list[bytes]]:
    for block in pool.text_blocks():
        raw, ends = block.data.tobytes(), block.offsets.tolist()
        for start in range(0, len(block), _CHUNK):
            edges = ends[start : start + _CHUNK + 1]
            yield [raw[a:b] for a, b in pairwise(edges)]


def _zstd_sizer(level: int, seen: bytes) -> Sizer:
    import zstandard

    words = zstandard.ZstdCompressionDict(seen, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
    packer = zstandard.ZstdCompressor(
        level=level, dict_data=words if seen else None, write_content_size=False
    )
    return lambda text: len(packer.compress(text))


def _without_empty(size: Sizer) -> Sizer:
    empty = size(b"")
    return lambda text: size(text) - empty
