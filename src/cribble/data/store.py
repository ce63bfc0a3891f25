"""The signal cache: arrays on disk, named by what they were computed from.

An array lives in two files. ``data`` holds its rows; ``marks`` holds eight bytes a block: the
version of this format and a checksum of the block's bytes. A block is written and flushed before
its mark is, and a block whose bytes do not match its mark counts as missing. So a run that was
killed, a file that was cut short, a flipped bit or another version of the format cost some
blocks, which are computed again, and never a wrong result. The price is one reading of the data
when an array is opened. A small state is one file, which starts with the hash of the rest.

One process at a time writes an array; the operating system drops its lock when the process ends,
however it ends. Others wait, then use what it wrote.
"""

from __future__ import annotations

import errno
import hashlib
import math
import os
import shutil
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import DTypeLike, NDArray

from cribble.core import Progress, Silent
from cribble.core.errors import OutputError
from cribble.data.locks import take_lock

VERSION = 1
_MARK = np.dtype([("version", "<u4"), ("checksum", "<u4")])
_DIGEST_BYTES = 32
_READ = 1 << 20

Blocks = Callable[..., NDArray[Any]]


def key_of(*parts: object) -> str:
    """Hash what an array is computed from; the same parts give the same key on any machine.

    Args:
        parts: Anything whose ``str`` tells it apart: content fingerprint, view, embedder.

    Returns:
        40 hex digits.
    """
    digest = hashlib.blake2b(digest_size=20)
    for part in (VERSION, *parts):
        encoded = str(part).encode()
        digest.update(len(encoded).to_bytes(8, "little") + encoded)
    return digest.hexdigest()


def default_root() -> Path:
    """Where the cache lies: ``CRIBBLE_CACHE``, else the platform's cache folder for a user."""
    if chosen := os.environ.get("CRIBBLE_CACHE"):
        return Path(chosen).expanduser()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData/Local") / "cribble"
    if sys.platform == "darwin":
        return Path.home() / "Library/Caches/cribble"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cribble"


class NotCached(Exception):  # noqa: N818
    """A read-only store was asked for what it does not hold; its caller expects that."""


