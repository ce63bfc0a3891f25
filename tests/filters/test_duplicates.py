"""Duplicates: brute force on small pools, planted copies, and which copy stays."""

from __future__ import annotations

import numpy as np
import pytest

from cribble.core import Pool
from cribble.core.errors import ParameterError, SignalError
from cribble.filters.embedding_duplicates import EmbeddingDuplicates
from cribble.filters.exact_duplicates import ExactDuplicates
from cribble.filters.near_duplicates import NearDuplicates
from cribble.kernels.reference.joins import first_kept, jaccard
from cribble.kernels.reference.windows import window_set

VOCABULARY = [f"w{i}" for i in range(300)]


def planted(seed: int) -> list[str]:
    """40 texts, and a copy of every fourth with one to three words replaced."""
    rng = np.random.default_rng(seed)
    texts = [rng.choice(VOCABULARY, 60).tolist() for _ in range(40)]
    for original in texts[::4]:
        copy = list(original)
        for place in rng.integers(0, 60, rng.integers(1, 4)):
            copy[place] = "changed"
        texts.append(copy)
    return [" ".join(text) for text in texts]


def pool_of(texts: list[str], **signals: list[float]) -> Pool:
    return Pool(len(texts), texts=texts, signals=signals)


def test_equal_texts_are_dropped_but_for_the_first():
    texts = ["One  two", "one two", "one, two", "café", "cafe\u0301", "One  two"]
    assert ExactDuplicates().keep(pool_of(texts)).matched.tolist() == [-1, 0, -1, -1, 3, 0]
    strict = ExactDuplicates(fold=False).keep(pool_of(texts))
    assert strict.matched.tolist() == [-1, -1, -1, -1, -1, 0]
    assert strict.counts() == {"the same text as another row": 1}


@pytest.mark.parametrize("kind", [ExactDuplicates(), NearDuplicates()])
def test_the_copy_of_best_quality_stays_and_unjudged_rows_do_not_count(kind):
    pool = pool_of(["a b c d e f"] * 4, quality=[1.0, 3.0, 3.0, 2.0])
    assert kind.keep(pool).matched.tolist() == [1, -1, 1, 1]
    some = kind.keep(pool, np.array([3, 0]))
    assert some.matched.tolist() == [3, -1, -1, -1]
    assert some.kept.tolist() == [False, True, True, True]


@pytest.mark.parametrize("threshold", [0.5, 0.7, 0.85])
def test_near_duplicates_are_those_of_brute_force(threshold):
    texts = planted(0)
    result = NearDuplicates(threshold=threshold, width=3).keep(pool_of(texts))
    sets = [window_set(text, 3) for text in texts]
    expected = first_kept(
        len(texts), range(len(texts)), lambda a, b: jaccard(sets[a], sets[b]) >= threshold
    )
    assert result.matched.tolist() == expected
    assert len(result.dropped) > 0
    assert set(result.codes[result.dropped]) == {0}


def test_near_duplicates_that_do_not_fit_in_memory_are_refused_with_what_they_need():
    texts = [" ".join(map(str, range(row, row + 14))) for row in range(0, 2000, 20)]
    # Ten windows a row, 16 bytes each and 40 for one in five.
    fits = 100 * 10 * 24
    assert NearDuplicates().keep(Pool(100, texts=texts, memory=fits)).kept.all()
    with pytest.raises(ParameterError, match=r"memory in bytes is 23999; .* about 24,000 or more"):
        NearDuplicates().keep(Pool(100, texts=texts, memory=fits - 1))


def test_texts_without_words_are_like_no_other():
    assert NearDuplicates().keep(pool_of(["...", "...", "", ""])).kept.all()


def test_a_chain_of_small_steps_does_not_join_its_ends():
    words = [f"w{i}" for i in range(12)]
    texts = [" ".join(words[start : start + 10]) for start in range(3)]
    result = NearDuplicates(width=1, threshold=0.8).keep(pool_of(texts))
    # 9 of 11 words are shared with the next text, 8 of 12 with the one after.
    assert result.matched.tolist() == [-1, 0, -1]


def test_embedding_duplicates_point_to_a_kept_row():
    rows = np.eye(3)[[0, 1, 0, 2, 1]]
    rows[2, 2] = 0.1
    result = EmbeddingDuplicates(threshold=0.99).keep(Pool.from_array(rows))
    assert result.matched.tolist() == [-1, -1, 0, -1, 1]
    with pytest.raises(SignalError):
        EmbeddingDuplicates().keep(pool_of(["a"]))


@pytest.mark.parametrize("kind", [NearDuplicates, EmbeddingDuplicates])
@pytest.mark.parametrize("threshold", [0, 1.01, float("nan")])
def test_thresholds_that_make_no_sense_are_refused(kind, threshold):
    with pytest.raises(ParameterError):
        kind(threshold=threshold)
