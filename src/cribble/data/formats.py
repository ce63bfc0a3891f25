"""Which format a path is in, by its ending or by its first bytes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

from cribble.core.errors import DataError, OutputError
from cribble.data.compression import SUFFIXES
from cribble.data.files import SourceFile

ENDINGS = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".csv": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".ipc": "arrow",
    ".npy": "npy",
}
LINES = ("jsonl", "csv")
_MAGIC = {b"PAR1": "parquet", b"ARROW1": "arrow", b"\x93NUMPY": "npy"}


@dataclass(frozen=True, slots=True)
class Ending:
    """What a path's ending says.

    Args:
        format: One of the values of `ENDINGS`; None where the ending says nothing.
        compression: "gzip", "zstd" or None.
    """

    format: str | None
    compression: str | None

    @classmethod
    def of(cls, path: str) -> Ending:
        """Read the ending of a path."""
        name = PurePath(path)
        compression = SUFFIXES.get(name.suffix.lower())
        if compression:
            name = PurePath(name.stem)
        return cls(ENDINGS.get(name.suffix.lower()), compression)


def output_ending(path: str) -> Ending:
    """Decide what to write at ``path``.

    Returns:
        Format "folder" for a path that ends with a slash or has no ending.

    Raises:
        OutputError: The ending is unknown, or is a compression that the format does not take.
    """
    if path.endswith(("/", "\\")) or not PurePath(path).suffix:
        return Ending("folder", None)
    ending = Ending.of(path)
    if ending.format is None:
        known = ", ".join((*ENDINGS, *(f".jsonl{one}" for one in SUFFIXES)))
        raise OutputError(path, "its ending names no format", f"use one of {known}, or a folder")
    if ending.compression and ending.format not in LINES:
        raise OutputError(
            path, f"{ending.format} is compressed within", f"leave out the {PurePath(path).suffix}"
        )
    return ending


def input_format(files: list[SourceFile]) -> str:
    """Decide the one format that all files of a pool are in.

    Raises:
        DataError: A file's format is unknown, or two files differ.
    """
    found = [_format_of(file) for file in files]
    for file, one in zip(files, found, strict=True):
        if one != found[0]:
            raise DataError(
                file.path,
                f"it is {one}, but {files[0].path} is {found[0]}",
                "a pool has one format; convert one of them",
            )
    return found[0]


def _format_of(file: SourceFile) -> str:
    if named := Ending.of(file.path).format:
        return named
    head = file.head()
    for magic, named in _MAGIC.items():
        if head.startswith(magic):
            return named
    with file.open_plain() as stream:
        if stream.read(64).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
            return "jsonl"
    raise DataError(
        file.path, "its format is not recognized", f"use an ending of {', '.join(ENDINGS)}"
    )
