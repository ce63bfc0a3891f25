import numpy as np
import pytest

from cribble.core import Budget, Groups, Pool
from cribble.core.errors import BudgetError
from cribble.report.holdout import halves, split


def labeled(size=100, seed=0):
    rng = np.random.default_rng(seed)
    codes = np.repeat([0, 1], [size * 9 // 10, size - size * 9 // 10])
    texts = [f"row {one}" for one in range(size)]
    return Pool(
        size,
        signals={"embedding": rng.normal(size=(size, 3))},
        groups={"label": Groups(codes, ("a", "b"))},
        texts=texts,
        targets=(Pool(6, texts=[f"aim {one}" for one in range(6)]), Pool(2, texts=["x", "y"])),
    )


def test_rows_are_seen_or_held_and_each_part_has_its_own_values():
    pool = labeled()
    found = split(pool, Budget(rows=10), 3)
    assert sorted([*found.rows, *found.held]) == list(range(100))
    assert len(found.held) == 20
    assert np.array_equal(found.pool.signal("embedding"), pool.signal("embedding")[found.rows])
    texts = [text for block in found.pool.text_blocks() for text in block]
    assert texts == [f"row {one}" for one in found.rows]
    assert found.overlap == pytest.approx(20 / 80)


def test_labels_are_held_in_proportion_and_another_seed_holds_others():
    pool = labeled()
    found = split(pool, Budget(rows=10), 0, pool.groups("label"))
    assert np.bincount(pool.groups("label").codes[found.held]).tolist() == [18, 2]
    assert not np.array_equal(found.held, split(pool, Budget(rows=10), 1).held)


def test_kept_and_dropped_rows_are_never_held_and_keep_their_meaning():
    pool = labeled()
    found = split(pool, Budget(rows=10, keep=[4, 99], drop=[0, 50]), 0)
    assert not np.isin([4, 99, 0, 50], found.held).any()
    assert found.rows[list(found.budget.keep)].tolist() == [4, 99]
    assert found.rows[list(found.budget.drop)].tolist() == [0, 50]


def test_a_share_is_of_the_whole_pool_and_limits_leave_fewer_to_hold():
    pool = labeled()
    assert split(pool, Budget(share=0.5), 0).budget.rows == 50
    tight = Budget(rows=95, at_least={"label": {"b": 9}})
    found = split(pool, tight, 0)
    assert 2 <= len(found.held) <= 5
    assert found.budget.resolve(found.pool).lower.tolist() == [0, 9]
    with pytest.raises(BudgetError, match="no rows are left"):
        split(pool, Budget(rows=100), 0)


def test_targets_are_split_unless_they_are_tiny():
    found = split(labeled(), Budget(rows=10), 0)
    assert [len(one) for one in found.targets] == [2, 2]
    assert [len(one) for one in found.pool.targets] == [4, 2]
    seen = {text for block in found.pool.targets[0].text_blocks() for text in block}
    held = {text for block in found.targets[0].text_blocks() for text in block}
    assert seen | held == {f"aim {one}" for one in range(6)}
    assert not seen & held


def test_halves_are_halves():
    one, other = halves(9, 0)
    assert sorted([*one, *other]) == list(range(9))
    assert len(one) == 4
    assert [part.tolist() for part in halves(1, 0)] == [[0], [0]]
