"""DSIR against its authors' numbers, closed forms and a plain recount."""

import re

import numpy as np
import pytest

from cribble.core import Budget, Pool, TextBlock
from cribble.core.errors import BudgetError, ParameterError, SignalError, TargetError
from cribble.selectors.targeted.dsir import Dsir
from oracles import dsir as oracle

MATH = ["the sum of 3 and 4 is 7", "the sum of 1 and 9 is 10", "add 3 and 4 to get 7"]
SEA = ["a blue river runs to the sea", "the sea is blue and wide", "a wide river"]
AUTHORS = {"smoothing": 0, "length_correction": False}
CODE = ["def f(x): return x + 1", "x = f(y); print(x)", "for x in y: print(f(x))"]
TEXTS = (MATH + SEA + CODE) * 6


def pool_of(texts, *targets, rows=4, **rest):
    def blocks():
        for at in range(0, len(texts), rows):
            yield TextBlock.from_strings(texts[at : at + rows])

    aims = [Pool(len(target), texts=target) for target in targets]
    return Pool(len(texts), texts=blocks, targets=aims, **rest)


def select(texts, *targets, rows=None, seed=0, budget=None, **parameters):
    budget = budget or Budget(rows=len(texts) if rows is None else rows)
    return Dsir(**parameters).select(pool_of(texts, *targets), budget, seed)


def test_log_weights_are_the_authors():
    found = select(
        oracle.POOL, oracle.TARGET, **AUTHORS, hash="sha256", buckets=oracle.BUCKETS, top_k=True
    )
    np.testing.assert_allclose(found.scores, oracle.AUTHORS_LOG_WEIGHTS, rtol=1e-9)
    np.testing.assert_allclose(
        oracle.log_weights(oracle.POOL, oracle.TARGET), oracle.AUTHORS_LOG_WEIGHTS, rtol=1e-9
    )


@pytest.mark.parametrize("smoothing", [0.0, 0.2, 3.0])
@pytest.mark.parametrize("buckets", [11, 10_000])
def test_log_weights_are_those_of_the_twin(smoothing, buckets):
    settings = {"buckets": buckets, "smoothing": smoothing, "length_correction": False}
    found = select(TEXTS, MATH, **settings, hash="sha256", top_k=True)
    expected = oracle.log_weights(TEXTS, MATH, smoothing, buckets)
    np.testing.assert_allclose(found.scores, expected, rtol=1e-9, atol=1e-9)


def test_both_hashes_agree_where_buckets_hold_one_ngram_each():
    fast = select(TEXTS, MATH, buckets=1 << 22, smoothing=0, top_k=True)
    exact = select(TEXTS, MATH, buckets=1 << 22, smoothing=0, top_k=True, hash="sha256")
    np.testing.assert_allclose(fast.scores, exact.scores, rtol=1e-9)
    assert fast.indices.tolist() == exact.indices.tolist()


def test_a_target_like_the_pool_weighs_every_row_the_same():
    found = select(TEXTS, TEXTS * 2, smoothing=0, top_k=True)
    np.testing.assert_allclose(found.scores, 0, atol=1e-9)
    assert found.indices.tolist() == list(range(len(TEXTS)))


def test_rows_are_drawn_in_proportion_to_their_weights():
    texts = ["a", "b", "c", "d"]
    aim = ["a"] * 4 + ["b"] * 3 + ["c"] * 2 + ["d"]
    draws = 600
    pool = pool_of(texts, aim)
    method = Dsir(smoothing=0)
    picks = [method.select(pool, Budget(rows=2), seed).indices for seed in range(draws)]
    first = np.bincount([pair[0] for pair in picks], minlength=4)
    share = np.array([0.4, 0.3, 0.2, 0.1])
    # Plackett-Luce: the second is drawn from what is left.
    both = share + sum(
        share[i] * np.where(np.arange(4) == i, 0, share / (1 - share[i])) for i in range(4)
    )
    inside = np.bincount(np.concatenate(picks), minlength=4)
    for found, expected in ((first, share), (inside, both)):
        error = np.sqrt(draws * expected * (1 - expected))
        assert (np.abs(found - draws * expected) < 4 * error).all()


