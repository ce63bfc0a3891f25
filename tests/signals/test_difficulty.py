"""Difficulty scores against their definitions on the whole log, held at once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cribble.core.errors import ParameterError, SignalError
from cribble.signals.difficulty import TrainingLog


@given(st.integers(0, 2**16), st.integers(1, 4), st.integers(2, 4), st.booleans())
def test_streamed_scores_are_those_of_the_whole_log(
    seed: int, epochs: int, classes: int, logits: bool
) -> None:
    rng = np.random.default_rng(seed)
    raw = rng.normal(size=(epochs, 7, classes))
    chances = np.exp(raw) / np.exp(raw).sum(axis=2, keepdims=True)
    outputs, label = (raw if logits else chances), rng.integers(0, classes, 7)
    log = TrainingLog(label, el2n_epochs=2, logits=logits)
    cut = int(rng.integers(0, 8))
    for table in outputs:
        log.add(table[cut:], cut)
        log.add(table[:cut])
    for i, y in enumerate(label):
        margins = [t[i, y] - max(np.delete(t[i], y)) for t in outputs]
        assert log.aum()[i] == pytest.approx(sum(margins))
        assert log.aum(mean=True)[i] == pytest.approx(np.mean(margins))
        assert log.margin()[i] == pytest.approx(margins[-1])
        errors = [np.linalg.norm(p[i] - np.eye(classes)[y]) for p in chances[:2]]
        assert log.el2n()[i] == pytest.approx(sum(errors))
        right = [int(t[i].argmax() == y) for t in outputs]
        lost = sum(a > b for a, b in zip([0, *right], right, strict=False))
        assert log.forgetting()[i] == (lost if any(right) else epochs + 1)


def test_a_log_that_cannot_be_is_refused() -> None:
    log = TrainingLog(np.array([0, 3]))
    with pytest.raises(SignalError, match="not in"):
        log.add(np.ones((2, 3)))
    with pytest.raises(SignalError, match="NaN"):
        log.add(np.full((2, 4), np.nan))
    with pytest.raises(ParameterError, match="start"):
        log.add(np.ones((2, 4)), start=1)
    with pytest.raises(SignalError, match="class a row"):
        TrainingLog(np.array([0.5]))
