"""Methods that exist for quotas, several rankings or one pass."""
"""Methods of the family constrained."""
