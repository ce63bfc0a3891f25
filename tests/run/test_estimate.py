from __future__ import annotations

import math

import pytest

from cribble.run.estimate import embedding_seconds, operations

SIZES = {"n": 1000, "d": 8, "k": 10, "q": 3}


@pytest.mark.parametrize(
    ("cost", "count"),
    [
        ("O(n d k)", 80_000),
        ("O(n^2 d + n k)", 8_010_000),
        ("O(n log n)", 1000 * math.log2(1000)),
        ("O(1)", 1),
        ("O(n (d + k) + q)", 18_003),
        ("O(n + (d + k) d)", 1_144),
        ("O(n^2 d) exact, O(n^1.5 d) graph", 8 * 1000**1.5),
    ],
)
def test_a_card_s_cost_is_evaluated(cost, count):
    assert operations(cost, SIZES) == pytest.approx(count)


def test_unknown_sizes_give_no_number():
    assert operations("O(n m)", SIZES) is None
    assert operations("O(bytes)", SIZES) is None
    assert operations("O(n (d + m))", SIZES) is None
    assert operations("O(n / d)", SIZES) is None


def test_embedders_differ():
    assert embedding_seconds("hashed", 10, 4_000_000) == 1
    assert embedding_seconds("sentence-transformers:x", 750, 1) == 10
