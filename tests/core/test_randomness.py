"""Chance: a function of seed, step and row alone, and uniform."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cribble.core import row_gumbels, row_uniforms, stream


@given(st.integers(), st.integers(0, 200), st.integers(0, 100), st.integers(0, 100))
def test_row_draws_do_not_depend_on_blocks(seed: int, start: int, one: int, two: int) -> None:
    whole = row_uniforms(seed, "step", 0, start + one + two)
    part = row_uniforms(seed, "step", start, start + one)
    np.testing.assert_array_equal(part, whole[start : start + one])


def test_row_draws_are_uniform_and_gumbel() -> None:
    draws = row_uniforms(1, "step", 0, 20_000)
    assert stats.kstest(draws, "uniform").pvalue > 0.001
    assert stats.kstest(row_gumbels(1, "step", 0, 20_000), "gumbel_r").pvalue > 0.001
    assert 0 < draws.min() <= draws.max() < 1
    assert len(np.unique(draws)) == len(draws)


@pytest.mark.parametrize("change", [{"seed": 2}, {"name": "other"}])
def test_seeds_and_steps_draw_apart(change: dict[str, object]) -> None:
    base = {"seed": 1, "name": "step"}
    one = row_uniforms(start=0, stop=5_000, **base)
    other = row_uniforms(start=0, stop=5_000, **base | change)
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.06
    assert (stream(**base).random(3) != stream(**base | change).random(3)).all()


def test_a_stream_is_the_same_each_time_it_is_opened() -> None:
    np.testing.assert_array_equal(stream(3, "a").random(5), stream(3, "a").random(5))


def test_known_draws_stay_what_they_are() -> None:
    """A manifest must repeat on a later version: the draws are part of the format."""
    known = [0.6047180707088581, 0.623509248442372, 0.1390868898570693]
    assert row_uniforms(0, "random", 0, 3).tolist() == known
