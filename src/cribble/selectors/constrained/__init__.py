"""Methods that exist for quotas, several rankings or one pass."""
