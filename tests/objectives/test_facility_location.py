from collections.abc import Iterator
from itertools import chain, combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cribble.core import Pool
from cribble.core.errors import OutputError, ParameterError
from cribble.kernels.lists import Lists
from cribble.objectives import Objective, Screening
from cribble.objectives.facility_location import (
    Affinity,
    FacilityLocation,
    ListedFacilityLocation,
)
from cribble.objectives.neighbor_lists import neighbor_lists


def rows(seed: int, n: int, d: int = 3) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n, d)).astype(np.float32)


def by_definition(X: np.ndarray, similarity: str) -> np.ndarray:
    """All affinities from the definition, in float64: row i is stood for, column j stands."""
    wide = X.astype(np.float64)
    if similarity == "cosine":
        unit = wide / np.linalg.norm(wide, axis=1, keepdims=True)
        return np.maximum(0, unit @ unit.T)
    gap = ((wide[:, None] - wide[None]) ** 2).sum(axis=2)
    return np.maximum(0, ((wide - wide.mean(axis=0)) ** 2).sum(axis=1)[:, None] - gap)


def value(table: np.ndarray, picks: tuple[int, ...]) -> float:
    return float(table[:, list(picks)].max(axis=1).sum()) if picks else 0.0


def subsets(n: int, most: int) -> Iterator[tuple[int, ...]]:
    return chain.from_iterable(combinations(range(n), size) for size in range(most + 1))


def state(objective: Objective, picks: tuple[int, ...]) -> Objective:
    objective.reset()
    for row in picks:
        objective.add(row)
    return objective


def forms(X: np.ndarray, similarity: str) -> list[Objective]:
    affinity = Affinity.of(X, similarity)
    lists = neighbor_lists(Pool.from_array(X), "embedding", similarity, len(X))
    graph = ListedFacilityLocation(lists, len(X))
    return [FacilityLocation(affinity), FacilityLocation(affinity, memory=0), graph]


@pytest.mark.parametrize("similarity", ["phantom", "cosine"])
@pytest.mark.parametrize("seed", range(3))
def test_every_set_has_the_value_and_the_gains_of_the_definition(
    seed: int, similarity: str
) -> None:
    X = rows(seed, 7)
    table = by_definition(X, similarity)
    for objective in forms(X, similarity):
        for picks in subsets(7, 7):
            state(objective, picks)
            assert objective.value == pytest.approx(value(table, picks), abs=1e-5)
            rest = np.setdiff1d(np.arange(7), picks)
            expected = [value(table, (*picks, j)) - value(table, picks) for j in rest.tolist()]
            gains = objective.gains(rest)
            np.testing.assert_allclose(gains, expected, atol=1e-5)
            assert (objective.bounds()[rest] >= gains).all()
            if isinstance(objective, Screening):
                assert (objective.screen(rest) >= gains).all()


@pytest.mark.parametrize("similarity", ["phantom", "cosine"])
@pytest.mark.parametrize("seed", range(3))
def test_it_is_monotone_and_submodular_to_the_last_bit(seed: int, similarity: str) -> None:
    for objective in forms(rows(seed, 7), similarity):
        gains = {}
        for picks in subsets(7, 6):
            state(objective, picks)
            rest = np.setdiff1d(np.arange(7), picks)
            gains[picks] = dict(zip(rest.tolist(), objective.gains(rest).tolist(), strict=True))
        for picks, now in gains.items():
            assert min(now.values()) >= 0
            for out in picks:
                fewer = gains[tuple(row for row in picks if row != out)]
                assert all(fewer[row] >= gain for row, gain in now.items())


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.integers(2, 60), st.sampled_from(["phantom", "cosine"]))
def test_all_forms_agree_to_the_last_bit(seed: int, n: int, similarity: str) -> None:
    X = rows(seed, n)
    listed, dense, graph = forms(X, similarity)
    for row in np.random.default_rng(seed).permutation(n)[:20].tolist():
        every = np.arange(n)
        gains = dense.gains(every)
        assert np.array_equal(gains, listed.gains(every))
        # The graph works with distances, whose rounding is another.
        np.testing.assert_allclose(graph.gains(every), gains, atol=1e-4)
        alone = [float(dense.gains(np.array([j]))[0]) for j in (0, n - 1)]
        assert alone == [gains[0], gains[-1]]
        assert dense.add(row) == listed.add(row) == gains[row]
        assert graph.add(row) == pytest.approx(gains[row], abs=1e-4)
    assert np.array_equal(dense.owner, listed.owner)
    assert np.array_equal(dense.owner, graph.owner)


