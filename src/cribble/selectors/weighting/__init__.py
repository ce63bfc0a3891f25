"""Methods that return weights above all."""
