"""The pruning table says what its trials saw, and its trials see no held-out row."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from benchmarks.pruning.__main__ import BALANCED, command, fitting, parsed
from benchmarks.pruning.kept import completed
from benchmarks.pruning.probe import PENALTY, accuracy
from benchmarks.pruning.sets import unit
from benchmarks.pruning.table import COUNTS, by_method, evidence, sign, table
from benchmarks.pruning.trial import Outcome, drawn, flipped, labeled_signals, outcomes
from sklearn.datasets import load_digits
from sklearn.linear_model import Ridge

from cribble import core
from cribble.selectors.baselines.top_score import TopScore

PIXELS, DIGITS = load_digits(return_X_y=True)
VECTORS = unit(PIXELS)


def test_the_probe_is_ridge_regression_on_one_hot_labels() -> None:
    part = drawn(VECTORS, DIGITS, 150, 0)
    weights = np.linspace(0.1, 3, 150)
    X, held = (np.c_[one, np.ones(len(one))] for one in (part.vectors, part.held))
    model = Ridge(alpha=PENALTY, fit_intercept=False)
    model.fit(X, np.eye(10)[part.labels], sample_weight=weights / weights.mean())
    wanted = np.mean(model.predict(held).argmax(axis=1) == part.truth)
    assert accuracy(part.vectors, part.labels, part.held, part.truth, weights) == wanted


def test_a_pool_and_what_is_held_out_are_disjoint_rows_of_the_set() -> None:
    rows = np.arange(1797)
    part = drawn(rows[:, None].astype(np.float32), rows, 900, 3)
    assert (len(part.labels), len(part.truth)) == (900, 359)
    assert len(np.union1d(part.labels, part.truth)) == 900 + 359
    assert (part.vectors[:, 0] == part.labels).all()


@pytest.mark.parametrize("share", [0.0, 0.1, 0.2])
def test_exactly_the_share_of_labels_is_wrong(share: float) -> None:
    wrong = flipped(DIGITS, share, 0)
    assert (wrong != DIGITS).sum() == round(share * 1797)
    assert set(wrong) == set(range(10))


def test_difficulty_and_quality_find_wrong_labels() -> None:
    part = drawn(VECTORS, DIGITS, 1_000, 0)
    labels = flipped(part.labels, 0.1, 0)
    scores = labeled_signals(part.vectors, labels, 0)
    wrong = labels != part.labels
    for name, sign_of_hard in (("difficulty", 1), ("quality", -1), ("margin", -1)):
        hardest = np.argsort(-sign_of_hard * scores[name])[:100]
        assert wrong[hardest].mean() > 0.8, name


def test_all_rows_teach_the_same_whatever_the_method() -> None:
    part = drawn(VECTORS, DIGITS, 200, 0)
    seen = outcomes("digits", part, {"top-score": TopScore()}, [1.0], [0.0, 0.2], 0)
    found = {(one.flipped, one.method): one.accuracy for one in seen}
    for share in (0.0, 0.2):
        labels = flipped(part.labels, share, 0)
        whole = accuracy(part.vectors, labels, part.held, part.truth)
        assert found[share, "random"] == pytest.approx(whole, abs=1e-12)
        assert found[share, "top-score"] == pytest.approx(whole, abs=1e-12)


def _seen(method: str, budget: float, values: list[float]) -> list[Outcome]:
    return [Outcome("s", 0.0, budget, method, seed, one) for seed, one in enumerate(values)]


def test_a_method_beats_random_only_beyond_chance() -> None:
    random = [0.50, 0.52, 0.51, 0.49]
    above, below, mixed = ([one + gap for one in random] for gap in (0.1, -0.1, 0.0))
    above[0] += 0.01
    below[0] -= 0.01
    mixed[0] += 0.2
    found = [
        *_seen("random", 0.1, random),
        *_seen("random", 0.3, random),
        *_seen("balanced", 0.1, above),
        *_seen("balanced", 0.3, random),
        *_seen("ours", 0.1, below),
        *_seen("ours", 0.3, mixed),
    ]
    assert evidence(found, "balanced") == {
        name: dict(zip(COUNTS, counts, strict=True))
        for name, counts in (("balanced", (2, 1, 0, 0, 0)), ("ours", (2, 0, 1, 0, 1)))
    }
    lines = table(found, "balanced").splitlines()
    assert lines[0] == "| set | flipped | method | 10% | 30% |"
    # Half width: t(3, 0.975) * sd * sqrt(1/4 + 0.2/0.8) = 3.1824 * 0.012910 * 0.70711 = 0.0291.
    assert lines[2] == "| s | 0% | random | 50.5 ± 2.9 | 50.5 ± 2.9 |"
    assert [line.split("|")[4].split()[3] for line in lines[3:]] == ["+·", "−−"]
    assert [line.split("|")[5][-2].isdigit() for line in lines[3:]] == [True, True]
    told = by_method(found, "balanced").splitlines()
    assert told[0].endswith("| lead over random in points at 10%, 30% |")
    assert told[2:] == [
        "| balanced | 1, 0 of 2 | - | +10.2, +0.0 |",
        "| ours | 0, 1 of 2 | 0, 1 | -10.2, +5.0 |",
    ]


def test_one_trial_proves_nothing() -> None:
    assert sign(np.array([0.9]), np.array([0.1])) == 0


def test_a_trial_is_not_run_again_and_new_methods_alone_are_added(tmp_path: Path) -> None:
    asked: list[tuple[str, ...]] = []

    def run(methods: Sequence[str]) -> list[Outcome]:
        asked.append(tuple(methods))
        return [
            Outcome("s", 0.1, budget, one, 0, 0.5 + budget / 7)
            for budget in (0.1, 0.3)
            for one in ("random", *methods)
        ]

    path, cases = tmp_path / "kept" / "s-0.json", [(0.1, 0.1), (0.1, 0.3)]
    first = completed(path, ["a"], cases, run)
    assert completed(path, ["a"], cases, run) == first
    both = completed(path, ["b", "a"], cases, run)
    assert asked == [("a",), ("b",)]
    assert [one.method for one in both] == 2 * ["random", "b", "a"]
    assert [one for one in both if one.method != "b"] == first
    assert completed(None, ["a"], cases, run) == first
    assert len(asked) == 3


def test_a_method_is_told_with_its_parameters() -> None:
    method = parsed("top-score:signal=margin,largest=false")
    assert method == TopScore(signal="margin", largest=False)
    with pytest.raises(core.CribbleError, match="largets"):
        parsed("top-score:largets=false")


def test_every_method_that_needs_no_target_and_no_text_takes_part() -> None:
    specs = fitting(["ideal"])
    assert specs[0] == BALANCED
    assert {"k-center", "ccs", "mig", "noisy-label", "auto"} <= set(specs)
    assert not {"random", "ideal", "dsir", "rds-plus"} & set(specs)
    assert len(set(specs)) == len(specs)


def test_the_command_on_record_names_no_folder() -> None:
    for words in (["--data", "/some/where", "--seeds", "3"], ["--trials=/some/where", "--seeds=3"]):
        assert "where" not in command(words)
        assert "DIR" in command(words)
