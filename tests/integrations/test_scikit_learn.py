"""An estimator chooses what `select` chooses, and keeps scikit-learn's habits."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

import cribble as cb
from cribble.core.errors import SignalError

X = np.random.default_rng(0).normal(size=(80, 5))
Y = (X[:, 0] > 0).astype(int)


def test_it_chooses_what_select_chooses():
    found = cb.SubsetSelector(9, "k-center", seed=2).fit(X)
    same = cb.select(X, 9, "k-center", seed=2)
    assert found.sample_indices_.tolist() == sorted(same.indices.tolist())
    assert found.sample_weight_.tolist() == [1.0] * 9
    assert found.n_features_in_ == 5


def test_weights_go_with_their_rows():
    found = cb.SubsetSelector(12, "sensitivity").fit(X)
    by_row = dict(
        zip(found.selection_.indices.tolist(), found.selection_.weights.tolist(), strict=True)
    )
    assert found.sample_weight_.tolist() == [by_row[row] for row in found.sample_indices_]
    assert len(set(found.sample_weight_)) > 1


def test_classes_are_labels_and_numbers_are_not():
    parameters = {"by": "label"}
    found = cb.SubsetSelector("10%", "grouped-herding", parameters).fit(X, Y)
    same = cb.select(X, "10%", "grouped-herding", label=Y, by="label")
    assert found.sample_indices_.tolist() == sorted(same.indices.tolist())
    with pytest.raises(SignalError, match="label"):
        cb.SubsetSelector("10%", "grouped-herding", parameters).fit(X, X[:, 0])


def test_rows_come_back_as_their_own_kind():
    frame, series = pd.DataFrame(X, columns=list("abcde")), pd.Series(Y, name="y")
    chosen = cb.SubsetSelector(9, "random", seed=1)
    rows, classes = chosen.fit_resample(frame, series)
    pd.testing.assert_frame_equal(rows, frame.iloc[chosen.sample_indices_])
    pd.testing.assert_series_equal(classes, series.iloc[chosen.sample_indices_])
    np.testing.assert_array_equal(chosen.fit_resample(X), X[chosen.sample_indices_])


def test_it_can_be_cloned_and_set():
    chosen = clone(cb.SubsetSelector(9, "k-center")).set_params(budget="5%", seed=3)
    assert chosen.get_params() == {
        "budget": "5%",
        "method": "k-center",
        "parameters": None,
        "seed": 3,
    }
    assert len(chosen.fit(X).sample_indices_) == 4


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="NaN"):
        cb.SubsetSelector(3).fit(np.full((9, 2), np.nan))
    with pytest.raises(ValueError, match="inconsistent"):
        cb.SubsetSelector(3).fit(X, Y[:-1])
