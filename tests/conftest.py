"""Tests are repeatable: Hypothesis draws the same examples each time, and nothing is timed."""

from hypothesis import settings

settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
settings.load_profile("repeatable")
