"""How well a linear classifier that learns from some rows labels others."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.metrics.blocked import unit_rows

_REGULARIZATION, _ITERATIONS = 10.0, 200


def linear_probe(
    vectors: NDArray[Any], labels: NDArray[np.int64], queries: NDArray[Any]
) -> NDArray[np.int64]:
    """Label rows by logistic regression on the rows that were picked.

    Rows are centered on the mean of the training rows and scaled to length 1, so that one
    regularization (C = 10) serves embeddings of any unit.

    Args:
        vectors: (m, d) training rows, m >= 1.
        labels: (m,) int64 their classes.
        queries: (q, d) rows to label.

    Returns:
        (q,) int64 classes; the only class where the training rows have one.
    """
    classes = np.unique(labels)
    if len(classes) == 1:
        return np.full(len(queries), classes[0])
    from sklearn.linear_model import LogisticRegression

    from cribble.kernels.threads import limited_threads

    center = vectors.mean(axis=0, dtype=np.float64)
    model = LogisticRegression(C=_REGULARIZATION, max_iter=_ITERATIONS, tol=1e-3)
    with limited_threads(1), warnings.catch_warnings():
        # An early stop and few rows a class are part of the probe that judges all subsets alike.
        warnings.simplefilter("ignore")
        model.fit(unit_rows(vectors - center), labels)
    found: NDArray[np.int64] = model.predict(unit_rows(queries - center))
    return found
