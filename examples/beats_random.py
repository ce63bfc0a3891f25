"""Is a careful choice of 100 rows better than chance, and by how much? Writes compare.html."""

from pathlib import Path

import cribble as cb

DATA = Path(__file__).parent / "data"

pool = cb.Pool.read(DATA / "instructions.jsonl")
comparison = cb.compare(pool, 100, ["random", "facility-location", "gist"], repeats=10)
print(comparison.verdict)
comparison.report("compare.html")
