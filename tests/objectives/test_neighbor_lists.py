"""Similarities of near rows by their definitions, and what facility location makes of them."""

from itertools import combinations, pairwise

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError
from cribble.kernels.reference.near_lists import near_table, set_similarity
from cribble.kernels.reference.ngrams import tokens
from cribble.objectives.neighbor_lists import SIMILARITIES, check_similarity, neighbor_lists
from cribble.selectors.diversity.facility_location import FacilityLocation
from cribble.selectors.diversity.saturated_coverage import SaturatedCoverage
from cribble.testing import check_selector

TEXTS = ["one two three", "two three four", "One TWO", "five six", "", "five six seven one two"]


def dense(pool, similarity, neighbors=50):
    lists = neighbor_lists(pool, "embedding", similarity, neighbors)
    found = np.zeros((len(pool), len(pool)))
    for column in range(len(pool)):
        part = slice(lists.start[column], lists.start[column + 1])
        found[lists.rows[part], column] = lists.values[part]
    return found


def test_distances_become_similarities_with_the_median_as_their_unit():
    X = np.random.default_rng(0).standard_normal((40, 3)).astype(np.float32)
    X[7] = X[3]
    pool = Pool.from_array(X)
    gaps = cdist(X, X)
    width = np.median(gaps[gaps > 1e-6])
    np.testing.assert_allclose(dense(pool, "rbf"), np.exp(-(gaps**2) / (2 * width**2)), atol=1e-5)
    np.testing.assert_allclose(dense(pool, "euclidean"), 1 / (1 + gaps / width), atol=1e-5)
    unit = X / np.linalg.norm(X, axis=1, keepdims=True)
    angles = np.arccos(np.clip(unit @ unit.T, -1, 1))
    np.testing.assert_allclose(dense(pool, "angle"), 1 - angles / np.pi, atol=1e-3)


def test_the_bandwidth_is_that_of_listed_pairs():
    X = np.random.default_rng(1).standard_normal((60, 2)).astype(np.float32)
    gaps = cdist(X, X)
    listed = near_table(60, 5, lambda i, j: 1e9 - gaps[i, j]) > 0
    width = np.median(gaps[listed & (gaps > 0)])
    expected = np.where(listed, np.exp(-(gaps**2) / (2 * width**2)), 0)
    np.testing.assert_allclose(dense(Pool.from_array(X), "rbf", 5), expected, atol=1e-5)


@pytest.mark.parametrize("measure", ["jaccard", "coincidence", "overlap"])
def test_sets_are_columns_that_are_not_0_or_ngrams_of_the_text(measure):
    X = np.random.default_rng(2).integers(0, 2, (12, 5)).astype(np.float32)
    sets = [set(np.nonzero(row)[0].tolist()) for row in X]
    expected = [[set_similarity(measure, a, b) for b in sets] for a in sets]
    np.testing.assert_allclose(dense(Pool.from_array(X), measure), expected, rtol=1e-6)

    words = [tokens(text) for text in TEXTS]
    grams = [set(one) | set(pairwise(one)) for one in words]
    expected = [[set_similarity(measure, a, b) for b in grams] for a in grams]
    pool = Pool(len(TEXTS), texts=TEXTS)
    np.testing.assert_allclose(dense(pool, f"ngram-{measure}"), expected, rtol=1e-6)


def test_a_function_is_taken_at_its_word():
    X = np.random.default_rng(3).random((30, 4))

    def shared(left, right):
        return np.minimum(left[:, None], right).sum(axis=2)

    np.testing.assert_allclose(dense(Pool.from_array(X), shared), shared(X, X), rtol=1e-6)
    with pytest.raises(ParameterError, match="0 or more"):
        dense(Pool.from_array(X), lambda left, right: shared(left, right) - 3)


@pytest.mark.parametrize("similarity", SIMILARITIES)
def test_facility_location_is_greedy_on_them_with_its_promise(similarity):
    X = np.abs(np.random.default_rng(4).integers(-1, 3, (10, 4))).astype(np.float32)
    texts = ["".join("abcd "[int(v)] for v in row) for row in X]
    pool = Pool(10, signals={"embedding": X}, texts=texts)
    pairs = np.maximum(dense(pool, similarity), 0)
    chosen = FacilityLocation(similarity=similarity, form="graph").select(pool, Budget(rows=3))
    assert chosen.value == pytest.approx(pairs[:, chosen.indices].max(axis=1).sum(), rel=1e-5)
    best = max(pairs[:, list(p)].max(axis=1).sum() for p in combinations(range(10), 3))
    assert (1 - 1 / np.e) * best <= chosen.value * (1 + 1e-6)
    assert best <= chosen.upper_bound * (1 + 1e-6)
    covered = SaturatedCoverage(similarity=similarity, alpha=0.3).select(pool, Budget(rows=3))
    caps = 0.3 * pairs.sum(axis=1)
    expected = np.minimum(pairs[:, covered.indices].sum(axis=1), caps).sum()
    assert covered.value == pytest.approx(expected, rel=1e-4)


def test_it_holds_the_contract():
    check_selector(FacilityLocation(similarity="rbf", neighbors=5))


def test_what_is_unknown_is_refused():
    with pytest.raises(ParameterError, match="similarity"):
        check_similarity("cosin")
    with pytest.raises(ParameterError, match="form"):
        FacilityLocation(similarity="rbf", form="exact")