class Store:
    """A folder of arrays and small states, each under a key from `key_of`.

    Args:
        root: The folder, made when first written to; None for `default_root`.
        read_only: Whether to raise `NotCached` instead of computing anything.
    """

    def __init__(self, root: str | Path | None = None, *, read_only: bool = False) -> None:
        self.root = Path(root) if root is not None else default_root()
        self.read_only = read_only

    def array(
        self,
        key: str,
        shape: tuple[int, ...],
        dtype: DTypeLike,
        blocks: Blocks,
        *,
        block_rows: int | NDArray[np.int64],
        progress: Progress | None = None,
        name: str = "array",
        run_all: Callable[..., Iterable[NDArray[Any]]] = map,
    ) -> NDArray[Any]:
        """Open an array, computing the blocks that are missing.

        Args:
            key: What it is computed from, from `key_of`.
            shape: (n, ...).
            dtype: A fixed-size number.
            blocks: Computes rows ``start`` to ``stop``; called in ascending order, and only for
                missing blocks.
            block_rows: Rows a block, the last may be shorter; or (b + 1,) ascending from 0 to n,
                where blocks begin and end.
            progress: Hears of reuse, resumption and every block.
            name: What to call the array there.
            run_all: Maps ``blocks`` over the starts and stops of the missing blocks, in order; it
                may hand ``blocks`` anything it makes of the two.

        Returns:
            A read-only memory map of the given shape.

        Raises:
            OutputError: The folder cannot be written, or the disk is full.
            NotCached: The store is read-only and does not hold all of it.
        """
        progress = progress or Silent()
        dtype = np.dtype(dtype)
        if 0 in shape:
            return _read_only(np.empty(shape, dtype=dtype))
        # The layout is in the name: a file that someone has mapped never changes its length.
        if isinstance(block_rows, int):
            cuts, layout = np.arange(0, shape[0] + block_rows, block_rows), str(block_rows)
            cuts[-1] = shape[0]
        else:
            cuts, layout = block_rows, key_of(*block_rows)[:16]
        key = "-".join([key, "x".join(map(str, shape)), dtype.name, str(layout)])
        entry = _Entry(self.root / "arrays" / key, shape, dtype, cuts)
        if entry.missing().any():
            if self.read_only:
                raise NotCached(key)
            with self._lock(key, name, progress):
                _complete(entry, blocks, name, progress, run_all)
        else:
            progress.note(f"{name}: reused from the cache")
        return np.memmap(entry.data, dtype=dtype, mode="r", shape=shape)

    def state(
        self,
        key: str,
        compute: Callable[[], Mapping[str, NDArray[Any]]],
        *,
        progress: Progress | None = None,
        name: str = "state",
    ) -> dict[str, NDArray[Any]]:
        """Fetch a few small arrays by name, computing and saving them if need be.

        Args:
            key: What they are computed from, from `key_of`.
            compute: Computes them.
            progress: Hears of reuse.
            name: What to call them there.

        Raises:
            OutputError: The folder cannot be written, or the disk is full.
            NotCached: The store is read-only and does not hold all of it.
        """
        progress = progress or Silent()
        path = self._state_path(key)
        found = _load_state(path)
        if found is None:
            if self.read_only:
                raise NotCached(key)
            with self._lock(key, name, progress):
                found = _load_state(path)
                if found is not None:
                    return found
                state = {part: np.asarray(array) for part, array in compute().items()}
                _save_state(path, state)
                return state
        progress.note(f"{name}: reused from the cache")
        return found

    def recalled(
        self,
        key: str,
        compute: Callable[[], Mapping[str, NDArray[Any]]],
        lasts: Callable[[], bool] = lambda: True,
    ) -> Mapping[str, NDArray[Any]]:
        """Like `state`, for what costs no more than time: where it cannot be kept, it is not.

        Args:
            key: What they are computed from, from `key_of`.
            compute: Computes them.
            lasts: Asked afterwards, whether they may be kept.
        """
        path = self._state_path(key)
        found = _load_state(path)
        if found is not None:
            return found
        computed = compute()
        if lasts() and not self.read_only:
            with suppress(OutputError), self._lock(key, "state", Silent()):
                _save_state(path, computed)
        return computed

    def size(self) -> int:
        """Bytes that the cache holds."""
        return sum(path.stat().st_size for path in self.root.rglob("*") if path.is_file())

    def clear(self) -> None:
        """Delete every array and state; wait for those that are being written.

        Lock files stay: deleting one that another process waits for would let two in.
        """
        for path in [*self.root.glob("arrays/*"), *self.root.glob("states/*.state")]:
            with self._lock(path.stem, path.name, Silent()), _writing(path):
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    def _state_path(self, key: str) -> Path:
        return self.root / "states" / f"{key}.state"

    @contextmanager
    def _lock(self, key: str, name: str, progress: Progress) -> Iterator[None]:
        """Be the only process of this machine that writes under ``key``."""
        folder = self.root / "locks"
        with _writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
            file = open(folder / key, "ab")  # noqa: SIM115
        with file:
            with _writing(folder):
                if not take_lock(file.fileno(), wait=False):
                    progress.note(f"{name}: waiting for another run that computes it")
                    take_lock(file.fileno(), wait=True)
            yield


