"""Texts that are read where they are used, in whichever process that is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core.protocols import TextBlock

_by_value: ContextVar[bool] = ContextVar("by_value", default=False)


@contextmanager
def sent_by_value(by_value: bool = True) -> Iterator[None]:
    """Whether texts that are pickled inside the block go as they are, to where no file is."""
    token = _by_value.set(by_value)
    try:
        yield
    finally:
        _by_value.reset(token)


class UnreadTexts(TextBlock):
    """Texts of consecutive rows, read when they are first asked for.

    Pickled, they are how to read them, not what was read; see `sent_by_value`.

    Args:
        read: Reads them; picklable, and its errors come when the texts are asked for.
        size: How many there are.
    """

    __slots__ = ("_found", "_read", "_size")
    _found: TextBlock | None
    _read: Callable[[], TextBlock]
    _size: int

    def __init__(self, read: Callable[[], TextBlock], size: int) -> None:
        # The base class is frozen, and so is this one but for what it found.
        object.__setattr__(self, "_read", read)
        object.__setattr__(self, "_size", size)
        object.__setattr__(self, "_found", None)

    def __len__(self) -> int:
        return self._size

    def __reduce__(self) -> tuple[Any, ...]:
        if _by_value.get():
            return TextBlock, (self.data, self.offsets)
        return UnreadTexts, (self._read, self._size)

    @property
    def data(self) -> NDArray[np.uint8]:
        """The UTF-8 bytes of all texts, end to end."""
        return self._texts().data

    @property
    def offsets(self) -> NDArray[np.int64]:
        """Where each text starts and the last stops."""
        return self._texts().offsets

    def cut(self, begin: int, end: int) -> TextBlock:
        """The texts from one place to another; all of them stay unread."""
        return self if (begin, end) == (0, len(self)) else self._texts().cut(begin, end)

    def _texts(self) -> TextBlock:
        found = self._found
        if found is None:
            found = self._read()
            object.__setattr__(self, "_found", found)
        return found
