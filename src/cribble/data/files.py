"""Input files, local or remote: opened, measured, named and watched for change."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from cribble.core.errors import DataError
from cribble.data.compression import compression_of, decompress
from cribble.data.stamps import settle, stamp_of
from cribble.data.store import Store, key_of

WORTH_KEEPING = 1 << 20
"""Bytes of a file from which on it is kept what was found in it; a smaller one is read again."""

_HASH_BLOCK = 1 << 20


@dataclass(slots=True)
class SourceFile:
    """One input file.

    Args:
        path: A local path or an fsspec URL, as the user gave it.
        label: A short name that is unique in the pool; rows are named after it.
        store: Where it is kept what was found in the file; None for nowhere.

    Attributes:
        size: Bytes on disk when it was opened.

    Raises:
        DataError: It cannot be read, or is empty.
    """

    path: str
    label: str = ""
    store: Store | None = None
    size: int = field(init=False)
    _state: object = field(init=False, repr=False)
    _place: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.label = self.label or self.path
        # Other processes read it from folders of their own.
        self._place = os.path.abspath(self.path) if self.local else self.path
        with reading(self.path):
            self.size, self._state = self._look()
        if self.size == 0:
            raise DataError(self.path, "it is empty (0 bytes)", "remove it from the input")

    @property
    def local(self) -> bool:
        """Whether the file lies on this machine."""
        return not is_url(self.path)

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Open the bytes as they are stored."""
        with reading(self.path), self._stream() as stream:
            yield stream

    @contextmanager
    def open_plain(self) -> Iterator[BinaryIO]:
        """Open the bytes after decompression."""
        compression = compression_of(self.head())
        with self.open() as stream, decompress(stream, compression) as plain:
            yield plain

    @property
    def seekable(self) -> bool:
        """Whether any part of it can be read at once: it lies here, and is not compressed."""
        return self.local and compression_of(self.head()) is None

    def part(self, start: int, size: int) -> bytes:
        """Read a part of a file that is `seekable`.

        Raises:
            DataError: The file is another by now, or there is none.
        """
        self.check_unchanged()
        with self.open() as stream:
            stream.seek(start)
            found = stream.read(size)
        self.check_unchanged()
        return found

    def head(self, size: int = 8) -> bytes:
        """Read the first bytes as they are stored."""
        with self.open() as stream:
            return stream.read(size)

    def recalled(
        self,
        what: str,
        find: Callable[[], Mapping[str, NDArray[Any]]],
        lasts: Callable[[], bool] = lambda: True,
    ) -> Mapping[str, NDArray[Any]]:
        """What was found in the file, without reading it where its stamp is that of then.

        Args:
            what: A name for it.
            find: Reads the file.
            lasts: Asked afterwards, whether it may be kept.
        """
        from cribble import __version__

        if self.store is None or not self.local or self.size < WORTH_KEEPING:
            return find()
        stamp = stamp_of(self._place)
        if stamp is None:
            return find()
        settled = False

        def read() -> Mapping[str, NDArray[Any]]:
            nonlocal settled
            settled = settle(self._place)
            return find()

        def is_same() -> bool:
            return settled and lasts() and stamp_of(self._place) == stamp

        # Another version may find something else.
        key = key_of("file", __version__, what, self._place, *stamp)
        return self.store.recalled(key, read, is_same)

    def digest(self) -> bytes:
        """Hash the bytes as they are stored."""
        kept = self.recalled("bytes", lambda: {"digest": as_bytes(self._digest())})
        return kept["digest"].tobytes()

    def _digest(self) -> bytes:
        found = hashlib.blake2b(digest_size=32)
        with self.open() as stream:
            while block := stream.read(_HASH_BLOCK):
                found.update(block)
        return found.digest()

    def check_unchanged(self) -> None:
        """Make sure that the file is still the one that was opened.

        Raises:
            DataError: Its size or its time of change is another.
        """
        with reading(self.path):
            same = self._look() == (self.size, self._state)
        if not same:
            raise DataError(
                self.path,
                "it changed while the run was reading it",
                "run again once nothing writes to it",
            )

    def glance(self) -> None:
        """Look as `check_unchanged` does where that is cheap: after every block of a local file.

        A block that is used only afterwards is one of the file that was opened, even if the run
        is killed before its end.

        Raises:
            DataError: The file lies on this machine, and is another now.
        """
        if self.local:
            self.check_unchanged()

    def _stream(self) -> BinaryIO:
        if self.local:
            return open(self._place, "rb")
        system, path = file_system(self.path)
        return cast(BinaryIO, system.open(path, "rb"))

    def _look(self) -> tuple[int, object]:
        if self.local:
            found = os.stat(self._place)
            return found.st_size, (found.st_mtime_ns, found.st_ino)
        system, path = file_system(self.path)
        system.invalidate_cache()  # a remembered listing would hide a change
        return int(system.info(path)["size"]), system.ukey(path)


@dataclass(frozen=True, slots=True)
class FileRows:
    """What a pool has of one file.

    Args:
        path: The file, as the user gave it.
        rows: Rows of the pool that come from it; they follow those of the file before.
        digest: Hash of the file's content, hex.
    """

    path: str
    rows: int
    digest: str


def as_bytes(content: bytes) -> NDArray[np.uint8]:
    """Bytes as an array, which a `Store` can keep."""
    return np.frombuffer(content, dtype=np.uint8)


def open_files(paths: Sequence[str], store: Store | None = None) -> list[SourceFile]:
    """Open several files as one pool; their labels are base names where those are unique."""
    names = Counter(os.path.basename(path) for path in paths)
    return [
        SourceFile(path, base if names[base := os.path.basename(path)] == 1 else path, store)
        for path in paths
    ]


def is_url(path: str) -> bool:
    """Tell whether ``path`` is an fsspec URL such as ``s3://bucket/key``."""
    return "://" in path


@contextmanager
def reading(path: str) -> Iterator[None]:
    """Word whatever the system says while ``path`` is read, as a DataError."""
    try:
        yield
    except FileNotFoundError as error:
        raise DataError(path, "there is no such file", "check the path") from error
    except PermissionError as error:
        raise DataError(path, "permission is denied", "make it readable") from error
    except IsADirectoryError as error:
        raise DataError(path, "it is a folder without data files", "name a file") from error
    except EOFError as error:
        raise DataError(path, "the compressed data is cut short", "fetch it again") from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise DataError(path, f"reading failed ({reason})", "check the file") from error
    except ImportError as error:
        raise DataError(path, str(error), "install that package") from error


def file_system(url: str) -> tuple[Any, str]:
    """Find the fsspec file system of a URL, and the path in it.

    Raises:
        DataError: The protocol is unknown, or needs a package that is not installed.
    """
    import fsspec.core

    try:
        with reading(url):
            found: tuple[Any, str] = fsspec.core.url_to_fs(url)
            return found
    except ValueError as error:
        raise DataError(url, str(error), "check the protocol before ://") from error
