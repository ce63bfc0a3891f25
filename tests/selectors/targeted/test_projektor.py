"""projektor on planted mixtures: the shares it finds, and picks that hold them to the row."""

import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError, UnknownNameError
from cribble.selectors.targeted.projektor import Projektor


def planted(target_rows=(70, 30, 0), memory=1 << 28):
    rng = np.random.default_rng(0)
    centers = 5 * np.eye(3)
    rows = np.repeat(centers, [120, 80, 40], axis=0) + rng.normal(size=(240, 3))
    target = np.repeat(centers, target_rows, axis=0)
    target = target + rng.normal(size=target.shape)
    sources = np.repeat(["a", "b", "c"], [120, 80, 40])
    aims = [Pool.from_array(target)]
    return Pool.from_array(rows, groups={"group": sources}, targets=aims, memory=memory)


def test_without_pilots_the_shares_are_those_of_the_target():
    chosen = Projektor(epsilon=0.01).select(planted(), Budget(rows=50))
    assert chosen.stats["shares"]["a"] == pytest.approx(0.7, abs=0.03)
    assert chosen.stats["shares"]["c"] == pytest.approx(0.0, abs=0.02)
    for name, picks in chosen.stats["picks"].items():
        assert abs(picks - 50 * chosen.stats["shares"][name]) < 1
    assert chosen.stats["transport"] > 0


def scored(scores):
    """Twelve pilots of 30 rows whose score is linear in the shares."""
    mixtures = np.random.default_rng(1).dirichlet(np.ones(3), 12)
    return tuple((30, float(one @ scores), dict(zip("abc", one, strict=True))) for one in mixtures)


def test_with_pilots_the_shares_are_those_of_the_best_score():
    method = Projektor(pilots=scored([0.1, 0.2, 0.9]))
    chosen = method.select(planted(), Budget(rows=30))
    assert chosen.stats["picks"] == {"a": 0, "b": 0, "c": 30}
    assert chosen.stats["predicted_score"] == pytest.approx(0.9, abs=1e-3)
    assert chosen.stats["fit"]["30"] == pytest.approx(1.0)
    # A source that runs out leaves its places to the others.
    assert method.select(planted(), Budget(rows=60)).stats["picks"]["c"] == 40


def test_kept_rows_count_for_their_source_and_limits_hold():
    free = Projektor().select(planted(), Budget(rows=50)).stats["picks"]
    kept = Projektor().select(planted(), Budget(rows=50, keep=list(range(20))))
    assert kept.stats["picks"] == free
    assert set(range(20)) <= set(kept.indices.tolist())
    limited = Projektor().select(planted(), Budget(rows=50, at_least={"group": {"c": 12}}))
    assert limited.stats["picks"]["c"] == 12


def test_rows_within_a_source_are_drawn_by_the_seed():
    one, other = (set(Projektor().select(planted(), Budget(rows=50), s).indices) for s in (0, 1))
    assert one != other


def test_the_sample_does_not_depend_on_memory():
    first, second = (
        Projektor(sample=10).select(planted(memory=memory), Budget(rows=50)).stats["shares"]
        for memory in (1 << 28, 2_000)
    )
    assert first == second


def test_pilots_must_fit_the_pool():
    with pytest.raises(ParameterError):
        Projektor(pilots=scored([0.1, 0.2, 0.9])[:7]).select(planted(), Budget(rows=9))
    with pytest.raises(UnknownNameError):
        Projektor(pilots=((9, 0.5, {"z": 1.0}),) * 9).select(planted(), Budget(rows=9))


@pytest.mark.parametrize(
    "parameters",
    [{"epsilon": 0.0}, {"sample": 0}, {"steps": 0}, {"pilots": ((9, 0.5, {"a": -1.0}),)}],
)
def test_parameters_are_checked(parameters):
    with pytest.raises(ParameterError):
        Projektor(**parameters)
