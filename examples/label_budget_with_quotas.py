"""300 rows may be labeled; every rare intent needs at least 3 of them. Which rows?"""

from pathlib import Path

import numpy as np

import cribble as cb

DATA = Path(__file__).parent / "data"

pool = cb.Pool.read(DATA / "intents.parquet")
intents = pool.groups("label")
budget = cb.Budget(rows=300, at_least={"label": dict.fromkeys(intents.names, 3)})

for limited, asked in (("without quotas", 300), ("with quotas", budget)):
    chosen = cb.select(pool, asked, method="k-center", seed=0)
    counts = np.bincount(intents.codes[chosen.indices], minlength=len(intents.names))
    rarest = intents.names[counts.argmin()]
    print(f"{limited:<15} {len(chosen)} rows; least: {counts.min()} of {rarest}")
