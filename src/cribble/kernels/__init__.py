"""Compiled and BLAS-backed loops: arrays in, arrays out, memory bounded, each with a twin."""
