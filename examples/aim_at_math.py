"""Do 50 math questions as a target find the math in a mixed pool? Prints shares by source."""

from pathlib import Path

import numpy as np

import cribble as cb

DATA = Path(__file__).parent / "data"

pool = cb.Pool.read(DATA / "instructions.jsonl")
sources = pool.groups("source")

shares = {}
for method in ("random", "dsir", "rds-plus"):
    target = None if method == "random" else DATA / "target_math.jsonl"
    chosen = cb.select(pool, 200, method=method, target=target, seed=0)
    picked = np.bincount(sources.codes[chosen.indices], minlength=len(sources.names))
    shares[method] = picked / len(chosen)

print(f"{'source':<30}" + "".join(f"{method:>10}" for method in shares))
for code, source in enumerate(sources.names):
    print(f"{source:<30}" + "".join(f"{share[code]:>10.1%}" for share in shares.values()))