class _Entry:
    """The two files of one array."""

    def __init__(
        self,
        folder: Path,
        shape: tuple[int, ...],
        dtype: np.dtype[Any],
        cuts: NDArray[np.int64],
    ) -> None:
        self.data = folder / "data"
        self.marks = folder / "marks"
        self.shape = shape
        self.dtype = dtype
        self.cuts = cuts
        self.row_bytes = dtype.itemsize * math.prod(shape[1:])
        self.count = len(cuts) - 1

    def span(self, block: int) -> tuple[int, int]:
        """The first row of a block and one past its last."""
        return int(self.cuts[block]), int(self.cuts[block + 1])

    def missing(self) -> NDArray[np.bool_]:
        """Mark the blocks whose bytes do not match their marks."""
        missing = np.ones(self.count, dtype=bool)
        try:
            stamped = self.marks.read_bytes()
            marks = np.frombuffer(stamped[: len(stamped) // 8 * 8], dtype=_MARK)[: self.count]
            with open(self.data, "rb") as data:
                for block in np.nonzero(marks["version"] == VERSION)[0].tolist():
                    start, stop = self.span(block)
                    data.seek(start * self.row_bytes)
                    content = data.read((stop - start) * self.row_bytes)
                    missing[block] = self._checksum(block, content) != marks["checksum"][block]
        except OSError:
            missing[:] = True
        return missing

    def allocate(self) -> None:
        """Make both files, and give them their full length."""
        with _writing(self.data):
            self.data.parent.mkdir(parents=True, exist_ok=True)
            for path, length in (
                (self.data, self.shape[0] * self.row_bytes),
                (self.marks, self.count * _MARK.itemsize),
            ):
                with open(path, "ab") as file:
                    file.truncate(length)

    def write(self, block: int, rows: NDArray[Any]) -> None:
        """Write a block, and once it is on the disk its mark."""
        start, stop = self.span(block)
        rows = rows.astype(self.dtype, copy=False).reshape(stop - start, *self.shape[1:])
        content = rows.tobytes()
        mark = np.array((VERSION, self._checksum(block, content)), dtype=_MARK).tobytes()
        _write(self.data, start * self.row_bytes, content)
        _write(self.marks, block * _MARK.itemsize, mark)

    def _checksum(self, block: int, content: bytes) -> int:
        # The place goes into the sum, so that a mark fits no other block.
        return zlib.crc32(content, zlib.crc32(f"{block} {len(content)}".encode()))


def _complete(
    entry: _Entry,
    blocks: Blocks,
    name: str,
    progress: Progress,
    run_all: Callable[..., Iterable[NDArray[Any]]],
) -> None:
    missing = entry.missing()
    if not missing.any():
        return
    if done := int((~missing).sum()):
        progress.note(f"{name}: resumed, {done:,} of {len(missing):,} blocks were there")
    spans = {block: entry.span(block) for block in np.nonzero(missing)[0].tolist()}
    entry.allocate()
    progress.start(name, sum(stop - start for start, stop in spans.values()), "rows")
    starts, stops = zip(*spans.values(), strict=True)
    for block, rows in zip(spans, run_all(blocks, starts, stops), strict=True):
        entry.write(block, rows)
        progress.advance(len(rows))


def _read_only(array: NDArray[Any]) -> NDArray[Any]:
    array.setflags(write=False)
    return array


def _load_state(path: Path) -> dict[str, NDArray[Any]] | None:
    """Read a state; None where there is none, or not the one that was written."""
    try:
        with open(path, "rb") as file:
            head = file.read(_DIGEST_BYTES)
            if head != _digest_rest(file):
                return None
            file.seek(_DIGEST_BYTES)
            with np.load(file, allow_pickle=False) as archive:
                return {name: archive[name] for name in archive.files}
    except OSError:
        return None


def _digest_rest(file: BinaryIO) -> bytes:
    found = hashlib.blake2b(str(VERSION).encode(), digest_size=_DIGEST_BYTES)
    while block := file.read(_READ):
        found.update(block)
    return found.digest()


def _save_state(path: Path, state: Mapping[str, NDArray[Any]]) -> None:
    part = path.with_suffix(".part")
    with _writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(part, "w+b") as file:
            file.write(bytes(_DIGEST_BYTES))
            np.savez(file, **state)  # type: ignore[arg-type]
            file.seek(_DIGEST_BYTES)
            digest = _digest_rest(file)
    _write(part, 0, digest)
    with _writing(path):
        os.replace(part, path)


def _write(path: Path, offset: int, content: bytes) -> None:
    """Write in place and return when it is on the disk."""
    # Without a buffer, nothing is left to fail again when the file is closed.
    with _writing(path), open(path, "r+b", buffering=0) as file:
        file.seek(offset)
        left = memoryview(content)
        while left:
            left = left[file.write(left) :]
        os.fsync(file.fileno())


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Turn what the file system says into an error with a remedy."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            found = "the disk is full"
            remedy = "free some space, or point CRIBBLE_CACHE to a larger disk; the run resumes"
        else:
            found = error.strerror or str(error)
            remedy = "point CRIBBLE_CACHE to a folder that can be written"
        raise OutputError(str(path), found, remedy) from error
