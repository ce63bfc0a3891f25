"""Plain Python twin of `cribble.kernels.windows`: windows as tuples of words, no hashes."""

from __future__ import annotations

from cribble.kernels.reference.ngrams import tokens


def words(text: str) -> list[str]:
    """List the words of a text as the compiled scanner sees them."""
    return [one for one in tokens(text) if one[0].isalnum() or one[0] == "_"]


def window_set(text: str, width: int) -> set[tuple[str, ...]]:
    """The distinct windows of a text; a shorter text is one window, one without words none."""
    found = words(text)
    size = min(width, len(found))
    return {tuple(found[at : at + size]) for at in range(len(found) - size + 1) if size}
