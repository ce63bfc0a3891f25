"""Importance resampling: the picks have the target's mix of digits, though no label is seen."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA

from cribble import core
from cribble.selectors.baselines.random import Random
from cribble.selectors.targeted.importance_resample import ImportanceResample


def run() -> dict[str, object]:
    """Targets of 180 rows, half of one digit; pick 150 of the rest; ten digits."""
    digits = load_digits()
    label, vectors = digits.target, PCA(15, random_state=0).fit_transform(digits.data / 16)
    methods = {
        "random": Random(),
        "ulsif": ImportanceResample(),
        "kliep": ImportanceResample(estimator="kliep"),
    }
    gaps: dict[str, list[float]] = {name: [] for name in methods}
    for digit in range(10):
        order = core.stream(digit, "target of the claim").permutation(len(label))
        own, others = order[label[order] == digit], order[label[order] != digit]
        rest = np.concatenate([own[90:], others[90:]])
        target = np.concatenate([own[:90], others[:90]])
        aims = [core.Pool.from_array(vectors[target])]
        pool = core.Pool.from_array(vectors[rest], targets=aims)
        wanted = np.bincount(label[target], minlength=10) / len(target)
        for name, method in methods.items():
            picks = method.select(pool, core.Budget(rows=150), digit).indices
            found = np.bincount(label[rest][picks], minlength=10) / len(picks)
            gaps[name].append(float(np.abs(found - wanted).sum() / 2))
    mean = {name: float(np.mean(found)) for name, found in gaps.items()}
    return {
        "method": "importance-resample",
        "paper_says": "Sugiyama et al. (2008): weights by the density ratio turn the training "
        "distribution into the test distribution",
        "we_saw": "total variation distance between the digits of 150 picks and those of a target "
        "that is half one digit, mean of ten digits: "
        + ", ".join(f"{name} {gap:.2f}" for name, gap in mean.items()),
        "holds": max(mean["ulsif"], mean["kliep"]) < mean["random"],
    }
