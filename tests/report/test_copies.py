import numpy as np
import pytest

from cribble.report.copies import like_each


def draw(rows=800, width=8, seed=0):
    return np.random.default_rng(seed).standard_normal((rows, width))


def share(vectors, **how):
    return float(np.mean(like_each(vectors, **how) > 1))


@pytest.mark.parametrize("width", [1, 2, 3, 8, 64])
@pytest.mark.parametrize("offset", [0, 1_000])
def test_rows_that_merely_lie_close_are_no_copies(width, offset):
    # Far from zero every two rows are at a cosine near 1, and on a line they are so by chance.
    assert share((draw(width=width) + offset).astype(np.float32)) < 0.2


def test_pixels_are_no_copies_of_each_other():
    smooth = np.cumsum(draw(width=64), axis=1)
    assert share(200 + 3 * smooth) < 0.05


@pytest.mark.parametrize("kind", [np.float64, np.float32, np.float16])
@pytest.mark.parametrize("noise", [0, 0.01])
@pytest.mark.parametrize("offset", [0, 50])
def test_every_row_twice_is_found_and_counted(kind, noise, offset):
    once = draw(400)
    twice = np.concatenate([once, once + noise * draw(400, seed=1)]) + offset
    if noise and offset and kind == np.float16:
        pytest.skip("a step of float16 at 50 is larger than the noise")
    assert np.median(like_each(twice.astype(kind))) == 2
    assert share(twice.astype(kind)) > 0.95


def test_copies_of_few_rows_are_counted():
    once = draw(400)
    found = like_each(np.concatenate([once, np.repeat(once[:4], 50, axis=0)]))
    assert sorted(np.unique(found).tolist()) == [1, 51]
    assert np.mean(1 / found) == pytest.approx(400 / 600)


@pytest.mark.parametrize("rows", [2, 5, 9, 60])
def test_a_pool_of_one_row_is_all_copies(rows):
    assert share(np.full((rows, 3), 0.1)) == 1


def test_nothing_is_told_of_a_row_or_two():
    assert like_each(draw(1)).tolist() == [1]
    assert like_each(draw(2)).tolist() == [1, 1]
    assert len(like_each(draw(0))) == 0


def test_many_rows_of_one_template_count_only_as_text():
    rng = np.random.default_rng(2)
    others, one = rng.standard_normal((1_200, 32)), rng.standard_normal(32)
    family = one + 0.1 * rng.standard_normal((400, 32))
    rows = np.concatenate([others, family])
    assert share(rows) < 0.05
    assert share(rows, of_text=True) == pytest.approx(0.25, abs=0.05)
