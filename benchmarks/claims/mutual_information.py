"""Mutual information: a handful of examples finds the rest of their class."""

from __future__ import annotations

import numpy as np
from scipy.spatial.distance import pdist
from sklearn.datasets import load_digits

from cribble import core
from cribble.selectors.targeted.mutual_information import FORMS, MutualInformation

QUERIES, ROWS = 5, 100


def run() -> dict[str, object]:
    """Aim at 5 examples of each digit in turn; look at 100 picks from all other rows."""
    digits = load_digits()
    label, vectors = digits.target, digits.data.astype(np.float32)
    order = core.stream(0, "targets of the claim").permutation(len(label))
    share: dict[str, list[float]] = {form: [] for form in FORMS}
    apart: dict[str, list[float]] = {form: [] for form in FORMS}
    for digit in range(10):
        target = order[label[order] == digit][:QUERIES]
        rest = np.setdiff1d(order, target)
        aims = [core.Pool.from_array(vectors[target])]
        pool = core.Pool.from_array(vectors[rest], targets=aims)
        for form in FORMS:
            picks = MutualInformation(form=form).select(pool, core.Budget(rows=ROWS)).indices
            share[form].append(float((label[rest][picks] == digit).mean()))
            apart[form].append(float(pdist(vectors[rest][picks]).mean()))
    mean = {form: (float(np.mean(share[form])), float(np.mean(apart[form]))) for form in FORMS}
    return {
        "method": "mutual-information",
        "paper_says": "Kothawade et al. (2022): the measures find rows of a rare class from a few "
        "of its examples; GCMI is relevance alone, FLQMI weighs in diversity, FLMI saturates",
        "we_saw": f"share of the class among {ROWS} picks (a tenth by chance) and mean distance "
        f"between them, mean of 10 digits, {QUERIES} examples each: "
        + ", ".join(f"{form} {one:.0%} and {gap:.1f}" for form, (one, gap) in mean.items()),
        "holds": bool(
            min(mean["flqmi"][0], mean["gcmi"][0], mean["com"][0]) > 0.8
            and mean["flqmi"][1] > mean["gcmi"][1]
            and mean["flmi"][0] < mean["flqmi"][0]
        ),
    }
