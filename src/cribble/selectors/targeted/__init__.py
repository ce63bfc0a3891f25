"""Methods that are given examples of what the picks should be good at."""
