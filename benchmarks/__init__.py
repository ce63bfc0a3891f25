"""What cannot be a test: speed, memory, and the claims of papers on real data."""
