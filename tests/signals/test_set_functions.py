"""Training of set functions: planted rules are learned, and files give back what was written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cribble.core.errors import DataError, ParameterError, SignalError
from cribble.kernels.threads import limited_threads
from cribble.signals.set_functions import Example, SetFunction, train_set_function


def _two_clouds(rng: np.random.Generator) -> Example:
    """The toy of the source: 10 rows of one Gaussian among 90 of another."""
    center = np.array([1.0, 1.0]) / np.sqrt(2)
    rows = np.sort(rng.permutation(100)[:10])
    X = rng.normal(-center, 0.5, (100, 2))
    X[rows] += 2 * center
    return X, rows


def _larger_side(rng: np.random.Generator) -> Example:
    """The 4 rows of 12 that reach farthest along the mean of all 12."""
    X = rng.normal(size=(12, 2))
    return X, np.sort(np.argsort(-X @ X.mean(axis=0))[:4])


def _jaccard(model: SetFunction, examples: list[Example]) -> float:
    found = []
    for X, rows in examples:
        top = np.argsort(-model.gains(X), kind="stable")[: len(rows)]
        both = len(np.intersect1d(top, rows))
        found.append(both / (2 * len(rows) - both))
    return float(np.mean(found))


def test_a_planted_cloud_is_found_in_new_sets() -> None:
    rng = np.random.default_rng(0)
    train, test = ([_two_clouds(rng) for _ in range(size)] for size in (64, 50))
    model = train_set_function(train, epochs=4, draws=3)
    # A linear rule on the sum of the coordinates is the best there is.
    best = []
    for X, rows in test:
        both = len(np.intersect1d(np.argsort(-X.sum(axis=1))[:10], rows))
        best.append(both / (20 - both))
    assert _jaccard(model, test) > np.mean(best) - 0.03
    assert np.mean(best) > 0.8


def test_what_hangs_on_the_whole_set_needs_the_whole_set() -> None:
    rng = np.random.default_rng(0)
    train, test = ([_larger_side(rng) for _ in range(size)] for size in (400, 100))
    whole, alone = (
        train_set_function(train, superset=superset, epochs=6, batch=16, draws=3)
        for superset in (True, False)
    )
    # Four of twelve at random: 0.22.
    assert _jaccard(whole, test) > 0.8
    assert _jaccard(whole, test) > _jaccard(alone, test) + 0.1
    assert not alone.weights.whole.any()


def test_what_was_learned_on_small_sets_serves_a_larger_pool() -> None:
    rng = np.random.default_rng(1)
    train = [_larger_side(rng) for _ in range(400)]
    model = train_set_function(train, epochs=6, batch=16, draws=3)
    X = rng.normal([0.3, 0], 1, (2_000, 2))
    rows = np.argsort(-X @ X.mean(axis=0))[:600]
    # Of random rows 0.18.
    assert _jaccard(model, [(X, rows)]) > 0.7


def test_sets_of_any_size_units_and_threads_end_at_the_same_function() -> None:
    rng = np.random.default_rng(2)
    examples = [(rng.normal(size=(size, 3)), np.arange(size // 2)) for size in (3, 8, 5, 12, 2, 9)]
    scaled = [(X * [1, 100, 0.01] + [5, 0, 7], rows) for X, rows in examples]
    plain, other = (train_set_function(one, epochs=2, width=4) for one in (examples, scaled))
    X = examples[3][0]
    gains = plain.gains(X)
    np.testing.assert_allclose(other.gains(X * [1, 100, 0.01] + [5, 0, 7]), gains, rtol=1e-6)
    with limited_threads(1):
        again = train_set_function(examples, epochs=2, width=4)
    np.testing.assert_array_equal(again.gains(X), gains)
    assert plain.typical == pytest.approx(39 / 6)


def test_a_file_gives_back_the_function(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    model = train_set_function([_larger_side(rng) for _ in range(4)], epochs=1)
    model.write(tmp_path / "model.npz")
    X = rng.normal(size=(30, 2))
    read = SetFunction.read(tmp_path / "model.npz")
    np.testing.assert_array_equal(read.gains(X, seed=5), model.gains(X, seed=5))
    assert repr(read) == repr(model)
    other = SetFunction(model.weights, model.typical + 1)
    assert repr(other) != repr(model)


def test_files_that_hold_no_function_are_refused(tmp_path: Path) -> None:
    (tmp_path / "text.npz").write_text("no archive")
    (tmp_path / "empty.npz").write_bytes(b"")
    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    np.save(tmp_path / "array.npy", np.zeros(3))
    for name in ("text.npz", "empty.npz", "other.npz", "array.npy"):
        with pytest.raises(DataError, match="no set function"):
            SetFunction.read(tmp_path / name)
    with pytest.raises(DataError, match="No such file"):
        SetFunction.read(tmp_path / "missing.npz")


def test_vectors_of_another_width_are_refused() -> None:
    rng = np.random.default_rng(4)
    model = train_set_function([_larger_side(rng)], epochs=1)
    with pytest.raises(SignalError, match="takes 2 dimensions"):
        model.gains(np.zeros((4, 3)))


@pytest.mark.parametrize(
    ("examples", "match"),
    [
        ([], "examples"),
        ([(np.zeros((3, 2)), [0, 3])], r"row numbers in \[0, 3\)"),
        ([(np.zeros((3, 2)), [-1])], r"row numbers in \[0, 3\)"),
        ([(np.zeros((3, 2)), [0.5])], "row numbers"),
        ([(np.zeros((3, 2)), [])], "row numbers"),
        ([(np.zeros((3, 2)), [0, 1, 2])], "not all"),
        ([(np.zeros(3), [0])], "rows of finite vectors"),
        ([(np.full((3, 2), np.nan), [0])], "rows of finite vectors"),
        ([(np.zeros((3, 2)), [0]), (np.zeros((3, 1)), [0])], "example 1.*2 dimensions"),
    ],
)
def test_malformed_examples_are_refused(examples: list, match: str) -> None:
    with pytest.raises(ParameterError, match=match):
        train_set_function(examples)


@pytest.mark.parametrize("name", ["width", "draws", "batch", "epochs", "rate"])
def test_numbers_that_are_not_positive_are_refused(name: str) -> None:
    with pytest.raises(ParameterError, match=name):
        train_set_function([(np.zeros((3, 2)), [0])], **{name: 0})
