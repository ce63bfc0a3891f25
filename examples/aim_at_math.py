"""Do 50 math questions as a target find the math in a mixed pool? Prints shares by source.

python examples/aim_at_math.py [POOL [ROWS]]; rows of the pool that stand in the target are dropped.
"""

import json
import sys
from pathlib import Path

import numpy as np

import cribble as cb

DATA = Path(__file__).parent / "data"
TARGET = DATA / "target_math.jsonl"

# Questions alone: the answers of a source share a format, which would make this too easy.
file = sys.argv[1] if len(sys.argv) > 1 else DATA / "instructions.jsonl"
pool = cb.Pool.read(file, view="first_user")
rows = int(sys.argv[2]) if len(sys.argv) > 2 else 200
sources = pool.groups("source")

aimed_at = {json.loads(line)["id"] for line in TARGET.read_text("utf-8").splitlines()}
ids = pool.rows.ids(range(len(pool)))
budget = cb.Budget(rows=rows, drop=[row for row, name in enumerate(ids) if name in aimed_at])

shares = {"pool": np.bincount(sources.codes) / len(pool)}
for method in ("random", "dsir", "rds-plus"):
    target = None if method == "random" else TARGET
    chosen = cb.select(pool, budget, method=method, target=target, seed=0)
    picked = np.bincount(sources.codes[chosen.indices], minlength=len(sources.names))
    shares[method] = picked / len(chosen)

print(f"| {'source':<28} |" + "".join(f" {method:>9} |" for method in shares))
print(f"| {'---':<28} |" + " --------: |" * len(shares))
for code in np.argsort(-np.max(list(shares.values()), axis=0), kind="stable"):
    print(
        f"| {sources.names[code]:<28} |" + "".join(f" {s[code]:>9.1%} |" for s in shares.values())
    )
