"""Methods that choose which rows to label next."""
