"""cribble chooses the best subset of a large pool of data, and shows that it beat random."""

__version__ = "0.1.0"
