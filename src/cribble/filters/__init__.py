"""Filters: steps that drop rows before selection, count what they drop, and say why."""
