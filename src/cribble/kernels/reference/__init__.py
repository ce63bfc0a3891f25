"""A plain NumPy twin of every kernel, written from its definition; tests compare the two."""
