"""A pool and a selection to a number."""
