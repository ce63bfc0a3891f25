"""A plain NumPy twin of every kernel, one file a topic; slow, short and right."""