def test_the_choice_reads_like_the_target_and_says_so():
    # The default smoothing would drown so few words in so many buckets.
    found = select(TEXTS, MATH[:2], rows=12, smoothing=0)
    assert {TEXTS[row] for row in found.indices} <= set(MATH)
    assert found.stats["kl_reduction"][0] > 0.05
    assert found.stats["tokens_per_pick"] == np.mean([len(TEXTS[r].split()) for r in found.indices])


def test_the_kl_reduction_is_a_recount_of_picks_and_random_rows():
    texts, buckets = ["a a"] * 4 + ["b b"] * 4, 64
    found = select(texts, ["a"], rows=4, ngrams=1, buckets=buckets, hash="sha256", top_k=True)

    def divergence(reference, other):
        p, q = (
            np.array([oracle.features(" ".join(t), 1, buckets)[b] + 0.01 for b in range(buckets)])
            for t in (reference, other)
        )
        p, q = p / p.sum(), q / q.sum()
        return (p * np.log(p / q)).sum()

    possible = [
        divergence(["a"], ["a a"] * i + ["b b"] * (4 - i)) - divergence(["a"], ["a a"] * 4)
        for i in range(5)
    ]
    assert np.isclose(possible, found.stats["kl_reduction"][0]).any()


@pytest.mark.parametrize("rows", [1, 3, 54, 100])
def test_blocks_change_nothing(rows):
    usual = Dsir().select(pool_of(TEXTS, MATH), Budget(rows=20), 3)
    other = Dsir().select(pool_of(TEXTS, MATH, rows=rows), Budget(rows=20), 3)
    assert usual.indices.tolist() == other.indices.tolist()
    assert usual.stats == other.stats


def test_text_that_does_not_fit_is_read_again_and_changes_nothing():
    readings = {}
    for memory in (1 << 30, 8):
        readings[memory] = 0

        def blocks(memory=memory):
            readings[memory] += 1
            for at in range(0, len(TEXTS), 5):
                yield TextBlock.from_strings(TEXTS[at : at + 5])

        aim = Pool(len(MATH), texts=MATH)
        pool = Pool(len(TEXTS), texts=blocks, targets=[aim], memory=memory)
        found = Dsir().select(pool, Budget(rows=20), 3)
        assert found.indices.tolist() == select(TEXTS, MATH, rows=20, seed=3).indices.tolist()
    # One more reading stops at the first word that pool and target share.
    assert readings == {1 << 30: 1 + 1, 8: 3 + 1}


def test_a_smaller_budget_picks_the_start_of_a_larger_one():
    larger = select(TEXTS, MATH, SEA, rows=30, separate_targets=True).indices.tolist()
    assert select(TEXTS, MATH, SEA, rows=11, separate_targets=True).indices.tolist() == larger[:11]


def test_short_rows_come_last():
    texts = ["sum", *SEA, "the sum", ""]
    found = select(texts, ["sum of"], min_tokens=3, top_k=True, smoothing=0)
    assert sorted(found.indices[-3:]) == [0, 4, 5]
    assert found.stats["short_rows"] == 3
    assert select(texts, ["sum of"], rows=2, min_tokens=3).stats["short_picks"] == 0
    assert select(texts, ["sum of"]).indices[-1] == 5


def test_length_correction_scales_to_the_mean_length():
    plain = select(TEXTS, MATH, top_k=True, length_correction=False)
    corrected = select(TEXTS, MATH, top_k=True)
    # Tokens counted by eye: "the sum of 3 and 4 is 7", "def f(x): return x + 1".
    mean = np.mean([len(re.findall(r"\w+|[^\w\s]+", text)) for text in TEXTS])
    assert corrected.scores[0] == pytest.approx(plain.scores[0] * mean / 8)
    assert corrected.scores[6] == pytest.approx(plain.scores[6] * mean / 9)


