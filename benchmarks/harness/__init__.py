"""Runs contenders side by side, each in a fresh process, and measures them from outside."""
