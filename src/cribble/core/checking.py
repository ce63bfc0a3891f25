"""What an array must be to serve as a signal: one finite number or vector a row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core.errors import SignalError

_BYTES = 8 << 20


def check_signal(name: str, array: NDArray[Any], size: int, describe: Callable[[int], str]) -> None:
    """Refuse an array that cannot be a signal; reads it in blocks of 8 MiB.

    Args:
        name: Name of the signal.
        array: Numbers of any shape.
        size: How many rows there are.
        describe: Names a row for the message.

    Raises:
        SignalError: It is not (size,) or (size, d), holds no numbers, or is not finite everywhere.
    """
    if array.ndim not in (1, 2) or len(array) != size:
        found = f"its shape is {array.shape} for {size:,} rows"
        raise SignalError(name, found, "hand over one entry per row")
    if array.dtype.kind not in "fiub":
        raise SignalError(name, f"its dtype is {array.dtype}", "hand over numbers")
    if array.dtype.kind != "f":
        return
    width = array.itemsize * (array.shape[1] if array.ndim == 2 else 1)
    step = max(1, _BYTES // max(1, width))
    for start in range(0, size, step):
        bad = _is_not_finite(array[start : start + step])
        if bad.any():
            row = start + int(np.nonzero(bad.reshape(len(bad), -1).any(axis=1))[0][0])
            found = f"row {describe(row)} holds NaN or infinity"
            raise SignalError(name, found, "mend or drop the row; no row is skipped in silence")


def _is_not_finite(array: NDArray[Any]) -> NDArray[np.bool_]:
    if array.dtype == np.float16:
        # All bits of the exponent are set; NumPy's own check takes ten times as long.
        bad: NDArray[np.bool_] = np.equal(array.view(np.uint16) & 0x7C00, 0x7C00)
    else:
        bad = ~np.isfinite(array)
    return bad
