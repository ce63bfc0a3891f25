"""Difficulty scores against their definitions on the whole log, held at once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cribble.core import Groups
from cribble.core.errors import ParameterError, SignalError
from cribble.data.training_log import open_log
from cribble.signals.difficulty import TrainingLog, difficulty_of


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
    with pytest.raises(ParameterError, match="rows"):
        log.add(np.ones((2, 4)), 1)
    with pytest.raises(SignalError, match="class a row"):
        TrainingLog(np.array([0.5]))


def test_classes_of_a_log_are_numbers_or_alphabetical() -> None:
    log = open_log(np.array([[[0.9, 0.1, 0.0], [0.2, 0.7, 0.1], [0.0, 0.0, 1.0]]]), 3, list)
    numbers = difficulty_of(log, Groups(np.array([1, 2, 0]), ("2", "0", "1")))
    assert not numbers.never_learned.any()
    letters = difficulty_of(log, Groups(np.array([1, 2, 0]), ("c", "a", "b")))
    assert letters.aum == pytest.approx([0.8, 0.5, 1.0])
    with pytest.raises(SignalError, match="2 names, and the model log 3 classes"):
        difficulty_of(log, Groups(np.array([0, 1, 0]), ("a", "b")))


@given(st.integers(0, 2**16), st.integers(1, 3), st.integers(2, 4), st.booleans())
def test_a_summary_is_that_of_the_stream(
    seed: int, epochs: int, classes: int, logits: bool
) -> None:
    rng = np.random.default_rng(seed)
    outputs = rng.normal(size=(epochs, 6, classes)) + 3
    if not logits:
        outputs = abs(outputs) / abs(outputs).sum(axis=2, keepdims=True)
    codes = rng.integers(0, classes, 6)
    log = open_log(outputs, 6, list)
    found = difficulty_of(log, Groups(codes, tuple(map(str, range(classes)))))
    seen = TrainingLog(codes, logits=logits)
    for table in outputs:
        seen.add(table)
    assert log.logits == logits
    assert (found.aum == seen.aum(mean=True)).all()
    assert (found.el2n == seen.el2n()).all()
    assert (found.forgetting == seen.forgetting()).all()
    assert (found.margin == seen.margin()).all()
    right = outputs.argmax(axis=2) == codes
    assert (found.never_learned == ~right.any(axis=0)).all()
