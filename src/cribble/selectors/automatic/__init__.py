"""Methods that race others, of any family, and take the one that did best."""
