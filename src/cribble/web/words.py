"""The words of every row in temporary files, to be searched and shown without reading the pool."""

from __future__ import annotations

import mmap
import shlex
import tempfile
import unicodedata
from array import array
from bisect import bisect_right
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from cribble.core import Pool, Progress
from cribble.run.excerpt import words

_BLOCK = 8_192
_FEW = 16
_GAP = b"\0"  # between rows, so that no match spans two; a query cannot hold it


class Words:
    """Ids and texts of all rows, as they are and with case folded.

    Memory: 16 bytes a row; the texts lie in two temporary files that vanish with the process.

    Args:
        pool: A pool with rows.
        progress: Where the one pass over the pool reports.
    """

    def __init__(self, pool: Pool, progress: Progress) -> None:
        progress.start("read texts", len(pool), "rows")
        plain, folded = _Pile(), _Pile()
        for name, text in zip(_ids(pool), _texts(pool), strict=True):
            plain.add(f"{name}\n{text}")
            folded.add(_folded(f"{name}\n{text}"))
            if len(plain) % _BLOCK == 0:
                progress.advance(_BLOCK)
        self._plain, self._plain_bounds = plain.close()
        self._folded, self._folded_bounds = folded.close()

    def __len__(self) -> int:
        return len(self._plain_bounds) - 1

    def read(self, row: int, most: int | None = None) -> tuple[str, str]:
        """The id of a row and its text, cut to ``most`` characters."""
        start, stop = self._plain_bounds[row : row + 2]
        # A character has at most four bytes, and an id is short.
        cut = stop - 1 if most is None else min(stop - 1, start + 4 * most + 1_024)
        name, _, text = self._plain[start:cut].decode("utf-8", "ignore").partition("\n")
        return name, text if most is None or len(text) <= most else text[: most - 1] + "…"

    def search(self, query: str) -> NDArray[np.bool_]:
        """Mark the rows that hold every word of a query, whatever its case; (n,) bool.

        A word matches anywhere in the id or the text. Words in double quotes must stand together.
        """
        found = np.ones(len(self), dtype=bool)
        # A long word is rare: it leaves little to look through for the others, or nothing.
        for term in sorted({_folded(one) for one in terms(query)}, key=len, reverse=True):
            sought = term.encode("utf-8", "ignore")
            few = np.flatnonzero(found)
            if len(few) > len(self) // _FEW:
                found &= self._holding(sought)
            else:
                found[few] = [self._holds(row, sought) for row in few.tolist()]
        return found

    def _holds(self, row: int, term: bytes) -> bool:
        start, stop = self._folded_bounds[row : row + 2]
        return self._folded.find(term, start, stop) >= 0

    def _holding(self, term: bytes) -> NDArray[np.bool_]:
        marks, bounds, row = np.zeros(len(self), dtype=bool), self._folded_bounds, 0
        at = self._folded.find(term)
        while at >= 0:
            if at >= bounds[row + 1]:  # mostly it is the next row
                row = bisect_right(bounds, at, row + 1) - 1
            marks[row] = True
            row += 1
            at = self._folded.find(term, bounds[row])
        return marks


def terms(query: str) -> list[str]:
    """Split a query into words and quoted phrases; an open quote is closed at the end."""
    query = query.replace("\0", " ")
    lexer = shlex.shlex(query + '"' * (query.count('"') % 2), posix=True)
    lexer.whitespace_split, lexer.quotes, lexer.escape, lexer.commenters = True, '"', "", ""
    return [term for term in lexer if term]


def _folded(text: str) -> str:
    """Without regard to case, and to whether an accent is a character of its own."""
    return unicodedata.normalize("NFC", text.casefold())


class _Pile:
    """Texts written end to end."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - mapped for as long as the process lives
        self._bounds = array("q", [0])

    def __len__(self) -> int:
        return len(self._bounds) - 1

    def add(self, text: str) -> None:
        raw = text.replace("\0", " ").encode("utf-8", "replace") + _GAP
        self._file.write(raw)
        self._bounds.append(self._bounds[-1] + len(raw))

    def close(self) -> tuple[mmap.mmap, array[int]]:
        self._file.flush()
        mapped = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)
        self._file.close()
        return mapped, self._bounds


def _ids(pool: Pool) -> Iterator[str]:
    assert pool.rows is not None
    for start in range(0, len(pool), _BLOCK):
        for name in pool.rows.ids(range(start, min(len(pool), start + _BLOCK))):
            yield name.replace("\n", " ")


def _texts(pool: Pool) -> Iterator[str]:
    assert pool.rows is not None
    if pool.has_text:
        for block in pool.text_blocks():
            yield from block
        return
    for start in range(0, len(pool), _BLOCK):
        for record in pool.rows.take(range(start, min(len(pool), start + _BLOCK))):
            yield " | ".join(words(record))
