"""All outputs of a run appear together, or none does."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from cribble.core.errors import OutputError
from cribble.data.formats import output_ending
from cribble.data.scratch import scratch_folder


class Staging:
    """Outputs are written into hidden folders beside their places, and moved there at the end.

    Use as a context: what was not moved by `commit` is removed on the way out.
    """

    def __init__(self) -> None:
        self._moves: list[tuple[Path, Path]] = []
        self._folders = ExitStack()

    def __enter__(self) -> Staging:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._folders.close()
        for final, staged in self._moves:
            if isinstance(error, OutputError) and error.path == str(staged):
                raise OutputError(str(final), error.found, error.remedy) from error
        if isinstance(error, OSError) and self._moves:
            found = error.strerror or str(error)
            raise OutputError(
                str(self._moves[-1][0]), found, "free some space or write elsewhere"
            ) from error

    def path(self, final: str | Path) -> Path:
        """Where to write what shall end up at ``final``; the file name is the same."""
        final = Path(final)
        # A symbolic link is written through, not replaced.
        final = final.resolve() if final.is_symlink() else final
        self._moves.append((final, final))
        folder = self._folders.enter_context(scratch_folder(final.parent))
        self._moves[-1] = (final, folder / final.name)
        return folder / final.name

    def commit(self) -> None:
        """Move every output to its place."""
        for final, staged in self._moves:
            os.replace(staged, final)


def check_outputs(
    outputs: Iterable[str | Path], inputs: Iterable[str], rows: str | None = None
) -> None:
    """Refuse, before any work, places that cannot be written.

    Args:
        outputs: Every place.
        inputs: What is read.
        rows: The place that takes rows of the pool; its ending names their format.

    Raises:
        OutputError: A place is a folder, is an input, is named twice, or its folder is missing or
            not writable; or no format has the ending of ``rows``.
    """
    if rows is not None:
        output_ending(rows)
    taken = {Path(name).resolve() for name in inputs}
    for output in outputs:
        path = Path(output)
        if path.is_dir() and (path.suffix or any(path.iterdir())):
            raise OutputError(
                str(path), "it is a directory", "name a file, or a new or empty directory"
            )
        if not path.parent.is_dir():
            raise OutputError(str(path), "its folder does not exist", "make the folder first")
        if not os.access(path.parent, os.W_OK):
            raise OutputError(str(path), "its folder is not writable", "write elsewhere")
        if path.resolve() in taken:
            raise OutputError(
                str(path), "it is an input or another output of this run", "name another file"
            )
        taken.add(path.resolve())
