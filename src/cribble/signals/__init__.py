"""Rows to arrays, once."""