@pytest.mark.parametrize(
    ("proportions", "expected"), [((1.0, 1.0), 6), ((3.0, 1.0), 9), ((1, 5), 2)]
)
def test_separate_targets_get_their_shares(proportions, expected):
    found = select(
        TEXTS,
        MATH,
        CODE,
        rows=12,
        separate_targets=True,
        proportions=proportions,
        top_k=True,
        smoothing=0,
    )
    mathematics = sum(TEXTS[row] in MATH for row in found.indices)
    assert mathematics == expected
    assert sum(reason == "drawn for target 0" for reason in found.reasons) == expected
    assert len(found.stats["kl_reduction"]) == 2


def test_shares_follow_the_size_of_targets_unless_given():
    found = select(TEXTS, ["sum of 3 and 4"] * 3, ["print(x)"], rows=16, separate_targets=True)
    counts = [sum(r == f"drawn for target {t}" for r in found.reasons) for t in (0, 1)]
    # 9 n-grams three times against 7: print ( x ), and three bigrams.
    assert counts == [round(16 * 27 / 34), round(16 * 7 / 34)]


def test_several_targets_together_are_one():
    together = select(TEXTS, MATH, SEA)
    joined = select(TEXTS, MATH + SEA)
    assert together.indices.tolist() == joined.indices.tolist()


def test_limits_hold():
    groups = {"topic": ["math", "sea", "code"] * 18}
    texts = [text for three in zip(MATH * 6, SEA * 6, CODE * 6, strict=True) for text in three]
    pool = pool_of(texts, MATH, groups=groups)
    budget = Budget(rows=10, at_least={"topic": {"code": 4}}, keep=[1], drop=[0])
    picks = Dsir().select(pool, budget).indices
    assert len(picks) == 10
    assert picks[0] == 1
    assert 0 not in picks
    assert sum(row % 3 == 2 for row in picks) == 4


def test_nothing_in_common_is_refused_though_buckets_are_full():
    with pytest.raises(TargetError, match="no word"):
        select(TEXTS, ["数学"], buckets=2)
    with pytest.raises(TargetError, match="no word"):
        select(TEXTS, MATH, [""])


def test_missing_parts_are_refused():
    with pytest.raises(TargetError):
        select(TEXTS)
    with pytest.raises(SignalError, match="text"):
        Dsir().select(Pool(3, targets=[Pool(1, texts=["a"])]), Budget(rows=1))
    with pytest.raises(SignalError, match="4 texts for 5 rows"):
        Dsir().select(Pool(5, texts=TEXTS[:4], targets=[Pool(1, texts=MATH[:1])]), Budget(rows=1))
    with pytest.raises(BudgetError):
        select(TEXTS, MATH, rows=len(TEXTS) + 1)
    with pytest.raises(ParameterError, match="2 shares"):
        select(TEXTS, MATH, SEA, separate_targets=True, proportions=(1.0,))


def test_no_rows():
    assert len(select(TEXTS, MATH, rows=0)) == 0
    assert len(select([], MATH, rows=0)) == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ngrams", 0),
        ("buckets", 0),
        ("buckets", 1 << 31),
        ("smoothing", -0.1),
        ("smoothing", float("nan")),
        ("min_tokens", -1),
        ("hash", "md5"),
        ("proportions", (1.0, 0.0)),
    ],
)
def test_parameters_are_checked(name, value):
    with pytest.raises(ParameterError, match=name):
        Dsir(**{name: value})


def test_rows_without_spaces_are_not_one_lucky_word():
    # As one word each, 400 such rows land in 400 buckets, some of them among the target's.
    english = [f"each of the {i} girls has {i + 9} pears" for i in range(20, 60)]
    letters = np.random.default_rng(0).integers(0x4E00, 0x9000, (400, 12))
    chinese = ["".join(map(chr, row)) for row in letters]
    target = Pool(20, texts=[f"each of the {i} girls has {i + 9} pears" for i in range(20)])
    pool = Pool(440, texts=chinese + english, targets=[target])
    picks = Dsir(buckets=500).select(pool, Budget(rows=40)).indices
    assert (picks >= 400).all()
