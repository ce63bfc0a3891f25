"""Weights of rows by what a step along each one's gradient does for the loss of clean rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cribble.kernels.threads import limited_threads
from cribble.kernels.weights import mean_one

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]


def meta_weights(
    x: Floats,
    labels: Codes,
    clean: Floats,
    truth: Codes,
    classes: int,
    *,
    steps: int,
    rate: float,
) -> Floats:
    """Fit a linear classifier in steps, in each of which rows weigh how much they help clean rows.

    In a step, a row weighs the product of its gradient with that of the clean rows' mean loss, or
    0 if it is negative: minus the derivative of that loss after the step by the row's weight. The
    step is then done with these weights, scaled to mean 1. Stops where no row helps. Over all
    steps a row weighs what it did in sum, so that early steps count most: later ones have little
    left to mend.

    Args:
        x: (m, d) float64 rows.
        labels: (m,) int64 their classes, some of them wrong.
        clean: (q, d) float64 rows, q at least 1.
        truth: (q,) int64 their classes.
        classes: Number of classes C.
        steps: Most steps.
        rate: Length of a step.

    Returns:
        (m,) float64 of mean 1. Time O(steps (m + q) d C).

    Source:
        Ren et al. (2018), arXiv:1803.09050.
    """
    head, total = np.zeros((x.shape[1], classes)), np.zeros(len(x))
    # One thread, because products on several may differ in their last bits.
    with limited_threads(1):
        for _ in range(steps):
            errors = _errors(x, labels, head)
            pull = clean.T @ _errors(clean, truth, head) / len(clean)
            helpful = np.maximum(((x @ pull) * errors).sum(axis=1), 0.0)
            if not helpful.any():
                break
            total += helpful
            head -= rate / len(x) * (x.T @ (mean_one(helpful)[:, None] * errors))
    return mean_one(total) if total.any() else np.ones(len(x))


def _errors(x: Floats, labels: Codes, head: Floats) -> Floats:
    """Chances of the classes less the labels, (m, C): gradients by what the head returns."""
    raised = x @ head
    raised = np.exp(raised - raised.max(axis=1, keepdims=True))
    chances: Floats = raised / raised.sum(axis=1, keepdims=True)
    chances[np.arange(len(x)), labels] -= 1
    return chances
