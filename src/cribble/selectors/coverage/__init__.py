"""Methods that group and cover."""
