"""A method as an estimator of scikit-learn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import check_array, check_consistent_length

from cribble.api import select
from cribble.core import Budget, Selector

# Targets that are classes; others (numbers to predict, several outputs) no method takes.
_CLASSES = ("binary", "multiclass")


class SubsetSelector(BaseEstimator):  # type: ignore[misc]
    """Chooses rows of a matrix; ``fit_resample`` is that of imbalanced-learn's samplers.

    Args:
        budget: A number of rows, "5%" or a `Budget`.
        method: Name of a method, or one made already; None for the default.
        parameters: Parameters of the method by name; None for its defaults.
        seed: Seed of every random choice.

    Attributes:
        selection_: The `cribble.Selection`.
        sample_indices_: (k,) int64 rows chosen, ascending.
        sample_weight_: (k,) float64 their training weights; ones where the method gives none.
        n_features_in_: Width of the matrix.
    """

    def __init__(
        self,
        budget: int | str | Budget = "10%",
        method: str | Selector | None = None,
        parameters: Mapping[str, Any] | None = None,
        seed: int = 0,
    ) -> None:
        self.budget = budget
        self.method = method
        self.parameters = parameters
        self.seed = seed

    def fit(self, X: Any, y: Any = None) -> SubsetSelector:
        """Choose.

        Args:
            X: (n, d) numbers: an array or a table.
            y: (n,) classes, which methods see as the labels; numbers to predict are not looked at.

        Raises:
            ValueError: X is no finite matrix, or y has another length.
            CribbleError: Anything else the caller can mend.
        """
        vectors = check_array(X, dtype="numeric")
        classes = None
        if y is not None:
            check_consistent_length(X, y)
            classes = np.asarray(y) if type_of_target(y) in _CLASSES else None
        self.selection_ = select(
            vectors,
            self.budget,
            self.method,
            seed=self.seed,
            label=classes,
            **(self.parameters or {}),
        )
        order = np.argsort(self.selection_.indices)
        weights = self.selection_.weights
        self.sample_indices_ = self.selection_.indices[order]
        self.sample_weight_ = np.ones(len(order)) if weights is None else weights[order]
        self.n_features_in_ = vectors.shape[1]
        return self

    def fit_resample(self, X: Any, y: Any = None) -> Any:
        """Choose, and return the rows of X, and those of y where it is given, as their own kind."""
        self.fit(X, y)
        rows = self.sample_indices_
        return _taken(X, rows) if y is None else (_taken(X, rows), _taken(y, rows))


def _taken(data: Any, rows: Any) -> Any:
    return data.iloc[rows] if hasattr(data, "iloc") else np.asarray(data)[rows]
