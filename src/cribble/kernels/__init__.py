"""Compiled loops and linear algebra: arrays in, arrays out, memory bounded."""
