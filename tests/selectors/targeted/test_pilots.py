"""Scores of the fitted form are found again, and what is no table of pilots is refused."""

import numpy as np
import pytest

from cribble.core.errors import ParameterError, UnknownNameError
from cribble.kernels.mixtures import Worth
from cribble.selectors.targeted.pilots import check_pilots, highest_score, least_distance, scales


def level(shares):
    """A distance that no share changes."""
    return Worth(1.0, np.zeros(len(shares)))


def pilots(rows, score, count=12, sources=3):
    mixtures = np.random.default_rng(rows).dirichlet(np.ones(sources), count)
    return [
        (rows, score(shares), dict(zip("abc"[:sources], shares, strict=True)))
        for shares in mixtures
    ]


def curved(best, height):
    return lambda shares: height - float(np.square(shares[:-1] - best[:-1]).sum())


def test_the_top_of_a_curved_score_is_found_and_carried_on():
    best = np.array([0.5, 0.2, 0.3])
    table = scales(pilots(100, curved(best, 0.6)) + pilots(400, curved(best, 0.8)), list("abc"))
    assert [scale.rows for scale in table] == [100, 400]
    shares, stats = highest_score(table, level, 1600, 200)
    np.testing.assert_allclose(shares, best, atol=1e-3)
    assert stats["predicted_score"] == pytest.approx(1.0, abs=1e-4)
    assert stats["fit"] == {"100": pytest.approx(1.0), "400": pytest.approx(1.0)}


def test_the_largest_number_of_rows_decides():
    early, late = np.array([0.8, 0.1, 0.1]), np.array([0.1, 0.3, 0.6])
    table = scales(pilots(100, curved(early, 0.5)) + pilots(400, curved(late, 0.5)), list("abc"))
    np.testing.assert_allclose(highest_score(table, level, 400, 200)[0], late, atol=1e-3)


def test_a_score_that_falls_with_the_distance_is_best_where_that_is_least():
    aim = np.array([0.3, 0.7])

    def distance(shares):
        gap = shares - aim
        return Worth(float(gap @ gap), 2 * gap)

    def score(shares):
        return 0.9 - 0.2 * distance(shares).value

    table = scales(pilots(50, score, sources=2), list("ab"))
    for shares in (highest_score(table, distance, 50, 100)[0], least_distance(distance, 2, 100)[0]):
        np.testing.assert_allclose(shares, aim, atol=1e-3)


def test_shares_are_scaled_and_missing_ones_are_none():
    table = scales([(9, 0.5, {"b": 3})] * 5, list("ab"))
    assert table[0].mixtures.tolist() == [[0, 1]] * 5


def test_too_few_pilots_and_unknown_sources_are_refused():
    with pytest.raises(ParameterError, match="8 or more of 50 rows"):
        scales(pilots(50, level, count=7), list("abc"))
    with pytest.raises(UnknownNameError, match="source of a pilot"):
        scales([(9, 0.5, {"elsewhere": 1})] * 5, list("ab"))


@pytest.mark.parametrize(
    "pilot",
    [(0, 0.5, {"a": 1}), (9, np.nan, {"a": 1}), (9, 0.5, {"a": -1, "b": 2}), (9, 0.5, {"a": 0})],
)
def test_pilots_are_checked(pilot):
    with pytest.raises(ParameterError):
        check_pilots([pilot])
