"""Compiled and BLAS-backed loops: arrays in, arrays out, a stated memory bound, and a plain twin."""
