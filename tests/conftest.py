"""Settings that every test shares."""

from hypothesis import settings

# Compilation takes seconds on first use, and a test that sometimes fails tells nothing.
settings.register_profile("cribble", deadline=None, derandomize=True)
settings.load_profile("cribble")
