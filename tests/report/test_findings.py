import numpy as np
import pytest

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
    assert line.startswith(
        "The pool repeats itself: 100% of its rows have a copy or a near-duplicate"
    )


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
    assert line.endswith("one of each kind would be 75% of the rows.")


def test_labels_of_which_a_third_are_wrong_are_found_and_right_ones_are_not():
    (line,) = pool_findings(clusters(0.3))
    assert line.startswith("Labels look wrong: about ")
    share = int(line.split("about ")[1].split("%")[0])
    assert 20 <= share <= 40
    assert pool_findings(clusters(0.0)) == ()


def test_labels_are_looked_at_under_the_name_they_have():
    pool = clusters(0.3)
    renamed = Pool.from_array(pool.signal("embedding"), groups={"kind": pool.groups("label")})
    assert pool_findings(renamed) == ()
    assert pool_findings(renamed, labels="kind") == pool_findings(pool)


def test_rows_without_a_label_are_no_wrong_labels():
    pool = clusters(0.0)
    told = [str(code) for code in pool.groups("label").codes]
    told[::2] = ["null"] * len(told[::2])
    half = Pool.from_array(pool.signal("embedding"), groups={"label": told})
    assert pool_findings(half) == ("50% of the rows have no label.",)


@pytest.mark.parametrize(
    ("sizes", "found"),
    [
        ((60, 40), ""),
        ((70, 30), "One group dominates the pool: 70% of its rows have source “a”."),
        ((34, 33, 33), ""),
        (
            (48, 44, 2, 2, 2, 2),
            "Two groups dominate the pool: 92% of its rows have source “a” or “b”.",
        ),
        ((30, 25, 20, 25), ""),
    ],
)
def test_groups_dominate_that_hold_more_than_a_fair_share(sizes, found):
    names = [name for name, size in zip("abcdef", sizes, strict=False) for _ in range(size)]
    told = pool_findings(Pool(len(names), groups={"source": names}))
    assert told == ((found,) if found else ())


def test_a_hard_task_has_no_wrong_labels():
    rng = np.random.default_rng(2)
    pool = Pool.from_array(vectors(), groups={"label": rng.integers(0, 5, 400).tolist()})
    assert pool_findings(pool) == ()


def test_classes_that_overlap_are_no_wrong_labels():
    rng = np.random.default_rng(3)
    codes = rng.integers(0, 3, 1_500)
    for gap in (0.4, 0.8, 1.2, 2.0):
        points = gap * np.eye(3, 12)[codes] + rng.standard_normal((1_500, 12))
        assert pool_findings(Pool.from_array(points, groups={"label": codes.tolist()})) == ()
