"""One claim a method: what its paper says, and what a small real data set shows of it."""
