"""Methods that are given rows to aim at."""
