"""Plain, gzip and zstd streams: told apart by first bytes when read, by ending when written."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_CHUNK = 1 << 16

SUFFIXES = {".gz": "gzip", ".zst": "zstd"}


def compression_of(head: bytes) -> str | None:
    """Tell the compression of a file from its first bytes: "gzip", "zstd" or None."""
    if head.startswith(_GZIP):
        return "gzip"
    return "zstd" if head.startswith(_ZSTD) else None


def decompress(stream: BinaryIO, compression: str | None) -> BinaryIO:
    """Wrap a stream so that it reads as plain bytes.

    Reading raises EOFError where the compressed stream is cut short, and OSError where it is
    damaged.
    """
    if compression == "gzip":
        return cast(BinaryIO, io.BufferedReader(_Checked(gzip.GzipFile(fileobj=stream)), _CHUNK))
    if compression == "zstd":
        return cast(BinaryIO, io.BufferedReader(_Zstd(stream), _CHUNK))
    return stream


@contextmanager
def compressed(path: Path, compression: str | None) -> Iterator[IO[bytes]]:
    """Open a file to write plain bytes that are compressed on the way.

    Equal bytes give an equal file: no time or name is stored.
    """
    with open(path, "wb") as raw:
        if compression == "gzip":
            with gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as packed:
                yield cast(IO[bytes], packed)
        elif compression == "zstd":
            import zstandard

            with zstandard.ZstdCompressor(level=3).stream_writer(raw, closefd=False) as writer:
                yield cast(IO[bytes], writer)
        else:
            yield raw


class _Checked(io.RawIOBase):
    """A gzip stream whose damage shows as OSError, whichever layer finds it."""

    def __init__(self, stream: gzip.GzipFile) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            return self._stream.readinto(buffer)
        except zlib.error as error:
            raise OSError(f"damaged gzip data: {error}") from error


class _Zstd(io.RawIOBase):
    """Plain bytes of a zstd stream of one or more frames.

    The package's own reader takes a stream that is cut short for one that has ended.
    """

    def __init__(self, stream: BinaryIO) -> None:
        import zstandard

        self._package = zstandard
        self._stream = stream
        self._frame: Any = None
        self._input = b""
        self._output = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._output:
            if not self._input:
                self._input = self._stream.read(_CHUNK)
                if not self._input:
                    if self._frame is not None:
                        raise EOFError("the zstd stream is cut short")
                    return 0
            self._output = memoryview(self._step())
        size = min(len(buffer), len(self._output))
        buffer[:size] = self._output[:size]
        self._output = self._output[size:]
        return size

    def _step(self) -> bytes:
        if self._frame is None:
            self._frame = self._package.ZstdDecompressor().decompressobj()
        try:
            found: bytes = self._frame.decompress(self._input)
        except self._package.ZstdError as error:
            raise OSError(f"damaged zstd data: {error}") from error
        self._input = b""
        if self._frame.eof:
            self._input = self._frame.unused_data
            self._frame = None
        return found


def lz4_size(text: bytes) -> int:
    """Count the bytes of a text as one LZ4 block, without a frame around it."""
    import pyarrow

    return len(pyarrow.compress(text, codec="lz4_raw", asbytes=True))
