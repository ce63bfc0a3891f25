"""Ways to pick rows that make an objective large: any objective, under any limit."""
