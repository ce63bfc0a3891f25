"""The methods, one folder a family."""
