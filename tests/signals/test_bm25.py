"""BM25 against the formula over plain words."""

import math
from collections import Counter

import numpy as np
import pytest

from cribble.core import Pool, TextBlock
from cribble.core.errors import ParameterError
from cribble.signals.bm25 import Bm25

TEXTS = ["a b b c", "", "c d", "a a a a e", "f", "数学 a", "b c d e f g h"]
QUERIES = ["a b", "数 c c", "zz", ""]


def words(text):
    return text.replace("数学", "数 学").split()


def scores(texts, queries, k1, b):
    size, mean = len(texts), sum(len(words(t)) for t in texts) / len(texts)
    frequency = Counter(word for text in texts for word in set(words(text)))

    def one(text, query):
        total = 0.0
        for word in words(query):
            count, f = words(text).count(word), frequency[word]
            part = count + k1 * (1 - b + b * len(words(text)) / mean)
            total += (
                count * (k1 + 1) / part * math.log(1 + (size - f + 0.5) / (f + 0.5)) if part else 0
            )
        return total

    return np.array([[one(text, query) for query in queries] for text in texts])


@pytest.mark.parametrize(("k1", "b"), [(1.2, 0.75), (2.0, 0.0), (0.5, 1.0)])
def test_scores_are_those_of_the_formula(k1, b):
    pool, queries = (Pool(len(t), texts=t) for t in (TEXTS, QUERIES))
    index = Bm25(k1=k1, b=b).index(pool, queries)
    found = index.scores(TextBlock.from_strings(TEXTS)).toarray()
    np.testing.assert_allclose(found, scores(TEXTS, QUERIES, k1, b), rtol=1e-12)


@pytest.mark.parametrize("memory", [1, 1 << 20])
def test_the_best_rows_of_groups_are_those_of_a_full_ranking(memory):
    rng = np.random.default_rng(0)
    texts = [" ".join(rng.choice(list("abcdefgh"), rng.integers(0, 6))) for _ in range(60)]
    queries = ["a b", "c", "d a h"]
    blocked = rng.random(60) < 0.2
    pool = Pool(60, texts=texts)
    index = Bm25().index(pool, Pool(3, texts=queries))
    best = index.top(pool, 55, np.array([0, 1, 3]), blocked, memory)
    full = scores(texts, queries, 1.2, 0.75).round(12)
    full[blocked] = -np.inf
    for group, part in enumerate((full[:, :1], full[:, 1:])):
        order = np.argsort(-part.max(axis=1), kind="stable")[: (~blocked).sum()]
        assert best.rows[group, : len(order)].tolist() == order.tolist()
        assert (best.rows[group, len(order) :] == -1).all()
        owners = part[order].argmax(axis=1) + group
        np.testing.assert_array_equal(best.owners[group, : len(order)], owners)


@pytest.mark.parametrize("parameters", [{"k1": -1.0}, {"b": 1.5}, {"ngrams": 0}, {"buckets": 0}])
def test_parameters_are_checked(parameters):
    with pytest.raises(ParameterError):
        Bm25(**parameters)
