"""Budgets: how they are read, and the errors that a person can act on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cribble.core import Budget, Card, Pool, check_limits
from cribble.core.errors import (
    BudgetError,
    CribbleError,
    ParameterError,
    QuotaError,
    SignalError,
    UnknownNameError,
    UnsupportedLimitError,
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1000, {"rows": 1000}),
        (np.int32(7), {"rows": 7}),
        ("1_000", {"rows": 1000}),
        ("1,000", {"rows": 1000}),
        ("5%", {"share": 0.05}),
        (" 0.5 % ", {"share": 0.005}),
        ("20M tokens", {"cost": 20_000_000}),
        ("1.5k tokens", {"cost": 1500}),
        ("300 token", {"cost": 300}),
    ],
)
def test_parse_reads_rows_percent_and_tokens(value: Any, expected: dict[str, float]) -> None:
    assert Budget.parse(value) == Budget(**expected)


def test_parse_returns_a_budget_as_it_is() -> None:
    budget = Budget(rows=3, keep=[1])
    assert Budget.parse(budget) is budget


@pytest.mark.parametrize("value", ["", "many", "5 %%", "1e3", "-5%", "120%", "-3", True, "20M"])
def test_parse_refuses_what_is_no_budget(value: Any) -> None:
    with pytest.raises(BudgetError):
        Budget.parse(value)


@pytest.mark.parametrize(
    "parts", [{}, {"rows": 1, "cost": 2.0}, {"rows": -1}, {"share": 1.01}, {"cost": np.nan}]
)
def test_exactly_one_sane_amount_is_given(parts: dict[str, Any]) -> None:
    with pytest.raises(BudgetError):
        Budget(**parts)


@pytest.mark.parametrize(
    ("share", "size", "rows"),
    [(0, 10, 0), (0.05, 10, 1), (0.3, 10, 3), (0.29, 100, 29), (1, 7, 7), (0.5, 0, 0)],
)
def test_a_share_rounds_down_but_gives_a_row(share: float, size: int, rows: int) -> None:
    assert Budget(share=share).resolve(Pool(size)).rows == rows


POOL = Pool(
    6,
    signals={"tokens": [1.0, 2.0, 3.0, 4.0, 5.0, -1.0], "cost": [1.0, 1.0, 1.0, 2.0, 2.0, 9.0]},
    groups={"source": list("aaabbb"), "kind": list("xyxyxy")},
)


@pytest.mark.parametrize(
    ("parts", "error", "words"),
    [
        ({"rows": 7}, BudgetError, "7 rows.* 6 can be picked .6 in the pool, 0 dropped"),
        ({"rows": 6, "drop": [2]}, BudgetError, "5 can be picked .6 in the pool, 1 dropped"),
        ({"rows": 1, "keep": [0, 4]}, BudgetError, "2 rows are kept"),
        ({"cost": 3, "cost_column": "cost", "keep": [3, 4]}, BudgetError, "kept rows cost 4"),
        ({"rows": 2, "keep": [1], "drop": [1]}, QuotaError, "row 1 kept and dropped"),
        ({"rows": 2, "keep": [6]}, ParameterError, r"keep is 6.*\[0, 6\)"),
        ({"rows": 2, "drop": [-1]}, ParameterError, "drop is -1"),
        ({"rows": 2, "at_least": {"source": {"c": 1}}}, UnknownNameError, "'c'"),
        ({"rows": 2, "at_least": {"sauce": {"a": 1}}}, UnknownNameError, "mean source"),
        ({"rows": 2, "at_most": {"source": {"a": -1}}}, ParameterError, "limit of a is -1"),
        ({"rows": 5, "at_least": {"source": {"a": 4}}}, QuotaError, "only 3 of its rows"),
        ({"rows": 3, "at_least": {"source": {"a": 2, "b": 2}}}, QuotaError, "at least 4 rows"),
        ({"rows": 3, "at_most": {"source": {"a": 1, "b": 1}}}, QuotaError, "at most 2 rows"),
        (
            {"rows": 3, "at_least": {"source": {"a": 2}}, "at_most": {"source": {"a": 1}}},
            QuotaError,
            "first exceeds the second",
        ),
        ({"rows": 3, "at_most": {"source": {"a": 1}}, "keep": [0, 1]}, QuotaError, "2 of its rows"),
        (
            {"rows": 2, "at_least": {"source": {"a": 1}}, "at_most": {"kind": {"x": 1}}},
            QuotaError,
            "source and kind|kind and source",
        ),
        (
            {"cost": 4, "cost_column": "cost", "at_least": {"source": {"b": 3}}},
            QuotaError,
            "cost at least 13",
        ),
        ({"cost": 4}, SignalError, "row 5 costs -1"),
        ({"cost": 4, "cost_column": "size"}, SignalError, "no such signal"),
    ],
)
def test_a_budget_nothing_can_hold_is_refused_with_the_figures(
    parts: dict[str, Any], error: type[CribbleError], words: str
) -> None:
    with pytest.raises(error, match=words):
        Budget(**parts).resolve(POOL)


def test_check_limits_names_the_limit_and_the_methods_that_can() -> None:
    card = Card("narrow", family="baselines", limits=("rows", "drop"))
    check_limits(card, Budget(rows=3, drop=[1]))
    with pytest.raises(UnsupportedLimitError, match=r"'narrow' cannot honor quota.*random"):
        check_limits(card, Budget(rows=3, at_most={"a": {"b": 1}}), able=["random"])
    with pytest.raises(UnsupportedLimitError, match=r"honor cost.*cribble methods"):
        check_limits(card, Budget(cost=3))
    with pytest.raises(UnsupportedLimitError, match="honor keep"):
        check_limits(card, Budget(rows=3, keep=[2]))


def test_most_rows_bounds_the_picks_of_a_cost_budget() -> None:
    limits = Budget(cost=4, cost_column="cost", drop=[0]).resolve(POOL)
    assert limits.most_rows == 3


def test_the_limits_alone_say_how_few_and_how_many_rows():
    pool = Pool(10, groups={"side": [*"aaaaaabbbb"]})
    assert Budget(rows=99).row_range(pool) == (0, 10)
    limited = Budget(
        rows=0,
        keep=[0, 1, 9],
        drop=[2],
        at_least={"side": {"b": 2}},
        at_most={"side": {"a": 4}},
    )
    # Two kept and two asked for at least; four and all four at most.
    assert limited.row_range(pool) == (4, 8)
    with pytest.raises(QuotaError):
        Budget(rows=1, at_least={"side": {"b": 5}}).row_range(pool)
