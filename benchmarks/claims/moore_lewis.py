"""Moore-Lewis: a model trained on the picks predicts held-out text of the target better."""

from __future__ import annotations

import numpy as np

from benchmarks.claims._aims import AIMS, aimed, load
from cribble import core
from cribble.core import TextBlock
from cribble.metrics import perplexity
from cribble.selectors.baselines.random import Random
from cribble.selectors.targeted.moore_lewis import MooreLewis


def run() -> dict[str, object]:
    """Aim at 20 rows of each of six kinds; pick 5,000 words; predict 20 other rows."""
    corpus = load()
    found: dict[str, dict[str, tuple[float, float]]] = {}
    for aim in AIMS:
        case = aimed(corpus, aim, seed=0)
        rows = [text for block in case.pool.text_blocks() for text in block]
        tokens = np.array([len(text.split()) for text in rows])
        pool = case.pool.adding(signals={"tokens": tokens})
        for method in (Random(), MooreLewis()):
            picks = method.select(pool, core.Budget(cost=5_000)).indices
            training = TextBlock.from_strings([rows[i] for i in picks])
            found.setdefault(method.card.name, {})[aim] = (
                perplexity([training], [TextBlock.from_strings(case.held)]),
                float(case.wanted[picks].mean()),
            )
    better = [found["moore-lewis"][aim][0] < found["random"][aim][0] for aim in AIMS]
    return {
        "method": "moore-lewis",
        "paper_says": "Moore and Lewis (2010): a language model of the picked text has a lower "
        "perplexity on held-out target text than one of as much random text",
        "we_saw": "perplexity of 20 held-out rows under 5,000 words picked, "
        "against 5,000 random ones (share of picks from the target's sources): "
        + "; ".join(
            f"{aim} {found['moore-lewis'][aim][0]:.0f} ({found['moore-lewis'][aim][1]:.0%}), "
            f"{found['random'][aim][0]:.0f} ({found['random'][aim][1]:.0%})"
            for aim in AIMS
        ),
        "holds": all(better),
    }
