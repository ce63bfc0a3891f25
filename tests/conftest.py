"""Settings that every test shares."""

import os

from hypothesis import settings

# Compilation takes seconds on first use, and a test that sometimes fails tells nothing.
settings.register_profile("cribble", deadline=None, derandomize=True)
settings.load_profile("cribble")

# Workers of pytest-xdist name a width, by which commands would fold what they print.
os.environ.pop("COLUMNS", None)
