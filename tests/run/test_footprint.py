from __future__ import annotations

import inspect
import re

import numpy as np
import pytest

import cribble as cb
from cribble.core import Budget, Pool
from cribble.core.errors import MemoryLimitError
from cribble.core.pool import BASE_BYTES
from cribble.run.footprint import footprint, require_memory
from cribble.selectors import catalogue
from cribble.selectors.automatic import entries

CARDS = {name: catalogue.method_class(name).card for name in catalogue.METHODS}
ROW_BYTES = {name: card.row_bytes for name, card in CARDS.items() if card.row_bytes is not None}
# Those that the project promises at ten million rows under 2 GiB.
PROMISED = (
    "random",
    "stratified",
    "top-score",
    "dsir",
    "rds-plus",
    "gist",
    "k-center",
    "facility-location",
    "kmq",
    "ccs",
    "sensitivity",
)


def pool(rows: int, memory: int) -> Pool:
    return Pool(rows, signals={"embedding": lambda: np.zeros((rows, 2))}, memory=memory)


@pytest.mark.parametrize("name", ROW_BYTES)
def test_the_need_of_a_method_grows_with_the_rows_and_not_with_the_limit(name):
    form = {"form": "sample"} if name == "facility-location" else {}
    method = catalogue.make(name, **form)
    small, large = (footprint(method, pool(n, 2 << 30), 10) for n in (10_000, 1_000_000))
    assert large.least - small.least == ROW_BYTES[name] * 990_000
    assert footprint(method, pool(10_000, 1 << 30), 10).least == small.least


def test_every_method_that_is_out_of_core_says_what_it_needs():
    assert {name for name, card in CARDS.items() if card.out_of_core} <= ROW_BYTES.keys()


def test_auto_needs_what_any_method_of_its_races_does():
    raced = ROW_BYTES.keys() & set(re.findall(r'"([a-z-]+)"', inspect.getsource(entries)))
    assert ROW_BYTES["auto"] == max(ROW_BYTES[name] for name in raced)


@pytest.mark.parametrize("name", catalogue.METHODS)
def test_every_method_is_refused_before_work_where_the_limit_is_too_small(name):
    def read():
        raise AssertionError("a signal was read")

    method, rows = catalogue.make(name), 1_000_000
    target = Pool(10, signals={"embedding": read, "difficulty": read})
    small = Pool(
        rows,
        signals=dict.fromkeys(("embedding", "quality", "difficulty", "probability"), read),
        groups={"group": read, "label": read},
        targets=[target],
        memory=100 << 20,
    )
    need = footprint(method, small, 10).least
    assert need > BASE_BYTES
    with pytest.raises(MemoryLimitError) as caught:
        require_memory(method, small, Budget(rows=10))
    assert f"{need / 1e6:,.0f} MB" in str(caught.value)
    assert f"{small.memory / 1e6:,.0f} MB" in str(caught.value)


def test_what_grows_with_the_target_is_counted():
    method = catalogue.make("quality-ensemble")
    texts = [Pool(rows, texts=lambda: iter(())) for rows in (10, 510)]
    few, many = (
        footprint(method, Pool(10_000, targets=(one,), memory=1 << 30), 10) for one in texts
    )
    assert many.least - few.least == 500 * method.card.target_bytes


@pytest.mark.parametrize("name", PROMISED)
def test_ten_million_rows_fit_two_gibibytes(name):
    assert footprint(catalogue.make(name), pool(10_000_000, 2 << 30), 1_000).fits


def test_what_is_expected_stays_within_a_limit_that_fits():
    for name in catalogue.METHODS:
        found = footprint(catalogue.make(name), pool(1_000_000, 1 << 30), 1_000)
        if found.fits and found.expected is not None:
            assert found.expected <= found.limit


def test_a_limit_that_is_too_small_is_refused_with_both_numbers():
    budget, method = Budget(rows=5), catalogue.make("k-center")
    rows = 10_000_000
    need = BASE_BYTES + ROW_BYTES["k-center"] * rows
    require_memory(method, pool(rows, need), budget)
    with pytest.raises(MemoryLimitError, match=rf"{need / 1e6:,.0f} MB.*--memory") as caught:
        require_memory(method, pool(rows, need - 1), budget)
    assert f"{(need - 1) / 1e6:,.0f} MB" in str(caught.value)


def test_the_graph_of_facility_location_needs_more_than_its_sample():
    kinds = [catalogue.make("facility-location", form=form) for form in ("graph", "auto", "sample")]
    graph, auto, sample = (footprint(kind, pool(1_000_000, 300 << 20), 20_000) for kind in kinds)
    assert graph == auto
    assert not graph.fits
    assert sample.fits


def test_a_method_that_is_not_out_of_core_is_held_to_its_card():
    method = catalogue.make("k-center-outliers", neighbors=20)
    assert not method.card.out_of_core
    found = footprint(method, pool(1_000_000, 64 << 20), 10)
    assert not found.fits
    assert found.expected == found.least > 64 << 20


def test_selecting_is_refused_before_any_signal_is_read():
    asked = []

    def read():
        asked.append(True)
        return np.zeros((10_000, 2))

    refused = Pool(10_000, signals={"embedding": read}, memory=1 << 20)
    with pytest.raises(MemoryLimitError):
        cb.select(refused, 5, method="k-center")
    assert asked == []
