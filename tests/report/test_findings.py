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


def clusters(wrong, classes=4, rows=800):
    rng = np.random.default_rng(1)
    codes = rng.integers(0, classes, rows)
    points = 2 * rng.normal(size=(classes, 16))[codes] + rng.normal(size=(rows, 16))
    told = codes.copy()
    spoiled = rng.random(rows) < wrong
    told[spoiled] = (codes[spoiled] + rng.integers(1, classes, spoiled.sum())) % classes
    return Pool.from_array(points, groups={"label": told.tolist()})


def test_half_of_the_rows_being_copies_is_found():
    rows = vectors()
    rows[300:] = rows[:100]
    (line,) = pool_findings(Pool.from_array(rows))
    assert line.startswith("The pool repeats itself: 50% of its rows")


def test_labels_of_which_a_third_are_wrong_are_found_and_right_ones_are_not():
    (line,) = pool_findings(clusters(0.3))
    assert line.startswith("Labels look wrong: for ")
    share = int(line.split("for ")[1].split("%")[0])
    assert 20 <= share <= 33
    assert pool_findings(clusters(0.0)) == ()


def test_a_hard_task_has_no_wrong_labels():
    rng = np.random.default_rng(2)
    pool = Pool.from_array(vectors(), groups={"label": rng.integers(0, 5, 400).tolist()})
    assert pool_findings(pool) == ()
