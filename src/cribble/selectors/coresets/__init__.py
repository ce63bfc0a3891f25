"""Methods that return a small weighted set in place of the pool."""
