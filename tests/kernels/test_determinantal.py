"""Determinantal draws against plain twins."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from cribble.kernels.determinantal import Projection, draw_subset, log_elementary, scaled_gram
from cribble.kernels.reference import determinantal as twin


@given(st.lists(st.floats(1e-3, 1e3), max_size=7), st.integers(0, 7))
def test_elementary_polynomials_equal_their_twin(values: list[float], most: int) -> None:
    array = np.array(values)
    table = log_elementary(array, most)
    for head in range(len(values) + 1):
        for degree in range(most + 1):
            want = twin.elementary(array[:head], degree)
            assert np.exp(table[head, degree]) == pytest.approx(want)


def test_large_products_do_not_overflow() -> None:
    values = np.full(2_000, 1e6)
    assert log_elementary(values, 2_000)[-1, -1] == pytest.approx(2_000 * np.log(1e6))


def test_a_subset_has_a_chance_in_proportion_to_its_product() -> None:
    values, random = np.array([0.5, 3.0, 1.0, 2.0]), np.random.default_rng(0)
    table, seen = log_elementary(values, 2), {}
    for _ in range(4_000):
        some = tuple(draw_subset(values, table, 2, random.random(4)).tolist())
        seen[some] = seen.get(some, 0) + 1
    want = twin.set_chances(np.diag(values), 2)
    assert chisquare([seen[s] for s in want], [4_000 * p for p in want.values()]).pvalue > 1e-3


def test_a_projection_draws_sets_by_their_minors() -> None:
    rng = np.random.default_rng(1)
    x, scale = rng.normal(size=(7, 3)), np.array([1.0, 2, 1, 0, 1, 0.5, 1])
    rows = x * scale[:, None]
    values, axes = np.linalg.eigh(scaled_gram(x, scale))
    axes = axes / np.sqrt(values)
    seen: dict[tuple[int, ...], int] = {}
    for _ in range(2_000):
        process, picked = Projection(x, scale, axes), []
        while process.left:
            picked.append(process.draw(rng, lambda rows: np.ones(len(rows), dtype=bool)))
            process.add(picked[-1])
        some = tuple(sorted(picked))
        seen[some] = seen.get(some, 0) + 1
    want = twin.set_chances(rows @ axes @ (rows @ axes).T, 3)
    likely = [some for some, chance in want.items() if chance > 1e-9]
    assert set(seen) <= set(likely)
    counts = [seen.get(some, 0) for some in likely]
    assert chisquare(counts, [2_000 * want[some] for some in likely]).pvalue > 1e-3


def test_what_is_not_admitted_is_not_drawn_and_a_full_pass_finds_the_rest() -> None:
    # The one row admitted is proposed about once in 10^9 draws.
    x = np.eye(3)
    x[2, 2] = 1.0
    scale = np.array([1.0, 1.0, 3e-5])
    process = Projection(x, scale, np.eye(3))
    only = np.array([False, False, True])
    assert process.draw(np.random.default_rng(0), lambda rows: only[rows]) == 2
    process.add(2)
    assert process.draw(np.random.default_rng(0), lambda rows: only[rows]) == -1
