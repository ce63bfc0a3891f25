"""CCS against its steps written out, and against the counts of the source's procedure."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError
from cribble.selectors.coverage.ccs import Ccs


def _pool(scores: list[float] | np.ndarray) -> Pool:
    return Pool(len(scores), signals={"difficulty": np.asarray(scores, dtype=np.float64)})


@pytest.mark.parametrize(
    ("sizes", "rows", "shares"),
    [([5, 1, 10, 3], 12, [4, 1, 4, 3]), ([5, 0, 10, 3], 12, [4, 0, 5, 3])],
)
def test_strata_are_filled_to_one_level(sizes: list[int], rows: int, shares: list[int]) -> None:
    scores = np.repeat([0.0, 1.5, 2.5, 4.0], sizes)
    chosen = Ccs(strata=4, cut=0).select(_pool(scores), Budget(rows=rows))
    assert chosen.stats["strata"] == shares
    assert chosen.stats["cut_above"] is None


@pytest.mark.parametrize("largest", [True, False])
def test_the_hardest_rows_are_cut_and_come_back_last(largest: bool) -> None:
    scores = np.arange(20.0) * (1 if largest else -1)
    method = Ccs(cut=0.25, largest=largest)
    assert set(method.select(_pool(scores), Budget(rows=15)).indices.tolist()) == set(range(15))
    chosen = method.select(_pool(scores), Budget(rows=18))
    assert chosen.indices[15:].tolist() == [15, 16, 17]
    assert chosen.stats["cut_above"] == 15.0


def test_another_score_may_say_what_is_cut() -> None:
    pool = _pool(np.arange(20.0)).adding(signals={"aum": np.arange(20.0) / 20})
    chosen = Ccs(cut=0.25, cut_by="aum").select(pool, Budget(rows=17))
    assert set(range(5, 20)) <= set(chosen.indices.tolist())
    assert chosen.indices[-2:].tolist() == [4, 3]
    assert chosen.stats["cut_above"] == -4 / 20


def test_kept_rows_survive_the_cut_and_count_in_their_stratum() -> None:
    scores = np.repeat([0.0, 1.0], 10)
    budget = Budget(rows=6, keep=[0, 1, 2], drop=[3, 4, 5, 6, 7, 8, 9])
    chosen = Ccs(strata=2, cut=0).select(_pool(scores), budget)
    assert chosen.stats["strata"] == [3, 3]
    assert 19 in Ccs(cut=0.5).select(_pool(np.arange(20.0)), Budget(rows=4, keep=[19])).indices


def test_by_class_it_is_the_choice_within_each_class() -> None:
    rng = np.random.default_rng(0)
    classes = np.repeat([0, 1], [60, 30])
    scores = rng.integers(0, 9, 90) / 2.0 + 100 * classes
    pool = _pool(scores).adding(groups={"label": classes})
    both = Ccs(strata=4, cut=0.2, by="label").select(pool, Budget(rows=30))
    strata = np.zeros(4, dtype=np.int64)
    for one, rows in ((0, 20), (1, 10)):
        alone = Ccs(strata=4, cut=0.2).select(_pool(scores[classes == one]), Budget(rows=rows))
        picks = both.indices[classes[both.indices] == one]
        assert len(picks) == rows
        assert scores[picks].max() <= alone.stats["cut_above"]
        strata += alone.stats["strata"]
    assert both.stats["strata"] == strata.tolist()


def test_far_scores_join_the_last_stratum_where_tails_are_left_out() -> None:
    classes = np.repeat([0, 1], 100)
    scores = np.concatenate([np.arange(100.0), np.arange(100.0) - 7])
    scores[[99, 199]] = [1e6, 2e6]
    pool = _pool(scores).adding(groups={"label": classes})
    whole = Ccs(strata=4, cut=0, by="label").select(pool, Budget(rows=40))
    assert whole.stats["strata"][1:3] == [0, 0]
    chosen = Ccs(strata=4, cut=0, by="label", tails=0.01).select(pool, Budget(rows=40))
    assert chosen.stats["strata"] == [10, 10, 10, 10]
    # The 1st and the 99th of the 100 scores, in the middle of which the strata meet.
    few = Ccs(strata=2, cut=0, tails=0.01).select(_pool(scores[:100]), Budget(rows=50))
    assert sorted(few.scores[few.indices] < 49.5).count(True) == 25


def test_one_stratum_without_a_cut_is_uniform() -> None:
    counts = np.zeros(12)
    for seed in range(900):
        counts[
            Ccs(strata=1, cut=0).select(_pool(np.arange(12.0)), Budget(rows=4), seed).indices
        ] += 1
    assert stats.chisquare(counts).pvalue > 0.001


def test_parameters_that_cannot_be_are_refused() -> None:
    with pytest.raises(ParameterError, match="strata"):
        Ccs(strata=0)
    with pytest.raises(ParameterError, match="cut"):
        Ccs(cut=1)
    with pytest.raises(ParameterError, match="tails"):
        Ccs(tails=0.5)
