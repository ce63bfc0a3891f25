"""Vote-k: better examples than random rows, from few labels."""

from __future__ import annotations

from benchmarks.claims._labels import DRAWS, ROWS, SIZE, accuracies
from cribble.selectors.active.vote_k import VoteK


def run() -> dict[str, object]:
    """Label 18 of 300 digits, and take the label of the nearest for the others."""
    ours, random = accuracies(VoteK())
    return {
        "method": "vote-k",
        "paper_says": "Su et al. (2023): rows with many votes are better examples than random ones",
        "we_saw": f"accuracy of the nearest label: {ours:.3f}, random {random:.3f} ({ROWS} of "
        f"{SIZE} digits, mean of {DRAWS} pools)",
        "holds": bool(ours > random),
    }
