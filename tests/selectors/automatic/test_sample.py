import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cribble.core import Budget, Pool
from cribble.selectors.automatic.sample import sample_of

ROUNDS = 8


def sampled(pool, budget=None, seed=0):
    return sample_of(pool, (budget or Budget(rows=10)).resolve(pool), ROUNDS, seed)


def normal(rows, width=6, seed=0):
    return np.random.default_rng(seed).normal(size=(rows, width))


def test_rounds_hold_out_different_rows_and_choose_from_the_others():
    sample = sampled(Pool.from_array(normal(200)), Budget(rows=10, drop=[3, 4]))
    assert sample.copies == 0
    turns = [sample.turn(number) for number in range(ROUNDS)]
    held = np.concatenate([out for _, out in turns])
    assert np.array_equal(np.sort(held), np.arange(198))
    for part, out in turns:
        assert np.array_equal(np.union1d(part, out), np.arange(198))
        assert not np.isin(part, out).any()
    assert not np.isin([3, 4], sample.rows).any()


def test_a_large_pool_is_sampled_and_a_round_chooses_from_a_part_of_it():
    assert [len(sampled(Pool.from_array(normal(n, 2))).rows) for n in (1_600, 16_000)] == [
        1_500,
        2_000,
    ]
    sample = sampled(Pool.from_array(normal(40_000, 12)))
    assert len(sample.rows) == 4_000
    part, out = sample.turn(0)
    assert len(out) == 500
    assert len(part) == 1_500


@pytest.mark.parametrize("width", [2, 30])
def test_copies_and_near_copies_are_found_and_held_out_together(width):
    rows = normal(300, width)
    shift = 1e-3 * normal(300, width, 1) * 300 ** (-1 / width)
    pool = Pool.from_array(np.concatenate([rows, rows + shift, rows[:40]]))
    sample = sampled(pool)
    assert sample.copies == 340
    home = np.concatenate([np.arange(300), np.arange(300), np.arange(40)])
    turns = [sample.turn(number) for number in range(ROUNDS)]
    for part, out in turns:
        assert not np.isin(home[part], home[out]).any()
        assert len(part) > 500
    # A row counts once among what is held out, whatever the number of its copies.
    assert sorted(np.concatenate([home[out] for _, out in turns])) == list(range(300))


def test_rows_far_apart_are_no_copies_whatever_their_number():
    assert sampled(Pool.from_array(normal(3_000, 40))).copies == 0
    assert sampled(Pool.from_array(normal(3_000, 3))).copies < 60
    assert sampled(Pool.from_array(np.zeros((50, 3)))).copies == 49


def test_texts_that_differ_in_case_and_spaces_are_copies():
    texts = [f"Row {number}" for number in range(60)] + ["row  7", "ROW 8"]
    sample = sampled(Pool(62, texts=texts))
    assert sample.copies == 2
    assert sample.families[60] == 7


def test_texts_are_read_once():
    texts, reads = [f"row {number}" for number in range(60)], []

    def stream():
        reads.append(1)
        yield from Pool(60, texts=texts).text_blocks()

    sample = sampled(Pool(60, texts=stream))
    for number in range(ROUNDS):
        part, _ = sample.turn(number)
        assert sum(map(len, sample.pool.part(part).text_blocks())) == len(part)
    assert len(reads) == 1


def test_limits_shrink_with_the_rows():
    codes = np.repeat([0, 1, 2], [500, 300, 200])
    pool = Pool.from_array(normal(1_000), groups={"kind": codes.tolist()})
    budget = Budget(
        rows=200, at_least={"kind": {"2": 80}}, at_most={"kind": {"0": 40}}, keep=range(0, 100, 4)
    )
    sample = sampled(pool, budget)
    part, _ = sample.turn(0)
    asked = sample.budget(part, "tokens")
    small = sample.pool.part(part)
    assert asked.rows == 175
    limits = asked.resolve(small)
    kept = np.flatnonzero(np.isin(sample.rows[part], budget.keep))
    assert np.array_equal(limits.keep, kept)
    assert limits.lower.tolist() == [0, 0, 70]
    assert limits.upper[0] == 35


def test_a_small_budget_of_a_large_pool_is_raced_at_a_twentieth_and_never_above_itself():
    pool = Pool.from_array(normal(3_500, 30))
    part, _ = sampled(pool, Budget(rows=35)).turn(0)
    assert sampled(pool, Budget(rows=35)).budget(part, "").rows == 35
    assert sampled(pool, Budget(rows=100)).budget(part, "").rows == round(0.05 * len(part))
    assert sampled(pool, Budget(rows=700)).budget(part, "").rows == round(0.2 * len(part))


def test_a_cost_budget_stays_one():
    costs = np.random.default_rng(0).integers(1, 9, 800).astype(float)
    pool = Pool.from_array(normal(800), signals={"tokens": costs})
    budget = Budget(cost=0.25 * costs.sum(), keep=[1, 2, 3])
    sample = sampled(pool, budget)
    part, _ = sample.turn(1)
    asked = sample.budget(part, "tokens")
    assert asked.rows is None
    assert asked.cost == pytest.approx(0.25 * costs[sample.rows[part]].sum())
    assert asked.resolve(sample.pool.part(part)).cost == asked.cost


@given(st.data())
def test_whatever_the_pool_can_meet_in_rows_a_part_can_meet(data):
    codes = np.array(data.draw(st.lists(st.integers(0, 3), min_size=60, max_size=90)))
    names = [str(one) for one in np.unique(codes)]
    there = np.bincount(codes, minlength=4)
    least = {name: data.draw(st.integers(0, int(there[int(name)]))) for name in names}
    most = {name: data.draw(st.integers(least[name], int(there[int(name)]))) for name in names}
    rows = data.draw(st.integers(sum(least.values()), sum(most.values())))
    pool = Pool.from_array(normal(len(codes)), groups={"kind": codes.tolist()})
    budget = Budget(rows=rows, at_least={"kind": least}, at_most={"kind": most})
    sample = sampled(pool, budget, data.draw(st.integers(0, 99)))
    part, _ = sample.turn(data.draw(st.integers(0, ROUNDS - 1)))
    sample.budget(part, "tokens").resolve(sample.pool.part(part))