def test_the_pairs_are_listed_once_few_are_alive_and_memory_allows() -> None:
    X = rows(0, 400)
    listed, dense = (
        FacilityLocation(Affinity.of(X, "phantom")),
        FacilityLocation(Affinity.of(X, "phantom"), memory=1000),
    )
    for row in range(40):
        listed.add(row)
        dense.add(row)
    assert listed._lists is not None
    assert dense._lists is None
    listed.reset()
    assert listed.value == 0
    assert np.array_equal(
        listed.gains(np.arange(400)), forms(X, "phantom")[1].gains(np.arange(400))
    )


def test_lists_beyond_memory_are_mapped_and_change_no_gain(monkeypatch) -> None:
    X, every = rows(0, 400), np.arange(400)
    memory = 60_000  # less than the lists take, more than an eighth of it
    objectives = [FacilityLocation(Affinity.of(X, "phantom"), memory=m) for m in (1 << 30, memory)]
    objectives.append(FacilityLocation(Affinity.of(X, "phantom"), memory=memory))

    def full(shape: object, dtype: object, memory: float) -> None:
        raise OutputError("disk", "it is full", "free some")

    for row in range(40):
        inside, mapped = (one.add(row) for one in objectives[:2])
        with monkeypatch.context() as patched:
            patched.setattr("cribble.kernels.scratch.scratch", full)
            assert inside == mapped == objectives[2].add(row)
    inside, mapped = (one.gains(every) for one in objectives[:2])
    assert np.array_equal(inside, mapped)
    assert [one._lists is not None for one in objectives] == [True, True, False]
    assert objectives[1]._lists.values.base is not None


def test_separate_targets_are_what_counts() -> None:
    X = rows(4, 30)
    affinity = Affinity.of(X, "cosine")
    table = by_definition(X, "cosine")[20:]
    objective = FacilityLocation(affinity, affinity.points[20:])
    for row in (3, 25, 11):
        objective.add(row)
    assert objective.value == pytest.approx(value(table, (3, 25, 11)), abs=1e-5)
    near = table[:, [3, 25, 11]]
    expected = np.where(near.max(axis=1) > 0, near.argmax(axis=1), -1)
    assert np.array_equal(objective.owner, expected)


def test_the_owner_is_the_first_of_the_best_picks_or_none() -> None:
    X = np.array([[1.0, 0], [1, 0], [-1, 0], [0, 5]], dtype=np.float32)
    affinity = Affinity.of(X, "cosine")
    assert affinity.nearest(np.array([1, 0])).tolist() == [0, 0, -1, -1]
    objective = FacilityLocation(affinity)
    objective.add(1)
    objective.add(0)
    assert objective.owner.tolist() == [0, 0, -1, -1]


def test_absent_pairs_of_a_graph_count_nothing() -> None:
    lists = Lists(
        np.array([0, 2, 3, 3]), np.array([0, 1, 1], dtype=np.int32), np.float32([5, 2, 4])
    )
    objective = ListedFacilityLocation(lists, 3)
    assert objective.gains(np.arange(3)).tolist() == [7.0, 4.0, 0.0]
    assert objective.add(0) == 7
    assert objective.gains(np.array([1, 2])).tolist() == [2.0, 0.0]


def test_a_zero_row_is_like_no_other() -> None:
    X = np.array([[0.0, 0], [3, 4], [3, 4]], dtype=np.float16)
    objective = FacilityLocation(Affinity.of(X, "cosine"))
    np.testing.assert_allclose(objective.gains(np.arange(3)), [0, 2, 2], rtol=1e-6)


def test_an_unknown_similarity_is_refused() -> None:
    with pytest.raises(ParameterError, match="phantom or cosine"):
        Affinity.of(rows(0, 3), "cosin")
