import numpy as np

from cribble.core import Pool
from cribble.report.findings import pool_findings


def vectors(rows=400):
    return np.random.default_rng(0).standard_normal((rows, 32))


def test_an_ordinary_pool_has_nothing_to_tell():
    pool = Pool.from_array(vectors(), groups={"kind": ["a", "b", "c", "d"] * 100})
    assert pool_findings(pool) == ()


def test_copies_are_found_in_words():
    rows = vectors()
    rows[200:] = rows[:200]
    (line,) = pool_findings(Pool.from_array(rows))
    assert line.startswith("The pool repeats itself: 100% of its rows have a near-duplicate")


def test_a_dominant_group_is_named():
    pool = Pool(10, groups={"source": ["web"] * 9 + ["books"]})
    assert pool_findings(pool) == (
        "One group dominates the pool: 90% of its rows have source “web”.",
    )


def test_empty_vectors_are_found_and_are_no_copies():
    rows = vectors()
    rows[:100] = 0
    (line,) = pool_findings(Pool.from_array(rows))
    assert line.startswith("25% of the rows have an embedding of zeros")
