"""Methods that maximize a set function."""
