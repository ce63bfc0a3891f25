"""Importance resampling: picks are distributed as the target is."""

import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError
from cribble.selectors.targeted.importance_resample import ImportanceResample

RNG = np.random.default_rng(0)
ROWS, TARGET = RNG.normal(0, 1, (4000, 1)), RNG.normal(1, 0.6, (300, 1))
POOL = Pool.from_array(ROWS, targets=[Pool.from_array(TARGET)])


@pytest.mark.parametrize("estimator", ["ulsif", "kliep"])
def test_picks_have_the_moments_of_the_target(estimator):
    picks = ImportanceResample(estimator=estimator).select(POOL, Budget(rows=300)).indices
    assert ROWS[picks].mean() == pytest.approx(TARGET.mean(), abs=0.15)
    assert ROWS[picks].std() == pytest.approx(TARGET.std(), abs=0.15)


def test_rows_are_drawn_in_proportion_to_their_ratios():
    rows = np.array([[0.0], [0.5], [1.0], [3.0]])
    pool = Pool.from_array(rows, targets=[Pool.from_array(np.array([[0.0], [0.6]]))])
    runs = [ImportanceResample().select(pool, Budget(rows=1), seed) for seed in range(600)]
    share = runs[0].scores / runs[0].scores.sum()
    counts = np.bincount([run.indices[0] for run in runs], minlength=4)
    assert (np.abs(counts - 600 * share) <= 4 * np.sqrt(600 * share * (1 - share)) + 1e-9).all()
    assert runs[0].stats["effective_size"] == pytest.approx(1 / np.square(share).sum())


@pytest.mark.parametrize(
    "parameters", [{"estimator": "kde"}, {"centers": 0}, {"ridge": 0.0}, {"width": -1.0}]
)
def test_parameters_are_checked(parameters):
    with pytest.raises(ParameterError):
        ImportanceResample(**parameters)
