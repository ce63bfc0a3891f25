from itertools import combinations

import numpy as np
import pytest

from cribble.core.errors import ParameterError
from cribble.objectives.streamed import OnRows, StreamedFeatures, StreamedLogDeterminant
from oracles.streamed import NAMES, Case


@pytest.mark.parametrize("name", NAMES)
def test_gains_are_those_of_the_definition_which_is_monotone_and_submodular(name: str) -> None:
    for seed in range(6):
        case = Case(seed, name, n=6)
        for size in range(4):
            for rows in combinations(range(6), size):
                objective = OnRows(case.function, case.X)
                gained = [objective.add(row) for row in rows]
                assert sum(gained) == pytest.approx(case.value(rows), rel=1e-5, abs=1e-5)
                rest = np.setdiff1d(np.arange(6), rows)
                gains = objective.gains(rest)
                assert (gains >= 0).all()
                expected = [case.value([*rows, row]) - case.value(rows) for row in rest.tolist()]
                np.testing.assert_allclose(gains, expected, rtol=1e-4, atol=1e-4)
                objective.add(int(rest[0]))
                assert (objective.gains(rest[1:]) <= gains[1:] + 1e-9).all()


@pytest.mark.parametrize("name", NAMES)
def test_a_row_has_the_same_view_and_gain_alone_and_among_others(name: str) -> None:
    case = Case(1, name, n=40, d=7)
    views = case.function.view(case.X)
    state = case.function.grown(case.function.empty(), views[3])
    gains = case.function.gains(state, views)
    for row in range(40):
        alone = case.function.view(case.X[[row]])
        assert np.array_equal(alone[0], views[row])
        assert case.function.gains(state, alone)[0] == gains[row]


def test_what_is_not_monotone_is_refused() -> None:
    with pytest.raises(ParameterError, match="ridge"):
        StreamedLogDeterminant(3, ridge=0.0)
    with pytest.raises(ParameterError, match="shape"):
        StreamedFeatures(3, shape="cap")
