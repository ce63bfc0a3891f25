"""Reading pools and writing subsets without loss. Each format's package is loaded when used."""

from cribble.data.opening import open_rows
from cribble.data.rows import PoolRows

__all__ = ["PoolRows", "open_rows"]
