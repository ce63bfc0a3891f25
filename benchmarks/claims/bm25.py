"""BM25: words alone find the rows of the target's source."""

from __future__ import annotations

import numpy as np

from benchmarks.claims._aims import AIMS, aimed, load
from cribble import core
from cribble.selectors.targeted.bm25 import Bm25


def run() -> dict[str, object]:
    """Aim at 20 rows of each of six kinds of instructions, with three targets each; pick 50."""
    corpus = load()
    share, base = {}, {}
    for aim in AIMS:
        cases = [aimed(corpus, aim, seed) for seed in range(3)]
        picks = [Bm25().select(case.pool, core.Budget(rows=50)).indices for case in cases]
        share[aim] = np.mean([c.wanted[p].mean() for c, p in zip(cases, picks, strict=True)])
        base[aim] = np.mean([case.wanted.mean() for case in cases])
    return {
        "method": "bm25",
        "paper_says": "Robertson and Zaragoza (2009): words weighted by rarity and saturation rank "
        "relevant rows first",
        "we_saw": "share of 50 picks from the target's sources (random), means of three targets: "
        + ", ".join(f"{aim} {share[aim]:.0%} ({base[aim]:.0%})" for aim in AIMS),
        "holds": all(share[aim] > 2 * base[aim] for aim in AIMS),
    }
