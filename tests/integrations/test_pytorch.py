"""A sampler goes through the picks, epoch by epoch, and can be repeated from any of them."""

from __future__ import annotations

import numpy as np
import pytest

import cribble as cb
from cribble.core import Selection
from cribble.core.errors import ParameterError

CHOSEN = Selection(indices=[7, 2, 9, 4], weights=[1.0, 0.0, 2.0, 1.0], method="toy")


@pytest.mark.parametrize(("order", "rows"), [("picked", [7, 2, 9, 4]), ("pool", [2, 4, 7, 9])])
def test_an_order_that_is_asked_for_is_that_of_every_epoch(order, rows):
    sampler = cb.SelectionSampler(CHOSEN, order=order)
    assert [list(sampler), list(sampler)] == [rows, rows]
    assert len(sampler) == 4


def test_each_epoch_has_its_own_order_and_can_be_gone_back_to():
    chosen = Selection(indices=np.arange(50), method="toy")
    sampler = cb.SelectionSampler(chosen, seed=3)
    epochs = [list(sampler) for _ in range(3)]
    assert all(sorted(one) == list(range(50)) for one in epochs)
    assert len({tuple(one) for one in epochs}) == 3
    again = cb.SelectionSampler(chosen, seed=3)
    again.set_epoch(2)
    assert list(again) == epochs[2]
    assert list(cb.SelectionSampler(chosen, seed=4)) != epochs[0]


@pytest.mark.parametrize("order", ["shuffled", "picked", "pool"])
def test_weights_are_the_chance_of_being_drawn(order):
    sampler = cb.SelectionSampler(CHOSEN, weighted=True, order=order)
    drawn = [row for _ in range(2_000) for row in sampler]
    counts = np.bincount(drawn, minlength=10)
    # Of 8,000 draws; five standard errors are 0.028.
    assert counts[[7, 2, 9, 4]] / 8_000 == pytest.approx([0.25, 0.0, 0.5, 0.25], abs=0.028)
    assert counts.sum() == 8_000


def test_what_cannot_be_sampled_is_refused():
    with pytest.raises(ParameterError, match="order"):
        cb.SelectionSampler(CHOSEN, order="best")
    with pytest.raises(ParameterError, match="toy gives no weights"):
        cb.SelectionSampler(Selection(indices=[1], method="toy"), weighted=True)
    with pytest.raises(ParameterError, match="above 0"):
        cb.SelectionSampler(Selection(indices=[1], weights=[0.0], method="toy"), weighted=True)


def test_a_loader_takes_it():
    data = pytest.importorskip("torch.utils.data")
    loader = data.DataLoader(
        list(range(100, 120)), batch_size=3, sampler=cb.SelectionSampler(CHOSEN, order="pool")
    )
    assert [batch.tolist() for batch in loader] == [[102, 104, 107], [109]]
