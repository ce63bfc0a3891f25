"""Prune labeled sets to a few percent, train a linear probe, compare with random rows."""
